"""Satya Hindi."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed


class SatyaHindi(NewsSpider):
    name = "satyahindi"
    hosts = ("satyahindi.com",)
    sources = (Feed("https://www.satyahindi.com/rss"),)
    article_id = r"-(\d{5,})\.html"
