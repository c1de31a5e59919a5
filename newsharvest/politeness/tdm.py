"""Reservations of text and data mining (W3C's TDM Reservation Protocol): what a site reserves is not kept.

A site may say so in /.well-known/tdmrep.json, in a header of each answer, or in a meta element of each page. These
classes do nothing where HARVEST_RESPECT_TDM is off. X-Robots-Tag and robots meta elements are about search engines.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from parsel import Selector
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser

from newsharvest import contentcoding
from newsharvest.archive import Archive, ArchiveError, Stored
from newsharvest.items import Page, Rejected
from newsharvest.politeness.origins import Origins
from newsharvest.politeness.retry import ToldToWait

logger = logging.getLogger(__name__)

RESERVED = "tdm: reserved"
WELL_KNOWN = "/.well-known/tdmrep.json"
FRESH_FOR = timedelta(days=7)
LARGEST = 1024 * 1024  # bytes of a well-known file that are read
MOST_REDIRECTS = 5
# They say where articles are; no text is taken from them.
DIRECTORIES = frozenset({"feed", "sitemap", "listing"})
_VALUES = {"1": True, "True": True, "0": False, "False": False}  # JSON's own truth values are a common mistake
_META = "//meta[translate(normalize-space(@name), 'TDMRESVAION', 'tdmresvaion') = 'tdm-reservation']/@content"


class Reserved(IgnoreRequest):
    """The site reserves the right to mine the text of this address."""

    def __init__(self) -> None:
        super().__init__(RESERVED)


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of a well-known file: whether the paths of a pattern are reserved."""

    pattern: ProtegoRobotParser
    is_reserved: bool

    def matches(self, url: str) -> bool:
        """Say whether an address is of the pattern."""
        return not self.pattern.allowed(url, "*")


class SiteReservations:
    """Downloader middleware that leaves alone what the well-known file of its host reserves.

    It comes behind robots.txt, which may forbid the file itself. The file is asked for once a week and host: an answer
    in the archive that is younger is taken instead, a 404 too. A host that gives none has the last it gave, or nothing
    reserved. A page whose own header or meta element would lift the reservation is not asked to find out.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("HARVEST_RESPECT_TDM"):
            raise NotConfigured
        self._crawler = crawler
        self._is_replay = bool(crawler.settings["HARVEST_REPLAY"])
        self._archive = Path(crawler.settings["HARVEST_ARCHIVE"])
        self._origins = Origins(self._ask)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> SiteReservations:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if not _is_directory(request) and await self.is_reserved(request):
            raise Reserved

    async def is_reserved(self, request: Request) -> bool:
        """Say whether the well-known file reserves the address of a request. The first rule that matches decides."""
        if not request.url.startswith(("http:", "https:")):
            return False
        rules = await self._origins.get(request)
        return next((rule.is_reserved for rule in rules if rule.matches(request.url)), False)

    async def _ask(self, origin: str) -> tuple[Rule, ...]:
        address = origin + WELL_KNOWN
        if not self._is_replay:
            known = self._last_answer(address, datetime.now(UTC) - FRESH_FOR)
            if known is not None:
                return _rules_of(known)
        request = Request(address, callback=NO_CALLBACK, priority=1000, meta={"dont_retry": True})
        try:
            response = await self._crawler.engine.download_async(request)
        except ToldToWait:
            raise
        except IgnoreRequest:  # robots.txt forbids it, or the replayed archive has none
            return ()
        except Exception as error:
            logger.info("%s cannot be read: %s", address, error)
        else:
            if _is_answer(response.status):
                return read_rules(response.body) if response.status == 200 else ()
        last = None if self._is_replay else self._last_answer(address, None)
        return _rules_of(last) if last else ()

    def _last_answer(self, address: str, since: datetime | None) -> Stored | None:
        """Return the newest answer of the archive, behind its redirects; None if there is none, or it is too old."""
        try:
            with Archive(self._archive, readonly=True) as archive:
                for _ in range(1 + MOST_REDIRECTS):
                    versions = [stored for stored in archive.versions(address) if _is_answer(stored.status)]
                    if not versions or (since is not None and versions[-1].fetched_at < since):
                        return None
                    target = versions[-1].header("location")
                    if not 300 <= (versions[-1].status or 0) < 400 or not target:
                        return versions[-1]
                    address = urljoin(address, target)
        except ArchiveError as error:
            logger.warning("%s", error)
        return None


class PageReservations:
    """Downloader middleware that refuses a page which bears a reservation, in its header or in a meta element.

    It stands between the network and the cache, so that nothing of such a page gets into the archive; and what a
    replayed archive serves passes it all the same.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("HARVEST_RESPECT_TDM"):
            raise NotConfigured
        self._limit = crawler.settings.getint("DOWNLOAD_MAXSIZE")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PageReservations:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        has_content = 200 <= response.status < 300 or response.status == 304
        if has_content and not _is_directory(request) and self._is_reserved(response):
            raise Reserved
        return response

    def _is_reserved(self, response: Response) -> bool:
        by_page = reservation_in(self._text_of(response))
        if by_page is not None:  # what stands in the page outweighs the header
            return by_page
        return any(value.strip() == b"1" for value in response.headers.getlist("tdm-reservation"))

    def _text_of(self, response: Response) -> bytes:
        """Return the HTML of a response, still as it came over the wire, or nothing where it is none."""
        if b"html" not in (response.headers.get("Content-Type") or b"html").lower():
            return b""
        codings = [value.decode("latin-1") for value in response.headers.getlist("Content-Encoding")]
        try:
            return contentcoding.undo(response.body, codings, limit=self._limit)
        except contentcoding.ContentCodingError:
            return b""  # Scrapy, next in line, says what is wrong with it


