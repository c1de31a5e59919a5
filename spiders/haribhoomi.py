"""Hari Bhoomi."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Sitemap


class HariBhoomi(NewsSpider):
    name = "haribhoomi"
    hosts = ("haribhoomi.com",)
    sources = (Sitemap("https://www.haribhoomi.com/sitemap.xml", verified=False),)
    article_pattern = r"^https?://www\.haribhoomi\.com/(?:[a-z0-9-]+/)+[a-z0-9-]+-\d{4,7}$"
    article_id = r"-(\d{5,7})(?:[/?#]|$)"
