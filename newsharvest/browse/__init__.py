"""The corpus as web pages on this machine: a plugin of Datasette with pages of our own beside its tables and SQL."""
