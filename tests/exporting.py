"""A database to export, and reading back what was written."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import zstandard
from store_pages import NOON, keep

from cleaners.model import Article
from newsharvest.exports.delivery import Delivered, Order, deliver
from newsharvest.store import Store, articles
from newsharvest.store.exporting import Choice

HOSTILE = "=cmd|'/C calc'!A0 ../../etc/passwd <script>alert(1)</script> <img src=x onerror=alert(1)> \x1b[31m"


_SYLLABLES = [first + second for first in "कखगचजटडतदनपबमरलवसह" for second in ("", "ा", "ि", "ी", "ु", "े", "ो")]


def text_of(number: int, words: int = 40) -> str:
    """Return a text that no other number has, and that is like none of theirs."""
    chance = random.Random(number)
    drawn = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(words)]
    return f"{' '.join(drawn[:8])}।\n{' '.join(drawn[8:])}।"


def url_of(number: int) -> str:
    return f"https://news.example/{number}"


def fill(store: Store, count: int, *, start: int = 1) -> None:
    """Keep articles with the ids from ``start`` on, one a day back from noon, of two sites in turn."""
    for number in range(start, start + count):
        keep(
            store, url_of(number), text_of(number), site=("a", "b")[number % 2], title=f"शीर्षक {number}",
            authors=("रमेश कुमार", "सीमा"), published_at=NOON - timedelta(days=number - 1),
        )  # fmt: skip


def withdraw(store: Store, number: int) -> None:
    """Let the site of an article take it back."""
    with store.database.transaction():
        articles.withdraw(store.database, number, "fetch: http 410", "2026-11-23T06:00:00+00:00")


def order(dest: Path, *, kind: str = "jsonl", cursor: str | None = None, **choice: Any) -> Order:
    replace = choice.pop("replace", False)
    return Order(kind, dest, Choice(**choice), dest.parent / "archive.db", cursor, replace)


def export(store: Store, dest: Path, **options: Any) -> Delivered:
    return deliver(store, order(dest, **options))


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSONL file, compressed or not."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    elif path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().stream_reader(data).read()
    return [json.loads(line) for line in data.splitlines()]


def ids(rows: Sequence[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows]


def fields(article: Article) -> tuple[object, ...]:
    """Return all of an article that is stored of it."""
    return (
        article.url, article.site, article.title, article.summary, article.authors, article.agency, article.section,
        article.image_url, article.published_at, article.published_source, article.modified_at, article.language,
        article.truncated, article.text,
    )  # fmt: skip
