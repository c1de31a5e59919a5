"""TV9 Bharatvarsh."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap

SECTIONS = ("india", "world", "business", "sports", "technology", "health", "entertainment")


class Tv9Hindi(NewsSpider):
    name = "tv9hindi"
    hosts = ("tv9hindi.com",)
    sources = (
        Feed("https://www.tv9hindi.com/feed"),
        *(Feed(f"https://www.tv9hindi.com/{section}/feed") for section in SECTIONS),
        Sitemap("https://www.tv9hindi.com/sitemap.xml?yyyy={yyyy}&mm={mm}&dd={dd}"),
    )
    article_pattern = r"^https?://www\.tv9hindi\.com/(?:[a-z0-9-]+/)+[a-z0-9-]+-\d{6,8}\.html$"
    article_id = r"-(\d{6,8})\.html"
