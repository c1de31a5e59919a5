"""Spiders for any site: what they make of the address that they are given."""

from __future__ import annotations

import pytest
from answering import FILES, answer, asked, make

from spiders.base import NewsSpider
from spiders.feed import FeedSpider
from spiders.sitemap import SitemapSpider
from spiders.wordpress import WordPressSpider


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
