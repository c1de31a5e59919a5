"""Dainik Jagran."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap


class Jagran(NewsSpider):
    name = "jagran"
    hosts = ("jagran.com",)
    sources = (
        Feed("https://rss.jagran.com/rss/news/national.xml"),
        Feed("https://rss.jagran.com/rss/news/education.xml"),
        Sitemap("https://www.jagran.com/news-sitemap.xml", news=True),
        Sitemap("https://www.jagran.com/sitemap.xml"),
    )
    article_pattern = r"^https?://www\.jagran\.com/(?:[a-z0-9-]+/)+[a-z0-9-]+-(?P<id>\d{6,9})\.html$"
    article_id = r"-(\d{6,9})\.html"
