"""The frontier as Scrapy's scheduler: links are rows of the database before they are requests."""

from __future__ import annotations

from collections import deque
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from twisted.python.failure import Failure

from newsharvest.pipelines import borrow_store, return_store
from newsharvest.signals import cannot_go_on, source_read
from newsharvest.sitelock import SiteLock
from newsharvest.store import FrontierLink, Store, StoreError
from newsharvest.tally import DATABASE_ERROR

_BATCH = 500  # links a transaction while a source is read


class FrontierScheduler(BaseScheduler):
    """Holds a spider's links in ``Store.frontier``; memory does not grow with their number.

    A request that bears ``meta["link"]`` (url, kind, listed_at, lastmod) becomes a row and is forgotten;
    ``next_request`` claims a row and has the spider make its request (``spider.request_for(row)``). What comes back
    with the row's ``frontier_id`` is a retry or a redirect: it is kept as it is until it is asked for, a few at a time,
    while its row stays in flight. So are the requests of spiders that know no frontier (``scrapy shell``). Where the
    database cannot be written the crawl is told to end.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> FrontierScheduler:
        return cls(crawler)

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._returned: deque[Request] = deque()
        self._links: list[FrontierLink] = []
        self._store: Store | None = None
        self._lock: SiteLock | None = None
        self._spider: Any = None

    def open(self, spider: Spider) -> None:
        """Begin a run. Ends the process with a message where the spider's arguments leave it no day to look at."""
        self._spider = spider
        if hasattr(spider, "request_for"):
            try:
                spider.window  # noqa: B018
            except ValueError as error:
                raise SystemExit(f"{spider.name}: {error}") from None
            self._store = borrow_store(self._crawler.settings)
            self._lock = self._lock_site(spider.site)
            self._prepare(self._store, spider)
            self._crawler.signals.connect(self.try_to_commit, signal=source_read)
            self._crawler.signals.connect(self.note_error, signal=signals.spider_error)

    def _lock_site(self, site: str) -> SiteLock:
        """Return the lock of the site: the one that `newsharvest run` has taken for this crawler, or a new one."""
        lock = getattr(self._crawler, "site_lock", None)
        return lock if lock is not None else SiteLock(self._crawler.settings["HARVEST_DATABASE"], site).take()

    def _prepare(self, store: Store, spider: Any) -> None:
        """Begin a run of the site: what is due again waits, and the spider learns how far it came before."""
        store.fold(spider.site, spider.key_of)
        is_replay = bool(self._crawler.settings["HARVEST_REPLAY"])
        last = next((run for run in store.runs.latest(20, site=spider.site) if run.command == spider.command), None)
        # The days that were asked for are over: a run that did not come to its end is gone on with.
        is_resumed = spider.is_backfill and last is not None and last.outcome != "finished"
        store.frontier.reset(spider.site, revisit=not is_replay, resume=is_resumed)
        spider.walks = {} if is_replay else store.frontier.walks(spider.site)

    def note_error(self, failure: Failure, response: Any) -> None:
        """Leave the row of a request whose callback or errback raised an error to another try."""
        request = getattr(response, "request", None)
        row = request.meta.get("frontier_id") if request is not None else None
        if row is None or self._store is None or self.try_to_commit() is not None:
            return
        try:
            self._store.frontier.retry(row, f"error: {type(failure.value).__name__}: {failure.value}")
        except StoreError as error:
            self._end(error)

    def close(self, reason: str) -> None:
        """Commit what is left. Rows in flight, and those of requests handed back, are pending in the next run."""
        self.try_to_commit()  # links that cannot be kept are of a source whose row has not ended
        if self._store is not None:
            return_store(self._store)
            self._store = None
        if self._lock is not None:
            self._lock.release()

    def enqueue_request(self, request: Request) -> bool:
        link = request.meta.get("link")
        if self._store is None or link is None:
            self._returned.append(request)
            return True
        known = {name: request.meta.get(name) for name in ("source", "key")}
        detours = request.meta.get("detours", 0)
        self._links.append(
            FrontierLink(
                request.url, link.kind, listed_at=link.listed_at, lastmod=link.lastmod, detours=detours, **known
            )
        )
        if len(self._links) >= _BATCH:
            self.try_to_commit()
        return True

    def next_request(self) -> Request | None:
        if self._returned:
            return self._returned.popleft()
        if self._store is None or self.try_to_commit() is not None:
            return None
        try:
            row = self._store.frontier.next(self._spider.site)
        except StoreError as error:
            self._end(error)
            return None
        return None if row is None else self._spider.request_for(row)

    def has_pending_requests(self) -> bool:
        if self._returned or self._links:
            return True
        return self._store is not None and self._store.frontier.has_pending(self._spider.site)

    def try_to_commit(self) -> StoreError | None:
        """Write the links that wait for company. Where that fails the crawl ends, they wait on, and this says why."""
        try:
            self.commit()
        except StoreError as error:
            self._end(error)
            return error
        return None

    def commit(self) -> None:
        """Write the links that wait for company. Raises StoreError."""
        if not self._links or self._store is None:
            return
        links = self._links
        self._store.frontier.add([link for link in links if link.kind != "page"], self._spider.site)
        found = self._store.frontier.add([link for link in links if link.kind == "page"], self._spider.site)
        self._links = []
        self._crawler.stats.inc_value("newsharvest/links/new", found)

    def _end(self, error: StoreError) -> None:
        self._crawler.signals.send_catch_log(cannot_go_on, reason=DATABASE_ERROR, error=error)
