"""What a site says of when to come back is done: a short wait is waited, a long one ends the crawl, across runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import newssite
import pytest
from crawling import make_project, serve
from newssite import Answer, NewsSite
from scrapy.http import Response
from sidebyside import harvest, run

from newsharvest.politeness.retry import LONGEST_BAN, wait_of
from newsharvest.store import Store

PAGE = (200, {}, b"page")
SENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("0000000000000000000007", 7),
        ("0", None),
        ("-20", None),
        ("soon", None),
        ("1.5", None),
        ("२०", None),
        ("", None),
        (format_datetime(SENT + timedelta(minutes=5), usegmt=True), 300),
        (format_datetime(SENT - timedelta(days=1), usegmt=True), None),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_BAN),
        ("Fri, 31 Dec 9999 23:59:59 -2359", LONGEST_BAN),
        ("Fri, 99 Dec 99999 23:59:59 GMT", None),
        ("86401", LONGEST_BAN),
        ("9" * 5000, LONGEST_BAN),
    ],
)
def test_how_long_to_wait(value: str, seconds: float | None) -> None:
    headers = {"Retry-After": value.encode(), "Date": format_datetime(SENT, usegmt=True)}
    assert wait_of(Response("http://a.example/", status=503, headers=headers)) == seconds


def test_a_date_is_taken_by_our_clock_where_the_server_tells_none() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 90 < (wait_of(Response("http://a.example/", headers={"Retry-After": later})) or 0) <= 100
    assert wait_of(Response("http://a.example/")) is None


def test_short_waits_are_waited(tmp_path: Path) -> None:
    wait = {"Retry-After": "1"}
    project = make_project(tmp_path, RETRY_ENABLED=True, RETRY_TIMES=2, DOWNLOAD_DELAY=0.2)
    with serve() as site:
        site.routes = {
            "/busy": [(503, wait, b""), PAGE],
            "/many": [(429, wait, b""), PAGE],
            "/moved": (302, {**wait, "Location": "/next"}, b""),
            "/next": PAGE,
            "/down": (503, {}, b""),
            "/last": PAGE,
        }
        run = project.crawl(*(site.url(f"/{name}") for name in ("busy", "many", "moved", "down", "last")))
        seen = sorted((row[3], row[1]) for row in site.seen)
    assert run.status == 0, run.log
    gaps = {}  # seconds from each request to the next, of whatever page
    for (start, path), (following, _) in pairwise(seen):
        gaps.setdefault(path, []).append(following - start)
    assert all(gaps[path][0] > 0.8 for path in ("/busy", "/many", "/moved"))
    assert [path for _, path in seen].count("/down") == 3
    assert gaps["/down"][0] > 0.3 and gaps["/down"][1] > 0.6  # 0.4 and 0.8 s
    outcomes = {(item.get("url") or item["lost"]).rpartition("/")[2] for item in run.items if "url" in item}
    assert outcomes == {"busy", "many", "next", "last"}


def test_a_long_wait_ends_the_crawl_and_is_kept(site: NewsSite, tmp_path: Path) -> None:
    urls = [site.add_article(number) for number in range(1, 6)]
    site.answers["/desh/khabar-2.html"].status = 429
    site.answers["/desh/khabar-2.html"].headers = {"Retry-After": "3600"}
    site.answers["/feed.xml"] = Answer(newssite.rss([(url, site.now) for url in urls]), "application/rss+xml")
    database, feed = tmp_path / "news.db", {"url": site.url("/feed.xml"), "site": "khabar"}

    began = datetime.now(UTC)
    other = tmp_path / "other.db"
    with newssite.serve() as shut:
        shut.answers["/robots.txt"] = Answer(status=503, headers={"Retry-After": "99999"})
        where = {"url": shut.url("/feed.xml"), "site": "shut"}
        both = [harvest("feed", database, **feed), harvest("feed", other, **where)]
        log = run(both, [harvest("feed", database, **feed)])
        assert shut.asked == ["/robots.txt"]
    assert site.times("/desh/khabar-2.html").total() == site.times("/feed.xml").total() == 1, log
    assert len(site.article_requests()) < 5
    assert log.count("khabar asks to be left alone until") == 1
    with Store(database) as store:
        until = store.not_before("khabar")
        assert timedelta(minutes=59) < until - began < timedelta(minutes=62)
        assert store.not_before("another") is None
        assert store.rejections() == []
    with Store(other) as store:
        assert timedelta(hours=23) < store.not_before("shut") - began < timedelta(hours=25)
        assert store.rejections() == []
    assert log.count(f"khabar asked not to be visited before {until.isoformat(' ')}") == 1
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT outcome FROM runs").fetchall() == [("retry_after",)] * 2
        states = connection.execute("SELECT DISTINCT state FROM frontier WHERE kind = 'page'").fetchall()
    assert {state for (state,) in states} <= {"done", "pending", "active"}

    with Store(database) as store:
        store.set_not_before("khabar", datetime.now(UTC) - timedelta(seconds=5))
    site.add_article(2)
    newssite.crawl("feed", database, **feed)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (5,)
    assert site.article_requests().total() == 6
