"""Metadata of an HTML page: what JSON-LD, meta tags and the visible byline say of the article."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from cleaners import agencies, dates, jsonld, titles
from cleaners.devanagari import match_key, normalise, words
from cleaners.jsonld import StructuredData
from cleaners.model import Metadata
from cleaners.sites import SiteFile

_PUBLISHED = (
    "article:published_time", "article:published_date", "og:article:published_time", "og:published_time",
    "datepublished", "publish-date", "publishdate", "published_time", "published_date", "parsely-pub-date",
    "sailthru.date", "pubdate", "date.publish", "dc.date.issued", "dc.date", "dcterms.created", "date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "article:modified_date", "og:updated_time", "og:modified_time", "datemodified",
    "last-modified", "lastmod", "modified_time", "dcterms.modified",
)  # fmt: skip
_DESCRIPTIONS = ("og:description", "description", "twitter:description")
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=2)
_BYLINE_LENGTH = 90
_BYLINES_READ = 40

_H1 = etree.XPath("//h1")
_AUTHOR_NODES = etree.XPath(
    "//*[@rel = 'author' or @itemprop = 'author' or contains(@class, 'author-name') or"
    " contains(concat(' ', @class, ' '), ' byline ')]"
)
_TIME_NODES = etree.XPath("//time[@datetime or @content]")
_DATED = "*[self::time or (@class and not(self::body) and not(self::html) and ({}))]".format(
    " or ".join(f"contains(@class, '{w}')" for w in ("date", "Date", "time", "publish", "posted", "meta", "byline"))
)
# What stands behind the headline first: before it, a site's head shows the day of the visit.
_DATE_NODES = (etree.XPath(f"//h1[1]/following::{_DATED}"), etree.XPath(f"//{_DATED}"))
_BY = re.compile(
    r"^(?:(?:written|edited|reported|posted|published|translated|curated|authored?)\s+by|by|author|लेखक|रिपोर्टर|रिपोर्ट|"
    r"संपादन|द्वारा)\s*[:\-–]?\s+|^(?:by|author|लेखक|रिपोर्ट)\s*[:\-–]\s*",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"\s*(?:[,;/|&]|\s(?:and|और|एवं|व)\s)\s*")
_NO_NAME = re.compile(r"www\.|@|\d")
_NAME_LENGTH = 60
_OUTLET_TYPES = frozenset({"NewsMediaOrganization", "Organization", "WebSite"})
_AUTHOR_METAS = ("author", "article:author", "dc.creator", "parsely-author")


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
    title = titles.choose(
        _shown_title(root, context.site),
        (jsonld.text(data.article.get("headline") or data.article.get("name")), metas.get("og:title")),
        _clean(root.findtext(".//title")),
        outlets,
    )
    credited = list(_credited(root, data, metas))
    published_at, source = _published(root, data, metas, context)
    return Metadata(
        title=title,
        summary=_summary(data, metas, title),
        authors=persons(credited, outlets),
        agency=next((name for name in map(agencies.find, credited) if name), None),
        section=_section(data, metas),
        image_url=_image(data, metas, context.url),
        canonical_url=_canonical(root, metas, context),
        published_at=published_at,
        published_source=source,
        modified_at=_moment([jsonld.text(data.article.get("dateModified")), *map(metas.get, _MODIFIED)], context),
    )


def persons(names: Iterable[str], outlets: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the persons among credited names, each once: no desks, agencies, outlets or addresses."""
    barred = {match_key(name) for name in outlets if name}
    found: dict[str, str] = {}
    for credit in names:
        if "://" in credit:
            continue
        for name in _SEVERAL.split(_BY.sub("", normalise(credit))):
            name = name.strip(" .:-–।")
            key = match_key(name)
            is_name = 1 < len(name) <= _NAME_LENGTH and words(name) and not _NO_NAME.search(name)
            if is_name and key not in barred and not agencies.is_desk(name) and not agencies.find(name):
                found.setdefault(key, name)
    return tuple(found.values())


