"""The pipeline: hands each page of a crawl to the path, and what comes of it to the store."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any, get_args

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem, NotConfigured
from scrapy.settings import BaseSettings
from scrapy.utils.defer import deferred_from_coro

from cleaners.model import Article
from cleaners.rules import RuleError, rules_version, shared
from cleaners.sites import load_all
from cleaners.strips import DataError
from newsharvest.flow import harvest
from newsharvest.items import Page, Rejected
from newsharvest.store import Kept, Store, StoreError
from newsharvest.store.articles import State

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3  # runs that try a page whose site does not answer
source_read = object()  # signal: a source has been read; what it listed must be on disk before its row ends
_PREFIX = "newsharvest/"
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
        return cls(crawler, store)

    def __init__(self, crawler: Crawler, store: Store) -> None:
        self._crawler = crawler
        self._stats = crawler.stats
        self._store = store
        self._site = crawler.spider.site
        self._run: int | None = None
        self._is_finished = False
        crawler.signals.connect(self.finish, signal=signals.spider_closed)

    def open_spider(self) -> None:
        self._run = self._store.runs.start(f"crawl {self._crawler.spider.name}", self._site)

    def process_item(self, item: Any) -> Kept:
        """Keep what a visit brought; drop it, as far as Scrapy counts, where that is no article."""
        try:
            kept = self._keep(item)
        except StoreError as error:
            logger.critical("%s; the crawl ends here, and what is not stored stays to be done", error)
            deferred_from_coro(self._crawler.engine.close_spider_async(reason="database_error"))
            raise DropItem(str(error)) from None
        if kept is None or kept.state == "rejected":
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
        shown = ", ".join(f"{counts.get(state, 0)} {state}" for state in get_args(State))
        logger.info("%s (%s): %s. Database: %s", self._site, reason, shown, self._store.database.path)

    def _keep(self, visit: Any) -> Kept | None:
        if visit.item is None:
            self._crawler.signals.send_catch_log(source_read)
            if visit.frontier_id is not None:
                self._store.frontier.mark(visit.frontier_id, "done")
            return None
        if isinstance(visit.item, Page):
            page, outcome = visit.item, self._harvest(visit.item)
        else:
            page, outcome = self._unread(visit), visit.item
        self._count_rejection(outcome)
        row = None if visit.can_retry else visit.frontier_id
        kept = self._store.keep(
            page, outcome, origin="crawl", rules_version=rules_version(), archive_key=visit.archive_key, frontier_id=row
        )
        if visit.can_retry and visit.frontier_id is not None:
            self._leave(visit)
        self._stats.inc_value(_PREFIX + kept.state)
        return kept

    def _harvest(self, page: Page) -> Article | Rejected:
        """Clean a page. A fault of ours costs that page only: it is shown, counted, and its bytes are archived."""
        try:
            return harvest(page)
        except Exception as error:
            logger.exception("Cleaning %s failed", page.url)
            return Rejected(page.url, "document", f"error: {type(error).__name__}: {error}")

    def _unread(self, visit: Any) -> Page:
        now = datetime.now(UTC)
        return Page(visit.item.url, self._site, now, "", None, b"", visit.archive_key or "")

    def _count_rejection(self, outcome: Article | Rejected) -> None:
        if isinstance(outcome, Rejected):
            reason = outcome.reason.partition(" (")[0]  # brackets hold what is of this page alone
            reason = "error" if reason.startswith("error: ") else reason
            self._stats.inc_value(f"{_PREFIX}rejected/{reason}")

    def _leave(self, visit: Any) -> None:
        """Leave a page that failed for now to the next run, which takes up what is still in flight."""
        row = self._store.frontier.find(self._site, visit.item.url)
        state = "active" if row is not None and row.attempts < MOST_ATTEMPTS else "failed"
        self._store.frontier.mark(visit.frontier_id, state, visit.item.reason)
