"""Which articles match a query, best first, at a cost that hardly grows with the corpus.

bm25 looks at every article that a word stands in, so it is asked only about words that tell something: a word of more
than MANY articles counts for the choice, not for the rank. Where every word is such, the articles stored last come
first, of them those whose headline has all the words.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

from newsharvest.store.database import Database

Sort = Literal["best", "newest"]

MANY = 5000  # articles


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to match: an expression of FTS5, ``words`` its parts that must or may occur; and what else must be true."""

    match: str
    words: tuple[str, ...]
    site: str | None
    since: str | None
    until: str | None


@dataclass(frozen=True, slots=True)
class Matching:
    """An article that matches; ``original`` is the one that stands for its text, the less ``score`` the better."""

    id: int
    original: int | None
    moment: str
    score: float


def ranked(database: Database, wanted: Wanted) -> Generator[Matching, None, None]:
    """Yield what holds a word that is not in very many articles, by bm25 of such words."""
    rare = [word for word in wanted.words if not _is_frequent(database, word)]
    if not rare:
        return
    source = "SELECT rowid, rank AS score FROM {articles_fts} WHERE {articles_fts} MATCH ?"
    if len(rare) == len(wanted.words):
        yield from _read(database, f"{source} ORDER BY rank", [wanted.match], wanted)
        return
    telling = " OR ".join(rare)
    # The plus: look into a list, instead of asking the index anew for each of it.
    listed = "+rowid IN (SELECT rowid FROM {articles_fts} WHERE {articles_fts} MATCH ?)"
    values = [telling, f"({wanted.match}) AND ({telling})"]
    yield from _read(database, f"{source} AND {listed} ORDER BY rank", values, wanted)


def latest(database: Database, wanted: Wanted) -> Generator[Matching, None, None]:
    """Yield what matches, last stored first; of the last MANY those first that have it all in their headlines."""
    source = "SELECT rowid, 0.0 AS score FROM {articles_fts} WHERE {articles_fts} MATCH ?"
    bound = _bound(database, wanted.match, MANY)
    headline = f"(title : ({wanted.match})) AND ({wanted.match})"
    yield from _read(database, f"{source} AND rowid >= ? ORDER BY rowid DESC", [headline, bound], wanted)
    yield from _read(database, f"{source} ORDER BY rowid DESC", [wanted.match], wanted)


def newest(database: Database, wanted: Wanted, number: int) -> Generator[Matching, None, None]:
    """Yield what matches by date, newest first; of very many those that were stored last, unless a filter is set."""
    is_free = wanted.site is None and wanted.since is None and wanted.until is None
    bound = _bound(database, wanted.match, max(MANY, 4 * number)) if is_free else 0
    source = "SELECT rowid, 0.0 AS score FROM {articles_fts} WHERE {articles_fts} MATCH ? AND rowid >= ?"
    yield from _read(database, source, [wanted.match, bound], wanted, "ORDER BY moment DESC, a.id DESC")


def one(database: Database, wanted: Wanted, article_id: int) -> Matching | None:
    """Return an article if it matches."""
    source = "SELECT rowid, 0.0 AS score FROM {articles_fts} WHERE {articles_fts} MATCH ? AND rowid = ?"
    with closing(_read(database, source, [wanted.match, article_id], wanted)) as rows:
        return next(rows, None)


def _is_frequent(database: Database, match: str) -> bool:
    return _nth(database, "", match, MANY) is not None


def _bound(database: Database, match: str, number: int) -> int:
    """Return the id from which on no more than ``number`` articles match."""
    row = _nth(database, "ORDER BY rowid DESC", match, number)
    return 0 if row is None else row["rowid"] + 1


def _nth(database: Database, order: str, match: str, number: int) -> sqlite3.Row | None:
    return database.row(
        f"SELECT rowid FROM {{articles_fts}} WHERE {{articles_fts}} MATCH ? {order} LIMIT 1 OFFSET ?", (match, number)
    )


_WHEN = "coalesce(r.published_at, a.first_seen)"


def _read(
    database: Database, source: str, values: Sequence[object], wanted: Wanted, order: str = ""
) -> Generator[Matching, None, None]:
    """Yield what stands in a source, in its order, and is of the site and the time asked for."""
    conditions, bound = ["TRUE"], list(values)
    for condition, value in (
        ("a.site = ?", wanted.site),
        (f"{_WHEN} >= ?", wanted.since),
        (f"{_WHEN} < ?", wanted.until),
    ):
        if value is not None:
            conditions.append(condition)
            bound.append(value)
    # With a limit the source is read row by row as it is ordered, and no further than is needed.
    cursor = database.execute(
        f"SELECT a.id, {_WHEN} AS moment, m.score, coalesce("
        "(SELECT o.near_of FROM {articles} o WHERE o.id = a.duplicate_of), a.duplicate_of, a.near_of) AS original"
        f" FROM ({source} LIMIT -1) m CROSS JOIN {{articles}} a ON a.id = m.rowid"
        " CROSS JOIN {revisions} r ON r.article = a.id AND r.n = a.revision"
        f" WHERE {' AND '.join(conditions)} {order}",
        bound,
    )
    with closing(cursor):
        for row in cursor:
            yield Matching(row["id"], row["original"], row["moment"], row["score"])
