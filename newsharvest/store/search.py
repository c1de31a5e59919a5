"""Searching the articles as a Hindi reader expects: by words, whatever the spelling of nukta and nasal sign."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from newsharvest.store import query as queries
from newsharvest.store.database import Database, SearchError, iso, moment
from newsharvest.store.snippet import Span, cut, find

Sort = Literal["best", "newest"]

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


@dataclass(frozen=True, slots=True)
class _Filter:
    match: str
    site: str | None
    since: str | None
    until: str | None
    sort: Sort


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
    wanted = _Filter(parsed.match, site, iso(since), iso(until), sort)
    try:
        found = _first(database, wanted, offset + limit, duplicates)[offset:]
    except sqlite3.OperationalError as error:
        if "fts5" not in str(error):
            raise
        raise SearchError(f"the query cannot be understood ({error})") from error
    hits = [_hit(database, article_id, parsed.terms) for article_id in found]
    return [hit for hit in hits if hit is not None]


def _first(database: Database, wanted: _Filter, number: int, duplicates: bool) -> list[int]:
    """Ids in order. Of a text that stands several times, or nearly so, one is listed: the original where it matches."""
    window = max(number, WINDOW) if wanted.sort == "best" else number
    chosen: dict[int, sqlite3.Row] = {}
    with closing(_matches(database, wanted)) as rows:
        for row in rows:
            if len(chosen) >= window:
                break
            if duplicates or row["duplicate_of"] is None:
                chosen.setdefault(row["id"], row)
            elif row["duplicate_of"] not in chosen:
                with closing(_matches(database, wanted, row["duplicate_of"])) as same:
                    chosen[row["duplicate_of"]] = next(same, None) or row
    found = list(chosen.values())
    if wanted.sort == "best":
        _prefer_newer(found)
    return [row["id"] for row in found[:number]]


def _prefer_newer(found: list[sqlite3.Row]) -> None:
    """Put rows in order of rank and date. There is no clock: age is counted from the newest of them."""
    if not found:
        return
    times = {row["id"]: datetime.fromisoformat(row["moment"]).timestamp() for row in found}
    newest = max(times.values())

    def score(row: sqlite3.Row) -> tuple[float, float]:
        days = (newest - times[row["id"]]) / 86_400
        return row["score"] * (1 + RECENT * 0.5 ** (days / HALF_LIFE_DAYS)), -times[row["id"]]  # the less the better

    found.sort(key=score)


def _matches(database: Database, wanted: _Filter, article_id: int | None = None) -> Generator[sqlite3.Row, None, None]:
    conditions, values = ["{articles_fts} MATCH ?"], [wanted.match]
    when = "coalesce(r.published_at, a.first_seen)"
    for condition, value in (
        ("a.site = ?", wanted.site),
        (f"{when} >= ?", wanted.since),
        (f"{when} < ?", wanted.until),
        ("{articles_fts}.rowid = ?", article_id),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    # Without a need to score every match FTS5 is far quicker.
    score, order = ("{articles_fts}.rank", "score") if wanted.sort == "best" else ("0.0", "moment DESC, a.id DESC")
    cursor = database.execute(
        f"SELECT a.id, {when} AS moment, {score} AS score, coalesce("
        "(SELECT o.near_of FROM {articles} o WHERE o.id = a.duplicate_of), a.duplicate_of, a.near_of) AS duplicate_of"
        " FROM {articles_fts} CROSS JOIN {articles} a ON a.id = {articles_fts}.rowid"
        " CROSS JOIN {revisions} r ON r.article = a.id AND r.n = a.revision"
        f" WHERE {' AND '.join(conditions)} ORDER BY {order}",
        values,
    )
    try:
        yield from cursor
    finally:
        cursor.close()


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
