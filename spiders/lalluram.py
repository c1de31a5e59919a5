"""Lalluram: WordPress, whose feed is assumed at its usual place."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, WordPress


class Lalluram(NewsSpider):
    name = "lalluram"
    hosts = ("lalluram.com",)
    sources = (
        WordPress("https://lalluram.com/wp-json/", fallback=(Feed("https://lalluram.com/feed/", verified=False),)),
    )
    article_pattern = r"^https?://(?:www\.)?lalluram\.com/[a-z0-9-]+/?$"
