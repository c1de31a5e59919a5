"""Reading and cleaning Hindi news: usable on a text file, in a notebook, in any other project."""
