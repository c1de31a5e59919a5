"""Spiders: the declarations on files, the rules of the base class, and crawls of a loopback site in a process."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import newssite
import pytest
from newssite import Answer, NewsSite
from scrapy.http import HtmlResponse, Request, TextResponse
from scrapy.utils.test import get_crawler
from sidebyside import Standing, harvest

from newsharvest.archive import Archive
from newsharvest.items import Page, Rejected
from spiders.abplive import AbpLive
from spiders.amarujala import AmarUjala
from spiders.base import NewsSpider, Visit
from spiders.bhaskar import Bhaskar
from spiders.feed import FeedSpider
from spiders.jagran import Jagran
from spiders.sitemap import SitemapSpider
from spiders.theprintlines import ThePrintlines
from spiders.wordpress import WordPressSpider

FILES = Path(__file__).parent / "sources"
NOW = datetime(2026, 9, 14, 6, 0, tzinfo=UTC)


def make(spider: type[NewsSpider], **arguments: str) -> NewsSpider:
    """Return a spider as a crawl has it, by the clock of a replayed archive."""
    crawler = get_crawler(spider, {"NEWSHARVEST_CLOCK": NOW.isoformat(), "HARVEST_WINDOW_DAYS": 3})
    crawler.spider = crawler._create_spider(**arguments)
    crawler._apply_settings()
    return crawler.spider


def answer(spider: NewsSpider, kind: str, url: str, body: bytes, asked: str | None = None, **headers: str) -> list[Any]:
    """Return what the spider makes of an answer to a row of the frontier."""
    meta = {"kind": kind, "frontier_id": 7, "asked": asked or url, "archive_key": "KEY", "fetched_at": NOW}
    request = Request(url, meta={**meta, "listed_at": None})
    response_type = HtmlResponse if kind == "page" else TextResponse
    return list(spider.read(response_type(url, body=body, headers=headers, request=request)))


def asked(outcomes: list[Any]) -> list[str]:
    return [outcome.url for outcome in outcomes if isinstance(outcome, Request)]


def items(outcomes: list[Any]) -> list[Any]:
    return [outcome.item for outcome in outcomes if isinstance(outcome, Visit)]


def links(spider: NewsSpider, what: str) -> int:
    return spider.crawler.stats.get_value(f"newsharvest/links/{what}", 0)


PAGES = {
    AbpLive: (
        ["https://www.abplive.com/news/india/a-canal-2911001", "https://www.abplive.com/states/up-uk/a-b-c-2775522"],
        [
            "https://www.abplive.com/news", "https://www.abplive.com/photo-gallery/news/a-fair-2911002",
            "https://www.abplive.com/videos/news/a-canal-2911004", "https://www.abplive.com/live-tv",
            "https://www.abplive.com/web-stories/a-fair-2911005", "https://www.abplive.com/topic/a-b-2911001",
            "https://news.abplive.com/news/india/in-english-2911001",
        ],
    ),
    ThePrintlines: (
        ["https://www.theprintlines.com/national/library-opens-51234/"],
        ["https://www.theprintlines.com/category/national/", "https://www.theprintlines.com/video/a-fair-51234/"],
    ),
    Bhaskar: (
        [
            "https://www.bhaskar.com/local/bihar/samastipur/news/a-police-post-137000001.html",
            "https://www.bhaskar.com/national/news/a-bridge-137000003.html",
        ],
        [
            "https://www.bhaskar.com/local/bihar/", "https://www.bhaskar.com/video/rain-137000002.html",
            "https://www.bhaskar.com/photos/a-fair-137000004.html", "https://www.bhaskar.com/a-b-137000004.htm",
            "https://www.bhaskar.com/web-stories/x/a-b-137000004.html",
        ],
    ),
    Jagran: (
        [
            "https://www.jagran.com/uttar-pradesh/allahabad-city-a-bridge-21109565.html",
            "https://www.jagran.com/news/national-a-bridge-24800002.html",
        ],
        [
            "https://www.jagran.com/news/national-news-hindi.html", "https://www.jagran.com/photogallery/a-fair-21109565.html",
            "https://www.jagran.com/videos/news/a-b-21109565.html", "https://english.jagran.com/india/a-bridge-10012345.html",
        ],
    ),
    AmarUjala: (
        [
            "https://www.amarujala.com/uttar-pradesh/varanasi/crowd-in-the-market-2026-09-14",
            "https://www.amarujala.com/uttar-pradesh/varanasi/gehu-city-news-vns5205298178",
        ],
        [
            "https://www.amarujala.com/uttar-pradesh/varanasi", "https://www.amarujala.com/tags/varanasi-2026-09-14",
            "https://www.amarujala.com/photo-gallery/uttar-pradesh/a-fair-2026-09-14",
            "https://www.amarujala.com/video/a-fair-2026-09-14", "https://www.amarujala.com/advertorial/a-2026-09-14",
        ],
    ),
}  # fmt: skip


class TestDeclarations:
    @pytest.mark.parametrize("spider", PAGES, ids=lambda spider: spider.name)
    def test_articles_and_what_is_none(self, spider: type[NewsSpider]) -> None:
        articles, others = PAGES[spider]
        assert [make(spider).refuse(url) for url in articles] == [None] * len(articles)
        assert [url for url in others if make(spider).refuse(url) is None] == []

    @pytest.mark.parametrize(
        ("url", "number"),
        [(PAGES[s][0][0], n) for s, n in ((AbpLive, "2911001"), (ThePrintlines, "51234"), (Jagran, "21109565"))],
    )
    def test_the_number_of_an_article(self, url: str, number: str) -> None:
        (pattern,) = (s.article_pattern for s in PAGES if s.hosts[0] in url)
        assert re.search(pattern, url)["id"] == number

    @pytest.mark.parametrize(
        ("spider", "kind", "url", "file", "found"),
        [
            (AbpLive, "feed", "https://www.abplive.com/news/feed", "abplive_feed.xml", 2),
            (AbpLive, "sitemap", "https://www.abplive.com/news-14-09-2026.xml", "abplive_day.xml", 1),
            (Bhaskar, "feed", "https://www.bhaskar.com/rss-v1--category-1061.xml", "bhaskar_feed.xml", 1),
            (Bhaskar, "sitemap", Bhaskar.sources[-2].url, "bhaskar_news_index.xml", 1),
            (Jagran, "feed", "https://rss.jagran.com/rss/news/national.xml", "jagran_feed.xml", 1),
            (Jagran, "sitemap", "https://www.jagran.com/news-sitemap.xml", "jagran_news.xml", 1),
            (AmarUjala, "feed", "https://www.amarujala.com/rss/india-news.xml", "amarujala_feed.xml", 1),
            (AmarUjala, "sitemap", AmarUjala.sources[-1].url, "amarujala_index.xml", 1),
            (ThePrintlines, "feed", "https://www.theprintlines.com/feed/", "wordpress_feed.xml", 1),
        ],
    )
    def test_sources(self, spider: type[NewsSpider], kind: str, url: str, file: str, found: int) -> None:
        instance = make(spider)
        begun = [request.meta["link"].url for source in instance.sources for request in instance.ask(source)]
        fallbacks = [f.url for source in instance.sources for f in getattr(source, "fallback", ())]
        assert url in begun + fallbacks
        outcomes = answer(instance, kind, url, (FILES / file).read_bytes())
        assert len(asked(outcomes)) == links(instance, "found") == found
        assert items(outcomes) == [None]  # the source has been read to its end
        assert not any("utm_" in url or "_gl=" in url for url in asked(outcomes))

    def test_what_is_only_a_convention_says_so(self) -> None:
        (rest,) = ThePrintlines.sources
        assert not rest.verified and not rest.fallback[0].verified
        assert all(source.verified for spider in PAGES if spider is not ThePrintlines for source in spider.sources)

    def test_a_day_of_the_window_is_a_sitemap(self) -> None:
        spider = make(AbpLive)
        addresses = [request.url for request in spider.ask(spider.sources[2])]
        assert addresses[0] == "https://www.abplive.com/news-11-09-2026.xml"
        assert addresses[-1] == "https://www.abplive.com/news-14-09-2026.xml" and len(addresses) == 4


class TestHorizon:
    def sitemap(self, spider: NewsSpider, *entries: tuple[str, datetime | None], url: str = "") -> list[str]:
        body = newssite.sitemap(list(entries))
        return asked(answer(spider, "sitemap", url or "https://www.jagran.com/sitemap.xml", body))

    def test_old_entries_are_left(self) -> None:
        spider = make(Jagran)
        new, old = "https://www.jagran.com/news/a-24800001.html", "https://www.jagran.com/news/b-24800002.html"
        assert self.sitemap(spider, (new, NOW - timedelta(days=3)), (old, NOW - timedelta(days=4))) == [new]
        assert links(spider, "old") == 1

    def test_a_feed_is_taken_whole_unless_the_days_are_named(self) -> None:
        url, feed = "https://www.jagran.com/news/a-24800001.html", "https://rss.jagran.com/rss/news/national.xml"
        body = newssite.rss([(url, NOW - timedelta(days=30))])
        assert asked(answer(make(Jagran), "feed", feed, body)) == [url]
        assert asked(answer(make(Jagran, since="2026-09-01"), "feed", feed, body)) == []

    def test_entries_without_a_date_are_left_unless_their_sitemap_is_of_the_window(self) -> None:
        url = "https://www.jagran.com/news/a-24800001.html"
        spider = make(Jagran)
        assert self.sitemap(spider, (url, None)) == [] and links(spider, "undated") == 1
        list(spider.ask(spider.sources[2]))
        assert self.sitemap(spider, (url, None), url="https://www.jagran.com/news-sitemap.xml") == [url]
        assert self.sitemap(make(Jagran, undated="yes"), (url, None)) == [url]

    def test_the_sitemaps_of_a_news_index_are_of_the_window(self) -> None:
        spider = make(Bhaskar)
        list(spider.ask(spider.sources[-2]))
        index = (FILES / "bhaskar_news_index.xml").read_bytes()
        (inner,) = asked(answer(spider, "sitemap", Bhaskar.sources[-2].url, index))
        url = "https://www.bhaskar.com/national/news/a-bridge-137000003.html"
        assert self.sitemap(spider, (url, None), url=inner) == [url]

    def test_a_date_in_the_address_will_do(self) -> None:
        day, past = (f"https://www.amarujala.com/desh/a-{date}" for date in ("2026-09-13", "2026-09-01"))
        assert self.sitemap(make(AmarUjala), (day, None), (past, None)) == [day]

    def test_sitemaps_of_other_days_are_not_opened_for_named_ones(self) -> None:
        names = ("s-2023-12", "s-2024-02", "s-2024-04", "s-2024", "s")
        maps = {name: f"https://www.jagran.com/{name}.xml" for name in names}
        entries = [(url, NOW) for url in maps.values()]

        def opened(**arguments: str) -> list[str]:
            return [url[23:-4] for url in asked(self.read_index(make(Jagran, **arguments), entries))]

        assert opened(since="2024-01-01", until="2024-03-31") == ["s-2024-02", "s-2024", "s"]
        assert opened(since="2024-03-01") == ["s-2024-04", "s-2024", "s"]
        assert opened() == list(maps)  # it has changed: perhaps an old article was edited
        undated = [(url, None) for url in maps.values()]
        assert asked(self.read_index(make(Jagran), undated)) == [maps["s"]]
        old = [(maps["s-2024-02"], datetime(2024, 1, 1, tzinfo=UTC))]
        assert asked(self.read_index(make(Jagran, since="2024-02-01", until="2024-02-09"), old)) == []

    def read_index(self, spider: NewsSpider, entries: list[tuple[str, datetime | None]]) -> list[Any]:
        return answer(spider, "sitemap", "https://www.jagran.com/i.xml", newssite.sitemap(entries, is_index=True))

    def test_publication_counts_for_days_that_are_over(self) -> None:
        """An article of these days that was edited years later is one of them."""
        url, edited = "https://www.jagran.com/news/a-24800001.html", datetime(2025, 5, 5, tzinfo=UTC)
        named = {"since": "2024-01-01", "until": "2024-03-31"}
        assert self.sitemap(make(Jagran, **named), (url, edited)) == []
        assert self.sitemap(make(Jagran, **named), (url, edited), url="https://www.jagran.com/s-2024-02.xml") == [url]
        assert self.sitemap(make(Jagran, **named), (url, edited), url="https://www.jagran.com/s-2024.xml") == []
        dated = "https://www.amarujala.com/desh/a-2024-02-03"
        assert self.sitemap(make(AmarUjala, **named), (dated, edited)) == [dated]
        feed = newssite.rss([(url, datetime(2024, 2, 2, tzinfo=UTC))])
        assert asked(answer(make(Jagran, **named), "feed", "https://rss.jagran.com/x.xml", feed)) == [url]

    def test_since_and_until(self) -> None:
        spider = make(Jagran, since="2024-01-01", until="2024-01-31")
        inside, late = "https://www.jagran.com/news/a-24800001.html", "https://www.jagran.com/news/b-24800002.html"
        entries = (inside, datetime(2024, 1, 15, tzinfo=UTC)), (late, datetime(2024, 2, 2, tzinfo=UTC))
        assert self.sitemap(spider, *entries) == [inside]
        (rest,) = (request.url for request in make(ThePrintlines, since="2024-01-01").ask(ThePrintlines.sources[0]))
        assert rest.endswith("&after=2023-12-31T18:30:00Z")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"since": "1.9.2026"}, "since=1.9.2026: not a day"),
            ({"since": "2026-09-02", "until": "2026-09-01"}, "since=2026-09-02 is after until=2026-09-01"),
            ({"sicne": "2026-09-02"}, "did you mean -a since="),
            ({"foo": "1"}, "it takes since, until, undated"),
        ],
    )
    def test_wrong_arguments_end_with_a_message(self, arguments: dict[str, str], message: str) -> None:
        with pytest.raises(SystemExit, match=re.escape(message)):
            make(Jagran, **arguments)


class TestLinks:
    def test_a_malformed_link_is_a_named_rejection_and_the_others_go_on(self) -> None:
        spider = make(Jagran)
        good = "https://www.jagran.com/news/a-24800001.html"
        feed = newssite.rss([("https://[bad/", NOW), ("javascript:x()", NOW), (good, NOW)])
        outcomes = answer(spider, "feed", "https://rss.jagran.com/rss/news/national.xml", feed)
        assert asked(outcomes) == [good]
        bad, worse, end = items(outcomes)
        assert bad.reason.startswith("link: not an address") and worse.reason == "link: not an http address"
        assert end is None

    def test_off_site_and_other_links_are_counted(self) -> None:
        spider = make(Jagran)
        feed = newssite.rss([("https://other.example/a-24800001.html", NOW), ("https://www.jagran.com/news/", NOW)])
        assert asked(answer(spider, "feed", "https://rss.jagran.com/x.xml", feed)) == []
        assert (links(spider, "off-site"), links(spider, "no-article"), links(spider, "found")) == (1, 1, 0)

    def test_of_the_addresses_of_one_article_a_feed_gives_the_plainest(self) -> None:
        class Numbered(Jagran):
            article_id = r"-(\d{6,9})\.html"

        plain, other = "https://www.jagran.com/news/a-24800001.html", "https://www.jagran.com/news/b-24800002.html"
        forms = [plain + "?m=1", "https://m.jagran.com/news/a-24800001.html", plain, other, plain + "/amp"]
        spider = make(Numbered)
        outcomes = answer(spider, "feed", "https://rss.jagran.com/x.xml", newssite.rss([(url, NOW) for url in forms]))
        assert asked(outcomes) == [plain, other]
        requests = [outcome for outcome in outcomes if isinstance(outcome, Request)]
        assert [request.meta["key"] for request in requests] == ["id:24800001", "id:24800002"]
        assert links(spider, "found") == 5
        broken = newssite.sitemap([(plain, NOW)]).replace(b"</urlset>", b"<url><lo")
        assert asked(answer(make(Numbered), "sitemap", "https://www.jagran.com/s.xml", broken)) == [plain]

    def test_arguments_of_who_runs_the_spider_are_none_of_its_own(self) -> None:
        assert FeedSpider(url="https://khabar.example/feed", _job="7").url == "https://khabar.example/feed"
        with pytest.raises(SystemExit, match="no argument 'job'"):
            FeedSpider(url="https://khabar.example/feed", job="7")

    def test_a_page_is_asked_for_on_condition(self) -> None:
        class Row:
            id, url, kind, source, listed_at = 7, "https://www.jagran.com/news/a-24800001.html", "page", "x", NOW
            etag, last_modified, by_rest, attempts, asked_at, lastmod = '"e"', "Mon", False, 1, NOW, None
            is_own = False

        request = make(Jagran).request_for(Row)
        assert (request.headers["If-None-Match"], request.headers["If-Modified-Since"]) == (b'"e"', b"Mon")
        assert "resume_from" not in request.meta
        Row.attempts, Row.lastmod = 2, NOW + timedelta(hours=1)
        assert make(Jagran).request_for(Row).meta["resume_from"] == NOW + timedelta(hours=1)
        Row.kind = "feed"  # always whole, always anew
        request = make(Jagran).request_for(Row)
        assert "If-None-Match" not in request.headers and "resume_from" not in request.meta

    def test_http_becomes_https_where_the_site_has_it(self) -> None:
        feed = newssite.rss([("http://www.jagran.com/news/a-24800001.html?utm_medium=x#y", NOW)])
        (url,) = asked(answer(make(Jagran), "feed", "https://rss.jagran.com/x.xml", feed))
        assert url == "https://www.jagran.com/news/a-24800001.html"

    def test_a_row_becomes_a_request_and_a_page(self) -> None:
        class Row:
            id, url, kind, source = 7, "https://www.jagran.com/news/a-24800001.html", "page", "x"
            listed_at, etag, last_modified, by_rest, attempts = NOW, None, None, False, 1
            is_own = False

        request = make(Jagran).request_for(Row)
        assert request.meta["frontier_id"] == 7 and request.dont_filter and "link" not in request.meta
        request.meta.update(archive_key="KEY", fetched_at=NOW)
        spider = make(Jagran)
        response = HtmlResponse(
            Row.url, body=b"<p>x", request=request, headers={"Content-Type": "text/html; charset=ISO-8859-1"}
        )
        (visit,) = spider.read(response)
        key = spider.key_of(Row.url)
        expected = Page(Row.url, "jagran", NOW, "text/html", "cp1252", b"<p>x", "KEY", NOW, key)
        assert visit == Visit(expected, 7, "KEY")


class TestPages:
    url = "https://www.jagran.com/news/a-24800001.html"

    def read(self, body: bytes, *, url: str = url, **headers: str) -> Page | Rejected:
        (item,) = items(answer(make(Jagran), "page", url, body, asked=self.url, **headers))
        return item

    def test_what_is_no_page(self) -> None:
        html = {"Content-Type": "text/html"}
        assert self.read(b" \n", **html) == Rejected(self.url, "fetch", "an empty answer")
        assert self.read(b"%PDF", **{"Content-Type": "application/pdf"}).reason == "not HTML but application/pdf"
        assert self.read(b"hello", **{"Content-Type": ""}).reason == "not HTML but something else"
        assert isinstance(self.read(b"<p>x"), Page)

    def test_a_redirect(self) -> None:
        html, moved = {"Content-Type": "text/html"}, "https://www.jagran.com/news/moved-24800009.html"
        assert self.read(b"<p>x", url=moved, **html).url == moved
        home = self.read(b"<p>x", url="https://www.jagran.com/", **html)
        assert home == Rejected(self.url, "fetch", "led elsewhere (https://www.jagran.com/)")
        assert self.read(b"<p>x", url="https://login.example/a-1.html", **html).reason.startswith("led elsewhere")


class TestWordPress:
    def posts(self, spider: NewsSpider, **headers: str) -> list[Any]:
        body = (FILES / "wordpress_posts.json").read_bytes()
        return answer(spider, "rest", ThePrintlines.sources[0].address(), body, **headers)

    def test_a_post_is_a_page(self) -> None:
        spider = make(ThePrintlines)
        page, protected, draft, lost, end = items(self.posts(spider))
        assert page.url == "https://www.theprintlines.com/national/library-opens-in-village-51234/"
        assert (page.provenance, page.media_type, page.site) == ("KEY#/0", "application/json", "theprintlines")
        assert page.listed_at == datetime(2026, 9, 14, 4, 30, tzinfo=UTC)
        assert json.loads(page.body)["id"] == 51234
        assert [r.reason for r in (protected, draft, lost)] == [
            "wordpress: protected by a password", "wordpress: status draft", "wordpress: a post without link",
        ]  # fmt: skip
        assert end is None and links(spider, "old") == 1

    def test_pages_follow_until_the_window_ends(self) -> None:
        assert asked(self.posts(make(ThePrintlines), **{"X-WP-TotalPages": "3"})) == []  # the last post is old
        (following,) = asked(self.posts(make(ThePrintlines, since="2020-01-01"), **{"X-WP-TotalPages": "3"}))
        assert "&page=2&" in following

    def test_edits_of_older_posts_are_looked_for_where_the_site_was_read_before(self) -> None:
        spider = make(ThePrintlines)
        main = ThePrintlines.sources[0].address()
        assert [request.url for request in spider.ask(ThePrintlines.sources[0])] == [main]
        spider.walks = {main: NOW - timedelta(hours=3)}
        both = [request.url for request in spider.ask(ThePrintlines.sources[0])]
        assert both == [main, f"{main}&orderby=modified"]
        named = make(ThePrintlines, since="2024-01-01", until="2024-01-31")
        named.walks = spider.walks
        assert len(list(named.ask(ThePrintlines.sources[0]))) == 1

        def post(number: int, published: int, modified: int) -> dict[str, Any]:
            stamps = {name: f"{NOW - timedelta(hours=age):%Y-%m-%dT%H:%M:%S}" for name, age in
                      (("date_gmt", published), ("modified_gmt", modified))}  # fmt: skip
            link = f"https://www.theprintlines.com/national/a-{50000 + number}/"
            return {"id": number, "link": link, "status": "publish", **stamps}

        posts = [post(1, 200, 1), post(2, 2, 1), post(3, 300, 5), post(4, 400, 1)]
        outcomes = answer(spider, "rest", both[1], json.dumps(posts).encode(), **{"X-WP-TotalPages": "9"})
        assert asked(outcomes) == []  # the third was edited before
        visit, end = (outcome for outcome in outcomes if isinstance(outcome, Visit))
        assert (visit.item.url[-8:], visit.is_update, visit.lastmod) == ("a-50001/", True, NOW - timedelta(hours=1))
        assert end.walked == both[1]
        more = answer(spider, "rest", both[1], json.dumps(posts[:2]).encode(), **{"X-WP-TotalPages": "9"})
        assert asked(more) == [both[1].replace("&page=1", "&page=2")] and more[-1].walked is None
        off = answer(spider, "rest", both[1], b"<html>404</html>")
        assert asked(off) == []  # what stands in for the interface is asked by the other reading

    def test_where_rest_is_off_the_feed_is_asked(self) -> None:
        spider = make(ThePrintlines)
        (rest,) = (request.url for request in spider.ask(spider.sources[0]))
        outcomes = answer(spider, "rest", rest, b"<html>404</html>")
        assert asked(outcomes) == ["https://www.theprintlines.com/feed/"]
        assert items(outcomes) == [Rejected(rest, "fetch", "wordpress: not JSON but HTML")]
        assert asked(answer(spider, "rest", rest, b"<html>404</html>")) == []  # once


class TestAnySite:
    @pytest.mark.parametrize("spider", [FeedSpider, SitemapSpider, WordPressSpider])
    def test_an_address_is_needed(self, spider: type[NewsSpider]) -> None:
        with pytest.raises(SystemExit, match="no address to begin at; give -a url="):
            make(spider)
        with pytest.raises(SystemExit, match="not an http address"):
            make(spider, url="ftp://k.example/")

    def test_site_and_hosts_come_from_the_address(self) -> None:
        spider = make(FeedSpider, url="https://www.khabar.example/feed")
        assert (spider.site, spider.hosts) == ("khabar.example", ("khabar.example",))
        spider = make(FeedSpider, url="rss.khabar.example/x.xml", site="khabar", hosts="k2.example, k3.example")
        assert (spider.site, spider.hosts) == ("khabar", ("khabar.example", "k2.example", "k3.example"))
        assert spider.url == "https://rss.khabar.example/x.xml"
        assert make(FeedSpider, url="http://co.in/feed").hosts == ("co.in",)

    def test_what_is_no_article_on_any_site(self) -> None:
        spider = make(FeedSpider, url="https://khabar.example/feed")
        for path in ("/", "/?s=1", "/category/desh/", "/a.jpg", "/tag/x", "/video/a-1.html", "/page/2/", "/s.xml"):
            assert spider.refuse(f"https://khabar.example{path}") == "excluded", path
        for path in ("/desh/a-1.html", "/2026/09/14/videography-course/", "/category-five-storm/", "/amp-meter-1/"):
            assert spider.refuse(f"https://khabar.example{path}") is None, path
        assert spider.refuse("https://khabar.example/?p=1") is None  # a post where WordPress has plain permalinks

    def test_a_front_page_means_its_robots_txt(self) -> None:
        assert make(SitemapSpider, url="https://k.example").sources[0].url == "https://k.example/robots.txt"
        assert make(SitemapSpider, url="https://k.example/s.xml?a=1").sources[0].url == "https://k.example/s.xml?a=1"

    def test_wordpress_is_looked_for_until_it_is_found(self) -> None:
        spider = make(WordPressSpider, url="https://www.khabar.example/samachar/")
        asked_now = [request.url for request in spider.ask(spider.sources[0])]
        assert asked_now[0].startswith("https://www.khabar.example/wp-json/wp/v2/posts?")
        (front,) = asked(answer(spider, "rest", asked_now[0], b"<html>404</html>"))
        assert front == "https://www.khabar.example/samachar/"
        (rest,) = asked(answer(spider, "listing", front, (FILES / "wordpress_front.html").read_bytes()))
        assert rest.startswith("https://www.khabar.example/samachar/wp-json/wp/v2/posts?")
        (plain,) = asked(answer(spider, "rest", rest, b'{"code": "rest_disabled"}'))
        assert plain.startswith("https://www.khabar.example/?rest_route=/wp/v2/posts&")
        (feed,) = asked(answer(spider, "rest", plain, b""))
        assert feed == "https://www.khabar.example/samachar/feed/"
        assert asked(answer(spider, "feed", feed, b"<html></html>")) == []


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


def test_scrapy_lists_the_spiders() -> None:
    from scrapy.spiderloader import SpiderLoader
    from scrapy.utils.project import get_project_settings

    listed = set(SpiderLoader.from_settings(get_project_settings()).list())
    assert {"abplive", "theprintlines", "bhaskar", "jagran", "amarujala", "wordpress", "feed", "sitemap"} <= listed
