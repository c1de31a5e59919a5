"""Metadata of an HTML page: what JSON-LD, meta tags and the visible byline say of the article."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from w3lib.url import safe_url_string

from cleaners import agencies, jsonld, people, timestamps, titles
from cleaners.devanagari import fold, match_key, normalise
from cleaners.jsonld import StructuredData
from cleaners.model import Metadata
from cleaners.sites import SiteFile

_DESCRIPTIONS = ("og:description", "description", "twitter:description")
_HEADINGS_READ = 16
_BYLINE_LENGTH = 90

# By way of the attributes: asking every element for each of them takes three times as long.
_AUTHOR_NODES = etree.XPath(
    "//@rel[. = 'author']/parent::* | //@itemprop[. = 'author']/parent::* |"
    " //@class[contains(., 'author-name') or contains(., 'wp-block-post-author__name')"
    " or (contains(., 'byline') and contains(concat(' ', ., ' '), ' byline '))]"
    "[not(contains(., 'comment'))]/parent::*"  # a reader who commented has a name too
)
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_OUTLET_TYPES = frozenset({"NewsMediaOrganization", "Organization", "WebSite"})
_AUTHOR_METAS = ("author", "article:author", "dc.creator", "parsely-author")
_WANTED_METAS = frozenset({
    *_DESCRIPTIONS, *_AUTHOR_METAS, *timestamps.METAS, "og:title", "og:site_name", "application-name",
    "article:section", "og:image", "og:image:url", "twitter:image", "og:url",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a page before it is read. ``listed_at`` is the time its feed or sitemap gives for it."""

    url: str | None
    fetched_at: datetime
    site: SiteFile | None = None
    listed_at: datetime | None = None


def read(root: html.HtmlElement, data: StructuredData, context: Context) -> Metadata:
    """Return the metadata of a page; times that cannot be true (before 1995, after the fetch) are left out."""
    metas = _metas(root)
    outlets = _outlets(data, metas, context)
    named = (jsonld.text(data.article.get("headline") or data.article.get("name")), metas.get("og:title"))
    page_title = _clean(root.findtext(".//title"))
    shown = _shown_title(root, context.site, [name for name in (*named, page_title) if name])
    title = titles.choose(shown, named, page_title, outlets)
    credited = list(_credited(root, data, metas))
    canonical_url = _canonical(root, metas, context)
    published_at, source = timestamps.published(
        root,
        data,
        metas,
        fetched_at=context.fetched_at,
        listed_at=context.listed_at,
        address=context.url or canonical_url,
    )
    return Metadata(
        title=title,
        summary=_summary(data, metas, title),
        authors=people.persons(credited, outlets),
        agency=people.agency(credited),
        section=_section(data, metas),
        image_url=_image(data, metas, context.url),
        canonical_url=canonical_url,
        published_at=published_at,
        published_source=source,
        modified_at=timestamps.modified(data, metas, context.fetched_at),
    )


def is_same_site(one: str, other: str) -> bool:
    """Say whether two hosts belong to one site: equal, or one below the other, www, m and amp aside."""
    one, other = (re.sub(r"^(?:(?:www|m|amp|mobile)\.)+", "", host.lower()) for host in (one, other))
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def _clean(text: str | None) -> str | None:
    return normalise(unescape(unescape(text))) or None if text else None


def _metas(root: html.HtmlElement) -> dict[str, str]:
    """Return the first content of every wanted meta property, name and itemprop, names in lower case."""
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        given = (element.get(attribute) for attribute in ("property", "name", "itemprop"))
        names = {name.strip().lower() for name in given if name} & _WANTED_METAS - found.keys()
        if names and (content := _clean(element.get("content"))):
            found.update(dict.fromkeys(names, content))
    return found


def _outlets(data: StructuredData, metas: Mapping[str, str], context: Context) -> tuple[str, ...]:
    publisher = data.resolve(data.article.get("publisher"))
    names = [metas.get("og:site_name"), metas.get("application-name"), jsonld.text(publisher)]
    names += [jsonld.text(node.get("name")) for node in data.nodes if jsonld.types(node) & _OUTLET_TYPES]
    if context.site:
        names.append(context.site.name)
    if context.url and (host := urlsplit(context.url).hostname):
        host = host.removeprefix("www.")
        names += [host, host.partition(".")[0]]
    return tuple(name for name in names if name)


