"""A crawl that is cut off at any moment and started again stores every article once and fetches next to none twice."""

from __future__ import annotations

import random
import resource
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import newssite
import pytest
from newsproject import HEAD, Finished, has_traceback, make_project, started, stop, wait_until
from newssite import Answer, NewsSite
from processes import await_end, children

IN_FLIGHT = 1  # CONCURRENT_REQUESTS
SPIDER = """
from spiders.sources import Sitemap


class Khabar(NewsSpider):
    name = "khabar"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (Feed({feed!r}), Sitemap({sitemap!r}))
"""


class Khabar:
    """A site: a fifth of its articles in a feed, the others, and some of those, in two levels of sitemaps."""

    def __init__(self, site: NewsSite, folder: Path, articles: int, *, junk: int = 0, cleaners: int = 0) -> None:
        self.site, self.chance, self.cleaners = site, random.Random(articles), cleaners
        self.urls = [site.add_article(number) for number in range(articles)]
        for number in range(articles if junk else 0):  # bytes that no compression makes fewer
            remark = f"<!-- {self.chance.randbytes(junk).hex()} -->".encode()
            site.answers[f"/desh/khabar-{number}.html"].body += remark
        listed = [(url, site.ago(hours=1)) for url in self.urls]
        cut = articles // 5
        site.answers["/feed.xml"] = Answer(newssite.rss(listed[:cut]), "application/rss+xml")
        self.publish_index(site.ago(hours=1))
        for part in range(4):
            parts = listed[cut // 2 + part :: 4]
            site.answers[f"/map-{part}.xml"] = Answer(newssite.sitemap(parts), "text/xml")
        site.seconds = 0.005
        self.project = make_project(folder)
        spider = SPIDER.format(feed=site.url("/feed.xml"), sitemap=site.url("/sitemap.xml"))
        (folder / "outlets.py").write_text(HEAD + spider)

    def publish_index(self, changed: object) -> None:
        maps = [(self.site.url(f"/map-{part}.xml"), changed) for part in range(4)]
        self.site.answers["/sitemap.xml"] = Answer(newssite.sitemap(maps, is_index=True), "text/xml")

    def command(self) -> list[str]:
        return self.project.command("run", "khabar", "-s", f"HARVEST_CLEANERS={self.cleaners}")

    def run(self, **options: object) -> Finished:
        return self.project.run(command=self.command(), **options)

    def cut_off(self, after: int, end: Callable[[subprocess.Popen[str]], object]) -> None:
        """Start a crawl and end it when ``after`` more articles have been asked for. No process of it is left."""
        goal = self.site.article_requests().total() + after
        with started(self.project, command=self.command()) as process:
            wait_until(lambda: self.site.article_requests().total() >= goal, process, 60)
            theirs = children(process.pid)
            end(process)
        assert theirs  # those that clean
        await_end(*theirs)

    def moments(self, number: int) -> list[int]:
        """Return after how many articles, each time, so many runs are cut off."""
        return [self.chance.randint(3, len(self.urls) * 3 // 4 // number) for _ in range(number)]

    def ask(self, query: str) -> list[tuple]:
        with closing(sqlite3.connect(self.project.database)) as connection, connection:
            return connection.execute(query).fetchall()

    def check(self, repeated: int) -> None:
        """Check that all is there, once, and that at most so many were fetched again."""
        stored = [url for (url,) in self.ask("SELECT url FROM articles")]
        assert len(stored) == len(self.urls) and set(stored) == set(self.urls)
        assert self.project.pages("khabar") == {"done": len(self.urls)}
        assert self.ask("SELECT count(*) FROM rejections") == [(0,)]
        for file in (self.project.database, self.project.folder / "archive.db"):
            with closing(sqlite3.connect(file)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert self.site.article_requests().total() <= len(self.urls) + repeated
        assert self.site.most_at_once == IN_FLIGHT


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


@pytest.mark.parametrize("kills", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_kills_lose_nothing_and_repeat_next_to_nothing(site: NewsSite, tmp_path: Path, kills: int) -> None:
    khabar = Khabar(site, tmp_path, 400, cleaners=1)
    for after in khabar.moments(kills):
        khabar.cut_off(after, kill)
    khabar.publish_index(site.ago(days=30))
    opened = site.times("/map-0.xml")
    last = khabar.run()
    assert last.status == 0, last.err
    khabar.check(repeated=kills * IN_FLIGHT)
    assert site.times("/map-0.xml") == opened  # what a dead run had found was not lost with it
    assert [run.outcome for run in khabar.project.runs()] == [*[None] * kills, "finished"]


@pytest.mark.parametrize(("articles", "ends"), [(60, 1), pytest.param(400, 4, marks=pytest.mark.slow)])
def test_a_crawl_that_is_told_to_end_repeats_nothing(site: NewsSite, tmp_path: Path, articles: int, ends: int) -> None:
    khabar, told = Khabar(site, tmp_path, articles, cleaners=1), []
    for after in khabar.moments(ends):
        khabar.cut_off(after, lambda process: told.append(stop(process, signal.SIGTERM)))
    assert [done.status for done in told] == [0] * ends and not any(has_traceback(done.err) for done in told)
    assert khabar.run().status == 0
    khabar.check(repeated=0)
    assert [run.outcome for run in khabar.project.runs()] == [*["shutdown"] * ends, "finished"]


@pytest.mark.parametrize(
    ("full", "junk", "articles", "times"),
    [
        ("news.db", 0, 100, 1),
        pytest.param("archive.db", 200_000, 100, 1, marks=pytest.mark.slow),
        pytest.param("news.db", 0, 400, 2, marks=pytest.mark.slow),
        pytest.param("archive.db", 200_000, 400, 2, marks=pytest.mark.slow),
    ],
)
def test_a_full_disk_loses_nothing(
    site: NewsSite, tmp_path: Path, full: str, junk: int, articles: int, times: int
) -> None:
    khabar = Khabar(site, tmp_path, articles, junk=junk)
    room = 2_000_000
    for _ in range(times):  # it is full, and it is still full
        ended = khabar.run(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)))
        assert ended.status == 3 and not has_traceback(ended.err), ended.err
        assert "khabar: the database could not be written" in ended.out
        assert f"{tmp_path / full}: " in ended.err and "stays to be done" in ended.err
        assert 0 < site.article_requests().total() < articles
    assert khabar.run().status == 0
    khabar.check(repeated=times if full == "archive.db" else 0)  # what could not be archived is asked for once more


@pytest.mark.parametrize("articles", [24, pytest.param(400, marks=pytest.mark.slow)])
def test_a_server_that_is_gone_for_a_while_loses_nothing(site: NewsSite, tmp_path: Path, articles: int) -> None:
    khabar = Khabar(site, tmp_path, articles)
    with started(khabar.project, command=khabar.command()) as process:
        wait_until(lambda: site.article_requests().total() >= articles // 3, process, 60)
        site.close()
        _, err = process.communicate(timeout=240)  # a refused connection takes Twisted 0.3 s
    assert process.returncode == 0 and not has_traceback(err), err  # pages that fail are no failure of the site
    gone = khabar.run()
    assert gone.status == 1 and "every source failed" in gone.out, gone.err
    pages = khabar.project.pages("khabar")
    assert set(pages) == {"done", "pending"} and sum(pages.values()) == articles
    site.open()
    khabar.ask("UPDATE frontier SET next_visit = '2026-01-01T00:00:00+00:00' WHERE state = 'pending'")  # time passes
    assert khabar.run().status == 0
    khabar.check(repeated=1)
