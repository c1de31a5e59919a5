"""DW (Hindi): no feed or sitemap of it is known, so its front page is read."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Listing


class DwHindi(NewsSpider):
    name = "dwhindi"
    hosts = ("dw.com",)
    sources = (Listing("https://www.dw.com/hi/", verified=False),)
    article_pattern = r"^https?://www\.dw\.com/hi/[^/]+/a-\d+$"
    article_id = r"/a-(\d+)(?:[/?#]|$)"
