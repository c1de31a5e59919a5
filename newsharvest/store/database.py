"""One SQLite file, opened the way the store needs it: names with a prefix, short transactions, plain errors."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import regex
import sqlite_utils

from cleaners.devanagari import match_key

BUSY_SECONDS = 30
# The indexes of hashes are touched all over: what is not in memory is read again for every article. SQLite's own 2 MB
# hold those of a few thousand articles.
CACHE_KB = 8 * 1024
# Pages that wait in the log before it is brought into the file: one that changes many times is written once. As the
# indexes of hashes are touched all over, a sixteenth of the file; 32 MB of a small one, 256 MB at most.
LEAST_LOG_PAGES, MOST_LOG_PAGES = 8000, 64_000

_PREFIX = regex.compile(r"(?!sqlite_)[A-Za-z_][A-Za-z0-9_]*", regex.IGNORECASE)


class StoreError(Exception):
    """The database cannot be used as asked; the message is for the user and names the file.

    StoreError
    ├── NameClash      a table or view of somebody else bears one of our names
    └── SearchError    a query that cannot be understood
    """


class NameClash(StoreError):
    """A table, view or index that is not ours bears one of our names."""


class SearchError(StoreError):
    """The query is malformed; the message says where."""


class Names(dict[str, str]):
    """Names of our tables as SQL identifiers: ``names["articles"]`` is ``"nh_articles"`` under the prefix ``nh_``."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix

    def __missing__(self, name: str) -> str:
        self[name] = f'"{self.prefix}{name}"'
        return self[name]

    def plain(self, name: str) -> str:
        """Return the name with its prefix, not quoted."""
        return self.prefix + name


class Database:
    """A connection to one file. Used from the thread that made it; statements name tables as ``{articles}``.

    Raises StoreError where the file cannot be opened. ``tables`` is the same connection as sqlite-utils sees it.
    """

    def __init__(self, path: str | os.PathLike[str], *, prefix: str = "", readonly: bool = False) -> None:
        if prefix and not _PREFIX.fullmatch(prefix):
            raise StoreError(f"HARVEST_TABLE_PREFIX={prefix!r}: letters, digits and _ only, not beginning with a digit")
        self.path = Path(path).expanduser().absolute()
        self.names = Names(prefix)
        self.readonly = readonly
        _check_place(self.path, readonly)
        self.connection = _connect(self.path, readonly)
        try:
            self.tables = sqlite_utils.Database(self.connection, execute_plugins=False)
            self.tables.register_function(_match_key, deterministic=True, name="match_key")
            self.connection.execute("PRAGMA foreign_keys = ON")
            self.connection.execute("PRAGMA synchronous = NORMAL")
            self.connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        except BaseException:
            self.connection.close()
            raise

    def execute(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Cursor:
        """Run one statement."""
        return self.connection.execute(sql.format_map(self.names), values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> sqlite3.Cursor:
        """Run one statement for each row of values."""
        return self.connection.executemany(sql.format_map(self.names), rows)

    def row(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Row | None:
        """Return the first row, or None. The statement is finished before this returns, so no reader stays open."""
        cursor = self.execute(sql, values)
        try:
            return cursor.fetchone()
        finally:
            cursor.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return all rows."""
        return self.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the write lock for the block: all of it is committed, or nothing. Never span an ``await`` with it.

        Raises StoreError where the file cannot be written (locked for 30 s, full disk, read-only).
        """
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield
            self.connection.execute("COMMIT")
        except BaseException as error:
            if self.connection.in_transaction:  # a full disk has rolled back already
                self.connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise StoreError(f"cannot write {self.path}: {error}") from error
            raise

    def use_wal(self) -> None:
        """Switch the file to a write-ahead log, so that readers and a writer do not wait for each other.

        A file system that cannot (a network share) keeps the journal it has. Two processes that open a new file at
        once may find it locked without SQLite's own waiting: so we wait.
        """
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self.connection.execute("PRAGMA journal_mode = WAL").fetchall()
                (pages,) = self.connection.execute("PRAGMA page_count").fetchone()
                length = min(max(pages // 16, LEAST_LOG_PAGES), MOST_LOG_PAGES)
                self.connection.execute(f"PRAGMA wal_autocheckpoint = {length}").fetchall()
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise StoreError(f"cannot write {self.path}: {error}") from error
                time.sleep(0.02)

    def close(self) -> None:
        """Close the connection; closing twice does nothing."""
        self.connection.close()


def iso(when: datetime | None) -> str | None:
    """Return an aware time as it is stored: ISO 8601, UTC, whole seconds. Raises ValueError for a naive time."""
    if when is None:
        return None
    if when.tzinfo is None:
        raise ValueError(f"a time without a zone: {when!r}")
    return when.astimezone(UTC).isoformat(timespec="seconds")


def moment(text: str | None) -> datetime | None:
    """Return a stored time as an aware UTC datetime."""
    return datetime.fromisoformat(text) if text is not None else None


def is_writable(path: Path) -> bool:
    """Whether this process may write a file, or make files in a folder."""
    mode = os.W_OK | os.X_OK if path.is_dir() else os.W_OK
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _match_key(text: str | None) -> str | None:
    return None if text is None else match_key(text)


def _check_place(path: Path, readonly: bool) -> None:
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a database")
    if readonly:
        if not path.exists():
            raise StoreError(f"there is no database at {path}")
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder of {path}: {error.strerror}") from error
    # The log and its index are files beside the database: the folder must be writable too.
    if not is_writable(path.parent):
        raise StoreError(f"cannot write {path}: its folder is read-only")
    if path.exists() and not is_writable(path):
        raise StoreError(f"cannot write {path}: the file is read-only")


def _connect(path: Path, readonly: bool) -> sqlite3.Connection:
    try:
        return _probe(path, "mode=ro" if readonly else "mode=rwc")
    except sqlite3.OperationalError as error:
        log = path.with_name(path.name + "-wal")
        # A file in a read-only folder can be read only where SQLite is told that nobody writes it.
        if not readonly or is_writable(path.parent) or (log.exists() and log.stat().st_size):
            raise StoreError(f"cannot open {path}: {error}") from error
        try:
            return _probe(path, "mode=ro&immutable=1")
        except sqlite3.Error as second:
            raise StoreError(f"cannot open {path}: {second}") from second
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path} is not a SQLite database") from error


def _probe(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.as_uri()}?{mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection
