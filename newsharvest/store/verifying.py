"""Checking all that must hold of a database, and making again what can be made from the rest.

A check is a function that yields what it found; add one to ``CHECKS``. A repair makes one kind of thing anew, in one
transaction, whatever was wrong with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from newsharvest.archive import Archive, ArchiveError
from newsharvest.store import archives, clusters, comparison, forgetting, hits, index, originals, tombstones
from newsharvest.store.contents import check_articles, check_texts
from newsharvest.store.database import Database

Repair = Literal["index", "hits", "duplicates", "orphans", "clusters", "bodies", "tombstones", "sweep"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what it is of and what it is; ``repair`` makes it right, None: nothing can."""

    check: str
    what: str
    repair: Repair | None = None


@dataclass(frozen=True, slots=True)
class Files:
    """What is checked: a database and the archive beside it, if there is one. Quick: without reading every text."""

    database: Database
    archive: Archive | None
    is_quick: bool


Check = Callable[[Files], Iterator[Finding | None]]  # None: so much work was done


def _check_file(files: Files) -> Iterator[Finding | None]:
    database = files.database
    for row in database.execute("PRAGMA integrity_check"):
        if row[0] != "ok":
            yield Finding("file", f"{database.path}: {row[0]}")
    for table in ("articles", "revisions", "removals"):
        for row in database.execute(f"PRAGMA foreign_key_check({{{table}}})"):
            repair: Repair | None = {"removals": "orphans", "articles": "duplicates"}.get(table)
            yield Finding("file", f"{table} {row['rowid']} names a row of {row['parent']} that is not there", repair)


def _check_revisions(files: Files) -> Iterator[Finding | None]:
    for row in files.database.execute(
        "SELECT a.id, a.url, a.provenance, a.revision, count(r.id) AS total, min(r.n) AS low, max(r.n) AS high"
        " FROM {articles} a LEFT JOIN {revisions} r ON r.article = a.id GROUP BY a.id"
        " HAVING total = 0 OR low <> 1 OR high <> total OR a.revision <> high"
    ):
        name = row["url"] or row["provenance"]
        yield Finding(
            "revisions",
            f"article {row['id']} ({name}): {row['total']} revisions, numbered {row['low']} to {row['high']},"
            f" the current one is {row['revision']}",
        )
    for row in files.database.execute(
        "SELECT r.article, r.n FROM {revisions} r LEFT JOIN {revisions} o ON o.id = r.text_from"
        " WHERE (r.text IS NULL) = (r.text_from IS NULL) OR (r.text_from IS NOT NULL AND o.text IS NULL)"
    ):
        yield Finding("revisions", f"revision {row['n']} of article {row['article']} has no text, or two")
    for row in files.database.execute(
        "SELECT id, change FROM {articles} WHERE change > (SELECT value FROM {_state} WHERE name = 'change')"
    ):
        yield Finding("revisions", f"article {row['id']} changed in transaction {row['change']}, after the last one")


def _check_duplicates(files: Files) -> Iterator[Finding | None]:
    queries = {
        "is a duplicate of a duplicate": "o.duplicate_of IS NOT NULL",
        "is a duplicate of an article with another text": "o.text_hash IS NOT a.text_hash",
        "is a duplicate of itself": "o.id = a.id",
        "is a duplicate of a withdrawn article": "o.withdrawn_at IS NOT NULL AND a.withdrawn_at IS NULL",
    }
    for what, condition in queries.items():
        for row in files.database.execute(
            "SELECT a.id, a.url, a.provenance FROM {articles} a JOIN {articles} o ON o.id = a.duplicate_of"
            f" WHERE {condition}"
        ):
            yield Finding("duplicates", f"article {row['id']} ({row['url'] or row['provenance']}) {what}", "duplicates")
    for row in files.database.execute(
        "SELECT a.id, a.url, a.provenance FROM {articles} a JOIN {revisions} r ON r.article = a.id"
        " AND r.n = a.revision WHERE a.text_hash IS NOT r.text_hash"
    ):
        name = row["url"] or row["provenance"]
        yield Finding("duplicates", f"article {row['id']} ({name}) bears the hash of another text", "duplicates")


def _check_clusters(files: Files) -> Iterator[Finding | None]:
    for problem in clusters.unsound(files.database):
        yield Finding("clusters", problem, "clusters")
    for row in files.database.execute(
        "SELECT a.id FROM {articles} a JOIN {articles} o ON o.id = a.near_of WHERE o.near_of IS NOT NULL"
        " OR a.duplicate_of IS NOT NULL OR a.withdrawn_at IS NOT NULL OR o.withdrawn_at IS NOT NULL OR o.site <> a.site"
    ):
        yield Finding("clusters", f"article {row['id']} is near to one that stands for no group", "clusters")
    for row in files.database.execute(
        "SELECT text_hash FROM {signatures} WHERE text_hash NOT IN"
        " (SELECT text_hash FROM {articles} WHERE text_hash IS NOT NULL)"
    ):
        yield Finding("clusters", f"the signature of a text that no article has ({row['text_hash']})", "clusters")


def _check_hits(files: Files) -> Iterator[Finding | None]:
    for row in files.database.execute(hits.DIFFERENCES):
        yield Finding("rule hits", f"rule {row['rule']} of {row['site']} is counted wrong", "hits")


def _check_index(files: Files) -> Iterator[Finding | None]:
    if not index.is_sound(files.database):
        yield Finding("index", "the search index does not hold just the articles", "index")


def _check_orphans(files: Files) -> Iterator[Finding | None]:
    for row in files.database.execute(
        "SELECT id, url FROM {frontier} f WHERE article IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM {articles} a WHERE a.id = f.article)"
    ):
        yield Finding("orphans", f"the link {row['url']} leads to an article that is not there", "orphans")


def _check_forgotten(files: Files) -> Iterator[Finding | None]:
    for stone in tombstones.read(files.database):
        if stone.address.startswith(tombstones.LIFTED):
            continue
        for table, repair in (("articles", None), ("rejections", "tombstones"), ("frontier", "tombstones")):
            if files.database.row(f"SELECT 1 FROM {{{table}}} WHERE url = ?", (stone.url,)):
                yield Finding("forgotten", f"{stone.url} is forgotten, but stands in {table}", repair)
        if files.archive is not None and not files.archive.is_folded_forgotten(stone.address):
            yield Finding("forgotten", f"{stone.url} is forgotten, but the archive does not know", "tombstones")
    if forgetting.is_unswept(files.database):
        yield Finding("forgotten", "what was erased may still be read in the bytes of the files", "sweep")


def _check_archive(files: Files) -> Iterator[Finding | None]:
    if files.archive is None:
        return
    for what, repair in archives.findings(files.archive, is_quick=files.is_quick):
        yield Finding("archive", what, "bodies" if repair else None) if what else None


def _check_texts(files: Files) -> Iterator[Finding | None]:
    if not files.is_quick:
        for check, what in check_texts(files.database):
            yield Finding(check, what, "index" if check == "index" else None) if what else None


def _check_pages(files: Files) -> Iterator[Finding | None]:
    if files.archive is not None:
        for what in check_articles(files.database, files.archive, is_quick=files.is_quick):
            yield Finding("pages", what) if what else None


CHECKS: dict[str, Check] = {
    "file": _check_file,
    "revisions": _check_revisions,
    "texts": _check_texts,
    "duplicates": _check_duplicates,
    "clusters": _check_clusters,
    "rule hits": _check_hits,
    "index": _check_index,
    "orphans": _check_orphans,
    "forgotten": _check_forgotten,
    "archive": _check_archive,
    "pages": _check_pages,
}


def verify(files: Files) -> Iterator[Finding | None]:
    """Yield what is wrong, check by check, and None wherever so much work was done. Writes nothing."""
    for name, check in CHECKS.items():
        try:
            yield from check(files)
        except (sqlite3.DatabaseError, ArchiveError) as error:
            yield Finding(name, f"cannot be read: {error}", "index" if name == "index" else None)


def repair(files: Files, what: Repair) -> None:
    """Make one kind of thing anew, in a transaction (the clusters: some articles each; the sweep: none)."""
    database = files.database
    if what == "clusters":
        comparison.start_over(database)
    elif what == "sweep":
        forgetting.sweep(database, files.archive)
    elif what == "bodies":
        assert files.archive is not None
        archives.drop_unused(files.archive)
    elif what == "tombstones":
        _bury_again(files)
    else:
        with database.transaction():
            _REBUILDS[what](database)
        if what == "duplicates":  # groups and clusters go by them
            comparison.start_over(database)


def _drop_orphans(database: Database) -> None:
    database.execute("DELETE FROM {removals} WHERE revision NOT IN (SELECT id FROM {revisions})")
    database.execute("UPDATE {frontier} SET article = NULL WHERE article NOT IN (SELECT id FROM {articles})")


_REBUILDS: dict[str, Callable[[Database], None]] = {
    "index": index.rebuild, "hits": hits.recount, "duplicates": originals.relink, "orphans": _drop_orphans,
}  # fmt: skip


def _bury_again(files: Files) -> None:
    stones = [it for it in tombstones.read(files.database) if not it.address.startswith(tombstones.LIFTED)]
    for stone in stones:
        planned = forgetting.plan(files.database, files.archive, stone.url)
        if planned.article is None:  # a stored article is erased on a user's word only
            forgetting.forget(files.database, files.archive, planned, stone.reason)
    forgetting.sweep(files.database, files.archive)
