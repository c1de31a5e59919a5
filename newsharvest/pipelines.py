"""The pipeline: hands each page of a crawl to the path, and what comes of it to the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NoReturn, get_args

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem, NotConfigured
from scrapy.settings import BaseSettings

from cleaners.model import Article
from cleaners.rules import RuleError, rules_version, shared
from cleaners.sites import load_all
from cleaners.strips import DataError
from newsharvest.cleaning import Cleaners, CleaningStopped, borrow_cleaners, return_cleaners
from newsharvest.items import Page, Rejected
from newsharvest.signals import cannot_go_on, source_read
from newsharvest.store import FrontierLink, Kept, Revisit, Store, StoreError
from newsharvest.store.articles import State
from newsharvest.workers import Limits

logger = logging.getLogger(__name__)

_PREFIX = "newsharvest/"
_CLEANING = ("HARVEST_CLEANERS", "HARVEST_CLEAN_SECONDS", "HARVEST_CLEAN_MB")
_stores: dict[tuple[str, str], tuple[Store, int]] = {}


def borrow_store(settings: BaseSettings) -> Store:
    """Return the one Store that all crawlers of this process share for a database. Raises StoreError."""
    key = (str(settings["HARVEST_DATABASE"]), settings.get("HARVEST_TABLE_PREFIX") or "")
    store, users = _stores.get(key) or (Store(key[0], prefix=key[1]), 0)
    _stores[key] = (store, users + 1)
    return store


def return_store(store: Store) -> None:
    """Give a borrowed Store back; the last one closes it."""
    key, users = next((key, users) for key, (known, users) in _stores.items() if known is store)
    if users > 1:
        _stores[key] = (store, users - 1)
    else:
        del _stores[key]
        store.close()


class HarvestPipeline:
    """Pages become articles or rejections; refusals of the spider and the ends of its sources are noted.

    Only what was kept is an item to Scrapy's counters, so that CLOSESPIDER_ITEMCOUNT counts articles.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> HarvestPipeline:
        if not hasattr(crawler.spider, "request_for"):
            raise NotConfigured("the spider has no site")
        try:
            shared(), load_all()  # a wrong data file would reject every page: better to fetch none
            store = borrow_store(crawler.settings)
        except (StoreError, RuleError, DataError) as error:
            raise SystemExit(f"newsharvest: {error}") from None
        number, *limits = map(crawler.settings.getint, _CLEANING)
        return cls(crawler, store, borrow_cleaners(number, Limits(*limits)))

    def __init__(self, crawler: Crawler, store: Store, cleaners: Cleaners) -> None:
        self._crawler = crawler
        self._stats = crawler.stats
        self._store = store
        self._cleaners = cleaners
        self._unkept: dict[str | None, set[asyncio.Future[None]]] = {}
        self._lost: set[str | None] = set()
        self._site = crawler.spider.site
        self._run: int | None = None
        hours = [] if crawler.settings["HARVEST_REPLAY"] else crawler.settings.getlist("HARVEST_REVISIT_HOURS")
        self._hours = tuple(map(float, hours))
        self._is_finished = False
        crawler.signals.connect(self.finish, signal=signals.spider_closed)

    def open_spider(self) -> None:
        self._run = self._store.runs.start(self._crawler.spider.command, self._site)

    async def process_item(self, item: Any) -> Kept:
        """Clean and keep what a visit brought; drop it, as far as Scrapy counts, where that is no article."""
        try:
            async with self._until_kept(item):
                cleaned = await self._cleaners.clean(item.item) if isinstance(item.item, Page) else None
                if self._is_finished:
                    raise CleaningStopped("the run has ended")
                kept = self._keep(item, cleaned)
        except StoreError as error:
            self._end("database_error", error)
        except CleaningStopped as error:
            self._end("cleaning_stopped", error)
        if kept is None or kept.state in ("rejected", "withdrawn", "forgotten"):
            raise DropItem("no article", log_level="DEBUG")
        return kept

    def finish(self, spider: Spider, reason: str) -> None:
        """Write the run's end and one line of summary. May be called twice."""
        if self._is_finished:
            return
        self._is_finished = True
        counts = {
            name.removeprefix(_PREFIX): count
            for name, count in sorted(self._stats.get_stats().items())
            if name.startswith(_PREFIX) and isinstance(count, int)
        }
        try:
            if self._run is not None:
                self._store.runs.finish(self._run, reason, counts)
        except StoreError as error:
            logger.error("%s", error)
        finally:
            return_store(self._store)
            return_cleaners(self._cleaners)
        states = [state for state in get_args(State) if state != "forgotten" or state in counts]
        shown = ", ".join(f"{counts.get(state, 0)} {state}" for state in states)
        logger.info("%s (%s): %s. Database: %s", self._site, reason, shown, self._store.database.path)

    @asynccontextmanager
    async def _until_kept(self, visit: Any) -> AsyncIterator[None]:
        """Have the end of a source wait for the pages that it brought itself; they have no row to be done again by."""
        answer = visit.archive_key
        if visit.item is None:
            while under_way := self._unkept.get(answer):
                await asyncio.wait(under_way)
            if answer in self._lost:
                raise DropItem("a page of this source was not kept: its row stays to be done", log_level="DEBUG")
            yield
        elif visit.frontier_id is not None:
            yield
        else:
            done = asyncio.get_running_loop().create_future()
            self._unkept.setdefault(answer, set()).add(done)
            try:
                yield
            except BaseException:
                self._lost.add(answer)
                raise
            finally:
                done.set_result(None)
                self._unkept[answer].discard(done)
                if not self._unkept[answer]:
                    del self._unkept[answer]

    def _end(self, reason: str, error: Exception) -> NoReturn:
        """End the crawl over one visit. Raises DropItem."""
        if not self._is_finished:
            self._crawler.signals.send_catch_log(cannot_go_on, reason=reason, error=error)
        raise DropItem(str(error), log_level="DEBUG") from None

    def _keep(self, visit: Any, cleaned: Article | Rejected | None) -> Kept | None:
        if visit.item is None:
            return self._confirm(visit) if visit.is_confirmed else self._end_source(visit)
        if visit.is_update and self._store.article(visit.item.url) is None:
            return None  # an old post that was edited, but never stored
        if isinstance(visit.item, Page):
            page, outcome = visit.item, cleaned
        else:
            page, outcome = self._unread(visit), visit.item
        self._count_rejection(outcome)
        if isinstance(outcome, Article) and outcome.url and page.key:  # the page may name its article's own address
            page = replace(page, key=self._crawler.spider.key_of(outcome.url))
        is_post = isinstance(visit.item, Page) and visit.frontier_id is None and page.key is not None
        kept = self._store.keep(
            page, outcome, origin="crawl", rules_version=rules_version(), archive_key=visit.archive_key,
            frontier_id=None if visit.can_retry else visit.frontier_id, revisit=self._revisit(visit),
            link=FrontierLink(page.url, "page", None, page.listed_at, visit.lastmod, page.key) if is_post else None,
        )  # fmt: skip
        if visit.can_retry and visit.frontier_id is not None:
            was_asked = "robots.txt unreachable" not in visit.item.reason
            self._store.frontier.retry(visit.frontier_id, visit.item.reason, is_counted=was_asked)
        self._stats.inc_value(_PREFIX + kept.state)
        if isinstance(outcome, Article) and outcome.published_at is not None:
            self._stats.max_value(_PREFIX + "newest", outcome.published_at)
        return kept

    def _confirm(self, visit: Any) -> Kept:
        """Note that a page stands as it was stored."""
        kept = self._store.confirm(visit.frontier_id, seen_at=datetime.now(UTC), revisit=self._revisit(visit))
        self._stats.inc_value(_PREFIX + kept.state)
        return kept

    def _end_source(self, visit: Any) -> None:
        for _, error in self._crawler.signals.send_catch_log(source_read):
            if isinstance(error, StoreError):
                raise error
        if visit.frontier_id is not None:
            self._store.frontier.mark(visit.frontier_id, "done")
        if visit.walked is not None:
            self._store.frontier.end_walk(self._site, visit.walked)

    def _revisit(self, visit: Any) -> Revisit:
        return Revisit(visit.etag, visit.last_modified, self._hours)

    def _unread(self, visit: Any) -> Page:
        now = datetime.now(UTC)
        return Page(visit.item.url, self._site, now, "", None, b"", visit.archive_key or "")

    def _count_rejection(self, outcome: Article | Rejected) -> None:
        if isinstance(outcome, Rejected):
            reason = outcome.reason.partition(" (")[0]  # brackets hold what is of this page alone
            reason = "error" if reason.startswith("error: ") else reason
            self._stats.inc_value(f"{_PREFIX}rejected/{reason}")