class PostReservations:
    """Spider middleware for pages that come inside another answer (WordPress posts): their own addresses count."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("HARVEST_RESPECT_TDM"):
            raise NotConfigured
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PostReservations:
        return cls(crawler)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        site = self._crawler.get_downloader_middleware(SiteReservations)
        async for visit in result:
            page = getattr(visit, "item", None)
            is_post = isinstance(page, Page) and page.url is not None and response.meta.get("kind") != "page"
            if is_post and site is not None and await site.is_reserved(Request(page.url)):
                visit = replace(visit, item=Rejected(page.url, "fetch", RESERVED))
            yield visit


def read_rules(body: bytes) -> tuple[Rule, ...]:
    """Return the rules of a well-known file, in its order; what is no rule is passed over.

    A location is matched as a path of robots.txt is, ``*`` and a last ``$`` included.
    """
    try:
        entries = json.loads(body[:LARGEST])
    except (ValueError, RecursionError):
        return ()
    rules = []
    for entry in entries if isinstance(entries, list) else [entries]:
        location = entry.get("location") if isinstance(entry, dict) else None
        value = _VALUES.get(str(entry.get("tdm-reservation")).strip()) if isinstance(location, str) else None
        lines = location.split() if isinstance(location, str) else []
        if value is not None and len(lines) == 1:
            path = lines[0] if lines[0].startswith(("/", "*")) else f"/{lines[0]}"
            robots = f"User-agent: *\nDisallow: {path.replace('#', '%23')}\n"
            rules.append(Rule(ProtegoRobotParser(robots.encode(), None), value))
    return tuple(rules)


def reservation_in(html: bytes) -> bool | None:
    """Return what the meta elements of a page say: reserved, not reserved, or None where they say nothing."""
    if b"tdm-reservation" not in html.lower():
        return None
    values = {value.strip() for value in Selector(html.decode("utf-8", "replace"), type="html").xpath(_META).getall()}
    return "1" in values if values & {"0", "1"} else None


def _is_directory(request: Request) -> bool:
    return request.callback is NO_CALLBACK or request.meta.get("kind") in DIRECTORIES


def _is_answer(status: int | None) -> bool:
    """Say whether a server has told us something of the file, if only that there is none."""
    return status is not None and status < 500 and status != 429


def _rules_of(stored: Stored) -> tuple[Rule, ...]:
    try:
        return read_rules(stored.decoded()) if stored.status == 200 else ()
    except contentcoding.ContentCodingError:
        return ()
