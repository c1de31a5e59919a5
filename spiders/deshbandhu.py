"""Deshbandhu."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Sitemap


class Deshbandhu(NewsSpider):
    name = "deshbandhu"
    hosts = ("deshbandhu.co.in",)
    sources = (Sitemap("http://www.deshbandhu.co.in/sitemap.xml", verified=False),)
    article_pattern = r"^https?://www\.deshbandhu\.co\.in/(?:[a-z0-9-]+/)+[a-z0-9-]+-\d{5,7}$"
    article_id = r"-(\d{5,7})(?:[/?#]|$)"
