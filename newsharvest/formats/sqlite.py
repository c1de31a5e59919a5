"""SQLite databases that hold documents: one document a row of a table or view."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from newsharvest.formats.files import InputFile, Unreadable, is_decoded
from newsharvest.formats.records import Columns, UnknownColumn, build_record, check_columns, record_page
from newsharvest.items import Page

_ROWS_AT_A_TIME = 200


def read(file: InputFile, site: str | None, columns: Columns) -> Iterator[Page | Unreadable]:
    """Yield one Page a row, and an Unreadable for the database or each row that cannot be read. Opened read-only."""
    try:
        with closing(_connect(file)) as connection:
            table, kind = _choose_table(connection, columns)
            names = [row[1] for row in connection.execute(f"pragma table_info({_quoted(table)})")]
            check_columns(names, columns)
            for place, row in _rows(connection, table, kind, names):
                yield _page(place, row, file, site, columns)
    except UnknownColumn as error:
        yield Unreadable(file.shown, str(error))
    except sqlite3.Error as error:
        yield Unreadable(file.shown, str(error))


def _connect(file: InputFile) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{file.path.resolve().as_uri()}?mode=ro", uri=True)
    # A value that is not UTF-8 spoils its row only.
    connection.text_factory = lambda value: value.decode("utf-8", "surrogateescape")
    return connection


def _choose_table(connection: sqlite3.Connection, columns: Columns) -> tuple[str, str]:
    """Return name and type of the table to read: the one named, else the only one whose columns hold text."""
    query = "select name, type from sqlite_schema where type in ('table', 'view') and substr(name, 1, 7) != 'sqlite_'"
    found = dict(connection.execute(query).fetchall())
    if columns.table:
        names = {name.casefold(): name for name in found}
        if columns.table.casefold() not in names:
            raise UnknownColumn(f"no table {columns.table!r}; there are: {', '.join(found) or 'none'}")
        name = names[columns.table.casefold()]
        return name, found[name]
    if found.get("corpus") == "view":  # a database of our own: its articles, not the tables behind them
        return "corpus", "view"
    fitting = [name for name, kind in found.items() if kind == "table" and _has_text(connection, name, columns)]
    if len(fitting) != 1:
        which = "more than one table has" if fitting else "no table has"
        names = ", ".join(fitting or found) or "none"
        raise UnknownColumn(f"{which} a column of text; name the table with --table (and --text); there are: {names}")
    return fitting[0], "table"


def _has_text(connection: sqlite3.Connection, table: str, columns: Columns) -> bool:
    try:
        check_columns([row[1] for row in connection.execute(f"pragma table_info({_quoted(table)})")], columns)
    except UnknownColumn:
        return False
    return True


def _rows(connection: sqlite3.Connection, table: str, kind: str, names: list[str]) -> Iterator[tuple[int, dict]]:
    selected = ", ".join(map(_quoted, names))
    if kind == "view" or not _has_rowid(connection, table):
        cursor = connection.execute(f"select {selected} from {_quoted(table)}")
        for number, row in enumerate(cursor, 1):
            values = dict(zip(names, row, strict=True))
            yield (values["id"] if isinstance(values.get("id"), int) else number), values
        return
    # In portions, so that no read transaction stays open while the caller writes, perhaps to this very file.
    query = f"select rowid, {selected} from {_quoted(table)} where rowid > ? order by rowid limit {_ROWS_AT_A_TIME}"
    last = -(2**63)
    while rows := connection.execute(query, (last,)).fetchall():
        for rowid, *row in rows:
            yield rowid, dict(zip(names, row, strict=True))
        last = rows[-1][0]


def _has_rowid(connection: sqlite3.Connection, table: str) -> bool:
    try:
        connection.execute(f"select rowid from {_quoted(table)} limit 0")
    except sqlite3.OperationalError:
        return False
    return True


def _page(place: int, row: dict, file: InputFile, site: str | None, columns: Columns) -> Page | Unreadable:
    values = {name: _text(value) for name, value in row.items()}
    if not all(is_decoded(value) for value in values.values() if isinstance(value, str)):
        return Unreadable(file.shown, "not UTF-8", f"row {place}")
    record = build_record(values, columns)
    return record_page(record, site=site, provenance=f"{file.name}#{place}", changed_at=file.changed_at)


def _text(value: object) -> object:
    # Text is sometimes stored as a blob; other blobs (pictures) are no part of a document.
    if not isinstance(value, bytes):
        return value
    return None if b"\0" in value else value.decode("utf-8", "surrogateescape")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
