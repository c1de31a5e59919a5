"""Writing the corpus to files that other programs read: one module a format, and the record that all of them hold."""
