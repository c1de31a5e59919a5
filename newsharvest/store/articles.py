"""Keeping the outcome of one page: a new article, a revision, a duplicate, nothing new, or a rejection.

Of all articles with the same text one is the original (``duplicate_of`` NULL), the others point at it, never at each
other. A duplicate's revision holds no text but ``text_from``, the revision that does. The fields of a revision are
never altered, so a duplicate shows its text whatever becomes of the original; when the original gets another text or is
withdrawn, its oldest duplicate takes its place: no text is ever without an original. Which texts are nearly the same
is another matter (``near``).

Beside an article stand the rules that last cleaned its page (``rules_version``): they may be newer than those of its
revision where they changed nothing. Its removals bear the ids of these rules.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Literal

from cleaners.model import Article
from newsharvest.fingerprint import Sketch, content_hash
from newsharvest.items import Page, Rejected
from newsharvest.store import clusters, hits, index, near, originals, storable
from newsharvest.store.database import Database, iso

State = Literal["stored", "revised", "unchanged", "duplicate", "withdrawn", "rejected", "forgotten"]
Origin = Literal["crawl", "corpus"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a page. A known article that changed is ``revised`` even where it now is a duplicate;
    one that its site took back is ``withdrawn``; one that was asked to be erased is ``forgotten``: nothing was kept.
    """

    state: State
    article_id: int | None


@dataclass(frozen=True, slots=True)
class Visit:
    """What ``keep`` was told beside the outcome, as it is stored, and what is computed before the lock is taken."""

    page: Page
    origin: Origin
    rules_version: str
    archive_key: str | None
    seen: str
    text_hash: str | None
    sketch: Sketch | None = None


def keep_article(database: Database, visit: Visit, article: Article) -> Kept:
    """Keep an article within the caller's transaction: new, revised, unchanged or a duplicate."""
    known = find(database, visit, article)
    if known is None:
        article_id = _insert(database, visit, article)
        copied = _add_revision(database, visit, article, article_id, 1)
        return Kept("duplicate" if copied else "stored", article_id)
    # An address found by two spiders belongs to the first, and an article whose address changes keeps the one it had.
    article = replace(article, site=known["site"], url=known["url"])
    _touch(database, visit, known["id"])
    if is_withdrawn_by_rules(known) or (visit.origin == "crawl" and is_back(known, visit.seen)):
        restore(database, known["id"])
    if known["content_hash"] == content_hash(article):
        return Kept("unchanged", known["id"])
    revise(database, visit, article, known)
    return Kept("revised", known["id"])


def revise(database: Database, visit: Visit, article: Article, known: sqlite3.Row) -> None:
    """Write the next revision of a known article (a row of ``find`` or ``known``) within the caller's transaction."""
    index.remove(database, known["id"], known["title"], known["text"])
    hits.subtract(database, known["site"], known["revision_id"])
    _add_revision(database, visit, article, known["id"], known["revision"] + 1)


def withdraw(database: Database, article_id: int, reason: str, when: str) -> None:
    """Withdraw an article within the caller's transaction: its text stays; a duplicate takes its place."""
    change = originals.count_change(database)
    database.execute(
        "UPDATE {articles} SET withdrawn_at = ?, withdrawn_reason = ?, change = ? WHERE id = ?",
        (when, storable.clean_text(reason), change, article_id),
    )
    if not originals.settle(database, article_id, change):
        near.place(database, article_id, change)


def restore(database: Database, article_id: int) -> None:
    """Undo ``withdraw`` within the caller's transaction."""
    change = originals.count_change(database)
    row = database.row(
        "UPDATE {articles} SET withdrawn_at = NULL, withdrawn_reason = NULL, change = ? WHERE id = ?"
        " RETURNING coalesce(duplicate_of, id) AS original",
        (change, article_id),
    )
    assert row is not None
    originals.settle(database, row["original"], change)
    near.place(database, article_id, change)


def is_withdrawn_by_rules(known: sqlite3.Row) -> bool:
    """Whether an article was withdrawn because its page was refused, not because the site took it back."""
    stage, mark, _ = (known["withdrawn_reason"] or "").partition(": ")
    return bool(mark) and stage in ("document", "line", "language")


def is_back(known: sqlite3.Row, seen: str) -> bool:
    """Whether an article that its site took back was there at a later time (as it is stored)."""
    return (known["withdrawn_reason"] or "").startswith("fetch: ") and seen >= known["withdrawn_at"]


_KNOWN = (
    "SELECT a.id, a.url, a.key, a.site, a.revision, a.withdrawn_reason, a.withdrawn_at, r.id AS revision_id,"
    " r.content_hash, r.seen_at, r.outside, r.title, coalesce(r.text, o.text) AS text FROM {articles} a"
    " JOIN {revisions} r ON r.article = a.id AND r.n = a.revision LEFT JOIN {revisions} o ON o.id = r.text_from"
)


def known(database: Database, article_id: int) -> sqlite3.Row | None:
    """Return what is stored of an article by its id, or None."""
    return database.row(f"{_KNOWN} WHERE a.id = ?", (article_id,))


def find(database: Database, visit: Visit, article: Article) -> sqlite3.Row | None:
    """Return what is stored of the article that a page gave, by its address, else by the key of its site, or, without
    an address, by its provenance.
    """
    if article.url is not None:
        return find_by(database, article.url, article.site, visit.page.key)
    return database.row(
        f"{_KNOWN} WHERE a.url IS NULL AND a.site = ? AND a.provenance = ?", (article.site, visit.page.provenance)
    )


