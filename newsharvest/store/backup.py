"""A copy of a database that is whole at one moment, made while others write."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from newsharvest.store.database import StoreError

_PAGES = 2000  # at a time; the source is not locked between


def back_up(source: sqlite3.Connection, target: Path, *, force: bool, advance: Callable[[int, int], None]) -> None:
    """Copy a database to a file by SQLite's online backup, check the copy, and only then give it its name.

    ``advance`` is told (pages left, pages in all). The copy needs no log beside it. Raises StoreError where the file is
    there already (unless ``force``), cannot be written, or came out damaged.
    """
    if target.exists() and not force:
        raise StoreError(f"{target} is there already (--force replaces it)")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror}") from error
    partial = Path(name)
    try:
        _copy(source, partial, advance)
        _publish(partial, target, force)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"cannot write {target}: {error}") from error
    finally:
        for path in (partial, *(partial.with_name(partial.name + end) for end in ("-journal", "-wal", "-shm"))):
            path.unlink(missing_ok=True)


def _copy(source: sqlite3.Connection, partial: Path, advance: Callable[[int, int], None]) -> None:
    with closing(sqlite3.connect(partial, isolation_level=None)) as copy:
        # One read transaction for the whole of it: what others write meanwhile would make it begin anew.
        source.execute("BEGIN")
        try:
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(copy, pages=_PAGES, progress=lambda _, left, total: advance(left, total), sleep=0)
        finally:
            source.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode = DELETE")
        (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise StoreError(f"the copy is damaged, and so, it seems, is the database: {verdict}")


def _publish(partial: Path, target: Path, force: bool) -> None:
    os.chmod(partial, 0o666 & ~_umask())
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    if force:
        # A log of the file that is replaced would be taken for one of the copy.
        for end in ("-wal", "-shm", "-journal"):
            target.with_name(target.name + end).unlink(missing_ok=True)
        partial.replace(target)
    else:
        os.link(partial, target)  # fails where another was quicker
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
