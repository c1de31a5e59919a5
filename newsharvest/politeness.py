"""One line of requests per site: feeds, sitemaps, pages and robots.txt, whatever host they are on."""

from __future__ import annotations

from scrapy import Request
from scrapy.crawler import Crawler


class OneSlotPerSite:
    """Downloader middleware that puts every request of a spider, Scrapy's own for robots.txt too, into one slot.

    Delay and concurrency are kept by slot; left alone, each host would get its own.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> OneSlotPerSite:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        assert self._crawler.spider is not None
        request.meta["download_slot"] = self._crawler.spider.name
