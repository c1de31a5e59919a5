"""Keeping the outcome of one page: a new article, a revision, a duplicate, nothing new, or a rejection.

Of all articles with the same text one is the original (``duplicate_of`` NULL), the others point at it, never at each
other. A duplicate's revision holds no text but ``text_from``, the revision that does. Revisions are never altered, so
a duplicate shows its text whatever becomes of the original; when the original gets another text, its oldest duplicate
takes its place: no text is ever without an original.
"""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeVar

from cleaners.model import Article
from newsharvest.fingerprint import content_hash, text_hash
from newsharvest.items import Page, Rejected
from newsharvest.store import index
from newsharvest.store.database import Database, iso

State = Literal["stored", "revised", "unchanged", "duplicate", "rejected"]
Origin = Literal["crawl", "corpus"]
Text = TypeVar("Text", str, str | None)

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a page. A known article that changed is ``revised`` even where it now is a duplicate."""

    state: State
    article_id: int | None


@dataclass(frozen=True, slots=True)
class _Visit:
    """What ``keep`` was told beside the outcome, as it is stored, and what is computed before the lock is taken."""

    page: Page
    origin: Origin
    rules_version: str
    archive_key: str | None
    seen: str
    text_hash: str | None


def keep(
    database: Database,
    page: Page,
    outcome: Article | Rejected,
    *,
    origin: Origin,
    rules_version: str,
    archive_key: str | None = None,
    frontier_id: int | None = None,
    seen_at: datetime | None = None,
) -> Kept:
    """See ``Store.keep``."""
    if origin not in ("crawl", "corpus"):
        raise ValueError(f"origin is crawl or corpus, not {origin!r}")
    # The name of a file need not be UTF-8; two names must stay two.
    page = replace(page, provenance=page.provenance.encode("utf-8", "backslashreplace").decode())
    key = None
    if isinstance(outcome, Article):
        outcome = _storable(outcome)
        key = text_hash(outcome.text) or None
    visit = _Visit(page, origin, rules_version, archive_key, iso(seen_at or page.fetched_at) or "", key)
    with database.transaction():
        if isinstance(outcome, Article):
            kept = _keep_article(database, visit, outcome)
            _forget_rejections(database, visit, outcome.url)
            state, reason = "done", None
        else:
            kept = _keep_rejection(database, visit, outcome)
            state, reason = "rejected", f"{outcome.stage}: {_clean(outcome.reason)}"
        if frontier_id is not None:
            database.execute("UPDATE {frontier} SET state = ?, reason = ? WHERE id = ?", (state, reason, frontier_id))
    return kept


def without_fragment(url: str | None) -> str | None:
    """Return the address without its fragment, which never reaches a server; None for none."""
    return (url.partition("#")[0] or None) if url else None


def _keep_article(database: Database, visit: _Visit, article: Article) -> Kept:
    known = _find(database, visit, article)
    if known is None:
        article_id = _insert(database, visit, article)
        copied = _add_revision(database, visit, article, article_id, 1)
        return Kept("duplicate" if copied else "stored", article_id)
    article = replace(article, site=known["site"])  # an address found by two spiders belongs to the first
    if known["content_hash"] == content_hash(article):
        _touch(database, visit, known["id"])
        return Kept("unchanged", known["id"])
    index.remove(database, known["id"], known["title"], known["text"])
    _add_revision(database, visit, article, known["id"], known["revision"] + 1)
    _touch(database, visit, known["id"])
    return Kept("revised", known["id"])


def _find(database: Database, visit: _Visit, article: Article) -> sqlite3.Row | None:
    sql = (
        "SELECT a.id, a.site, a.revision, r.content_hash, r.title, coalesce(r.text, o.text) AS text FROM {articles} a"
        " JOIN {revisions} r ON r.article = a.id AND r.n = a.revision LEFT JOIN {revisions} o ON o.id = r.text_from"
    )
    if article.url is not None:
        return database.row(f"{sql} WHERE a.url = ?", (article.url,))
    return database.row(
        f"{sql} WHERE a.url IS NULL AND a.site = ? AND a.provenance = ?", (article.site, visit.page.provenance)
    )


def _insert(database: Database, visit: _Visit, article: Article) -> int:
    cursor = database.execute(
        "INSERT INTO {articles} (url, site, origin, provenance, first_seen, last_seen, revision, change)"
        " VALUES (?, ?, ?, ?, ?, ?, 0, 0)",
        (article.url, article.site, visit.origin, visit.page.provenance, visit.seen, visit.seen),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _touch(database: Database, visit: _Visit, article_id: int) -> None:
    """Move ``last_seen``; an older version of the page that comes later (from an archive) does not move it back."""
    database.execute(
        "UPDATE {articles} SET last_seen = max(last_seen, ?), first_seen = min(first_seen, ?) WHERE id = ?",
        (visit.seen, visit.seen, article_id),
    )


def _add_revision(database: Database, visit: _Visit, article: Article, article_id: int, n: int) -> bool:
    """Write revision n, make it the current one and index it. Return whether the article is a duplicate now."""
    change = _count_change(database)
    original = _original(database, article_id, visit.text_hash)
    text_from = original["holder"] if original else None
    database.execute(
        "UPDATE {articles} SET revision = ?, provenance = ?, change = ?, text_hash = ?, duplicate_of = ? WHERE id = ?",
        (n, visit.page.provenance, change, visit.text_hash, original["id"] if original else None, article_id),
    )
    revision = _insert_revision(database, visit, article, article_id, n, text_from)
    database.executemany(
        "INSERT INTO {removals} (revision, stage, rule, because, text, position) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (revision, it.stage, it.rule, json.dumps(it.because, ensure_ascii=False), _clean(it.text), it.position)
            for it in article.removals
        ],
    )
    _release_duplicates(database, article_id, visit.text_hash, change)
    index.add(database, article_id, article.title, original["text"] if original else article.text)
    return original is not None


def _original(database: Database, article_id: int, key: str | None) -> sqlite3.Row | None:
    """The other article that is the original of this text: its id, the revision that holds the text, the text."""
    if key is None:
        return None
    return database.row(
        "SELECT a.id, coalesce(r.text_from, r.id) AS holder, coalesce(r.text, o.text) AS text FROM {articles} a"
        " JOIN {revisions} r ON r.article = a.id AND r.n = a.revision LEFT JOIN {revisions} o ON o.id = r.text_from"
        " WHERE a.text_hash = ? AND a.duplicate_of IS NULL AND a.id <> ?",
        (key, article_id),
    )


def _insert_revision(
    database: Database, visit: _Visit, article: Article, article_id: int, n: int, text_from: int | None
) -> int:
    row = {
        "article": article_id,
        "n": n,
        "title": article.title,
        "summary": article.summary,
        "text": article.text if text_from is None else None,
        "text_from": text_from,
        "authors": json.dumps(article.authors, ensure_ascii=False),
        "agency": article.agency,
        "section": article.section,
        "image_url": article.image_url,
        "published_at": iso(article.published_at),
        "published_source": article.published_source,
        "modified_at": iso(article.modified_at),
        "language": article.language,
        "truncated": int(article.truncated),
        "content_hash": content_hash(article),
        "text_hash": visit.text_hash,
        "archive_key": visit.archive_key,
        "rules_version": visit.rules_version,
        "outside": json.dumps(dict(article.outside), ensure_ascii=False),
        "seen_at": visit.seen,
    }
    columns, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    cursor = database.execute(f"INSERT INTO {{revisions}} ({columns}) VALUES ({marks})", row)
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _release_duplicates(database: Database, article_id: int, key: str | None, change: int) -> None:
    """Where an original has got another text, its oldest duplicate becomes the original of the others."""
    heir = database.row(
        "SELECT min(id) AS id FROM {articles} WHERE duplicate_of = ? AND text_hash IS NOT ?", (article_id, key)
    )
    if heir is None or heir["id"] is None:
        return
    database.execute("UPDATE {articles} SET duplicate_of = NULL, change = ? WHERE id = ?", (change, heir["id"]))
    database.execute(
        "UPDATE {articles} SET duplicate_of = ?, change = ? WHERE duplicate_of = ?", (heir["id"], change, article_id)
    )


def _count_change(database: Database) -> int:
    """Return the next value of the counter of storing transactions: it only grows, also where rows are deleted."""
    row = database.row("UPDATE {_state} SET value = value + 1 WHERE name = 'change' RETURNING value")
    assert row is not None
    return row["value"]


def _keep_rejection(database: Database, visit: _Visit, rejected: Rejected) -> Kept:
    page = visit.page
    url = without_fragment(_clean(rejected.url or page.url))
    reason = _clean(rejected.reason)
    if url:
        same = "(url, stage, reason) WHERE url IS NOT NULL"
    else:
        same = "(site, provenance, stage, reason) WHERE url IS NULL"
    database.execute(
        "INSERT INTO {rejections} (url, site, origin, provenance, stage, reason, seen_at, archive_key)"
        f" VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT {same} DO UPDATE SET provenance = excluded.provenance,"
        " seen_at = max(seen_at, excluded.seen_at), archive_key = excluded.archive_key",
        (url, page.site, visit.origin, page.provenance, rejected.stage, reason, visit.seen, visit.archive_key),
    )
    return Kept("rejected", None)


def _forget_rejections(database: Database, visit: _Visit, url: str | None) -> None:
    """A page that is an article now is refused no longer; it may have been refused under its own address."""
    for address in {url, without_fragment(visit.page.url)}:
        database.execute("DELETE FROM {rejections} WHERE url = ?", (address,))
    database.execute(
        "DELETE FROM {rejections} WHERE url IS NULL AND site = ? AND provenance = ?",
        (visit.page.site, visit.page.provenance),
    )


def _storable(article: Article) -> Article:
    """Fold the address, and replace lone surrogates (a page's JSON may escape them): SQLite takes none."""
    if not any(map(_SURROGATE.search, _strings(article))):
        return replace(article, url=without_fragment(article.url))
    return replace(
        article,
        url=without_fragment(_clean(article.url)),
        title=_clean(article.title),
        summary=_clean(article.summary),
        authors=tuple(map(_clean, article.authors)),
        agency=_clean(article.agency),
        section=_clean(article.section),
        image_url=_clean(article.image_url),
        blocks=tuple(replace(block, text=_clean(block.text)) for block in article.blocks),
    )


def _strings(article: Article) -> list[str]:
    single = (article.url, article.title, article.summary, article.agency, article.section, article.image_url)
    return [*(text for text in single if text), *article.authors, *(block.text for block in article.blocks)]


def _clean(text: Text) -> Text:
    return _SURROGATE.sub("\ufffd", text) if text else text
