"""Writing a SQLite file anew, so that nothing which was deleted is left in its bytes or in its log."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def compact(connection: sqlite3.Connection, path: Path) -> None:
    """Compact a file and empty its log. Raises sqlite3.OperationalError where another process reads or writes it."""
    connection.execute("PRAGMA secure_delete = ON")
    _empty_log(connection, path)
    connection.execute("VACUUM")
    _empty_log(connection, path)


def _empty_log(connection: sqlite3.Connection, path: Path) -> None:
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise sqlite3.OperationalError(f"{path.name}-wal is in use by another process")
