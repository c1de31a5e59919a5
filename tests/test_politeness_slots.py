"""However many hosts a site has, its requests come one at a time, at the pace that the site asks for."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from pathlib import Path

from crawling import make_project, serve
from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.utils.test import get_crawler

from newsharvest.politeness.slots import Pace, PacedDownloader, PacedSlot


def test_hosts_of_a_site_share_one_line(tmp_path: Path) -> None:
    project = make_project(tmp_path, DOWNLOAD_DELAY=0.4, DOWNLOAD_DELAY_JITTER=0)
    with serve("") as site:
        site.seconds = 0.05
        site.routes = {path: (200, {}, b"page") for path in ("/a", "/b")} | {"/c": (302, {"Location": "/a"}, b"")}
        hosts = ["127.0.0.1", "127.0.0.2"]
        pages = [site.url(path, host) for path in ("/a", "/b") for host in hosts]
        run = project.crawl(*pages, site.url("/c", "127.0.0.3"))
        seen = sorted(site.seen, key=lambda row: row[3])
    assert run.status == 0, run.log
    assert {host.partition(":")[0] for host, *_ in seen} == {*hosts, "127.0.0.3"}
    assert [path for _, path, *_ in seen].count("/robots.txt") == 3
    assert len(seen) == 9
    for (*_, start, end), (*_, next_start, _) in pairwise(seen):
        assert next_start >= end
        assert next_start - start > 0.15


def test_nothing_makes_a_slot_go_faster_than_its_pace() -> None:
    pace = Pace()
    slot = PacedSlot(Slot(1, 1.5, 0.5), pace)
    assert (slot.concurrency, slot.delay, slot.jitter) == (1, 1.5, 0.5)
    assert 0.75 <= slot.download_delay() <= 2.25
    pace.slow_down(10)
    pace.slow_down(4)  # another host of the site
    slot.delay = 2.0  # what AutoThrottle does
    assert slot.delay == 10
    delays = [slot.download_delay() for _ in range(200)]
    assert min(delays) == 10 and max(delays) > 12
    slot.delay = 20.0
    assert slot.delay == 20


def test_a_pause_lasts_and_is_not_shortened() -> None:
    pace = Pace()
    slot = PacedSlot(Slot(1, 0.0, 0.0), pace)
    now = time.monotonic()
    slot.lastseen = now - 5
    assert slot.download_delay() == 0
    pace.pause(100)
    pace.pause(3)
    assert 105 <= slot.download_delay() < 110  # from the last request on
    slot.lastseen = now + 101
    assert slot.download_delay() == 0


def test_the_pace_outlives_its_slot() -> None:
    async def look() -> None:
        handlers = {"http": None, "https": None}
        downloader = PacedDownloader(get_crawler(settings_dict={"DOWNLOAD_HANDLERS": handlers, "DOWNLOAD_DELAY": 1}))
        one, other = (Request(f"http://a.example/{path}", meta={"download_slot": "a"}) for path in "xy")
        downloader.pace(one).slow_down(50)
        assert downloader.slot(other).delay == 50
        downloader.slots.clear()  # as Scrapy does with idle slots
        assert downloader.slot(other).delay == 50
        assert downloader.slot(Request("http://b.example/")).delay == 1
        downloader.close()

    asyncio.run(look())
