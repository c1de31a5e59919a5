"""Retry-After: a short wait is waited, a long one ends the crawl of the site and is remembered for the next run."""

from __future__ import annotations

import logging
import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro

from newsharvest.pipelines import borrow_store, return_store
from newsharvest.store import StoreError

logger = logging.getLogger(__name__)

CLOSE_REASON = "retry_after"
LONGEST_WAIT = 120.0  # seconds that a crawl waits; for longer it ends
LONGEST_BAN = 24 * 3600.0  # seconds; who asks for more is asked again on the next day
BUSY = frozenset({429, 503})
REDIRECTS = frozenset({301, 302, 303, 307, 308})  # here it means the wait before the new address is asked (RFC 9110)


class ToldToWait(IgnoreRequest):
    """The site asks not to be asked before a time that this crawl does not wait for."""


class RetryAfter:
    """Downloader middleware that waits as long as the site says, or backs off where it does not say.

    It stands closer to the network than Scrapy's middlewares for retries and redirects: the slot is paused before
    their new request gets into it. Nothing of it in replay, nor for a response out of the archive.
    """

    def __init__(self, crawler: Crawler) -> None:
        if crawler.settings["HARVEST_REPLAY"]:
            raise NotConfigured
        self._crawler = crawler
        self._busy = 0  # refusals in a row
        self._until: datetime | None = None
        crawler.signals.connect(self.open, signal=signals.spider_opened)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RetryAfter:
        return cls(crawler)

    def open(self, spider: Spider) -> None:
        """Ask nothing of a site that told an earlier run to come back later than now."""
        if not hasattr(spider, "request_for"):
            return
        store = borrow_store(self._crawler.settings)
        try:
            until = store.not_before(spider.site)
        finally:
            return_store(store)
        if until is not None and until > datetime.now(UTC):
            self._until = until
            logger.warning("%s asked not to be visited before %s; nothing is asked", spider.site, _shown(until))
            raise CloseSpider(CLOSE_REASON)

    def process_request(self, request: Request) -> None:
        if self._until is not None:
            raise self._refuse(request)

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Do as for the request itself where what is asked on its behalf (robots.txt) was told to wait."""
        if isinstance(exception, ToldToWait) and self._until is not None:
            self._refuse(request)

    def process_response(self, request: Request, response: Response) -> Response:
        if "cached" in response.flags:
            return response
        if response.status in BUSY:
            self._wait(request, response)
        elif response.status in REDIRECTS:
            self._wait_before_redirect(request, response)
        elif response.status < 400:
            self._busy = 0
        return response

    def _wait(self, request: Request, response: Response) -> None:
        seconds = wait_of(response)
        self._busy += 1
        if not seconds:  # nothing, or nothing usable: twice the delay, then four times …
            downloader = self._crawler.engine.downloader
            seconds = min(downloader.slot(request).delay * 2.0 ** min(self._busy, 16), LONGEST_WAIT)
        if seconds > LONGEST_WAIT:
            self._end(seconds)
            raise self._refuse(request)
        self._pause(request, response, seconds)

    def _wait_before_redirect(self, request: Request, response: Response) -> None:
        seconds = wait_of(response)
        if seconds and seconds > LONGEST_WAIT:  # asked of this page alone
            raise ToldToWait(f"told to wait ({seconds:.0f} s)")
        if seconds:
            self._pause(request, response, seconds)

    def _pause(self, request: Request, response: Response, seconds: float) -> None:
        self._crawler.engine.downloader.pace(request).pause(seconds)
        if seconds >= 1:
            logger.info("HTTP %d: a pause of %.0f s (%s)", response.status, seconds, request.url)

    def _end(self, seconds: float) -> None:
        if self._until is not None:
            return
        self._until = datetime.now(UTC) + timedelta(seconds=math.ceil(seconds))
        spider = self._crawler.spider
        site = getattr(spider, "site", spider.name)
        logger.warning("%s asks to be left alone until %s; its crawl ends", site, _shown(self._until))
        self._remember(spider)
        self._crawler.engine.pause()  # until it is closed, no row becomes a request
        deferred_from_coro(self._crawler.engine.close_spider_async(reason=CLOSE_REASON))

    def _remember(self, spider: Spider) -> None:
        if not hasattr(spider, "request_for"):
            return
        store = borrow_store(self._crawler.settings)
        try:
            store.set_not_before(spider.site, self._until)
        except StoreError as error:
            logger.error("%s", error)
        finally:
            return_store(store)

    def _refuse(self, request: Request) -> ToldToWait:
        assert self._until is not None
        request.errback = None  # no failed attempt: its row stays in flight, and is pending in the next run
        return ToldToWait(f"told to wait (until {_shown(self._until)})")


def wait_of(response: Response) -> float | None:
    """Return the seconds that a response asks to wait, 24 h at most; None where it asks nothing that can be done.

    A date is taken by the server's own clock, where the response bears it.
    """
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isascii() and value.isdigit():
        digits = value.lstrip("0") or "0"
        seconds = float(digits) if len(digits) < 9 else LONGEST_BAN
    else:
        asked, sent = _date(value), _date((response.headers.get("Date") or b"").decode("latin-1"))
        if asked is None:
            return None
        seconds = (asked - (sent or datetime.now(UTC))).total_seconds()
    return min(seconds, LONGEST_BAN) if seconds > 0 else None


def _shown(moment: datetime) -> str:
    return moment.isoformat(" ", timespec="seconds")


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
