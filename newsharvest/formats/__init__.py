"""Reading files that hold documents."""
