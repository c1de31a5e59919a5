"""ABP Live (Hindi)."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap


class AbpLive(NewsSpider):
    name = "abplive"
    hosts = ("abplive.com",)
    sources = (
        Feed("https://www.abplive.com/news/feed"),
        Feed("https://www.abplive.com/home/feed"),
        Sitemap("https://www.abplive.com/news-{dd}-{mm}-{yyyy}.xml"),
        Sitemap("https://www.abplive.com/sitemap.xml"),
    )
    # By convention of the house, seen in no checked source: a section, and a slug that ends with the number.
    article_pattern = r"^https?://www\.abplive\.com/(?:[a-z0-9-]+/)+[a-z0-9-]+-(?P<id>\d{5,9})$"
    article_id = r"-(\d{5,9})(?:[/?#]|$)"
