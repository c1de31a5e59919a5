"""Searching the articles as a Hindi reader expects: by words, whatever the spelling of nukta and nasal sign."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from newsharvest.store import query as queries
from newsharvest.store.database import Database, SearchError, iso, moment
from newsharvest.store.snippet import Span, cut, find


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


def search(
    database: Database,
    query: str,
    *,
    site: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 20,
    duplicates: bool = False,
) -> list[Hit]:
    """See ``Store.search``."""
    parsed = queries.parse(query)
    wanted = _Filter(parsed.match, site, iso(since), iso(until))
    try:
        found = _best(database, wanted, limit, duplicates)
    except sqlite3.OperationalError as error:
        if "fts5" not in str(error):
            raise
        raise SearchError(f"the query cannot be understood ({error})") from error
    hits = [_hit(database, article_id, parsed.terms) for article_id in found]
    return [hit for hit in hits if hit is not None]


def _best(database: Database, wanted: _Filter, limit: int, duplicates: bool) -> list[int]:
    """Ids in order of rank. Of a text that stands several times one is listed, the original where it matches."""
    chosen: dict[int, int] = {}
    with closing(_matches(database, wanted)) as rows:
        for row in rows:
            if len(chosen) >= limit:
                break
            if duplicates or row["duplicate_of"] is None:
                chosen.setdefault(row["id"], row["id"])
            elif row["duplicate_of"] not in chosen:
                with closing(_matches(database, wanted, row["duplicate_of"])) as same:
                    original = next(same, None)
                chosen[row["duplicate_of"]] = original["id"] if original else row["id"]
    return list(chosen.values())


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
    cursor = database.execute(
        "SELECT a.id, a.duplicate_of FROM {articles_fts} CROSS JOIN {articles} a ON a.id = {articles_fts}.rowid"
        " CROSS JOIN {revisions} r ON r.article = a.id AND r.n = a.revision"
        f" WHERE {' AND '.join(conditions)} ORDER BY {{articles_fts}}.rank",
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
