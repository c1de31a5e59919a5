"""Pages and articles for the tests of the store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from cleaners.model import Article, Block
from newsharvest.items import Page, Rejected
from newsharvest.store import Kept, Store

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=3)
ONE, TWO, THREE = (f"https://example.com/{n}" for n in (1, 2, 3))
TEXT = "किसानों ने मंडी में प्याज बेचा।\nदाम दस रुपये रहा।"
OTHER = "बारिश से सड़क बह गई।"


def make_page(url: str | None, *, provenance: str = "key", site: str = "example", fetched_at: datetime = NOON) -> Page:
    return Page(url, site, fetched_at, "text/html", None, b"", provenance)


def make_article(url: str | None, text: str, **fields: Any) -> Article:
    known = {
        "url": url,
        "site": "example",
        "title": "मंडी में प्याज सस्ता",
        "summary": None,
        "authors": (),
        "agency": None,
        "section": None,
        "image_url": None,
        "published_at": NOON,
        "published_source": None,
        "modified_at": None,
        "language": "hi",
        "truncated": False,
        "blocks": tuple(Block("paragraph", line, place) for place, line in enumerate(text.split("\n"))) if text else (),
        "removals": (),
    }
    return Article(**{**known, **fields})


def keep(store: Store, url: str | None, text: str, *, seen_at: datetime | None = None, **fields: Any) -> Kept:
    """Keep an article as a crawl would."""
    provenance = fields.pop("provenance", "key")
    site = fields.get("site", "example")
    return store.keep(
        make_page(url, provenance=provenance, site=site),
        make_article(url, text, **fields),
        origin="crawl",
        rules_version="rules-1",
        seen_at=seen_at,
    )


def reject(store: Store, url: str | None, reason: str = "marathi", **page: Any) -> Kept:
    """Keep a rejection as a crawl would."""
    return store.keep(
        make_page(url, **page), Rejected(url, "language", reason), origin="crawl", rules_version="rules-1"
    )


def read(store: Store, sql: str, *values: object) -> list[tuple]:
    """Read the file as another program would."""
    with closing(sqlite3.connect(store.path)) as connection:
        return connection.execute(sql, values).fetchall()


def text_of(store: Store, url: str) -> tuple[str, int | None]:
    """Return the text of an article and the id of the article that it is a duplicate of."""
    found = store.article(url)
    assert found is not None
    return found.text, found.duplicate_of
