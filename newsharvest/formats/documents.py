"""Reading one input file, whatever its kind, as a stream of pages and of named failures."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from newsharvest.formats.files import InputFile, Skipped, Unreadable, reason_of
from newsharvest.formats.records import Columns
from newsharvest.items import Page

# Imported when a file of the kind is met: warcio and sqlite3 cost nothing where they are not needed.
READERS = {
    "text": "whole", "html": "whole", "json": "whole",
    "jsonl": "jsonl", "csv": "csv", "warc": "warc", "sqlite": "sqlite",
}  # fmt: skip


def read(
    file: InputFile, *, site: str | None = None, columns: Columns | None = None
) -> Iterator[Page | Unreadable | Skipped]:
    """Yield the documents of one file, one at a time, an Unreadable for the file or each part that cannot be read, and
    a Skipped for each that is no document.

    ``site`` None: the site of each document's own URL, else "corpus".
    """
    reader = importlib.import_module(f"newsharvest.formats.{READERS[file.kind]}")
    try:
        yield from reader.read(file, site, columns or Columns())
    except OSError as error:
        yield Unreadable(file.shown, reason_of(error))
