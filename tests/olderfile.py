"""A database as an older newsharvest left it: the same rows in the tables of an earlier schema."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlite_utils

from newsharvest.store import schema
from newsharvest.store.database import Names

TABLES = ("articles", "revisions", "removals", "rejections", "frontier", "runs", "_state", "rule_hits")


def take_back(path: Path, version: int) -> None:
    """Rewrite a database in the schema of an earlier version; what that has no column for is lost, so is the index."""
    older = path.with_name("older.db")
    with closing(sqlite3.connect(older)) as connection, connection:
        tables, names = sqlite_utils.Database(connection, execute_plugins=False), Names("")
        for step in schema.MIGRATIONS[:version]:
            step.step(tables, names)
            connection.execute("INSERT INTO _migrations VALUES (?, ?, '2026-01-01')", (step.number, step.name))
        connection.commit()
        connection.execute("ATTACH ? AS newer", (str(path),))
        known = {name for (name,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")}
        for table in known.intersection(TABLES):
            columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
            connection.execute(f"DELETE FROM main.{table}")
            connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}")
        connection.execute("UPDATE main._state SET value = '' WHERE name = 'match_key'")
        connection.commit()
        connection.execute("DETACH newer")
    for rest in ("-wal", "-shm"):
        path.with_name(path.name + rest).unlink(missing_ok=True)
    older.replace(path)
