"""UNI Varta, the agency."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap


class UniVarta(NewsSpider):
    name = "univarta"
    hosts = ("univarta.com",)
    sources = (
        Feed("https://univarta.com/rss"),
        Sitemap("http://www.univarta.com/sitemap.xml"),
    )
    article_pattern = r"^https?://(?:www\.)?univarta\.com/news/[^/]+/story/\d{6,8}\.html$"
    article_id = r"/story/(\d{6,8})\.html"
