"""The frontier as Scrapy's scheduler: links are rows of the database before they are requests."""

from __future__ import annotations

from collections import deque
from typing import Any

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from newsharvest.pipelines import borrow_store, return_store, source_read
from newsharvest.store import FrontierLink, Store

_BATCH = 500  # links a transaction while a source is read


class FrontierScheduler(BaseScheduler):
    """Holds a spider's links in ``Store.frontier``; memory does not grow with their number.

    A request that bears ``meta["link"]`` (url, kind, listed_at) becomes a row and is forgotten; ``next_request`` claims
    a row and has the spider make its request (``spider.request_for(row)``). What comes back with the row's
    ``frontier_id`` is a retry or a redirect: it is kept as it is until it is asked for, a few at a time, while its row
    stays in flight. So are the requests of spiders that know no frontier (``scrapy shell``).
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> FrontierScheduler:
        return cls(crawler)

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._returned: deque[Request] = deque()
        self._links: list[FrontierLink] = []
        self._store: Store | None = None
        self._spider: Any = None

    def open(self, spider: Spider) -> None:
        self._spider = spider
        if hasattr(spider, "request_for"):
            self._store = borrow_store(self._crawler.settings)
            self._store.frontier.reset(spider.site)
            self._crawler.signals.connect(self.commit, signal=source_read)

    def close(self, reason: str) -> None:
        """Commit what is left. Rows in flight, and those of requests handed back, are pending in the next run."""
        self.commit()
        if self._store is not None:
            return_store(self._store)
            self._store = None

    def enqueue_request(self, request: Request) -> bool:
        link = request.meta.get("link")
        if self._store is None or link is None:
            self._returned.append(request)
            return True
        self._links.append(FrontierLink(request.url, link.kind, request.meta.get("source"), link.listed_at))
        if len(self._links) >= _BATCH:
            self.commit()
        return True

    def next_request(self) -> Request | None:
        if self._returned:
            return self._returned.popleft()
        self.commit()
        if self._store is None:
            return None
        row = self._store.frontier.next(self._spider.site)
        return None if row is None else self._spider.request_for(row)

    def has_pending_requests(self) -> bool:
        if self._returned or self._links:
            return True
        return self._store is not None and self._store.frontier.has_pending(self._spider.site)

    def commit(self) -> None:
        """Write the links that wait for company."""
        if not self._links or self._store is None:
            return
        links, self._links = self._links, []
        self._store.frontier.add([link for link in links if link.kind != "page"], self._spider.site)
        found = self._store.frontier.add([link for link in links if link.kind == "page"], self._spider.site)
        self._crawler.stats.inc_value("newsharvest/links/new", found)
