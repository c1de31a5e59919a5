"""Jansatta: its feed leads to the front page, its sitemaps do not."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Sitemap


class Jansatta(NewsSpider):
    name = "jansatta"
    hosts = ("jansatta.com",)
    sources = (
        Sitemap("https://www.jansatta.com/news-sitemap.xml", news=True),
        Sitemap("https://www.jansatta.com/sitemap.xml?yyyy={yyyy}&mm={mm}&dd={dd}"),
    )
    article_pattern = r"^https?://www\.jansatta\.com/(?:[a-z0-9-]+/)+[a-z0-9-]+/\d{6,}/?$"
    article_id = r"/(\d{6,})(?:[/?#]|$)"
