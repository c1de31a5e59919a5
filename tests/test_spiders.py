"""Spiders: which are there, and the declarations of some on files."""

from __future__ import annotations

import re

import pytest
from answering import FILES, answer, asked, items, links, make

from spiders.abplive import AbpLive
from spiders.amarujala import AmarUjala
from spiders.base import NewsSpider
from spiders.bhaskar import Bhaskar
from spiders.jagran import Jagran
from spiders.theprintlines import ThePrintlines

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


def test_scrapy_lists_the_spiders() -> None:
    from scrapy.spiderloader import SpiderLoader
    from scrapy.utils.project import get_project_settings

    listed = set(SpiderLoader.from_settings(get_project_settings()).list())
    assert {"abplive", "theprintlines", "bhaskar", "jagran", "amarujala", "wordpress", "feed", "sitemap"} <= listed
