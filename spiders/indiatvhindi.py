"""India TV (Hindi)."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap

SECTIONS = ("india", "world", "paisa", "sports", "tech", "health", "entertainment", "lifestyle", "religion")


class IndiaTvHindi(NewsSpider):
    name = "indiatvhindi"
    hosts = ("indiatv.in",)
    sources = (
        Feed("https://www.indiatv.in/rssnews/topstory.xml"),
        *(Feed(f"https://www.indiatv.in/rssnews/topstory-{section}.xml") for section in SECTIONS),
        Sitemap("https://www.indiatv.in/xmlsitemap/sitemap/generic-articles-{yyyy}-{mm}-{dd}.xml"),
        Sitemap("https://www.indiatv.in/sitemap.xml"),
    )
    article_pattern = r"^https?://(?:www\.)?indiatv\.in/(?:[a-z0-9-]+/)+[a-z0-9-]+-\d{4}-\d{2}-\d{2}-\d+$"
    article_id = r"-\d{4}-\d{2}-\d{2}-(\d+)(?:[/?#]|$)"
