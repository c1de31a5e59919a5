"""A WordPress whose REST interface is off: its feed is read page by page, and what is asked in its stead only once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import newssite
import pytest
from newssite import Answer, NewsSite
from sidebyside import Standing, harvest


class PagedFeed:
    """Answers pages of ten posts, newest first, one every two hours; a page after the last is missing."""

    def __init__(self, site: NewsSite, count: int, *, is_paged: bool = True) -> None:
        self.site, self.is_paged = site, is_paged
        self.posts = [(site.add_article(number), site.ago(hours=1 + 2 * number)) for number in range(count)]
        site.answers["/feed/"] = Answer(self, "application/rss+xml")

    def __call__(self, path: str) -> tuple[int, dict[str, str], bytes]:
        page = int(parse_qs(urlsplit(path).query).get("paged", ["1"])[0]) if self.is_paged else 1
        listed = self.posts[(page - 1) * 10 : page * 10]
        return (200, {}, newssite.rss(listed)) if listed else (404, {"Content-Type": "text/html"}, b"<html>404</html>")


def rows(database: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def feed_pages(site: NewsSite) -> list[str]:
    return [path for path in site.asked if path.startswith("/feed/")]


@pytest.mark.parametrize(
    ("count", "is_paged", "pages"),
    [
        pytest.param(15, True, 2, id="a-short-page-is-the-last"),
        pytest.param(20, True, 3, id="none-after-a-full-page"),
        pytest.param(20, False, 2, id="one-page-for-ever"),
    ],
)
def test_the_feed_is_read_to_its_end(
    standing: Standing, site: NewsSite, tmp_path: Path, count: int, is_paged: bool, pages: int
) -> None:
    PagedFeed(site, count, is_paged=is_paged)
    database = tmp_path / "news.db"
    log = standing.crawl(harvest("wordpress", database, url=site.url("/")))
    assert "(finished)" in log
    assert rows(database, "SELECT count(*) FROM articles") == [(count if is_paged else 10,)]
    assert feed_pages(site) == ["/feed/", "/feed/?paged=2", "/feed/?paged=3"][:pages]
    assert rows(database, "SELECT url FROM rejections WHERE url LIKE '%/feed/%'") == []
    assert rows(database, "SELECT count(*) FROM frontier WHERE kind = 'feed' AND state <> 'done'") == [(0,)]


def test_the_feed_is_read_no_further_than_the_window(standing: Standing, site: NewsSite, tmp_path: Path) -> None:
    PagedFeed(site, 90)
    standing.crawl(harvest("wordpress", tmp_path / "news.db", {"HARVEST_WINDOW_DAYS": 1}, url=site.url("/")))
    assert 2 <= len(feed_pages(site)) <= 4  # a day is twelve posts, and today's part of another day


def test_articles_that_go_missing_start_no_fallback(standing: Standing, site: NewsSite, tmp_path: Path) -> None:
    posts = (
        f'[{{"link": "{site.url("/desh/khabar-1.html")}", "date_gmt": "{site.ago(hours=2):%Y-%m-%dT%H:%M:%S}",'
        f' "title": {{"rendered": "{newssite.headline(1)}"}},'
        f' "content": {{"rendered": "<p>{"</p><p>".join(newssite.sentences(1))}</p>"}}}}]'
    )
    site.answers["/wp-json/wp/v2/posts"] = Answer(posts.encode(), "application/json")
    database, at_once = tmp_path / "news.db", {"HARVEST_CLEANERS": 0}
    standing.crawl(harvest("wordpress", database, at_once, url=site.url("/")))
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE frontier SET next_visit = '2000-01-01T00:00:00+00:00' WHERE kind = 'page'")
    standing.crawl(harvest("wordpress", database, at_once, url=site.url("/")))
    assert rows(database, "SELECT withdrawn_reason FROM articles") == [("fetch: http 404",)]
    assert not {"/", "/feed/"} & set(site.asked)
