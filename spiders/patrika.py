"""Patrika."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap

CATEGORIES = (
    "national-news", "world-news", "political-news", "business-news", "sports-news", "health-news",
    "entertainment-news", "lifestyle-news", "education-news", "automobile-news", "opinion",
)  # fmt: skip


class Patrika(NewsSpider):
    name = "patrika"
    hosts = ("patrika.com",)
    sources = (
        *(Feed(f"https://cms.patrika.com/googlefeed/blog/category/{category}") for category in CATEGORIES),
        Sitemap("https://www.patrika.com/google-news-sitemap-v1.xml", news=True),
        Sitemap("https://www.patrika.com/sitemap.xml"),
    )
    article_pattern = r"^https?://www\.patrika\.com/(?:[a-z0-9-]+/)+[a-z0-9-]+-\d{6,9}$"
    article_id = r"-(\d{6,9})(?:[/?#]|$)"
