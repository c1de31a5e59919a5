"""Crawls of a loopback site, and of an archive, in a process."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import newssite
import pytest
from answering import FILES, NOW
from newssite import Answer, NewsSite
from sidebyside import Standing, harvest

from newsharvest.archive import Archive


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def reasons(database: Path) -> dict[str, str]:
    """Return the rejections by path."""
    found = rows(database, "SELECT url, reason FROM rejections")
    return {re.sub(r"^https?://[^/]+", "", url): reason for url, reason in found}


Crawl = Callable[..., str]


@pytest.fixture
def crawl(standing: Standing) -> Crawl:
    """Crawl into a database, and return the log."""

    def crawl_once(spider: str, database: Path, settings: dict[str, object] | None = None, **arguments: str) -> str:
        given = {"HARVEST_CLEANERS": 0, "RETRY_TIMES": 1, **(settings or {})}
        return standing.crawl(harvest(spider, database, given, **arguments))

    return crawl_once


class TestCrawl:
    """Real crawls."""

    def test_a_site_is_stored_once_and_a_second_crawl_stores_nothing(
        self, crawl: Crawl, site: NewsSite, tmp_path: Path
    ) -> None:
        urls = [site.add_article(n) for n in range(1, 21)]
        site.seconds = 0.01
        others = [site.url(path) for path in ("/", "/category/desh/", "/photo-gallery/a-1.html", "/video/b-2.html")]
        for url in others:
            site.answers[url.removeprefix(site.url(""))] = Answer(newssite.article(99, site.now))
        site.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /secret/\n", "text/plain")
        secret = site.add_article(98, section="secret")
        site.answers["/moved.html"] = Answer(status=301, headers={"Location": urls[0]})
        entries = [(url, site.ago(hours=3)) for url in [*urls, *others, secret, site.url("/moved.html")]]
        tracked = [(f"{urls[0]}?utm_source=rss", site.now), (f"{urls[0]}#top", site.now), *entries[:10]]
        site.answers["/feed.xml"] = Answer(newssite.rss(tracked), "application/rss+xml")
        index = [(site.url(f"/map-{n}.xml"), site.ago(hours=n * 100)) for n in (0, 1)]
        site.answers["/sitemap.xml"] = Answer(newssite.sitemap(index, is_index=True), "text/xml")
        site.answers["/map-0.xml"] = Answer(newssite.sitemap(entries), "text/xml", headers={"Content-Encoding": "gzip"})
        database = tmp_path / "news.db"

        first = crawl("sitemap", database, url=site.url("/sitemap.xml"), site="khabar")
        assert site.article_requests() == {f"/desh/khabar-{n}.html": 2 if n == 1 else 1 for n in range(1, 21)}
        assert site.most_at_once == 1
        never = {url.removeprefix(site.url("")) for url in (*others, secret, index[1][0])}
        assert len(never) == 6 and not never & set(site.asked)
        assert sorted(url for (url,) in rows(database, "SELECT url FROM articles")) == sorted(urls)
        assert reasons(database) == {"/secret/khabar-98.html": "robots.txt forbids it"}
        assert rows(database, "SELECT DISTINCT state FROM frontier WHERE kind = 'page'") == [("done",), ("rejected",)]
        assert f"Database: {database}" in first and "20 stored" in first
        assert "ResourceWarning" not in first

        second = crawl("feed", database, url=site.url("/feed.xml"), site="khabar")
        assert "0 stored, 0 revised, 0 unchanged" in second
        assert sum(site.article_requests().values()) == 21
        (run,) = rows(database, "SELECT command, site, outcome, counts FROM runs WHERE command = 'crawl sitemap'")
        assert run[:3] == ("crawl sitemap", "khabar", "finished")
        assert json.loads(run[3])["stored"] == 20 and json.loads(run[3])["rejected/robots.txt forbids it"] == 1

        site.answers, before = {}, site.asked.copy()
        replay, again = {"HARVEST_REPLAY": tmp_path / "archive.db"}, tmp_path / "again" / "news.db"
        crawl("sitemap", again, replay, url=site.url("/sitemap.xml"), site="khabar")
        assert site.asked == before
        query = "SELECT url, title, text, published_at, revision FROM corpus ORDER BY url"
        assert rows(again, query) == rows(database, query)

    def test_what_goes_wrong_is_named_and_the_crawl_goes_on(self, crawl: Crawl, site: NewsSite, tmp_path: Path) -> None:
        html = "text/html; charset=utf-8"
        site.answers |= {
            "/a/empty-1.html": Answer(b"", html),
            "/a/large-2.html": Answer(b"<html><body>" + b"<p>x</p>" * 4_000_000, html),
            "/a/gone-3.html": Answer(b"gone", html, status=410),
            "/a/down-4.html": Answer(b"down", html, status=503),
            "/a/pdf-5.html": Answer(b"%PDF-1.7", "application/pdf"),
            "/a/slow-6.html": Answer(b"<html>", html, seconds=3),
            "/a/cut-7.html": Answer(newssite.article(7, site.now), html, is_cut=True),
            "/a/loop-8.html": Answer(status=302, headers={"Location": "/a/loop-8.html?again=1"}),
            "/a/loop-8.html?again=1": Answer(status=302, headers={"Location": "/a/loop-8.html"}),
            "/a/away-9.html": Answer(status=302, headers={"Location": "/"}),
            "/a/inner-10.html": Answer(status=302, headers={"Location": "http://nowhere.invalid/"}),
            "/": Answer(newssite.article(1, site.now), html),
            "/html.xml": Answer(b"<!doctype html><html><body>x</body></html>", html),
            "/cut.xml": Answer(b"<urlset><url><loc>" + site.add_article(11).encode() + b"</loc><lastmod>", "text/xml"),
        }
        wrong, broken = site.add_article(12), site.add_article(13)
        site.answers["/desh/khabar-12.html"].media_type = "text/html; charset=iso-8859-1"
        tangled = newssite.article(13, site.now).replace(b"</p>", b"</b></div>").replace(b"</html>", b"")
        site.answers["/desh/khabar-13.html"].body = tangled
        pages = [site.url(path) for path in site.answers if path.startswith("/a/") and "?" not in path]
        listed = [(url, site.now) for url in [*pages, wrong, broken]]
        site.answers["/list.xml"] = Answer(newssite.sitemap(listed), "text/xml")
        maps = [(site.url(f"/{name}.xml"), site.now) for name in ("html", "missing", "cut", "list")]
        site.answers["/index.xml"] = Answer(newssite.sitemap(maps, is_index=True), "text/xml")
        database = tmp_path / "news.db"

        crawl("sitemap", database, {"DOWNLOAD_TIMEOUT": 1}, url=site.url("/index.xml"), undated="yes")
        assert {path: re.sub(r" \(.*", "", reason) for path, reason in reasons(database).items()} == {
            "/a/empty-1.html": "an empty answer", "/a/large-2.html": "too large", "/a/gone-3.html": "http 410",
            "/a/down-4.html": "http 503", "/a/pdf-5.html": "not HTML but application/pdf", "/a/slow-6.html": "timeout",
            "/a/cut-7.html": "answer cut short", "/a/loop-8.html": "too many redirects",
            "/a/away-9.html": "led elsewhere", "/a/inner-10.html": "robots.txt unreachable",
            "/html.xml": "sitemap: not a sitemap but HTML", "/missing.xml": "sitemap: http 404",
            "/cut.xml": "sitemap: broken XML",
        }  # fmt: skip
        stored = rows(database, "SELECT url, text FROM corpus ORDER BY url")
        assert [url for url, _ in stored] == [site.url(f"/desh/khabar-{n}.html") for n in (11, 12, 13)]
        for number, (_, text) in zip((11, 12, 13), stored, strict=True):
            assert all(sentence in text for sentence in newssite.sentences(number)), text
        counts = json.loads(rows(database, "SELECT counts FROM runs")[0][0])
        assert counts["rejected"] == 13 and counts["rejected/too large"] == 1 and counts["stored"] == 3
        states = dict(rows(database, "SELECT url, state FROM frontier"))
        passing = {"down-4", "slow-6", "cut-7", "inner-10"}  # left to a later try, the others are done with
        assert {re.sub(r".*/|\.html", "", url) for url, state in states.items() if state == "pending"} == passing

    def test_a_declared_site_is_read_from_an_archive(self, crawl: Crawl, tmp_path: Path) -> None:
        """Articles once, and no gallery or video page, though the archive has them."""
        base = "https://www.abplive.com"
        articles = [f"{base}/news/india/panchayat-asks-budget-for-canal-repair-2911001",
                    f"{base}/states/bihar/new-facility-at-bus-stand-2911003"]  # fmt: skip
        others = [f"{base}/photo-gallery/news/village-fair-in-pictures-2911002",
                  f"{base}/videos/news/india-canal-video-2911004"]  # fmt: skip
        answers = {url: (newssite.article(number, NOW), "text/html") for number, url in enumerate(articles + others)}
        answers[f"{base}/robots.txt"] = (b"User-agent: *\nDisallow: /search\n", "text/plain")
        answers[f"{base}/news/feed"] = ((FILES / "abplive_feed.xml").read_bytes(), "application/rss+xml")
        answers[f"{base}/news-14-09-2026.xml"] = ((FILES / "abplive_day.xml").read_bytes(), "text/xml")
        with Archive(tmp_path / "sample.db") as archive:
            for url, (body, media_type) in answers.items():
                archive.put(url, status=200, headers=[("Content-Type", media_type)], body=body, fetched_at=NOW)
        crawl("abplive", tmp_path / "news.db", {"HARVEST_REPLAY": tmp_path / "sample.db"})
        found = rows(tmp_path / "news.db", "SELECT url, site, published_at IS NOT NULL FROM corpus ORDER BY id")
        assert found == [(url, "abplive", 1) for url in articles]
        missing = [f"/news-{day}-09-2026.xml" for day in (11, 12, 13)] + ["/home/feed", "/sitemap.xml"]
        refused = {path: reason.rpartition(": ")[2] for path, reason in reasons(tmp_path / "news.db").items()}
        assert refused == dict.fromkeys(missing, "not in the archive")

    def test_a_limit_counts_articles_and_the_rest_waits(self, crawl: Crawl, site: NewsSite, tmp_path: Path) -> None:
        urls = [site.url("/a/missing-1.html"), *(site.add_article(n) for n in range(1, 31))]
        site.answers["/feed.xml"] = Answer(newssite.rss([(url, site.now) for url in urls]), "application/rss+xml")
        database = tmp_path / "news.db"
        crawl("feed", database, {"CLOSESPIDER_ITEMCOUNT": 5}, url=site.url("/feed.xml"))
        (stored,) = rows(database, "SELECT count(*) FROM articles")[0]
        assert 5 <= stored <= 5 + 4  # requests under way are finished
        crawl("feed", database, url=site.url("/feed.xml"))
        assert rows(database, "SELECT count(*) FROM articles") == [(30,)]
        assert site.article_requests().total() == 30

    def test_wordpress_by_rest(self, crawl: Crawl, site: NewsSite, tmp_path: Path) -> None:
        site.answers["/wp-json/wp/v2/posts"] = Answer(WordPressPosts(site, 25), "application/json")
        database = tmp_path / "news.db"
        crawl("wordpress", database, url=site.url("/any/page/"), site="blog")
        assert rows(database, "SELECT count(*), count(DISTINCT title) FROM corpus WHERE site = 'blog'") == [(25, 25)]
        assert [path for path in site.asked if "wp-json" in path] == [
            f"/wp-json/wp/v2/posts?per_page=100&page={n}&_embed" for n in (1, 2, 3)
        ]
        second = crawl("wordpress", database, url=site.url("/any/page/"), site="blog")
        assert "0 stored, 0 revised, 25 unchanged" in second

    def test_wordpress_without_rest_is_read_by_feed_and_pages(
        self, crawl: Crawl, site: NewsSite, tmp_path: Path
    ) -> None:
        urls = [site.add_article(n) for n in range(1, 4)]
        site.answers["/wp-json/wp/v2/posts"] = Answer(b'{"code": "rest_disabled"}', "application/json", status=401)
        site.answers["/"] = Answer(b"<html><head></head><body>x</body></html>")
        site.answers["/feed/"] = Answer(newssite.rss([(url, site.now) for url in urls]), "application/rss+xml")
        crawl("wordpress", tmp_path / "news.db", url=site.url("/"))
        assert rows(tmp_path / "news.db", "SELECT count(*) FROM articles") == [(3,)]
        assert "wordpress: http 401" in reasons(tmp_path / "news.db").values()

    def test_wrong_usage_ends_with_a_message(self, tmp_path: Path) -> None:
        run = newssite.crawl("feed", tmp_path / "news.db")
        assert run.returncode != 0 and "Traceback" not in run.stderr
        assert "feed: no address to begin at; give -a url=https://…" in run.stderr


class WordPressPosts:
    """Answers pages of ten posts, newest first, as WordPress does."""

    def __init__(self, site: NewsSite, count: int) -> None:
        self.site, self.count = site, count

    def __call__(self, path: str) -> tuple[int, dict[str, str], bytes]:
        page = int(re.search(r"[?&]page=(\d+)", path)[1])
        posts = [self.post(n) for n in range(self.count)[(page - 1) * 10 : page * 10]]
        if not posts:
            return 400, {}, b'{"code": "rest_post_invalid_page_number"}'
        return 200, {"X-WP-TotalPages": str(-(-self.count // 10))}, json.dumps(posts).encode()

    def post(self, number: int) -> dict[str, Any]:
        body = "".join(f"<p>{text}</p>" for text in newssite.sentences(number))
        return {
            "id": number, "link": self.site.url(f"/post-{number}/"), "status": "publish",
            "date_gmt": f"{self.site.ago(minutes=number):%Y-%m-%dT%H:%M:%S}",
            "title": {"rendered": newssite.headline(number)}, "content": {"rendered": body, "protected": False},
        }  # fmt: skip
