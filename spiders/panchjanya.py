"""Panchjanya: WordPress, whose REST interface is assumed at its usual place."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, WordPress


class Panchjanya(NewsSpider):
    name = "panchjanya"
    hosts = ("panchjanya.com",)
    sources = (
        WordPress("https://panchjanya.com/wp-json/", verified=False, fallback=(Feed("https://panchjanya.com/feed/"),)),
    )
    article_pattern = r"^https?://panchjanya\.com/\d{4}/\d{2}/\d{2}/\d+/(?:[^/]+/)*[^/]+/?$"
    article_id = r"/\d{4}/\d{2}/\d{2}/(\d+)/"
