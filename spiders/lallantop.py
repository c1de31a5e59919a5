"""The Lallantop, which has no feed: its front page is read."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Listing


class Lallantop(NewsSpider):
    name = "lallantop"
    hosts = ("thelallantop.com",)
    sources = (Listing("https://www.thelallantop.com/", pattern=r"/post/", verified=False),)
    article_pattern = r"^https?://www\.thelallantop\.com/[a-z-]+/post/[a-z0-9-]+/?$"
