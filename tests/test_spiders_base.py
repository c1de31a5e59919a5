"""The rules of the base class: which links are followed and from when, what is a page, and the posts of WordPress."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import newssite
import pytest
from answering import FILES, NOW, answer, asked, items, links, make
from scrapy.http import HtmlResponse, Request

from newsharvest.items import Page, Rejected
from spiders.amarujala import AmarUjala
from spiders.base import NewsSpider, Visit
from spiders.bhaskar import Bhaskar
from spiders.feed import FeedSpider
from spiders.jagran import Jagran
from spiders.theprintlines import ThePrintlines


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
