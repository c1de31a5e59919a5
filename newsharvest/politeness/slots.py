"""One line of requests per site, whatever host they are on, and how far apart they must be."""

from __future__ import annotations

import time
from dataclasses import dataclass

from scrapy import Request, Spider
from scrapy.core.downloader import Downloader, Slot
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


@dataclass(slots=True)
class Pace:
    """What a site asks of us: at least ``least`` seconds between requests, and none before ``paused_until``.

    Times are of the monotonic clock. A site that has several hosts is held to the slowest of them.
    """

    least: float = 0.0
    paused_until: float = 0.0

    def slow_down(self, seconds: float) -> None:
        """Keep at least so many seconds between requests."""
        self.least = max(self.least, seconds)

    def pause(self, seconds: float) -> None:
        """Send nothing for so many seconds."""
        self.paused_until = max(self.paused_until, time.monotonic() + seconds)


class PacedSlot(Slot):
    """A download slot that goes no faster than its pace, whatever AutoThrottle, the jitter or the settings say."""

    __slots__ = ("_delay", "_pace")

    def __init__(self, plain: Slot, pace: Pace) -> None:
        self._pace = pace
        super().__init__(plain.concurrency, plain.delay, plain.jitter)

    @property
    def delay(self) -> float:
        """Seconds between requests, before the jitter; AutoThrottle may set it to less than what then holds."""
        return max(self._delay, self._pace.least)

    @delay.setter
    def delay(self, seconds: float) -> None:
        self._delay = seconds

    def download_delay(self) -> float:
        """Return the seconds from the last request to the next. Scrapy asks again when they have passed."""
        return max(super().download_delay(), self._pace.least, self._pace.paused_until - self.lastseen)


class PacedDownloader(Downloader):
    """Scrapy's downloader with paced slots.

    Scrapy drops slots that are idle and makes them anew: the paces, one a slot, live here.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._paces: dict[str, Pace] = {}
        super().__init__(crawler)

    def pace(self, request: Request) -> Pace:
        """Return the pace of the slot that a request belongs to."""
        return self._paces.setdefault(self.get_slot_key(request), Pace())

    def slot(self, request: Request) -> Slot:
        """Return the slot that a request belongs to."""
        return self._get_slot(request)[1]

    def _get_slot(self, request: Request, spider: Spider | None = None) -> tuple[str, Slot]:
        key, slot = super()._get_slot(request)
        if not isinstance(slot, PacedSlot):
            slot = self.slots[key] = PacedSlot(slot, self.pace(request))
        return key, slot
