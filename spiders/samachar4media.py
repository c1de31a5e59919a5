"""Samachar4Media."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Listing


class Samachar4Media(NewsSpider):
    name = "samachar4media"
    hosts = ("samachar4media.com",)
    sources = (Listing("https://www.samachar4media.com/", pattern=r"-\d+\.html$", verified=False),)
    article_pattern = r"^https?://www\.samachar4media\.com/[a-z0-9-]+/[a-z0-9-]+-\d+\.html$"
    article_id = r"-(\d+)\.html"
