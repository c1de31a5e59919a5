"""A fleet: the crawls of several sites side by side in one process, each at its own pace and with its own end."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.project import get_project_settings

from newsharvest.configuration import ConfigurationError
from newsharvest.ending import OrderlyEnd
from newsharvest.pipelines import borrow_store, return_store
from newsharvest.sitelock import SiteLock
from newsharvest.store import StoreError
from newsharvest.tally import DATABASE_ERROR, Tally

logger = logging.getLogger(__name__)

SETTINGS_MODULE = "newsharvest.settings"
_TICK = 0.5
_SECONDS_TO_EXIT = 14.0  # from the end of the time, or the first signal, until the process ends whatever hangs


@dataclass(slots=True)
class Crawl:
    """One site of a fleet. Times are aware UTC; ``outcome`` is None while the crawl goes on, ``error`` says more."""

    site: str
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    finished_at: datetime | None = None
    outcome: str | None = None
    error: str | None = None
    stats: dict = field(default_factory=dict)

    @property
    def tally(self) -> Tally:
        return Tally.of(self.stats)

    @property
    def seconds(self) -> float:
        return ((self.finished_at or datetime.now(UTC)) - self.started_at).total_seconds()

    def end(self, outcome: str, error: str | None = None) -> None:
        """Note the end. Called again it does nothing."""
        if self.outcome is None:
            self.outcome, self.error, self.finished_at = outcome, error, datetime.now(UTC)


class Fleet:
    """Crawls sites at once, in one reactor; one that is slow, hangs or breaks delays no other.

    There is no limit to their number: each asks one request at a time and waits between two, so what it takes is
    memory, half a megabyte a site. ``seconds`` bounds the whole; settings are those of the project. ``is_terse`` keeps
    what Scrapy tells of every crawler, below a warning, out of the log.
    """

    def __init__(
        self, settings: Settings, sites: Sequence[str], *, seconds: float | None = None, is_terse: bool = False
    ) -> None:
        self._is_terse = is_terse
        self.crawls = [Crawl(site) for site in sites]
        self._settings = settings
        self._seconds = seconds
        self._crawlers: list[_SiteCrawler] = []

    def run(self, on_tick: Callable[[], None]) -> None:
        """Crawl until all sites are done, the time is up, or a signal comes. ``on_tick`` is called twice a second.

        May be called once a process. Raises StoreError where the database cannot be opened.
        """
        store = borrow_store(self._settings)  # one for all of them; a site that cannot be locked has a row too
        try:
            process = _prepare_process(self._settings, self._is_terse)
            loader = get_spider_loader(self._settings)
            for crawl in self.crawls:
                lock = SiteLock(self._settings["HARVEST_DATABASE"], crawl.site)
                if not lock.acquire():
                    store.runs.finish(store.runs.start(f"crawl {crawl.site}", crawl.site), "locked", {})
                    crawl.end("locked")
                    continue
                crawler = _SiteCrawler(loader.load(crawl.site), self._settings, crawl, lock)
                self._crawlers.append(crawler)
                process.crawl(crawler)
            if self._crawlers:
                watch = _Watch(self._crawlers, on_tick, self._seconds)
                asyncio.get_event_loop().call_soon(watch.begin)
                process.start()
        finally:
            logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # what was left as it stood is no fault to tell of
            for crawl in self.crawls:
                crawl.end("interrupted", "ended by a second signal")
            return_store(store)


def _prepare_process(settings: Settings, is_terse: bool) -> AsyncCrawlerProcess:
    if not is_terse:
        return AsyncCrawlerProcess(settings)
    logging.disable(logging.INFO)  # while it tells the versions of everything
    try:
        process = AsyncCrawlerProcess(settings)
    finally:
        logging.disable(logging.NOTSET)
    logging.getLogger("scrapy").setLevel(logging.WARNING)  # not before: the process sets it anew
    return process


class _SiteCrawler(Crawler):
    """A crawler whose failures are an outcome of its site, and which can be left behind where it hangs."""

    def __init__(self, spider: type, settings: Settings, crawl: Crawl, lock: SiteLock) -> None:
        super().__init__(spider, settings)
        self.crawl_of_site = crawl
        self.site_lock = lock  # the scheduler looks for it, and releases it at the end
        self._has_begun = False
        self._left: asyncio.Future[None] = asyncio.get_event_loop().create_future()

    async def crawl_async(self, *args: object, **kwargs: object) -> None:
        """Crawl; return when it has ended, or was left as it stands."""
        crawl = self.crawl_of_site
        crawling = asyncio.ensure_future(self._crawl_to_the_end(*args, **kwargs))
        try:
            await asyncio.wait({crawling, self._left}, return_when=asyncio.FIRST_COMPLETED)
            if crawling.done() and (error := crawling.result()) is not None:
                outcome = DATABASE_ERROR if isinstance(error, StoreError) else "error"
                crawl.end(outcome, str(error).removeprefix("newsharvest: ") or type(error).__name__)
        finally:
            if self._stats is not None:
                crawl.stats = self.stats.get_stats()
                crawl.end(crawl.stats.get("finish_reason") or "error")
            crawl.end("error")
            self.site_lock.release()

    async def _crawl_to_the_end(self, *args: object, **kwargs: object) -> BaseException | None:
        """Crawl, and return the fault that ended it: a task that raises SystemExit would take the others with it."""
        try:
            self._has_begun = True
            await super().crawl_async(*args, **kwargs)
        except SystemExit as error:
            return error
        except Exception as error:
            logger.exception("The crawl of %s broke off", self.crawl_of_site.site)
            return error
        return None

    @property
    def is_over(self) -> bool:
        """Whether the crawl has ended, or Scrapy's shutdown has told it to."""
        return self._has_begun and not self.crawling

    def begin_end(self, reason: str) -> None:
        """Have the crawl end, if it has begun."""
        if self.crawling and (end := self._orderly_end()):
            end.begin(reason)

    def prepare(self) -> None:
        """Once the crawl has begun: know its counters, and be told when it is given up."""
        if self._stats is not None:
            self.crawl_of_site.stats = self.stats.get_stats()
        if end := self._orderly_end():
            end.leave = self._leave

    def _orderly_end(self) -> OrderlyEnd | None:
        return self.get_extension(OrderlyEnd) if self._extensions is not None else None

    def _leave(self) -> None:
        if not self._left.done():
            self._left.set_result(None)


