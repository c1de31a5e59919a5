"""Many crawls in one process of its own: several at once, one after the other, or whenever a test wants one."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import tempfile
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


class Standing:
    """A process that waits for crawls, one after the other: it starts once, which takes longer than a small crawl."""

    def __init__(self) -> None:
        from newssite import environment

        self._log = tempfile.NamedTemporaryFile()  # noqa: SIM115
        self._read = open(self._log.name)  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error::ResourceWarning", __file__, "standing"], cwd=ROOT, env=environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip

    def crawl(self, *jobs: Job) -> str:
        """Crawl side by side, and return the log. Fails where a crawl does."""
        print(json.dumps([asdict(job) for job in jobs], default=str), file=self._process.stdin, flush=True)
        answer, log = self._process.stdout.readline(), self._read.read()
        assert answer == "done\n" and "Traceback" not in log, log
        return log

    def close(self) -> None:
        """End the process."""
        with self._process, self._log, self._read:
            self._process.stdin.close()
            assert self._process.wait(30) == 0


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

    async def crawl_when_told() -> None:
        while line := await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline):
            await asyncio.gather(*(crawl(Job(**job)) for job in json.loads(line)))
            gc.collect()  # what was left open is told of in the log that it belongs to
            print("done", flush=True)

    from scrapy.utils.defer import deferred_from_coro
    from twisted.internet.task import react

    work = crawl_when_told if "standing" in sys.argv else crawl_all
    react(lambda _: deferred_from_coro(work()))


if __name__ == "__main__":
    _main()