def find_by(database: Database, url: str, site: str, key: str | None) -> sqlite3.Row | None:
    """Return what is stored of an article by its address, else by its key, or None."""
    found = database.row(f"{_KNOWN} WHERE a.url = ?", (url,))
    if found is None and key is not None:
        found = database.row(f"{_KNOWN} WHERE a.site = ? AND a.key = ? ORDER BY a.id LIMIT 1", (site, key))
    return found


# A forgotten article's id is never given again: readers of exports know it as withdrawn.
NEXT_ID = (
    "(SELECT 1 + max(ifnull((SELECT max(id) FROM {articles}), 0), ifnull((SELECT max(article) FROM {forgotten}), 0)))"
)


def _insert(database: Database, visit: Visit, article: Article) -> int:
    cursor = database.execute(
        "INSERT INTO {articles} (id, url, key, site, origin, provenance, first_seen, last_seen, revision, change)"
        f" VALUES ({NEXT_ID}, ?, ?, ?, ?, ?, ?, ?, 0, 0)",
        (article.url, visit.page.key, article.site, visit.origin, visit.page.provenance, visit.seen, visit.seen),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _touch(database: Database, visit: Visit, article_id: int) -> None:
    """Move ``last_seen``; an older version of the page that comes later (from an archive) does not move it back."""
    database.execute(
        "UPDATE {articles} SET last_seen = max(last_seen, ?), first_seen = min(first_seen, ?), key = coalesce(?, key)"
        " WHERE id = ?",
        (visit.seen, visit.seen, visit.page.key, article_id),
    )


def _add_revision(database: Database, visit: Visit, article: Article, article_id: int, n: int) -> bool:
    """Write revision n, make it the current one and index it. Return whether the article is a duplicate now."""
    change = originals.count_change(database)
    original = originals.find(database, article_id, visit.text_hash)
    text_from = original["holder"] if original else None
    before = database.row("SELECT text_hash FROM {articles} WHERE id = ?", (article_id,))
    row = database.row(
        "UPDATE {articles} SET revision = ?, provenance = ?, change = ?, text_hash = ?, duplicate_of = ?,"
        " listed_at = ?, rules_version = ? WHERE id = ? RETURNING site",
        (
            n, visit.page.provenance, change, visit.text_hash, original["id"] if original else None,
            iso(visit.page.listed_at), visit.rules_version, article_id,
        ),
    )  # fmt: skip
    assert row is not None and before is not None
    revision = _insert_revision(database, visit, article, article_id, n, text_from)
    add_removals(database, revision, article)
    hits.add(database, row["site"], revision)
    originals.release(database, article_id, visit.text_hash, change)
    index.add(database, article_id, article.title, original["text"] if original else article.text)
    is_copy = original is not None and not originals.settle(database, original["id"], change)
    if n > 1 and before["text_hash"] == visit.text_hash:
        clusters.reread(database, article_id, change)
    else:
        near.forget_text(database, before["text_hash"])
        near.place(database, article_id, change, visit.sketch)
    return is_copy


def add_removals(database: Database, revision: int, article: Article) -> None:
    """Write what was removed from an article beside its revision."""
    database.executemany(
        "INSERT INTO {removals} (revision, stage, rule, because, text, position) VALUES (?, ?, ?, ?, ?, ?)",
        [(revision, *removal) for removal in storable.removals(article)],
    )


def _insert_revision(
    database: Database, visit: Visit, article: Article, article_id: int, n: int, text_from: int | None
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
        "outside": storable.outside(article),
        "seen_at": visit.seen,
    }
    columns, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    cursor = database.execute(f"INSERT INTO {{revisions}} ({columns}) VALUES ({marks})", row)
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def keep_rejection(database: Database, visit: Visit, rejected: Rejected) -> Kept:
    """Note a rejection within the caller's transaction; the same one again is the same row."""
    page = visit.page
    url = storable.without_fragment(storable.clean_text(rejected.url or page.url))
    reason = storable.clean_text(rejected.reason)
    if url:
        same = "(url, stage, reason) WHERE url IS NOT NULL"
    else:
        same = "(site, provenance, stage, reason) WHERE url IS NULL"
    database.execute(
        "INSERT INTO {rejections}"
        " (url, site, origin, provenance, stage, reason, seen_at, archive_key, listed_at, rules_version)"
        f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT {same} DO UPDATE SET provenance = excluded.provenance,"
        " seen_at = max(seen_at, excluded.seen_at), archive_key = excluded.archive_key,"
        " listed_at = excluded.listed_at, rules_version = excluded.rules_version",
        (
            url, page.site, visit.origin, page.provenance, rejected.stage, reason, visit.seen, visit.archive_key,
            iso(page.listed_at), visit.rules_version,
        ),
    )  # fmt: skip
    return Kept("rejected", None)


def forget_rejections(database: Database, visit: Visit, url: str | None) -> None:
    """A page that is an article now is refused no longer; it may have been refused under its own address."""
    for address in {url, storable.without_fragment(visit.page.url)}:
        database.execute("DELETE FROM {rejections} WHERE url = ?", (address,))
    database.execute(
        "DELETE FROM {rejections} WHERE url IS NULL AND site = ? AND provenance = ?",
        (visit.page.site, visit.page.provenance),
    )
