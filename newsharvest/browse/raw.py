"""The raw page of an article out of the archive, fit to be shown without loading or running anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cleaners import encoding
from newsharvest.archive import Archive
from newsharvest.formats import archived
from newsharvest.items import Page
from newsharvest.store import Rejection, Revision, StoredArticle

_LOCATOR = re.compile(r"[0-9a-f]{16}(#(/[^/#\s]{1,100}){1,20})?")
# For these a browser may open a connection before it asks the policy, or without asking: a hint (rel=preconnect), a
# frame that it then refuses to fill, a link under the pointer.
_REACHING = re.compile(r"<(/?)(link|a|area|i?frame|fencedframe|portal|object|embed)(?=[\s/>])", re.IGNORECASE)
_HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Shown:
    """A raw page as it is sent: HTML or plain text, always in UTF-8."""

    content_type: str
    body: bytes


def locate(row: StoredArticle | Rejection) -> str | None:
    """Return where in the archive the page of an article or a rejection lies (``KEY`` or ``KEY#/3``), or None."""
    if row.archive_key is None:
        return None
    # A crawled page's provenance is its place in the archive; an imported one's is its path.
    return row.provenance if row.origin == "crawl" and is_locator(row.provenance) else row.archive_key


def locate_revision(article: StoredArticle, revision: Revision) -> str | None:
    """Return where in the archive the page of an earlier revision lies, or None."""
    return locate(article) if revision.archive_key == article.archive_key else revision.archive_key


def is_locator(text: str) -> bool:
    """Whether a text has the form of a place in an archive."""
    return _LOCATOR.fullmatch(text) is not None


def fetch(archive: Path, locator: str, *, url: str | None = None, site: str = "", provenance: str = "") -> Page:
    """Return a page of the archive. Raises ArchiveError where there is none."""
    with Archive(archive, readonly=True) as opened:
        return archived.page_of(opened, locator, url=url, site=site, provenance=provenance)


def show(page: Page) -> Shown:
    """Return a page as it may be sent: what is no HTML is shown as text, other kinds are named only."""
    what = encoding.foreign_format(page.body)
    if what not in (None, "feed", "sitemap"):
        return Shown("text/plain; charset=utf-8", f"({what}, {len(page.body):,} bytes)\n".encode())
    text = encoding.decode(page.body, page.encoding)
    if what is None and page.media_type in _HTML:
        return Shown("text/html; charset=utf-8", _REACHING.sub(r"<\1x-\2", text).encode("utf-8", "replace"))
    return Shown("text/plain; charset=utf-8", text.encode("utf-8", "replace"))
