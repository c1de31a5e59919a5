"""NDTV India, once NDTV Khabar."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap

SECTIONS = ("latest", "india", "world", "business", "sports")


class NdtvIndia(NewsSpider):
    name = "ndtvindia"
    hosts = ("ndtv.in", "khabar.ndtv.com")
    sources = (
        *(Feed(f"https://feeds.feedburner.com/ndtvkhabar-{section}") for section in SECTIONS),
        Sitemap("https://ndtv.in/sitemap.xml?yyyy={yyyy}&mm={m}&sitename=ndtv-khabar&category="),
    )
    article_pattern = r"^https?://(?:(?:www\.)?ndtv\.in|khabar\.ndtv\.com)/(?:[a-z0-9-]+/)*[a-z0-9-]+-\d{6,8}/?$"
    article_id = r"-(\d{6,8})(?:[/?#]|$)"
