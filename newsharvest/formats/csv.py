"""CSV and TSV with a header line: one document a row, columns by name."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from newsharvest.formats.files import LARGEST_DOCUMENT, InputFile, Unreadable, is_decoded, open_text
from newsharvest.formats.records import Columns, UnknownColumn, build_record, check_columns, record_page
from newsharvest.items import Page

_DELIMITERS = ",;\t|"


def read(file: InputFile, site: str | None, columns: Columns) -> Iterator[Page | Unreadable]:
    """Yield one Page a row, and an Unreadable for the file or each row that cannot be read as its header says."""
    csv.field_size_limit(LARGEST_DOCUMENT)  # the limit is the process's own; ours is the largest that it needs
    with open_text(file, newline="") as stream:
        # Strict: a stray quote is named, and does not swallow the rows after it silently.
        rows = csv.reader(stream, delimiter=_delimiter(stream), strict=True)
        try:
            header = [name.strip() for name in next(rows, [])]
            check_columns(header, columns)
        except csv.Error as error:
            yield Unreadable(file.shown, f"not CSV: {error}", f"line {rows.line_num}")
            return
        except UnknownColumn as error:
            yield Unreadable(file.shown, str(error))
            return
        yield from _pages(rows, header, file, site, columns)


def _pages(rows, header: list[str], file: InputFile, site: str | None, columns: Columns) -> Iterator[Page | Unreadable]:
    while True:
        number = rows.line_num + 1  # the line on which the row begins: a quoted cell may hold line breaks
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Unreadable(file.shown, f"not CSV: {error}", f"line {number}")
            continue
        if not any(cells):
            continue
        if any(cells[len(header) :]):
            yield Unreadable(file.shown, f"{len(cells)} cells under {len(header)} column names", f"line {number}")
        elif not all(map(is_decoded, cells)):
            yield Unreadable(file.shown, "not UTF-8", f"line {number}")
        else:
            record = build_record(dict(zip(header, cells, strict=False)) | _missing(header, cells), columns)
            yield record_page(record, site=site, provenance=f"{file.name}#{number}", changed_at=file.changed_at)


def _missing(header: list[str], cells: list[str]) -> dict[str, str]:
    return dict.fromkeys(header[len(cells) :], "")


def _delimiter(stream: io.TextIOWrapper) -> str:
    # The buffer below is peeked at, because a text stream cannot be rewound over a gzip stream.
    head = stream.buffer.peek(1 << 14)[: 1 << 14].decode(stream.encoding, "ignore")
    line = head.lstrip("\ufeff").split("\n", 1)[0]
    return max(_DELIMITERS, key=line.count)
