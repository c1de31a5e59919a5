"""The Wire Hindi: WordPress."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, WordPress


class TheWireHindi(NewsSpider):
    name = "thewirehindi"
    hosts = ("thewirehindi.com",)
    sources = (WordPress("https://thewirehindi.com/wp-json/", fallback=(Feed("https://thewirehindi.com/feed/"),)),)
    article_pattern = r"^https?://thewirehindi\.com/\d+/[^/]+/?$"
    article_id = r"thewirehindi\.com/(\d+)/"
