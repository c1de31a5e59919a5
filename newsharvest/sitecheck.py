"""Checking sites side by side in one process, each at its own pace: what works of them, and nothing is kept."""

from __future__ import annotations

import asyncio
import functools
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from newsharvest.addon import read_settings
from newsharvest.findings import SiteFinding, SourceFinding, list_sources
from newsharvest.inspector import Inspector
from spiders.base import NewsSpider


class CheckSettings:
    """Scrapy add-on, behind newsharvest's own: the archive that was looked for is read, never written."""

    def update_settings(self, settings: Settings) -> None:
        settings.set("HARVEST_ARCHIVE", settings["CHECK_ARCHIVE"], priority="cmdline")


def check(
    spiders: Sequence[type[NewsSpider]],
    settings: Settings,
    *,
    seconds: float,
    waiting: Mapping[str, datetime],
    on_done: Callable[[SiteFinding], None],
) -> list[SiteFinding]:
    """Check sites side by side, each for so many seconds at most; return their findings in the order given.

    In: ``settings`` of the project, HARVEST_REPLAY among them; ``waiting``: sites that asked to be left alone until a
    time (aware UTC), of which nothing is asked. ``on_done`` is called as each ends. May be called once a process.
    """
    found = [_blank(spider) for spider in spiders]
    with tempfile.TemporaryDirectory(prefix="newsharvest-") as folder, ThreadPoolExecutor(1) as work:
        process = AsyncCrawlerProcess(_settings_for(settings, Path(folder)))
        begun = False
        for spider, finding in zip(spiders, found, strict=True):
            if (until := waiting.get(finding.site)) is not None:
                for source in finding.sources:
                    source.fault = f"asked to be left alone until {until.isoformat(' ', 'seconds')}"
                on_done(finding)
                continue
            members = {
                "name": spider.name, "custom_settings": spider.custom_settings, "spider_class": spider,
                "finding": finding, "seconds": seconds, "work": work,
            }  # fmt: skip
            crawler = Crawler(type(Inspector.__name__, (Inspector,), members), process.settings)
            task = process.crawl(crawler)
            task.add_done_callback(functools.partial(_end, finding, on_done))
            begun = True
        if begun:
            process.start()
    return found


def _end(finding: SiteFinding, on_done: Callable[[SiteFinding], None], task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        finding.fault = finding.fault or f"{type(error).__name__}: {error}"
    on_done(finding)


def _blank(spider: type[NewsSpider]) -> SiteFinding:
    sources = [SourceFinding(it.kind, it.url, it.verified, is_other) for it, is_other in list_sources(spider)]
    return SiteFinding(spider.name, sources)


def _settings_for(settings: Settings, folder: Path) -> Settings:
    """Return the settings of the project without what keeps something."""
    settings, chosen = settings.copy(), read_settings(settings)
    replay, spare = str(chosen.replay or ""), str(folder / "archive.db")
    middlewares = {
        **settings.getdict("DOWNLOADER_MIDDLEWARES"),
        "newsharvest.politeness.robots.RobotsTxt": None,
        "newsharvest.inspector.KnownRobots": 100,
    }
    changes = {
        "ADDONS": {**settings.getdict("ADDONS"), "newsharvest.sitecheck.CheckSettings": 200},
        "CHECK_ARCHIVE": replay or (str(chosen.archive) if chosen.archive.exists() else spare),
        "HARVEST_ARCHIVE": replay or spare,
        "HARVEST_REPLAY": replay or None,
        "HTTPCACHE_ENABLED": bool(replay),
        "DOWNLOADER_MIDDLEWARES": middlewares,
        "ITEM_PIPELINES": {},
        "EXTENSIONS": {"newsharvest.ending.OrderlyEnd": 0},
        "SCHEDULER": "scrapy.core.scheduler.Scheduler",
        "RETRY_TIMES": min(1, settings.getint("RETRY_TIMES")),
        "DOWNLOAD_DELAY": 0 if replay else settings.getfloat("DOWNLOAD_DELAY"),
        "AUTOTHROTTLE_ENABLED": not replay and settings.getbool("AUTOTHROTTLE_ENABLED"),
    }
    for name, value in changes.items():
        settings.set(name, value, priority="cmdline")
    return settings
