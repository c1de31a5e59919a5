"""JSON Lines: one object a line, each a document."""

from __future__ import annotations

import json
from collections.abc import Iterator

from newsharvest.exports.record import BadRecord, is_record, is_withdrawal
from newsharvest.formats.files import LARGEST_DOCUMENT, InputFile, Skipped, Unreadable, is_decoded, open_text
from newsharvest.formats.records import Columns, UnknownColumn, build_record, exported_page, record_page
from newsharvest.items import Page


def read(file: InputFile, site: str | None, columns: Columns) -> Iterator[Page | Unreadable | Skipped]:
    """Yield one Page a line, and an Unreadable for each line that is no JSON object with text.

    A record that newsharvest exported is a Page that is not cleaned again, unless the user names columns. That an
    article was withdrawn is Skipped: its id is of another database.
    """
    # Only "\n" ends a line: U+2028 and a bare carriage return may stand inside one.
    with open_text(file, newline="\n") as stream:
        for number, line in _lines(stream):
            if line is None:
                yield Unreadable(file.shown, "too long to be one document", f"line {number}")
            elif not is_decoded(line):
                yield Unreadable(file.shown, "not UTF-8", f"line {number}")
            elif line.strip():
                yield _page(line, number, file, site, columns)


def _lines(stream) -> Iterator[tuple[int, str | None]]:
    number = 0
    while line := stream.readline(LARGEST_DOCUMENT):
        number += 1
        is_long = False
        while len(line) == LARGEST_DOCUMENT and not line.endswith("\n"):
            is_long, line = True, stream.readline(LARGEST_DOCUMENT)
        yield number, None if is_long else line


def _page(line: str, number: int, file: InputFile, site: str | None, columns: Columns) -> Page | Unreadable | Skipped:
    place = f"line {number}"
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        return Unreadable(file.shown, f"not JSON: {error.msg} at column {error.colno}", place)
    except (ValueError, RecursionError) as error:
        return Unreadable(file.shown, f"not JSON: {error}", place)
    if not isinstance(row, dict):
        return Unreadable(file.shown, f"not a JSON object but {type(row).__name__}", place)
    if is_withdrawal(row):
        return Skipped(f"{file.shown}, {place}", "an article withdrawn from another database")
    try:
        if is_record(row) and not columns.named():
            return exported_page(row, site=site)
        record = build_record(row, columns)
    except (UnknownColumn, BadRecord) as error:
        return Unreadable(file.shown, str(error), place)
    return record_page(record, site=site, provenance=f"{file.name}#{number}", changed_at=file.changed_at)
