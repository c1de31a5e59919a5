"""Many crawls in one process of its own: those of a stage at once, one stage after the other."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Job:
    """One crawl: the spider's name, settings as by -s, arguments as by -a."""

    spider: str
    arguments: dict[str, str] = field(default_factory=dict)
    settings: dict[str, object] = field(default_factory=dict)


def visit(*urls: str, out: Path | None = None, **settings: object) -> Job:
    """Return a crawl by the throwaway project's spider, which writes what it met to a file."""
    feeds = {"FEEDS": {str(out): {"format": "jsonlines"}}} if out else {}
    return Job("visitor", {"urls": " ".join(urls)}, {"HARVEST_ALLOW_PRIVATE": 1, **feeds, **settings})


def harvest(spider: str, database: Path, settings: dict[str, object] | None = None, **arguments: str) -> Job:
    """Return a crawl into a database, at the pace of a test."""
    quick = {"HARVEST_ALLOW_PRIVATE": 1, "DOWNLOAD_DELAY": 0, "AUTOTHROTTLE_ENABLED": 0, "DOWNLOAD_TIMEOUT": 5}
    return Job(spider, arguments, {**quick, "HARVEST_DATABASE": str(database), **(settings or {})})


def run(*stages: list[Job], folder: Path = ROOT) -> str:
    """Crawl, and return the log. Fails where the process does."""
    from newssite import environment

    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", __file__],
        input=json.dumps([[asdict(job) for job in stage] for stage in stages], default=str),
        cwd=folder, env=environment(), capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    return done.stderr


def _main() -> None:
    from scrapy.crawler import AsyncCrawlerRunner, Crawler
    from scrapy.utils.log import configure_logging
    from scrapy.utils.project import get_project_settings
    from scrapy.utils.reactor import install_reactor

    settings = get_project_settings()
    configure_logging(settings)
    install_reactor(settings["TWISTED_REACTOR"])

    async def crawl(job: Job) -> None:
        own = settings.copy()
        own.setdict(job.settings, priority="cmdline")
        runner = AsyncCrawlerRunner(own)
        await runner.crawl(Crawler(runner.spider_loader.load(job.spider), own), **job.arguments)

    async def crawl_all() -> None:
        for stage in json.load(sys.stdin):
            await asyncio.gather(*(crawl(Job(**job)) for job in stage))

    from scrapy.utils.defer import deferred_from_coro
    from twisted.internet.task import react

    react(lambda _: deferred_from_coro(crawl_all()))


if __name__ == "__main__":
    _main()
