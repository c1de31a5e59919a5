"""Dainik Bhaskar."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap

CATEGORIES = (
    1061, 1125, 1051, 1053, 1944, 4587, 1057, 11945, 3998, 5707, 3379, 10891, 2052, 3679, 1740, 1739,
    1741, 1742, 3682, 7140,
)  # fmt: skip


class Bhaskar(NewsSpider):
    name = "bhaskar"
    hosts = ("bhaskar.com",)
    sources = (
        *(Feed(f"https://www.bhaskar.com/rss-v1--category-{category}.xml") for category in CATEGORIES),
        Sitemap("https://www.bhaskar.com/sitemaps-v1--sitemap-google-news-index.xml", news=True),
        Sitemap("https://www.bhaskar.com/sitemap.xml"),
    )
    article_pattern = r"^https?://www\.bhaskar\.com/(?:[a-z0-9-]+/)+[a-z0-9-]+-(?P<id>\d+)\.html$"
    article_id = r"-(\d{5,})\.html"
