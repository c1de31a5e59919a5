"""The history of an article: every revision with its fields and its text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from newsharvest.store.database import Database, moment


@dataclass(frozen=True, slots=True)
class Revision:
    """Revision ``n`` (from 1) of an article, as its page stood at ``seen_at``. Times are aware UTC."""

    n: int
    seen_at: datetime
    title: str | None
    summary: str | None
    authors: tuple[str, ...]
    agency: str | None
    section: str | None
    image_url: str | None
    published_at: datetime | None
    published_source: str | None
    modified_at: datetime | None
    language: str
    truncated: bool
    text: str
    rules_version: str | None
    archive_key: str | None


_COLUMNS = (
    "n", "seen_at", "title", "summary", "authors", "agency", "section", "image_url", "published_at",
    "published_source", "modified_at", "language", "truncated", "rules_version", "archive_key",
)  # fmt: skip


def read(database: Database, article_id: int) -> list[Revision]:
    """See ``Store.revisions``."""
    rows = database.rows(
        f"SELECT {', '.join(f'r.{name}' for name in _COLUMNS)}, coalesce(r.text, o.text, '') AS text"
        " FROM {revisions} r LEFT JOIN {revisions} o ON o.id = r.text_from WHERE r.article = ? ORDER BY r.n",
        (article_id,),
    )
    revisions = []
    for row in rows:
        values = dict(row)
        for name in ("seen_at", "published_at", "modified_at"):
            values[name] = moment(values[name])
        values |= {"authors": tuple(json.loads(row["authors"])), "truncated": bool(row["truncated"])}
        revisions.append(Revision(**values))
    return revisions
