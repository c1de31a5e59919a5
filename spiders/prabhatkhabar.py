"""Prabhat Khabar."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap

SECTIONS = ("national", "world", "business", "sports", "entertainment", "life-and-style")


class PrabhatKhabar(NewsSpider):
    name = "prabhatkhabar"
    hosts = ("prabhatkhabar.com",)
    sources = (
        Feed("https://www.prabhatkhabar.com/feed"),
        *(Feed(f"https://www.prabhatkhabar.com/{section}/feed") for section in SECTIONS),
        Sitemap("https://www.prabhatkhabar.com/news-sitemap.xml", news=True),
        Sitemap("https://www.prabhatkhabar.com/sitemap-index.xml"),
    )
    # No number tells an article from a section: its slug has four words or more.
    article_pattern = r"^https?://www\.prabhatkhabar\.com/(?:[a-z0-9-]+/)+[a-z0-9]+(?:-[a-z0-9]+){3,}/?$"
