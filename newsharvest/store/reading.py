"""Reading single things back: an article with what was removed from it, rejections, the sites of a database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cleaners.model import Removal
from newsharvest.store.database import Database, moment
from newsharvest.store.storable import without_fragment


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as the view ``corpus`` shows it, and what its current revision knows beside. Times are aware UTC.

    ``removals`` lay inside the body; ``outside`` counts by rule those that did not. ``change`` is the number of the
    storing transaction that last changed the article. ``withdrawn_reason`` is ``stage: reason``: of a page that the
    rules refuse since, or (stage ``fetch``) that its site took back.
    """

    id: int
    url: str | None
    site: str
    origin: str
    provenance: str
    title: str | None
    summary: str | None
    text: str
    authors: tuple[str, ...]
    agency: str | None
    section: str | None
    image_url: str | None
    published_at: datetime | None
    published_source: str | None
    modified_at: datetime | None
    language: str
    truncated: bool
    first_seen: datetime
    last_seen: datetime
    revision: int
    duplicate_of: int | None
    cluster: int | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    removals: tuple[Removal, ...]
    outside: Mapping[str, int]
    archive_key: str | None
    rules_version: str | None
    content_hash: str
    text_hash: str | None
    change: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """A page that was refused, by address or, without one, by provenance."""

    url: str | None
    site: str
    origin: str
    provenance: str
    stage: str
    reason: str
    seen_at: datetime
    archive_key: str | None


def article(database: Database, wanted: str | int) -> StoredArticle | None:
    """See ``Store.article``."""
    if isinstance(wanted, int):
        return _article(database, "c.id = ?", wanted)
    url = without_fragment(wanted)
    found = _article(database, "c.url = ?", url)
    if found is None:  # another address of one that is known
        row = database.row("SELECT article FROM {frontier} WHERE url = ? AND article IS NOT NULL LIMIT 1", (url,))
        found = _article(database, "c.id = ?", row["article"]) if row else None
    if found is None and wanted.isascii() and wanted.isdecimal() and len(wanted) < 19:
        found = _article(database, "c.id = ?", int(wanted))
    return found or _article(database, "c.provenance = ?", wanted)


def rejections(
    database: Database, *, site: str | None = None, stage: str | None = None, limit: int | None = None
) -> list[Rejection]:
    """See ``Store.rejections``."""
    conditions = [(name, value) for name, value in (("site", site), ("stage", stage)) if value is not None]
    where = " WHERE " + " AND ".join(f"{name} = ?" for name, _ in conditions) if conditions else ""
    rows = database.rows(
        "SELECT url, site, origin, provenance, stage, reason, seen_at, archive_key FROM {rejections}"
        f"{where} ORDER BY seen_at DESC, id DESC LIMIT ?",
        [*(value for _, value in conditions), -1 if limit is None else limit],
    )
    return [Rejection(**{**dict(row), "seen_at": datetime.fromisoformat(row["seen_at"])}) for row in rows]


def sites_seen(database: Database) -> tuple[str, ...]:
    """See ``Store.sites_seen``."""
    rows = database.rows(
        "SELECT site FROM {articles} UNION SELECT site FROM {rejections} UNION SELECT site FROM {frontier} ORDER BY 1"
    )
    return tuple(row["site"] for row in rows)


def _article(database: Database, condition: str, value: str | int | None) -> StoredArticle | None:
    row = database.row(
        "SELECT c.*, r.outside, r.archive_key, r.rules_version, r.content_hash, r.text_hash, a.change,"
        " a.withdrawn_reason,"
        " r.id AS revision_id FROM {corpus} c JOIN {articles} a ON a.id = c.id"
        f" JOIN {{revisions}} r ON r.article = a.id AND r.n = a.revision WHERE {condition} ORDER BY c.id LIMIT 1",
        (value,),
    )
    if row is None:
        return None
    values = dict(row)
    for name in ("published_at", "modified_at", "first_seen", "last_seen", "withdrawn_at"):
        values[name] = moment(values[name])
    values["authors"] = tuple(json.loads(values["authors"]))
    values["outside"] = json.loads(values["outside"])
    values["truncated"] = bool(values["truncated"])
    removals = database.rows("SELECT * FROM {removals} WHERE revision = ? ORDER BY id", (values.pop("revision_id"),))
    return StoredArticle(**values, removals=tuple(map(_removal, removals)))


def _removal(row: sqlite3.Row) -> Removal:
    return Removal(row["stage"], row["rule"], tuple(json.loads(row["because"])), row["text"], row["position"])
