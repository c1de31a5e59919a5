"""Tell a page that is no article (a listing, a gallery, a video) by plain signs only."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from lxml import html

from cleaners.jsonld import ARTICLES, StructuredData
from cleaners.model import Line
from cleaners.prose import ends_sentence, link_share, size

_LITTLE = 400  # characters of running text: the caption of a video, the teaser of a gallery
_VERY_LITTLE = 150  # where og:type says "article", which many sites write on every page
_SENTENCE = 60
_LISTING_TYPES = frozenset({"CollectionPage", "SearchResultsPage", "ProfilePage"})
_GALLERY_TYPES = frozenset({"ImageGallery", "MediaGallery"})
_VIDEO_TYPES = frozenset({"VideoObject", "VideoGallery"})
_MOSTLY_LINKS = 0.7


def refusal(root: html.HtmlElement, data: StructuredData, url: str | None, lines: Sequence[Line]) -> str | None:
    """Return "listing", "gallery", "video" or "no text" where the page is no article, else None.

    ``lines`` is the body that was found. A page whose JSON-LD calls it an article is refused only for having no text.
    """
    written = sum(length for line in lines if (length := size(line.text)) >= _SENTENCE and link_share(line) < 0.5)
    types = data.types()
    opengraph = _opengraph_type(root)
    if types.isdisjoint(ARTICLES):
        if opengraph != "article" and _is_listing(root, types, opengraph, url, lines):
            return "listing"
        if written < (_VERY_LITTLE if opengraph == "article" else _LITTLE):
            if types & _GALLERY_TYPES:
                return "gallery"
            if types & _VIDEO_TYPES or opengraph.startswith("video"):
                return "video"
    if not written and not _has_text(lines):
        return "no text"
    return None


def _opengraph_type(root: html.HtmlElement) -> str:
    for meta in root.iter("meta"):
        if meta.get("property") == "og:type":
            return (meta.get("content") or "").strip().lower()
    return ""


def _is_listing(
    root: html.HtmlElement, types: frozenset[str], opengraph: str, url: str | None, lines: Sequence[Line]
) -> bool:
    body = root.find("body")
    names = frozenset((body.get("class") or "").split()) if body is not None else frozenset()
    if "single" not in names and (names & {"archive", "search-results"} or {"home", "blog"} <= names):
        return True  # WordPress's own words for the kind of page
    if types & _LISTING_TYPES:
        return True
    if opengraph == "website" and url and urlsplit(url).path in ("", "/"):
        return True
    characters = sum(len(line.text) for line in lines)
    linked = sum(len(line.text) * link_share(line) for line in lines)
    return len(lines) > 3 and linked > _MOSTLY_LINKS * characters


def _has_text(lines: Sequence[Line]) -> bool:
    """Say whether there is at least one line that is a sentence rather than a label or a link."""
    return any(
        line.kind != "heading"
        and link_share(line) < 0.5
        and (len(line.text.split()) > 4 or (ends_sentence(line.text) and size(line.text) > _SENTENCE))
        for line in lines
    )
