"""Taking in an article that another database exported: as it is, with the times that it was seen at."""

from __future__ import annotations

import sqlite3

from cleaners.model import Article
from newsharvest.exports.record import MEDIA_TYPE, Exported
from newsharvest.fingerprint import content_hash, text_hash
from newsharvest.items import Page
from newsharvest.store import articles, storable, tombstones
from newsharvest.store.articles import Kept, Visit
from newsharvest.store.database import Database, iso


def adopt(database: Database, exported: Exported, rules_version: str, archive_key: str) -> Kept:
    """See ``Store.adopt``."""
    article = storable.article(exported.article)
    # Cleaned again it is read from its record here; the place in another archive would lead nowhere.
    is_elsewhere = exported.origin == "crawl" and article.url is not None
    provenance = archive_key if is_elsewhere else storable.clean_text(exported.provenance)
    page = Page(article.url, article.site, exported.last_seen, MEDIA_TYPE, "utf-8", b"", provenance)
    visit = Visit(
        page, exported.origin, rules_version, archive_key, iso(exported.last_seen) or "",
        text_hash(article.text) or None,
    )  # fmt: skip
    file = None if article.url else tombstones.file_address(article.site, provenance)
    with database.transaction():
        if tombstones.holds(database, article.site, None, article.url, file):
            return Kept("forgotten", None)
        known = articles.find(database, visit, article)
        if known is not None and _is_older(article, exported, known):
            kept = Kept("unchanged", known["id"])
        else:
            kept = articles.keep_article(database, visit, article)
            articles.forget_rejections(database, visit, article.url)
        database.execute(
            "UPDATE {articles} SET first_seen = min(first_seen, ?) WHERE id = ?",
            (iso(exported.first_seen), kept.article_id),
        )
    return kept


def _is_older(article: Article, exported: Exported, known: sqlite3.Row) -> bool:
    """Whether what is known differs from the record and is of a later visit."""
    return known["content_hash"] != content_hash(article) and known["seen_at"] > (iso(exported.last_seen) or "")
