"""NewsClick Hindi, which refuses feed readers: its front page is read instead."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Listing


class NewsClickHindi(NewsSpider):
    name = "newsclickhindi"
    hosts = ("hindi.newsclick.in",)
    sources = (Listing("https://hindi.newsclick.in/", pattern=r"^https://hindi\.newsclick\.in/", verified=False),)
    # Slugs are headlines; what has fewer than four words is a section or a page about the site.
    article_pattern = r"^https?://hindi\.newsclick\.in/(?:index\.php/)?[A-Za-z0-9]+(?:-+[A-Za-z0-9]+){3,}$"
    article_id = r"^https?://[^/]+/(?:index\.php/)?([A-Za-z0-9-]+)/?(?:\?|$)"  # the slug: each page has two addresses
