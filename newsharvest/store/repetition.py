"""Paragraphs that stand on many pages of a site: what no rule removes yet."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cleaners.devanagari import match_key
from newsharvest.store.database import Database

_ARTICLES_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Example:
    """A page on which a paragraph stands."""

    id: int
    url: str | None


@dataclass(frozen=True, slots=True)
class Repeated:
    """A paragraph, as it stands in the first of ``examples``, on ``pages`` of the ``articles`` of a site.

    ``sites`` counts the sites on whose pages it is found so often.
    """

    text: str
    site: str
    pages: int
    articles: int
    sites: int
    examples: tuple[Example, ...]


def read(database: Database, *, site: str | None = None, least: int = 5, limit: int = 50) -> list[Repeated]:
    """Return the paragraphs that stand on at least ``least`` pages of a site, most frequent first.

    Paragraphs are equal where their match keys are; a page counts once, and duplicates do not. Counts are kept in a
    temporary file: memory does not grow with the corpus.
    """
    database.execute("DROP TABLE IF EXISTS temp.paragraphs")
    database.execute(
        "CREATE TEMP TABLE paragraphs (key INTEGER, site TEXT, pages INTEGER, first INTEGER, last INTEGER,"
        " PRIMARY KEY (key, site)) WITHOUT ROWID"
    )
    try:
        articles = _count(database, site)
        rows = database.rows(
            "SELECT *, (SELECT count(*) FROM temp.paragraphs q WHERE q.key = p.key AND q.pages >= ?1) AS sites"
            " FROM temp.paragraphs p WHERE pages >= ?1 ORDER BY pages DESC, site, first, key LIMIT ?2",
            (least, limit),
        )
        return [
            Repeated(
                text=_find(database, row["first"], row["key"]),
                site=row["site"],
                pages=row["pages"],
                articles=articles[row["site"]],
                sites=row["sites"],
                examples=tuple(_example(database, number) for number in dict.fromkeys((row["first"], row["last"]))),
            )
            for row in rows
        ]
    finally:
        database.execute("DROP TABLE temp.paragraphs")


def _count(database: Database, site: str | None) -> Counter[str]:
    """Count the pages of each paragraph into the temporary table; return the articles of each site."""
    articles: Counter[str] = Counter()
    after = 0
    while rows := database.rows(
        "SELECT a.id, a.site, c.text FROM {articles} a JOIN {corpus} c ON c.id = a.id WHERE a.id > ?1"
        " AND a.duplicate_of IS NULL AND a.near_of IS NULL AND a.withdrawn_at IS NULL AND (?2 IS NULL OR a.site = ?2)"
        f" ORDER BY a.id LIMIT {_ARTICLES_AT_A_TIME}",
        (after, site),
    ):
        articles.update(row["site"] for row in rows)
        after = rows[-1]["id"]
        database.executemany(
            "INSERT INTO temp.paragraphs VALUES (?1, ?2, 1, ?3, ?3)"
            " ON CONFLICT (key, site) DO UPDATE SET pages = pages + 1, last = excluded.last",
            [(key, row["site"], row["id"]) for row in rows for key in sorted({key for key, _ in _keys(row["text"])})],
        )
    return articles


def _keys(text: str | None) -> Iterator[tuple[int, str]]:
    """Yield each paragraph of a text with a number that stands for its match key."""
    for line in (text or "").split("\n"):
        if key := match_key(line):
            yield int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big", signed=True), line


def _find(database: Database, article_id: int, wanted: int) -> str:
    row = database.row("SELECT text FROM {corpus} WHERE id = ?", (article_id,))
    return next((line for key, line in _keys(row["text"] if row else None) if key == wanted), "")


def _example(database: Database, article_id: int) -> Example:
    row = database.row("SELECT id, url FROM {articles} WHERE id = ?", (article_id,))
    assert row is not None
    return Example(row["id"], row["url"])
