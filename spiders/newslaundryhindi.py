"""Newslaundry Hindi, whose feed holds English stories: its list of reports is read."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Listing


class NewslaundryHindi(NewsSpider):
    name = "newslaundryhindi"
    hosts = ("hindi.newslaundry.com",)
    sources = (Listing("https://hindi.newslaundry.com/report", pattern=r"/\d{4}/\d{2}/\d{2}/", verified=False),)
    article_pattern = r"^https?://hindi\.newslaundry\.com/\d{4}/\d{2}/\d{2}/[a-z0-9-]+$"
