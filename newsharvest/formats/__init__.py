"""Reading files that hold documents: every one becomes a Page, or a named reason why it could not be read."""

from newsharvest.formats.documents import read
from newsharvest.formats.files import InputFile, Skipped, Unreadable, find
from newsharvest.formats.records import Columns

__all__ = ["Columns", "InputFile", "Skipped", "Unreadable", "find", "read"]
