"""Zee News (Hindi)."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap

SECTIONS = ("india", "world", "business", "sports", "technology", "entertainment", "religion")


class ZeeHindi(NewsSpider):
    name = "zeehindi"
    hosts = ("zeenews.india.com",)
    sources = (
        *(Feed(f"https://zeenews.india.com/hindi/{section}.xml") for section in SECTIONS),
        Sitemap("https://zeenews.india.com/hindi/sitemaps/news-sitemap.xml", news=True),
        Sitemap("https://zeenews.india.com/hindi/sitemaps/sitemap-{yyyy}-{mon}.xml"),
        Sitemap("https://zeenews.india.com/hindi/sitemap.xml"),
    )
    article_pattern = r"^https?://zeenews\.india\.com/hindi/(?:[a-z0-9-]+/)+[a-z0-9-]+/\d{5,8}$"
    article_id = r"/hindi/(?:[a-z0-9-]+/)+(\d{5,8})(?:[/?#]|$)"
