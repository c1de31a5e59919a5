"""Comparing all stored articles with each other, where that was never done or done another way.

It goes on in the order of ids, some articles a transaction, and where it was when it is interrupted.
"""

from __future__ import annotations

import logging
import sqlite3

from newsharvest.fingerprint import near_key, sketch
from newsharvest.store import near, originals
from newsharvest.store.database import Database

logger = logging.getLogger(__name__)

_AT_A_TIME = 100
_MANY = 2000  # articles: takes long enough to be told of


def is_due(database: Database) -> bool:
    """Whether articles are stored that were not compared the present way."""
    return _state(database) != near_key()


def compare_all(database: Database) -> None:
    """Compare every article with those before it, and log how far it is. Another process may do the same."""
    if not is_due(database):
        return
    _begin(database)
    count = 0
    while rows := _next(database):
        sketches = {row["id"]: sketch(row["text"] or "") for row in rows if row["duplicate_of"] is None}
        with database.transaction():
            if _after(database) != rows[0]["after"]:  # another process was quicker
                continue
            change = originals.count_change(database)
            for row in rows:
                near.place(database, row["id"], change, sketches.get(row["id"]))
            _set_state(database, f"{near_key()} {rows[-1]['id']}")
        count += len(rows)
        if count % _MANY == 0:
            logger.warning("%d articles of %s compared for near-duplicates", count, database.path)
    with database.transaction():
        _set_state(database, near_key())


def start_over(database: Database) -> None:
    """Compare all articles anew, whatever was found before."""
    with database.transaction():
        _set_state(database, "")
    compare_all(database)


def _begin(database: Database) -> None:
    with database.transaction():
        if _state(database).partition(" ")[0] == near_key():  # by another process, or before an interruption
            return
        row = database.row("SELECT count(*) AS n FROM {articles}")
        count = row["n"] if row else 0
        if count >= _MANY:
            logger.warning("comparing the %d articles of %s for near-duplicates, once", count, database.path)
        if database.row("SELECT 1 FROM {articles} WHERE near_of IS NOT NULL OR cluster IS NOT NULL LIMIT 1"):
            database.execute(
                "UPDATE {articles} SET near_of = NULL, cluster = NULL, change = ?"
                " WHERE near_of IS NOT NULL OR cluster IS NOT NULL",
                (originals.count_change(database),),
            )
        for table in ("bands", "signatures", "clusters"):
            database.execute(f"DELETE FROM {{{table}}}")
        _set_state(database, f"{near_key()} 0" if count else near_key())


def _next(database: Database) -> list[sqlite3.Row]:
    after = _after(database)
    if after is None:
        return []
    return database.rows(
        "SELECT a.id, a.duplicate_of, ? AS after, coalesce(r.text, o.text) AS text FROM {articles} a"
        " JOIN {revisions} r ON r.article = a.id AND r.n = a.revision LEFT JOIN {revisions} o ON o.id = r.text_from"
        f" WHERE a.id > ?1 ORDER BY a.id LIMIT {_AT_A_TIME}",
        (after,),
    )


def _after(database: Database) -> int | None:
    """Return the id up to which articles are compared, None where all are."""
    key, _, after = _state(database).partition(" ")
    return int(after) if key == near_key() and after else None


def _state(database: Database) -> str:
    row = database.row("SELECT value FROM {_state} WHERE name = 'near'")
    return row["value"] if row else ""


def _set_state(database: Database, value: str) -> None:
    database.execute("UPDATE {_state} SET value = ? WHERE name = 'near'", (value,))
