"""News18 Hindi."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap

SECTIONS = (
    "nation", "world", "business", "sports", "tech", "health", "entertainment", "lifestyle", "career", "auto",
)  # fmt: skip


class News18Hindi(NewsSpider):
    name = "news18hindi"
    hosts = ("hindi.news18.com",)
    sources = (
        *(Feed(f"https://hindi.news18.com/commonfeeds/v1/hin/rss/{section}.xml") for section in SECTIONS),
        Feed("https://hindi.news18.com/rss/khabar/nation/nation.xml"),
        Sitemap("https://hindi.news18.com/allstory-sitemap-data.xml"),
    )
    article_pattern = r"^https?://hindi\.news18\.com/news/(?:[a-z0-9-]+/)+[a-z0-9-]+-\d+\.html$"
    article_id = r"-(\d{5,})\.html"
