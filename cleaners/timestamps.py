"""When a page was published: what JSON-LD, meta tags, its feed, a visible byline or its address say, in that order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from lxml import etree, html

from cleaners import dates, jsonld
from cleaners.devanagari import normalise
from cleaners.jsonld import StructuredData

_PUBLISHED = (
    "article:published_time", "article:published_date", "og:article:published_time", "og:published_time",
    "datepublished", "publish-date", "publishdate", "published_time", "published_date", "parsely-pub-date",
    "sailthru.date", "pubdate", "date.publish", "dc.date.issued", "dc.date", "dcterms.created", "date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "article:modified_date", "og:updated_time", "og:modified_time", "datemodified",
    "last-modified", "lastmod", "modified_time", "dcterms.modified",
)  # fmt: skip
METAS = (*_PUBLISHED, *_MODIFIED)
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=2)
_BYLINE_LENGTH = 90
_LINE_LENGTH = 140
_BYLINES_READ = 40
_NEAR_TITLE = 60  # elements behind the headline that may hold an unnamed byline

_TIME_NODES = etree.XPath("//time[@datetime or @content]")
_DATED = "*[self::time or (@class and not(self::body) and not(self::html) and ({}))]".format(
    " or ".join(f"contains(@class, '{w}')" for w in ("date", "Date", "time", "publish", "posted", "meta", "byline"))
)
# What stands behind the headline first: before it, a site's head shows the day of the visit.
_DATE_NODES = (etree.XPath(f"//h1[1]/following::{_DATED}"), etree.XPath(f"//{_DATED}"))
_BEHIND_TITLE = etree.XPath(f"//h1[1]/following::*[position() <= {_NEAR_TITLE}][not(self::script or self::style)]")
_CLOCK = re.compile("[0-9०-९]{1,2}[:.][0-9०-९]{2}|[0-9०-९]T[0-9]")
_IN_ADDRESS = re.compile(r"(?:^|[^0-9])((?:19|20)[0-9]{2})([/_-]?)(0?[1-9]|1[0-2])\2(0?[1-9]|[12][0-9]|3[01])(?![0-9])")


def published(
    root: html.HtmlElement,
    data: StructuredData,
    metas: Mapping[str, str],
    *,
    fetched_at: datetime,
    listed_at: datetime | None,
    address: str | None,
) -> tuple[datetime | None, str | None]:
    """Return when the page was published (aware UTC) and who says so: "json-ld", "meta", "listing", "byline", "url".

    A day without a time of day is made exact by a visible byline of that day.
    """
    said, source = _said(data, metas, fetched_at)
    if said and source and not _is_midnight(said):
        return said, source
    if said is None and (found := plausible(listed_at, fetched_at)):
        return found, "listing"
    for texts, guess in (
        (_times(root), True),
        (sorted(_bylines(root), key=dates.is_update), False),
        (sorted(_behind_title(root), key=dates.is_update), False),
    ):
        for found in _moments(texts, fetched_at, guess=guess):
            if said is None or (not _is_midnight(found) and abs(found - said) < timedelta(days=1)):
                return found, "byline"
    if said:
        return said, source
    found = plausible(_of_address(address), fetched_at)
    return (found, "url") if found else (None, None)


def modified(data: StructuredData, metas: Mapping[str, str], fetched_at: datetime) -> datetime | None:
    """Return when JSON-LD or a meta tag says that the page was last changed."""
    texts = (jsonld.text(data.article.get("dateModified")), *map(metas.get, _MODIFIED))
    return next(_moments(texts, fetched_at), None)


def plausible(moment: datetime | None, fetched_at: datetime) -> datetime | None:
    """Return the moment if an article can have been published then, else None."""
    return moment if moment and _EARLIEST <= moment <= fetched_at + _AHEAD else None


def _said(data: StructuredData, metas: Mapping[str, str], fetched_at: datetime) -> tuple[datetime | None, str | None]:
    """Return what machine-readable data says, a time of day before a mere day."""
    page: Mapping[str, Any] = data.first("WebPage", "ItemPage") or {}
    found: list[tuple[datetime, str]] = []
    for source, texts in (
        ("json-ld", [jsonld.text(data.article.get(name)) for name in ("datePublished", "dateCreated")]),
        ("meta", [metas.get(name) for name in _PUBLISHED]),
        ("json-ld", [jsonld.text(page.get("datePublished"))]),
    ):
        for text in texts:
            moment = next(_moments((text,), fetched_at), None)
            if moment and text and _CLOCK.search(text) and (not found or abs(moment - found[0][0]) < timedelta(days=1)):
                return moment, source
            if moment:
                found.append((moment, source))
    return found[0] if found else (None, None)


def _is_midnight(moment: datetime) -> bool:
    """Say whether a moment is the beginning of a day, in India or in UTC: mostly a date without time."""
    local = (moment.astimezone(zone).timetuple() for zone in (UTC, dates.IST))
    return any((time.tm_hour, time.tm_min, time.tm_sec) == (0, 0, 0) for time in local)


def _moments(texts: Iterable[str | None], fetched_at: datetime, *, guess: bool = True) -> Iterable[datetime]:
    for text in texts:
        found = dates.parse(text, base=fetched_at, guess=guess) if text else None
        if found is None and text and not guess:
            found = dates.find(text, base=fetched_at)
        if moment := plausible(found, fetched_at):
            yield moment


def _times(root: html.HtmlElement) -> Iterable[str | None]:
    return (node.get("datetime") or node.get("content") for node in _TIME_NODES(root)[:3])


def _bylines(root: html.HtmlElement) -> Iterable[str]:
    """Yield the short texts that may be a visible date: of elements named for it, whole and piece by piece."""
    for node in (node for path in _DATE_NODES for node in path(root)[:_BYLINES_READ]):
        pieces = [piece for piece in map(normalise, node.itertext()) if piece]
        if pieces and len(whole := " ".join(pieces)) <= _BYLINE_LENGTH:
            yield whole
            yield from pieces if len(pieces) > 1 else ()


def _behind_title(root: html.HtmlElement) -> Iterable[str]:
    """Yield the short texts just behind the headline, up to the first paragraph: bylines that nothing names."""
    for node in _BEHIND_TITLE(root):
        if not isinstance(node.tag, str):
            continue
        text = normalise(node.text or "")
        if len(text) > _LINE_LENGTH:
            return
        whole = normalise(" ".join(node.itertext())) if len(node) and len(node) < 6 else text
        for candidate in dict.fromkeys((whole, text, normalise(node.tail or ""))):
            if candidate and len(candidate) <= _LINE_LENGTH:
                yield candidate


def _of_address(address: str | None) -> datetime | None:
    """Return the day that an address names (/2021/12/25/, -20211225), as midnight in India."""
    if not address or not (match := _IN_ADDRESS.search(urlsplit(address).path)):
        return None
    try:
        return datetime(int(match[1]), int(match[3]), int(match[4]), tzinfo=dates.IST).astimezone(UTC)
    except ValueError:  # the 31st of February
        return None
