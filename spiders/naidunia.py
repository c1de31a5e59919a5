"""Nai Dunia: no feed or sitemap of it is known, so its front page is read."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Listing


class NaiDunia(NewsSpider):
    name = "naidunia"
    hosts = ("naidunia.com",)
    sources = (Listing("https://www.naidunia.com/", verified=False),)
    article_pattern = r"^https?://www\.naidunia\.com/(?:[a-z0-9-]+/)+[a-z0-9-]+-\d{6,8}$"
    article_id = r"-(\d{6,8})(?:[/?#]|$)"
