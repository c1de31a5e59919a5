"""`python -m newsharvest`: the command line, for where only the interpreter's path is known."""

from newsharvest.cli import main

if __name__ == "__main__":
    main(prog_name="newsharvest")