class _Watch:
    """Looks after a fleet twice a second: its time, its display, and an end that takes too long."""

    def __init__(self, crawlers: list[_SiteCrawler], on_tick: Callable[[], None], seconds: float | None) -> None:
        self._crawlers, self._on_tick, self._seconds = crawlers, on_tick, seconds
        self._is_ending = False

    def begin(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadline = None if self._seconds is None else self._loop.time() + self._seconds
        if self._seconds is not None:  # now, as something may hold up the loop just then
            _guard_exit(self._seconds + _SECONDS_TO_EXIT)
        self._look()

    def _look(self) -> None:
        pause = _TICK if self._deadline is None else min(_TICK, max(0.05, self._deadline - self._loop.time()))
        self._loop.call_later(pause, self._look)
        for crawler in self._crawlers:
            crawler.prepare()
        if self._deadline is not None and self._loop.time() >= self._deadline:
            for crawler in self._crawlers:
                crawler.begin_end("time_budget")
        elif not self._is_ending and all(crawler.is_over for crawler in self._crawlers):  # a signal, or all are done
            self._is_ending = True
            _guard_exit(_SECONDS_TO_EXIT)
        self._on_tick()


def _guard_exit(seconds: float) -> None:
    """End the process if it lives after so many seconds: the look-up of a name, in a thread, cannot be cancelled."""
    timer = threading.Timer(seconds, _exit)
    timer.daemon = True
    timer.start()


def _exit() -> None:
    os.write(2, b"newsharvest: the crawl did not end in time; what was under way stays to be done\n")
    os._exit(1)


def project_settings() -> Settings:
    """Return the settings of the Scrapy project that the working directory lies in, else newsharvest's own.

    Raises ConfigurationError where that project is not one of ours.
    """
    settings = get_project_settings()
    name = os.environ.get("SCRAPY_SETTINGS_MODULE")
    if name is None:
        os.environ["SCRAPY_SETTINGS_MODULE"] = SETTINGS_MODULE
        settings = get_project_settings()
    elif "HARVEST_DATABASE" not in settings:
        raise ConfigurationError(
            f"the Scrapy project here has settings ({name}) that are not newsharvest's: go to another folder, or begin"
            f" them with `from {SETTINGS_MODULE} import *`"
        )
    return settings


def crawlable_sites(settings: Settings) -> tuple[list[str], list[str]]:
    """Return the names of the spiders that are sites, and of those that need an address (-a url=…), each sorted."""
    loader = get_spider_loader(settings)
    spiders = {name: loader.load(name) for name in sorted(loader.list())}
    sites = [name for name, spider in spiders.items() if getattr(spider, "sources", ())]
    return sites, [name for name in spiders if name not in sites]
