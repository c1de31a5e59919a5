"""Navjivan."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed


class Navjivan(NewsSpider):
    name = "navjivan"
    hosts = ("navjivanindia.com",)
    sources = (Feed("https://www.navjivanindia.com/stories.rss"),)
    article_pattern = r"^https?://www\.navjivanindia\.com/(?:[a-z0-9-]+/)+[a-z0-9-]+$"
