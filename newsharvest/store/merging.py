"""Joining another database into this one: articles with their history, rejections, the frontier, what was forgotten.

All goes in small transactions and is found again by address, key or path, so that a merge can be ended at any moment
and run again, and the same file merged twice changes nothing. The other file is only read. Runs and cursors of exports
are of the file that they stand in, and stay there.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from newsharvest.archive import Archive, is_same_file
from newsharvest.store import archives, forgetting, histories, schema, tombstones
from newsharvest.store.database import Database, StoreError

_AT_ONCE = 20  # articles in one transaction: another process waits milliseconds
_LINKS_AT_ONCE = 500
_COPY = ".merge-"


@contextmanager
def open_other(path: Path, into: Database) -> Iterator[Database]:
    """Open another database to be read, under whatever prefix its tables have; it is never written.

    One of an older schema is brought up to date in a private copy beside ``into``. Raises StoreError for what is no
    database of newsharvest, or of a newer one, or is the same file.
    """
    if is_same_file(path, into.path):
        raise StoreError(f"{path} is the database itself")
    with closing(Database(path, prefix=_find_prefix(path, into.names.prefix), readonly=True)) as other:
        if schema.version(other) == len(schema.MIGRATIONS):
            yield other
            return
        with _private_copy(other, into) as copy:
            yield copy


def _find_prefix(path: Path, likely: str) -> str:
    with closing(Database(path, readonly=True)) as database:
        rows = database.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%!_migrations' ESCAPE '!'"
        )
    prefixes = [row["name"].removesuffix("_migrations") for row in rows]
    ours = []
    for prefix in prefixes:
        with closing(Database(path, prefix=prefix, readonly=True)) as database:
            if schema.version(database):
                ours.append(prefix)
    if likely in ours:
        return likely
    if len(ours) != 1:
        what = f"holds several corpora, with the prefixes {', '.join(ours)}" if ours else "holds no articles"
        raise StoreError(f"{path} {what}")
    return ours[0]


@contextmanager
def _private_copy(other: Database, into: Database) -> Iterator[Database]:
    _drop_dead_copies(into.path.parent)
    with tempfile.TemporaryDirectory(prefix=f"{_COPY}{os.getpid()}-", dir=into.path.parent) as folder:
        copy = Path(folder, other.path.name)
        with closing(sqlite3.connect(copy)) as target:
            other.connection.backup(target, pages=10_000)
        with closing(Database(copy, prefix=other.names.prefix)) as database:
            schema.migrate(database)
            yield database


def _drop_dead_copies(folder: Path) -> None:
    """Remove what a merge left behind that was killed."""
    for left in folder.glob(f"{_COPY}*"):
        pid = left.name.removeprefix(_COPY).partition("-")[0]
        if pid.isdecimal() and not Path("/proc", pid).exists() and Path("/proc").exists():
            shutil.rmtree(left, ignore_errors=True)


def count(other: Database) -> int:
    """Count the rows that a merge goes through."""
    row = other.row(
        "SELECT (SELECT count(*) FROM {articles}) + (SELECT count(*) FROM {rejections})"
        " + (SELECT count(*) FROM {frontier}) AS n"
    )
    return row["n"] if row else 0


def merge_tombstones(database: Database, archive: Archive | None, other: Database) -> Iterator[str]:
    """Forget here what was forgotten there; yield the addresses. After any, ``forgetting.sweep`` must follow."""
    for stone in tombstones.read(other):
        if stone.address.startswith(tombstones.LIFTED) or tombstones.holds(database, "", None, stone.url):
            continue
        planned = forgetting.plan(database, archive, stone.url)
        addresses = {**planned.addresses, stone.url: planned.addresses.get(stone.url) or stone.key}
        planned = replace(planned, site=planned.site or stone.site, addresses=addresses)
        forgetting.forget(database, archive, planned, stone.reason)
        yield stone.url


def merge_articles(database: Database, archive: Archive | None, other: Database) -> Iterator[histories.Merged]:
    """Merge the articles of another database; yield what became of each, once it is stored."""

    def is_archived(key: str) -> bool:
        return archive is not None and archives.has_key(archive, key)

    for rows in _portions(other, "articles", _AT_ONCE):
        with database.transaction():
            states = [histories.merge(database, other, row, is_archived) for row in rows]
        yield from states


def merge_rejections(database: Database, archive: Archive | None, other: Database) -> Iterator[bool]:
    """Merge the pages refused; yield for each whether it is new here, or was refused later than known."""
    for rows in _portions(other, "rejections", _LINKS_AT_ONCE):
        with database.transaction():
            states = [_merge_rejection(database, archive, row) for row in rows]
        yield from states


def _merge_rejection(database: Database, archive: Archive | None, row: sqlite3.Row) -> bool:
    file = None if row["url"] else tombstones.file_address(row["site"], row["provenance"])
    if tombstones.holds(database, row["site"], None, row["url"], file):
        return False
    known = database.row(
        "SELECT 1 FROM {articles} WHERE last_seen >= ?1 AND (url = ?2"
        " OR (url IS NULL AND ?2 IS NULL AND site = ?3 AND provenance = ?4))",
        (row["seen_at"], row["url"], row["site"], row["provenance"]),
    )
    if known is not None:  # it was an article later
        return False
    values = {name: value for name, value in dict(row).items() if name != "id"}
    if values["archive_key"] and (archive is None or not archives.has_key(archive, values["archive_key"])):
        values["archive_key"] = None
    same = (
        "(url, stage, reason) WHERE url IS NOT NULL"
        if row["url"]
        else "(site, provenance, stage, reason) WHERE url IS NULL"
    )
    names = ("provenance", "seen_at", "archive_key", "listed_at", "rules_version")
    moved = ", ".join(f"{name} = excluded.{name}" for name in names)
    cursor = database.execute(
        f"INSERT INTO {{rejections}} ({', '.join(values)}) VALUES ({', '.join(f':{name}' for name in values)})"
        f" ON CONFLICT {same} DO UPDATE SET {moved} WHERE excluded.seen_at > seen_at",
        values,
    )
    return cursor.rowcount > 0


def merge_frontier(database: Database, other: Database) -> Iterator[bool]:
    """Merge the links; yield for each whether it is new here, or was visited there since.

    What was in flight is to be done. A link that waits here because it changed since that visit goes on waiting.
    """
    for rows in _portions(other, "frontier", _LINKS_AT_ONCE):
        with database.transaction():
            states = [_merge_link(database, other, row) for row in rows]
        yield from states


def _merge_link(database: Database, other: Database, row: sqlite3.Row) -> bool:
    if tombstones.holds(database, row["site"], row["key"], row["url"]):
        return False
    values = {name: value for name, value in dict(row).items() if name != "id"}
    values["state"] = "pending" if row["state"] == "active" else row["state"]
    values["article"] = _article_here(database, other, row["article"])
    known = database.row(
        "SELECT id, state, visited_at, lastmod FROM {frontier} WHERE site = ? AND key = ?", (row["site"], row["key"])
    )
    if known is None:
        names = ", ".join(values)
        database.execute(
            f"INSERT INTO {{frontier}} ({names}) VALUES ({', '.join(f':{name}' for name in values)})", values
        )
        return True
    visited = row["visited_at"]
    is_later = visited is not None and visited > (known["visited_at"] or "")
    is_changed_since = known["state"] == "pending" and (known["lastmod"] or "") > (visited or "")
    if not row["priority"] or not is_later or known["state"] == "active" or is_changed_since:
        return False
    names = ("state", "reason", "etag", "last_modified", "next_visit", "visited_at", "article", "by_rest", "failures")
    database.execute(
        f"UPDATE {{frontier}} SET {', '.join(f'{name} = :{name}' for name in names)}, attempts = 0, asked_at = NULL,"
        " lastmod = nullif(max(coalesce(lastmod, ''), coalesce(:lastmod, '')), '') WHERE id = :id",
        values | {"id": known["id"]},
    )
    return True


def _article_here(database: Database, other: Database, article_id: int | None) -> int | None:
    theirs = other.row("SELECT * FROM {articles} WHERE id = ?", (article_id,))
    found = histories.find(database, theirs) if theirs is not None else None
    return found["id"] if found is not None else None


def merge_pauses(database: Database, other: Database) -> None:
    """Leave a site alone until the later of both times."""
    rows = other.rows("SELECT name, value FROM {_state} WHERE name LIKE 'not!_before:%' ESCAPE '!'")
    if rows:
        with database.transaction():
            database.executemany(
                "INSERT INTO {_state} (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
                [tuple(row) for row in rows],
            )


def _portions(other: Database, table: str, size: int) -> Iterator[list[sqlite3.Row]]:
    """Yield the rows of a table by id; between two portions no statement is open."""
    last = 0
    while rows := other.rows(f"SELECT * FROM {{{table}}} WHERE id > ? ORDER BY id LIMIT {size}", (last,)):
        yield rows
        last = rows[-1]["id"]
