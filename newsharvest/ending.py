"""How a crawl ends in good order: on SIGTERM, or when its time is up, it asks no more and waits 10 s, not for ever."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from scrapy import Request, Spider, signals
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response
from scrapy.utils.asyncio import AsyncioLoopingCall
from scrapy.utils.defer import deferred_from_coro
from twisted.python.failure import Failure

from newsharvest.signals import cannot_go_on, source_read
from newsharvest.tally import SOURCES_READ, Tally

logger = logging.getLogger(__name__)

GRACE = 10.0  # seconds for the downloads under way
LAST = 12.0  # seconds for all else: then the crawl is left as it stands
_TICK = 0.25


class CrawlEnds(IgnoreRequest):
    """A request that is dropped because its crawl ends. Its row stays in flight, to be pending in the next run."""


class OrderlyEnd:
    """Sees that a crawl which was told to end does so within 12 s, whatever its site, or the cleaning of a page, does.

    At once: nothing new is asked, what waits for its turn is dropped. After 10 s: downloads are cancelled. After 12 s:
    the run is written down as it stands, and ``leave`` is called (else the reactor stops). ``begin`` tells it to end;
    Scrapy's own shutdown (SIGTERM, Ctrl-C) is seen by itself. A second signal ends the process at once.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> OrderlyEnd:
        return cls(crawler)

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._reason: str | None = None
        self._began_at = 0.0
        self._is_closing = False
        self._has_given_up = False
        self._downloads: set[asyncio.Task[Response]] = set()
        self._watch = AsyncioLoopingCall(self._look)
        self.leave: Callable[[], None] = _stop_reactor
        crawler.signals.connect(self._open, signal=signals.spider_opened)
        crawler.signals.connect(self._name_end, signal=signals.spider_idle)
        crawler.signals.connect(self._close, signal=signals.spider_closed)
        crawler.signals.connect(self._give_up, signal=cannot_go_on)

    @property
    def has_begun(self) -> bool:
        return self._reason is not None

    def begin(self, reason: str) -> None:
        """End the crawl, with this outcome. Called again it does nothing."""
        if self.has_begun:
            return
        self._reason, self._began_at = reason, asyncio.get_running_loop().time()
        self._close_spider()

    def _give_up(self, reason: str, error: Exception) -> None:
        if not self._has_given_up:
            self._has_given_up = True
            logger.critical("%s; the crawl ends here, and what is not stored stays to be done", error)
            self.begin(reason)

    async def download(self, asking: Callable[[Request], Response], request: Request) -> Response:
        """Return the answer to a request, unless the crawl ends before. Raises CrawlEnds."""
        if self.has_begun:
            raise drop(request)
        task = asyncio.ensure_future(asking(request))
        self._downloads.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if not self.has_begun:
                raise
            raise drop(request) from None
        finally:
            self._downloads.discard(task)

    def _name_end(self) -> None:
        """Keep the engine from taking a crawl for finished whose requests we drop."""
        if self._reason is not None:
            raise CloseSpider(self._reason)

    def _open(self) -> None:
        self._watch.start(_TICK, now=False)

    def _close(self) -> None:
        if self._watch.running:
            self._watch.stop()

    def _look(self) -> None:
        """Look a few times a second whether Scrapy shuts down, for which there is no signal, and what is to be done."""
        if not self._crawler.crawling:
            self.begin("shutdown")
        if not self.has_begun:
            return
        self._close_spider()
        self._drop_waiting()
        seconds = asyncio.get_running_loop().time() - self._began_at
        if seconds >= GRACE:
            for task in self._downloads:
                task.cancel()
        if seconds >= LAST:
            self._leave_all()

    def _close_spider(self) -> None:
        """Tell the engine, once it runs; one that Scrapy's shutdown overtook while it started must be told too."""
        engine = self._crawler.engine
        if engine.running and engine.spider is not None and not self._is_closing:
            self._is_closing = True
            deferred_from_coro(engine.close_spider_async(reason=self._reason))

    def _drop_waiting(self) -> None:
        """Drop the requests that wait for the delay between two of a site; it may be a minute."""
        for slot in self._crawler.engine.downloader.slots.values():
            while slot.queue:
                request, answer = slot.queue.popleft()
                answer.errback(Failure(drop(request)))

    def _leave_all(self) -> None:
        logger.warning("%s does not come to an end; what is under way stays to be done", self._crawler.spider.name)
        scheduler = self._crawler.engine.scheduler
        if scheduler is not None:
            scheduler.close(self._reason)
        self._crawler.signals.send_catch_log(
            signals.spider_closed, spider=self._crawler.spider, reason=self._reason
        )  # the run's row is written, files are closed
        self.leave()


class EndableHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP, whose downloads end with the crawl."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._end = crawler.get_extension(OrderlyEnd)

    async def download_request(self, request: Request) -> Response:
        if self._end is None:
            return await super().download_request(request)
        return await self._end.download(super().download_request, request)


class SourcesFailed:
    """Counts the sources that were read; a crawl that could read none ends with the outcome ``sources_failed``."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> SourcesFailed:
        return cls(crawler)

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        crawler.signals.connect(self._count, signal=source_read)
        crawler.signals.connect(self._judge, signal=signals.spider_idle)

    def _count(self) -> None:
        self._crawler.stats.inc_value(SOURCES_READ)

    def _judge(self, spider: Spider) -> None:
        if Tally.of(self._crawler.stats.get_stats()).has_no_source:
            raise CloseSpider("sources_failed")


def drop(request: Request) -> CrawlEnds:
    """Return what to raise for a request of a crawl that ends: its row stays in flight, no attempt is counted."""
    request.errback = None  # the spider would call it a failed attempt
    return CrawlEnds(f"the crawl ends before {request.url} was read")


def _stop_reactor() -> None:
    from twisted.internet import reactor

    if reactor.running:
        reactor.stop()
