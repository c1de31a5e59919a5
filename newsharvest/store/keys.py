"""Keys for what was stored before there were any: folded once, when a crawl comes that can tell them."""

from __future__ import annotations

from collections.abc import Callable

from newsharvest.store.database import Database

_ROWS_AT_A_TIME = 1000  # a transaction: another process waits milliseconds
_BEST_FIRST = ("done", "active", "pending", "rejected", "failed")


def fold(database: Database, site: str, key_of: Callable[[str], str]) -> int:
    """See ``Store.fold``."""
    count = 0
    while rows := database.rows(
        f"SELECT id, url FROM {{articles}} WHERE site = ? AND key = url LIMIT {_ROWS_AT_A_TIME}", (site,)
    ):
        folded = [(key_of(row["url"]), row["id"]) for row in rows]
        with database.transaction():
            database.executemany("UPDATE {articles} SET key = ? WHERE id = ?", folded)
        count += len(rows)
    rows = database.rows("SELECT address, url FROM {forgotten} WHERE site = ? AND key = url", (site,))
    if rows:
        with database.transaction():
            folded = [(key_of(row["url"]), row["address"]) for row in rows]
            database.executemany("UPDATE {forgotten} SET key = ? WHERE address = ?", folded)
    for state in _BEST_FIRST:
        while rows := database.rows(
            "SELECT id, url FROM {frontier} WHERE site = ? AND priority = 1 AND key = url AND state = ?"
            f" LIMIT {_ROWS_AT_A_TIME}",
            (site, state),
        ):
            folded = [(key_of(row["url"]), row["id"]) for row in rows]
            with database.transaction():
                database.executemany("UPDATE OR IGNORE {frontier} SET key = ? WHERE id = ?", folded)
                database.executemany("DELETE FROM {frontier} WHERE key <> ? AND id = ?", folded)
            count += len(rows)
    return count
