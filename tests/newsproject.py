"""A Scrapy project in a temporary folder whose spiders are sites on the loopback, for commands that take names."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import newssite
from newssite import Answer, NewsSite

from newsharvest.store import Run, Store

SETTINGS = """
from newsharvest.settings import *
SPIDER_MODULES = ["outlets"]
HARVEST_DATABASE = "news.db"
HARVEST_ALLOW_PRIVATE = True
HARVEST_CONTACT = "news@khabar.example"
DOWNLOAD_DELAY = 0
AUTOTHROTTLE_ENABLED = False
RETRY_TIMES = 0
HARVEST_CLEANERS = 0
"""

_BODY = """
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (Feed({url!r}),)
"""
SPIDER = """

class {title}(NewsSpider):
    name = {name!r}
"""
SPIDER += _BODY
# By name: spiders that do not behave.
FORMS = {
    "stalling": """

class Stalling(NewsSpider):
    name = "stalling"
"""
    + _BODY
    + """
    async def read(self, response):
        if response.meta["kind"] == "page":
            await asyncio.sleep(60)
        for result in super().read(response):
            yield result
""",
    "refusing": """

class Refusing(NewsSpider):
    name = "refusing"
"""
    + _BODY
    + """
    def __init__(self, *args, **arguments):
        raise SystemExit("refusing: it will not")
""",
    "faulty": """

class Faulty(NewsSpider):
    name = "faulty"
"""
    + _BODY
    + """
    async def start(self):
        raise RuntimeError("a fault")
        yield
""",
}

HEAD = """import asyncio

from spiders.base import NewsSpider
from spiders.sources import Feed
"""


@dataclass
class Project:
    """The project; ``folder`` holds scrapy.cfg and news.db."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "news.db"

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-W", "error::ResourceWarning", "-m", "newsharvest", *map(str, arguments)]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process; commands that only read take the database from here."""
        return newssite.environment() | {"HARVEST_DATABASE": str(self.database)}

    def run(self, *arguments: object, command: list[str] | None = None, **options) -> Finished:
        """Run newsharvest, or another command, to its end."""
        began = time.monotonic()
        done = subprocess.run(
            command or self.command(*arguments), cwd=self.folder, env=self.environment | options.pop("env", {}),
            capture_output=True, text=True, timeout=60, check=False, **options,
        )  # fmt: skip
        return Finished(done.returncode, done.stdout, done.stderr, time.monotonic() - began)

    def scrapy(self, *arguments: str) -> list[str]:
        """Return the words that run Scrapy as a process."""
        return [sys.executable, "-W", "error::ResourceWarning", "-m", "scrapy", *arguments]

    def runs(self) -> list[Run]:
        """Return the rows of runs, oldest first."""
        with Store(self.database) as store:
            return store.runs.latest(100)[::-1]

    def pages(self, site: str) -> dict[str, int]:
        """Count the pages of a site by state."""
        with Store(self.database) as store:
            return {state: count for (kind, state), count in store.frontier.counts(site).items() if kind == "page"}


@dataclass
class Finished:
    status: int
    out: str
    err: str
    seconds: float

    @property
    def json(self) -> dict:
        return json.loads(self.out)

    def site(self, name: str) -> dict:
        return next(it for it in self.json["sites"] if it["site"] == name)


def make_project(folder: Path, **feeds: str) -> Project:
    """Write a project with a spider for each name, whose one source is the feed at that address.

    Those that FORMS names misbehave as it says.
    """
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = outletsettings\n")
    (folder / "outletsettings.py").write_text(SETTINGS)
    spiders = (FORMS.get(name, SPIDER).format(title=name.title(), name=name, url=url) for name, url in feeds.items())
    (folder / "outlets.py").write_text(HEAD + "".join(spiders))
    return Project(folder)


def furnish(site: NewsSite, articles: int, path: str = "/feed.xml", first: int = 0, **answer: object) -> str:
    """Give a site a feed of so many articles; return the feed's address. ``answer`` is how each article answers."""
    urls = [site.add_article(number, **answer) for number in range(first, first + articles)]
    site.answers[path] = Answer(newssite.rss([(url, site.ago(hours=1)) for url in urls]), "application/rss+xml")
    return site.url(path)


@contextmanager
def started(project: Project, *arguments: object, command: list[str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """Start a command, and see that it is gone at the end."""
    process = subprocess.Popen(
        command or project.command(*arguments), cwd=project.folder, env=project.environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_until(condition, process: subprocess.Popen[str], seconds: float = 30) -> None:
    """Wait until a condition holds, which it must before the process ends."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def stop(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> Finished:
    """Send a signal and wait for the end; ``seconds`` is how long it took."""
    began = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=40)
    return Finished(process.returncode, out, err, time.monotonic() - began)


def has_traceback(text: str) -> bool:
    return bool(re.search(r"^Traceback ", text, re.MULTILINE))
