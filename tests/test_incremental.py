"""Crawls of a site that was crawled before: what is asked for again, what is not, and what becomes of it."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import newssite
import pytest
from newssite import Answer, NewsSite
from sidebyside import Standing, harvest

from newsharvest.archive import Archive

FORGOTTEN = """UPDATE frontier SET state = 'active', article = NULL, etag = NULL;
    DELETE FROM revisions; DELETE FROM articles"""


def ask(database: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection, connection:
        return connection.execute(query, values).fetchall()


def tell(database: Path, script: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(script)


Crawl = Callable[..., str]


@pytest.fixture
def crawl(standing: Standing, database: Path) -> Crawl:
    """Crawl into the database, and return the log."""

    def crawl_once(spider: str, settings: dict[str, object] | None = None, **arguments: str) -> str:
        given = {"HARVEST_CLEANERS": 0, "RETRY_TIMES": 1, **(settings or {})}
        return standing.crawl(harvest(spider, database, given, **arguments))

    return crawl_once


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "news.db"


class Khabar:
    """A site of 40 articles in a feed and two levels of sitemaps, each page with an ETag."""

    def __init__(self, site: NewsSite, crawl: Crawl) -> None:
        self.site, self._crawl = site, crawl
        self.changed = {n: site.ago(hours=2) for n in range(40)}
        self.urls = [site.add_article(n, headers={"ETag": f'"{n}"'}) for n in range(40)]
        self.publish()

    def publish(self) -> None:
        listed = [(url, self.changed[n]) for n, url in enumerate(self.urls)]
        index = [(self.site.url("/map.xml"), self.site.now)]
        self.site.answers["/sitemap.xml"] = Answer(newssite.sitemap(index, is_index=True), "text/xml")
        self.site.answers["/map.xml"] = Answer(newssite.sitemap(listed), "text/xml")

    def edit(self, number: int) -> None:
        answer = self.site.answers[f"/desh/khabar-{number}.html"]
        answer.body = newssite.article(1000 + number, self.site.ago(hours=2))
        answer.headers = {"ETag": f'"{number}, edited"'}
        self.changed[number] = datetime.now(UTC) + timedelta(hours=1)

    def crawl(self, **settings: object) -> str:
        self.site.asked.clear()
        self.site.unmodified.clear()
        return self._crawl("sitemap", settings, url=self.site.url("/sitemap.xml"), site="khabar", undated="yes")


@pytest.fixture
def khabar(site: NewsSite, crawl: Crawl) -> Khabar:
    return Khabar(site, crawl)


def test_only_sources_are_asked_again_and_only_what_changed_is_stored(khabar: Khabar, database: Path) -> None:
    khabar.crawl()
    assert ask(database, "SELECT count(*) FROM articles") == [(40,)]
    assert "0 stored, 0 revised, 0 unchanged" in khabar.crawl()
    assert sorted(khabar.site.asked) == ["/map.xml", "/robots.txt", "/sitemap.xml"]
    for number in (3, 17, 38):
        khabar.edit(number)
    khabar.publish()
    assert "0 stored, 3 revised, 0 unchanged" in khabar.crawl()
    assert khabar.site.article_requests() == {f"/desh/khabar-{n}.html": 1 for n in (3, 17, 38)}
    assert khabar.site.unmodified == []
    assert ask(database, "SELECT count(*), max(n) FROM revisions") == [(43, 2)]


def test_a_sitemap_that_calls_all_pages_changed_costs_nothing(khabar: Khabar, database: Path) -> None:
    khabar.crawl()
    khabar.changed = dict.fromkeys(khabar.changed, datetime.now(UTC) + timedelta(hours=1))
    khabar.publish()
    khabar.crawl()
    assert khabar.site.article_requests().total() == 0
    assert ask(database, "SELECT count(*) FROM frontier WHERE kind = 'page' AND lastmod IS NULL") == [(40,)]


def test_a_young_page_that_is_due_costs_a_304(khabar: Khabar, database: Path, tmp_path: Path) -> None:
    khabar.crawl(HARVEST_REVISIT_HOURS="1,6,24")
    assert ask(database, "SELECT DISTINCT round((julianday(next_visit) - julianday('now')) * 24) FROM frontier"
                         " WHERE kind = 'page'") == [(4.0,)]  # fmt: skip
    before = ask(database, "SELECT id, change, last_seen FROM articles")
    tell(database, "UPDATE frontier SET next_visit = '2026-01-01T00:00:00+00:00' WHERE url LIKE '%khabar-7.html'")
    tell(database, "UPDATE articles SET last_seen = '2026-01-01T00:00:00+00:00' WHERE url LIKE '%khabar-7.html'")
    assert "0 stored, 0 revised, 1 unchanged" in khabar.crawl()
    assert khabar.site.unmodified == ["/desh/khabar-7.html"] == list(khabar.site.article_requests())
    assert [row[:2] for row in ask(database, "SELECT id, change, last_seen FROM articles")] == [r[:2] for r in before]
    assert ask(database, "SELECT count(*) FROM articles WHERE last_seen < '2026-01-02'") == [(0,)]
    row = ask(database, "SELECT state, etag, next_visit > '2026-01-02' FROM frontier WHERE url LIKE '%khabar-7.html'")
    assert row == [("done", '"7"', 1)]
    with Archive(tmp_path / "archive.db", readonly=True) as archive:
        assert len(archive.versions(khabar.urls[7])) == 1
    assert ask(database, "SELECT count(*) FROM rejections") == [(0,)]


def test_a_page_that_is_gone_is_withdrawn_until_it_is_back(khabar: Khabar, database: Path) -> None:
    khabar.crawl()
    kept = khabar.site.answers.pop("/desh/khabar-5.html")
    due = "UPDATE frontier SET next_visit = '2026-01-01T00:00:00+00:00' WHERE url LIKE '%khabar-5.html'"
    what = "SELECT withdrawn_at IS NOT NULL, withdrawn_reason, length(text) > 100 FROM articles JOIN revisions"
    what += " ON article = articles.id WHERE url LIKE '%khabar-5.html'"
    tell(database, due)
    assert "1 withdrawn, 0 rejected" in khabar.crawl()
    assert ask(database, what) == [(1, "fetch: http 404", 1)]
    assert ask(database, "SELECT count(*) FROM articles WHERE withdrawn_at IS NOT NULL") == [(1,)]
    khabar.site.answers["/desh/khabar-5.html"] = kept
    for answers in (200, 304):  # whole, where validators were lost, or not
        if answers == 200:
            tell(database, "UPDATE frontier SET etag = NULL")
        else:
            tell(database, "UPDATE articles SET withdrawn_at = '2026-01-01T00:00:00+00:00',"
                           " withdrawn_reason = 'fetch: http 410' WHERE url LIKE '%khabar-5.html'")  # fmt: skip
        tell(database, due)
        assert "0 stored, 0 revised, 1 unchanged" in khabar.crawl()
        assert len(khabar.site.unmodified) == (answers == 304)
        assert ask(database, what) == [(0, None, 1)]


def test_a_page_that_leads_to_another_for_good_is_withdrawn(khabar: Khabar, database: Path) -> None:
    khabar.crawl()
    for number, status in ((5, 301), (6, 302)):  # the second is a detour of a day
        khabar.site.answers[f"/desh/khabar-{number}.html"] = Answer(
            b"", status=status, headers={"Location": khabar.urls[8]}
        )
        due = "UPDATE frontier SET next_visit = '2026-01-01T00:00:00+00:00' WHERE url LIKE '%khabar-{}.html'"
        tell(database, due.format(number))
    assert "1 withdrawn" in khabar.crawl()
    gone = "SELECT url, withdrawn_reason FROM articles WHERE withdrawn_at IS NOT NULL"
    assert ask(database, gone) == [(khabar.urls[5], "fetch: moved for good")]
    assert ask(database, "SELECT count(*) FROM articles") == [(40,)]


def test_a_page_that_a_dead_run_fetched_is_not_fetched_again(khabar: Khabar, database: Path) -> None:
    khabar.crawl()
    tell(database, FORGOTTEN)  # as if it had died between the archive and the store
    late = "'2099-01-01T00:00:00+00:00'"
    tell(database, f"UPDATE frontier SET asked_at = {late} WHERE url LIKE '%khabar-5.html'")  # what came is older
    tell(database, f"UPDATE frontier SET lastmod = {late} WHERE url LIKE '%khabar-6.html'")  # it has changed since
    assert "40 stored" in khabar.crawl()
    assert sorted(khabar.site.article_requests()) == ["/desh/khabar-5.html", "/desh/khabar-6.html"]


def test_a_failure_ends_the_run_and_is_tried_again_later(crawl: Crawl, site: NewsSite, database: Path) -> None:
    site.answers["/desh/khabar-1.html"] = Answer(b"down", status=503)
    site.answers["/feed.xml"] = Answer(newssite.rss([(site.url("/desh/khabar-1.html"), site.now)]), "text/xml")
    for state, failures in (("pending", 1), ("failed", 3), ("failed", 3)):
        started = time.monotonic()
        crawl("feed", {"RETRY_TIMES": 0}, url=site.url("/feed.xml"))
        assert time.monotonic() - started < 30
        (row,) = ask(database, "SELECT state, reason, failures FROM frontier WHERE kind = 'page'")
        assert row == (state, "http 503", failures)
        tell(database, "UPDATE frontier SET failures = 2, next_visit = '2026-01-01T00:00:00+00:00'"
                       " WHERE state = 'pending'")  # fmt: skip
    assert site.article_requests().total() == 2
    site.add_article(1)
    changed = datetime.now(UTC) + timedelta(hours=1)
    site.answers["/map.xml"] = Answer(newssite.sitemap([(site.url("/desh/khabar-1.html"), changed)]), "text/xml")
    crawl("sitemap", url=site.url("/map.xml"), site="127.0.0.1")
    assert ask(database, "SELECT state, reason FROM frontier WHERE kind = 'page'") == [("done", None)]


BROKEN = """
from spiders.feed import FeedSpider

