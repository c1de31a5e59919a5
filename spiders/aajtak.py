"""Aaj Tak."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap


class AajTak(NewsSpider):
    name = "aajtak"
    hosts = ("aajtak.in",)
    sources = (
        Feed("https://www.aajtak.in/rssfeeds/?id=home"),
        Sitemap("https://www.aajtak.in/rssfeeds/news-sitemap.xml", news=True),
        Sitemap("https://www.aajtak.in/rssfeeds/sitemap.xml"),
    )
    article_pattern = r"^https?://www\.aajtak\.in/(?:[a-z0-9-]+/)+story/[a-z0-9-]+-\d+-\d{4}-\d{2}-\d{2}$"
    article_id = r"/story/[a-z0-9-]+-(\d+)-\d{4}-\d{2}-\d{2}(?![\d-])"
