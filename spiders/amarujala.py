"""Amar Ujala."""

from __future__ import annotations

from spiders.base import NOT_ARTICLES, NewsSpider
from spiders.sources import Feed, Sitemap

SECTIONS = (
    "breaking-news", "india-news", "world", "business", "sports", "technology", "fitness",
    "entertainment", "lifestyle", "education", "automobiles", "opinion",
)  # fmt: skip


class AmarUjala(NewsSpider):
    name = "amarujala"
    hosts = ("amarujala.com",)
    sources = (
        *(Feed(f"https://www.amarujala.com/rss/{section}.xml") for section in SECTIONS),
        Sitemap("https://www.amarujala.com/sitemap-news-v1.xml", news=True),
        Sitemap("https://www.amarujala.com/sitemap.xml"),
        Sitemap("https://www.amarujala.com/sitemap/sitemap-index.xml"),
    )
    # Addresses end with the day; those of the city desks, until 2020 at least, with the desk and a number instead.
    article_pattern = (
        r"^https?://www\.amarujala\.com/(?:[a-z0-9-]+/)+"
        r"[a-z0-9-]+-(?:(?P<day>\d{4}-\d{2}-\d{2})|news-[a-z]{2,4}(?P<id>\d{6,}))$"
    )
    article_id = r"-news-([a-z]{2,4}\d{6,})(?:[/?#]|$)"
    exclude = (NOT_ARTICLES, r"/(?:advertorial|games)/")
