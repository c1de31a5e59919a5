"""Searching the articles as a Hindi reader expects: by words, whatever the spelling of nukta and nasal sign."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime

from newsharvest.store import matches
from newsharvest.store import query as queries
from newsharvest.store.database import Database, SearchError, iso, moment
from newsharvest.store.matches import Matching, Sort, Wanted
from newsharvest.store.snippet import Span, cut, find

# Of the best by words, what is newer moves up a little: as much as a fifth of its score, half of it a month later.
RECENT = 0.2
HALF_LIFE_DAYS = 30.0
WINDOW = 200  # how many of the best by words are put in order with their dates


@dataclass(frozen=True, slots=True)
class Hit:
    """One article found. ``spans`` are offsets of the hits into ``snippet``, ``title_spans`` into ``title``."""

    id: int
    url: str | None
    site: str
    title: str | None
    published_at: datetime | None
    first_seen: datetime
    snippet: str
    spans: tuple[Span, ...]
    title_spans: tuple[Span, ...]
    duplicate_of: int | None
    withdrawn_at: datetime | None


def search(
    database: Database,
    query: str,
    *,
    site: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 20,
    offset: int = 0,
    sort: Sort = "best",
    duplicates: bool = False,
) -> list[Hit]:
    """See ``Store.search``."""
    parsed = queries.parse(query)
    wanted = Wanted(parsed.match, parsed.words, site, iso(since), iso(until))
    try:
        found = _first(database, wanted, sort, offset + limit, duplicates)[offset:]
    except sqlite3.OperationalError as error:
        if "fts5" not in str(error):
            raise
        raise SearchError(f"the query cannot be understood ({error})") from error
    hits = [_hit(database, article_id, parsed.terms) for article_id in found]
    return [hit for hit in hits if hit is not None]


def _first(database: Database, wanted: Wanted, sort: Sort, number: int, duplicates: bool) -> list[int]:
    """Ids in order. Of a text that stands several times, or nearly so, one is listed: the original where it matches."""
    told: set[int] = set()
    if sort == "newest":
        found = _choose(database, wanted, matches.newest(database, wanted, number), told, number, duplicates)
    else:
        found = _choose(database, wanted, matches.ranked(database, wanted), told, max(number, WINDOW), duplicates)
        found = _prefer_newer(found)
        if len(found) < number:
            rows = matches.latest(database, wanted)
            found += _choose(database, wanted, rows, told, number - len(found), duplicates)
    return [it.id for it in found[:number]]


def _choose(
    database: Database,
    wanted: Wanted,
    rows: Generator[Matching, None, None],
    told: set[int],
    number: int,
    duplicates: bool,
) -> list[Matching]:
    """Return so many of what is to be listed; ``told`` are the articles that stand, or that others stand for."""
    found: list[Matching] = []
    with closing(rows):
        for row in rows:
            if len(found) >= number:
                break
            standing = row.id if duplicates or row.original is None else row.original
            if standing in told:
                continue
            told.add(standing)
            original = None if standing == row.id else matches.one(database, wanted, standing)
            found.append(row if original is None else replace(original, score=row.score))
    return found


def _prefer_newer(found: list[Matching]) -> list[Matching]:
    """Return articles in order of rank and date. There is no clock: age is counted from the newest of them."""
    times = {it.id: datetime.fromisoformat(it.moment).timestamp() for it in found}
    newest = max(times.values(), default=0.0)

    def score(it: Matching) -> tuple[float, float]:
        days = (newest - times[it.id]) / 86_400
        return it.score * (1 + RECENT * 0.5 ** (days / HALF_LIFE_DAYS)), -times[it.id]  # the less the better

    return sorted(found, key=score)


def _hit(database: Database, article_id: int, terms: tuple[queries.Term, ...]) -> Hit | None:
    row = database.row("SELECT * FROM {corpus} WHERE id = ?", (article_id,))
    if row is None:  # another process deleted it in between
        return None
    snippet = cut(row["text"], terms)
    return Hit(
        id=row["id"],
        url=row["url"],
        site=row["site"],
        title=row["title"],
        published_at=moment(row["published_at"]),
        first_seen=datetime.fromisoformat(row["first_seen"]),
        snippet=snippet.text,
        spans=snippet.spans,
        title_spans=find(row["title"] or "", terms),
        duplicate_of=row["duplicate_of"],
        withdrawn_at=moment(row["withdrawn_at"]),
    )
