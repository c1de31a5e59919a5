"""A crawl that is killed at any moment and started again stores every article once and fetches next to none twice."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import newssite
import pytest
from newssite import Answer, NewsSite

ARTICLES = 150
IN_FLIGHT = 2  # one page on its way, one being stored


def furnish(site: NewsSite) -> set[str]:
    """Give a site 150 articles: 30 in a feed, the others and some of those in two levels of sitemaps."""
    urls = [site.add_article(number) for number in range(ARTICLES)]
    listed = [(url, site.ago(hours=1)) for url in urls]
    site.answers["/feed.xml"] = Answer(newssite.rss(listed[:30]), "application/rss+xml")
    maps = [(site.url(f"/map-{part}.xml"), site.now) for part in range(4)]
    maps.append((site.url("/feed-map.xml"), site.now))
    site.answers["/sitemap.xml"] = Answer(newssite.sitemap(maps, is_index=True), "text/xml")
    site.answers["/feed-map.xml"] = Answer(newssite.sitemap(listed[20:40]), "text/xml")
    for part in range(4):
        site.answers[f"/map-{part}.xml"] = Answer(newssite.sitemap(listed[40 + part :: 4]), "text/xml")
    site.seconds = 0.005
    return set(urls)


def commands(site: NewsSite, database: Path) -> list[list[str]]:
    """Return one crawl of the feed and one of the sitemaps, into the same site and database."""
    return [
        newssite.crawl_command(spider, database, {}, {"url": site.url(path), "site": "khabar"})
        for spider, path in (("feed", "/feed.xml"), ("sitemap", "/sitemap.xml"))
    ]


def kill_once(command: list[str], site: NewsSite, after: int) -> None:
    """Start a crawl and kill it when ``after`` more articles have been asked for, and a random moment later."""
    goal = site.article_requests().total() + after
    process = subprocess.Popen(
        command, cwd=newssite.ROOT, env=newssite.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while site.article_requests().total() < goal and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(random.uniform(0, 0.05))
        assert process.poll() is None, "the crawl ended before it could be killed"
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("kills", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_kills_lose_nothing_and_repeat_next_to_nothing(site: NewsSite, tmp_path: Path, kills: int) -> None:
    urls, database = furnish(site), tmp_path / "news.db"
    feed, sitemaps = commands(site, database)
    subprocess.run(feed, cwd=newssite.ROOT, env=newssite.environment(), capture_output=True, check=True, timeout=60)
    assert site.article_requests().total() == 30
    for _ in range(kills):
        kill_once(sitemaps, site, random.randint(3, 75 // kills))
    old = [(site.url(f"/map-{part}.xml"), site.ago(days=30)) for part in range(4)]
    site.answers["/sitemap.xml"].body = newssite.sitemap(old, is_index=True)
    opened = site.times("/map-0.xml")
    last = subprocess.run(
        sitemaps, cwd=newssite.ROOT, env=newssite.environment(), capture_output=True, text=True, check=True, timeout=60
    )
    with closing(sqlite3.connect(database)) as connection:
        stored = [url for (url,) in connection.execute("SELECT url FROM articles")]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        states = dict(connection.execute("SELECT state, count(*) FROM frontier WHERE kind = 'page' GROUP BY state"))
        outcomes = [outcome for (outcome,) in connection.execute("SELECT outcome FROM runs ORDER BY id")]
    assert len(stored) == len(set(stored)) == ARTICLES, last.stderr
    assert set(stored) == urls
    assert states == {"done": ARTICLES}
    assert site.most_at_once == 1
    assert site.times("/map-0.xml") == opened  # what a dead run had found was not lost with it
    assert site.article_requests().total() <= ARTICLES + kills * IN_FLIGHT
    assert outcomes == ["finished", *[None] * kills, "finished"]
    with closing(sqlite3.connect(tmp_path / "archive.db")) as archive:
        assert archive.execute("PRAGMA integrity_check").fetchone() == ("ok",)