class Broken(FeedSpider):
    name = "broken"

    def read_page(self, response):
        raise RuntimeError("no such thing")
"""


def test_a_page_that_the_spider_stumbles_over_is_left_to_a_later_try(
    site: NewsSite, database: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken_spiders.py").write_text(BROKEN)
    site.answers["/feed.xml"] = Answer(newssite.rss([(site.add_article(1), site.now)]), "text/xml")
    settings = {"SPIDER_MODULES": "broken_spiders", "HARVEST_CLEANERS": 0}
    command = newssite.crawl_command("broken", database, settings, {"url": site.url("/feed.xml")})
    environment = newssite.environment()
    environment["PYTHONPATH"] += f":{tmp_path}"
    run = subprocess.run(command, cwd=newssite.ROOT, env=environment, capture_output=True, timeout=60, check=False)
    (row,) = ask(database, "SELECT state, reason, failures FROM frontier WHERE kind = 'page'")
    assert row == ("pending", "error: RuntimeError: no such thing", 1), run.stderr


def archive_of(path: Path, pages: dict[str, tuple[bytes, str]], now: datetime) -> Path:
    with Archive(path) as archive:
        for url, (body, media_type) in pages.items():
            archive.put(url, status=200, headers=[("Content-Type", media_type)], body=body, fetched_at=now)
    return path


def test_six_addresses_of_a_story_are_one_article_fetched_once(crawl: Crawl, tmp_path: Path, database: Path) -> None:
    now, plain = datetime(2026, 9, 14, 6, tzinfo=UTC), "https://www.khabar.example/desh/khabar-1.html"
    forms = [
        "https://www.khabar.example/desh/khabar-1.html/amp", f"{plain}?utm_source=rss&utm_medium=feed",
        "https://m.khabar.example/desh/khabar-1.html", f"{plain}/".replace("https", "http"), f"{plain}?print=1",
        "https://amp.khabar.example/desh/khabar-1.html?outputType=amp", plain, f"{plain}/print",
    ]  # fmt: skip
    feed = newssite.rss([(url, now) for url in forms])
    pages = {"https://www.khabar.example/feed": (feed, "text/xml"), plain: (newssite.article(1, now), "text/html")}
    robots = {f"https://{host}khabar.example/robots.txt": (b"", "text/plain") for host in ("", "www.", "m.", "amp.")}
    replay = archive_of(tmp_path / "sample.db", pages | robots, now)
    crawl("feed", {"HARVEST_REPLAY": replay}, url="https://www.khabar.example/feed", site="khabar")
    assert ask(database, "SELECT url, key FROM articles") == [(plain, "khabar.example/desh/khabar-1.html")]
    assert ask(database, "SELECT url, attempts FROM frontier WHERE kind = 'page'") == [(plain, 1)]
    assert ask(database, "SELECT count(*) FROM rejections") == [(0,)]


def test_addresses_that_do_not_tell_are_one_article_by_what_their_pages_say(
    crawl: Crawl, site: NewsSite, database: Path
) -> None:
    plain = site.add_article(1)
    canonical = f"<link rel='canonical' href='{plain}'></head>".encode()
    body = newssite.article(1, site.ago(hours=2)).replace(b"</head>", canonical)
    forms = ["/story.php?ref=feed", "/s/1-khabar", "/desh/khabar-1.html"]
    for form in forms:
        site.answers[form] = Answer(body)
    site.answers["/feed.xml"] = Answer(newssite.rss([(site.url(form), site.now) for form in forms]), "text/xml")
    assert "1 stored, 0 revised, 2 unchanged" in crawl("feed", url=site.url("/feed.xml"))
    assert ask(database, "SELECT url FROM articles") == [(plain,)]
    assert ask(database, "SELECT DISTINCT article, state FROM frontier WHERE kind = 'page'") == [(1, "done")]


class Posts:
    """A WordPress whose posts can be edited, read by publication or by their last edit."""

    def __init__(self, site: NewsSite) -> None:
        self.site = site
        self.posts: dict[int, tuple[datetime, datetime, int]] = {}
        site.answers["/wp-json/wp/v2/posts"] = Answer(self, "application/json")

    def put(self, number: int, published: datetime, modified: datetime | None = None, text: int | None = None) -> None:
        self.posts[number] = published, modified or published, text or number
        path = f"/khabar/post-{number}/"
        self.site.answers[path] = Answer(newssite.article(number, published), headers={"ETag": f'"{number}"'})

    def __call__(self, path: str) -> tuple[int, dict[str, str], bytes]:
        place = int("orderby=modified" in path)
        page = int(re.search(r"[?&]page=(\d+)", path)[1])
        ordered = sorted(self.posts, key=lambda number: self.posts[number][place], reverse=True)
        shown = [self.post(number) for number in ordered[(page - 1) * 5 : page * 5]]
        return 200, {"X-WP-TotalPages": str(-(-len(ordered) // 5))}, json.dumps(shown).encode()

    def post(self, number: int) -> dict[str, Any]:
        published, modified, text = self.posts[number]
        body = "".join(f"<p>{sentence}</p>" for sentence in newssite.sentences(text))
        return {
            "id": number, "link": self.site.url(f"/khabar/post-{number}/"), "status": "publish",
            "date_gmt": f"{published:%Y-%m-%dT%H:%M:%S}", "modified_gmt": f"{modified:%Y-%m-%dT%H:%M:%S}",
            "title": {"rendered": newssite.headline(text)}, "content": {"rendered": body, "protected": False},
        }  # fmt: skip


def test_edited_and_deleted_posts_are_followed(crawl: Crawl, site: NewsSite, database: Path) -> None:
    posts = Posts(site)
    for number in range(8):
        posts.put(number, site.ago(days=number, hours=1))
    where = {"url": site.url("/"), "site": "blog"}
    assert "8 stored" in crawl("wordpress", {"HARVEST_WINDOW_DAYS": 30}, **where)
    assert not [path for path in site.asked if "modified" in path or "/khabar/" in path]
    rows = "SELECT count(*) FROM frontier WHERE by_rest AND state = 'done' AND article IS NOT NULL"
    assert ask(database, rows) == [(8,)]
    # One old post is edited, and one that is older than what was read; a young one is deleted.
    later = datetime.now(UTC) + timedelta(minutes=5)
    posts.put(6, site.ago(days=6, hours=1), later, 600)
    posts.put(90, site.ago(days=90), later)
    del posts.posts[0], site.answers["/khabar/post-0/"]
    tell(database, "UPDATE frontier SET next_visit = '2026-01-01T00:00:00+00:00' WHERE url LIKE '%post-0/'")
    site.asked.clear()
    shown = crawl("wordpress", **where)
    assert "0 stored, 1 revised" in shown and "1 withdrawn" in shown
    assert [path for path in site.asked if "/khabar/" in path] == ["/khabar/post-0/"]
    assert len([path for path in site.asked if "orderby=modified" in path]) == 1  # nothing more was edited since
    assert ask(database, "SELECT url FROM articles WHERE revision = 2") == [(site.url("/khabar/post-6/"),)]
    gone = ask(database, "SELECT url, withdrawn_reason FROM articles WHERE withdrawn_at IS NOT NULL")
    assert gone == [(site.url("/khabar/post-0/"), "fetch: http 404")]


def test_posts_edited_after_a_backfill_are_followed(crawl: Crawl, site: NewsSite, database: Path) -> None:
    posts, day = Posts(site), site.ago(days=20)
    posts.put(1, day)
    where = {"url": site.url("/"), "site": "blog"}
    assert "1 stored" in crawl(
        "wordpress", since=f"{day - timedelta(days=2):%F}", until=f"{day + timedelta(days=2):%F}", **where
    )
    posts.put(1, day, datetime.now(UTC) + timedelta(minutes=5), 600)
    assert "0 stored, 1 revised" in crawl("wordpress", **where)


def test_a_post_that_is_due_is_asked_for_and_keeps_its_text(
    crawl: Crawl, site: NewsSite, database: Path, tmp_path: Path
) -> None:
    posts = Posts(site)
    posts.put(1, site.ago(minutes=30))
    for _ in range(2):  # a whole answer, then a 304
        crawl("wordpress", url=site.url("/"), site="blog")
        tell(database, "UPDATE frontier SET next_visit = '2026-01-01T00:00:00+00:00' WHERE kind = 'page'")
    crawl("wordpress", url=site.url("/"), site="blog")
    assert [path for path in site.asked if "/khabar/" in path] == ["/khabar/post-1/"] * 2
    assert site.unmodified == ["/khabar/post-1/"]
    assert ask(database, "SELECT count(*) FROM revisions") == [(1,)]
    with Archive(tmp_path / "archive.db", readonly=True) as archive:
        assert archive.versions(site.url("/khabar/post-1/")) == []


def test_a_backfill_opens_only_the_sitemaps_of_its_days_and_is_gone_on_with(
    crawl: Crawl, site: NewsSite, database: Path
) -> None:
    for month in (1, 2, 3):
        for part in range(10):
            site.add_article(month * 100 + part)
        born = datetime(2024, month, 10, tzinfo=UTC)
        listed = [(site.url(f"/desh/khabar-{month * 100 + n}.html"), born) for n in range(10)]
        site.answers[f"/map-2024-0{month}.xml"] = Answer(newssite.sitemap(listed), "text/xml")
    names = ["map-2023", "map-2023-12", "map-2024-01", "map-2024-02", "map-2024-03", "map-2024-05", "2025/map"]
    index = [(site.url(f"/{name}.xml"), None if "05" in name else site.now) for name in names]
    site.answers["/sitemap.xml"] = Answer(newssite.sitemap(index, is_index=True), "text/xml")
    site.seconds = 0.02
    arguments = {"url": site.url("/sitemap.xml"), "site": "khabar", "since": "2024-01-01", "until": "2024-03-31"}
    process = subprocess.Popen(
        newssite.crawl_command("sitemap", database, {}, arguments),
        cwd=newssite.ROOT, env=newssite.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while site.article_requests().total() < 12 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait()
    maps = ["/map-2024-01.xml", "/map-2024-02.xml", "/map-2024-03.xml", "/sitemap.xml"]
    assert sorted(path for path in site.asked if path.endswith(".xml")) == maps
    crawl("sitemap", **arguments)
    assert sorted(path for path in site.asked if path.endswith(".xml")) == maps  # read already
    assert ask(database, "SELECT count(*) FROM articles") == [(30,)]
    assert site.article_requests().total() <= 32
    site.asked.clear()
    crawl("sitemap", **arguments)  # the whole again, since the one before came to its end
    assert sorted(path for path in site.asked if path.endswith(".xml")) == maps
    assert not site.article_requests()


def test_a_window_without_a_day_is_an_error(database: Path) -> None:
    run = newssite.crawl("feed", database, url="http://127.0.0.1:9/feed.xml", since="2099-01-01")
    assert run.returncode != 0 and "Traceback" not in run.stderr
    assert "feed: since=2099-01-01 is after the clock" in run.stderr