def _shown_title(root: html.HtmlElement, site: SiteFile | None, named: Collection[str]) -> str | None:
    """Return the text of the site's title element, else of the heading that the page shows as its own.

    That is an h1: one that a name of the page (og:title, <title>) holds before the longest; where none does, an h2 or
    h3 that stands in a name. A kicker in an element of its own before the title is left out.
    """
    if site and site.title and (shown := _texts(site.title(root))):
        return shown[0]
    headings = [element for element in root.iter("h1", "h2", "h3") if isinstance(element, html.HtmlElement)]
    first = [element for element in headings if element.tag == "h1"]
    for element in first if named else ():
        pieces = [_clean(piece) for piece in element.itertext()] if len(element) else []
        for piece in filter(None, pieces):
            if any(titles.is_same(piece, name) for name in named):
                return piece
    shown = _texts(first)
    own = [text for text in shown if titles.is_held(text, named)]
    if not own:
        others = _texts(headings[:_HEADINGS_READ])
        own = [text for text in others if len(text.split()) > 3 and titles.is_held(text, named)]
    return max(own or shown, key=len, default=None)


def _texts(elements: Iterable[html.HtmlElement]) -> list[str]:
    return [text for element in elements if (text := _clean("".join(element.itertext())))]


def _summary(data: StructuredData, metas: Mapping[str, str], title: str | None) -> str | None:
    known = match_key(title) if title else None
    for summary in (*map(metas.get, _DESCRIPTIONS), jsonld.text(data.article.get("description"))):
        if summary and fold(summary) != known:
            return summary
    return None


def _credited(root: html.HtmlElement, data: StructuredData, metas: Mapping[str, str]) -> Iterable[str]:
    """Yield the names that a page credits, from the first source that has any."""
    names = list(_author_names(data.article.get("author"), data))
    names = names or [metas[key] for key in _AUTHOR_METAS if key in metas]
    if not people.persons(names):
        names += [_clean(node.get("content") or " ".join(node.itertext())) or "" for node in _AUTHOR_NODES(root)[:5]]
    return (name for name in names if 0 < len(name) <= _BYLINE_LENGTH)


def _author_names(value: Any, data: StructuredData) -> Iterable[str]:
    for author in value if isinstance(value, list) else [value]:
        author = data.resolve(author)
        if isinstance(author, Mapping):
            if not any(name.endswith("Organization") for name in jsonld.types(author)) or agencies.find(
                jsonld.text(author) or ""
            ):
                yield from _author_names(author.get("name"), data)
        elif name := jsonld.text(author):
            yield name


def _section(data: StructuredData, metas: Mapping[str, str]) -> str | None:
    if section := jsonld.text(data.article.get("articleSection")) or metas.get("article:section"):
        return section
    crumbs = (data.first("BreadcrumbList") or {}).get("itemListElement")
    names = []
    for crumb in crumbs if isinstance(crumbs, list) else ():
        if isinstance(crumb, Mapping):
            names.append(jsonld.text(crumb.get("name")) or jsonld.text(crumb.get("item")))
    return names[-2] if len(names) > 2 else None


def _image(data: StructuredData, metas: Mapping[str, str], url: str | None) -> str | None:
    image = data.resolve(data.article.get("image"))
    while isinstance(image, (list, Mapping)):
        image = (image[0] if image else None) if isinstance(image, list) else image.get("url", image.get("contentUrl"))
    for address in (metas.get("og:image"), metas.get("og:image:url"), image, metas.get("twitter:image")):
        found = absolute(address, url) if isinstance(address, str) else None
        if found and urlsplit(found).path not in ("", "/"):
            return found
    return None


def absolute(address: str, base: str | None) -> str | None:
    """Return a web address made absolute, None where it is none."""
    try:
        address = urljoin(base or "", address.strip())
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None


def own_address(address: str, base: str | None) -> str | None:
    """Return the address that a page gives itself, absolute and in one spelling: WordPress writes a Hindi slug in small
    escapes (%e0), sitemaps in capital ones or in Devanagari.
    """
    found = absolute(address, base)
    try:
        return found and _ESCAPE.sub(lambda escape: escape[0].upper(), safe_url_string(found))
    except ValueError:  # a port that is no number
        return None


def _canonical(root: html.HtmlElement, metas: Mapping[str, str], context: Context) -> str | None:
    links = [link.get("href") for link in root.iter("link") if "canonical" in (link.get("rel") or "").lower().split()]
    for address in (*links, metas.get("og:url")):
        found = own_address(address, context.url) if address else None
        if not found:
            continue
        if context.url is None:
            return found
        own, named = urlsplit(context.url), urlsplit(found)
        is_home = named.path in ("", "/") and not named.query and own.path not in ("", "/")
        if not is_home and is_same_site(own.hostname or "", named.hostname or ""):
            return found
    return None
