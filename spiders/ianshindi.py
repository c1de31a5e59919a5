"""IANS Hindi, the agency."""

from __future__ import annotations

from spiders.base import NOT_ARTICLES, NewsSpider
from spiders.sources import Sitemap


class IansHindi(NewsSpider):
    name = "ianshindi"
    hosts = ("ianshindi.in",)
    sources = (Sitemap("https://ianshindi.in/sitemap.xml", verified=False),)
    article_pattern = r"^https?://(?:www\.)?ianshindi\.in/[a-z0-9-]+/[a-z0-9-]+$"
    exclude = (NOT_ARTICLES, r"/vmpl/")  # announcements that companies pay for
