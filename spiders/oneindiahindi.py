"""Oneindia (Hindi)."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap

FEEDS = (
    "oneindia-hindi", "hindi-india", "hindi-international", "hindi-sports", "hindi-entertainment", "hindi-opinion",
)  # fmt: skip


class OneindiaHindi(NewsSpider):
    name = "oneindiahindi"
    hosts = ("hindi.oneindia.com",)
    sources = (
        *(Feed(f"https://hindi.oneindia.com/rss/feeds/{feed}-fb.xml") for feed in FEEDS),
        Sitemap("https://hindi.oneindia.com/sitemap.xml"),
    )
    article_pattern = r"^https?://hindi\.oneindia\.com/(?:[a-z0-9-]+/)+[a-z0-9-]+-\d+\.html$"
    article_id = r"-(\d{5,})\.html"