def plausible(moment: datetime | None, fetched_at: datetime) -> datetime | None:
    """Return the moment if an article can have been published then, else None."""
    return moment if moment and _EARLIEST <= moment <= fetched_at + _AHEAD else None


def is_same_site(one: str, other: str) -> bool:
    """Say whether two hosts belong to one site: equal, or one below the other, www, m and amp aside."""
    one, other = (re.sub(r"^(?:(?:www|m|amp|mobile)\.)+", "", host.lower()) for host in (one, other))
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def _clean(text: str | None) -> str | None:
    return normalise(unescape(unescape(text))) or None if text else None


def _metas(root: html.HtmlElement) -> dict[str, str]:
    """Return the first content of every meta property, name and itemprop, names in lower case."""
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        content = element.get("content")
        if content and (content := _clean(content)):
            for attribute in ("property", "name", "itemprop"):
                if name := element.get(attribute):
                    found.setdefault(name.strip().lower(), content)
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


def _shown_title(root: html.HtmlElement, site: SiteFile | None) -> str | None:
    """Return the text of the site's title element, else of the page's only h1 (of several, the longest)."""
    for path in (site.title if site else None, _H1):
        shown = [_clean("".join(element.itertext())) for element in (path(root) if path else ())]
        if any(shown):
            return next(filter(None, shown)) if path is not _H1 else max(filter(None, shown), key=len)
    return None


def _summary(data: StructuredData, metas: Mapping[str, str], title: str | None) -> str | None:
    for summary in (*map(metas.get, _DESCRIPTIONS), jsonld.text(data.article.get("description"))):
        if summary and (not title or match_key(summary) != match_key(title)):
            return summary
    return None


def _credited(root: html.HtmlElement, data: StructuredData, metas: Mapping[str, str]) -> Iterable[str]:
    """Yield the names that a page credits, from the first source that has any."""
    names = list(_author_names(data.article.get("author"), data))
    names = names or [metas[key] for key in _AUTHOR_METAS if key in metas]
    if not persons(names):
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


def _canonical(root: html.HtmlElement, metas: Mapping[str, str], context: Context) -> str | None:
    links = [link.get("href") for link in root.iter("link") if "canonical" in (link.get("rel") or "").lower().split()]
    for address in (*links, metas.get("og:url")):
        found = absolute(address, context.url) if address else None
        if not found:
            continue
        if context.url is None:
            return found
        own, named = urlsplit(context.url), urlsplit(found)
        is_home = named.path in ("", "/") and not named.query and own.path not in ("", "/")
        if not is_home and is_same_site(own.hostname or "", named.hostname or ""):
            return found
    return None


def _moment(texts: Iterable[str | None], context: Context, *, guess: bool = True) -> datetime | None:
    for text in texts:
        found = dates.parse(text, base=context.fetched_at, guess=guess) if text else None
        if plausible(found, context.fetched_at):
            return found
    return None


def _published(
    root: html.HtmlElement, data: StructuredData, metas: Mapping[str, str], context: Context
) -> tuple[datetime | None, str | None]:
    article = data.article
    if found := _moment(map(jsonld.text, (article.get("datePublished"), article.get("dateCreated"))), context):
        return found, "json-ld"
    if found := _moment(map(metas.get, _PUBLISHED), context):
        return found, "meta"
    if found := plausible(context.listed_at, context.fetched_at):
        return found, "listing"
    if found := _moment((node.get("datetime") or node.get("content") for node in _TIME_NODES(root)[:3]), context):
        return found, "byline"
    if found := _moment(_bylines(root), context, guess=False):
        return found, "byline"
    return None, None


def _bylines(root: html.HtmlElement) -> Iterable[str]:
    """Yield the short texts that may be a visible date: of elements named for it, whole and piece by piece."""
    for node in (node for path in _DATE_NODES for node in path(root)[:_BYLINES_READ]):
        pieces = [piece for piece in map(normalise, node.itertext()) if piece]
        if pieces and len(whole := " ".join(pieces)) <= _BYLINE_LENGTH:
            yield whole
            yield from pieces if len(pieces) > 1 else ()
