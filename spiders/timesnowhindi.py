"""Times Now Navbharat."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap

SECTIONS = ("india", "world", "business", "sports", "tech-gadgets", "health")


class TimesNowHindi(NewsSpider):
    name = "timesnowhindi"
    hosts = ("timesnowhindi.com",)
    sources = (
        *(Feed(f"https://www.timesnowhindi.com/feeds/gns-hin-{section}.xml") for section in SECTIONS),
        Sitemap("https://www.timesnowhindi.com/feeds/tnhindi-google-news-sitemap.xml", news=True),
    )
    article_pattern = r"^https?://www\.timesnowhindi\.com/(?:[a-z0-9-]+/)+[a-z0-9-]+-article-\d+(?:/amp)?$"
    article_id = r"-article-(\d+)"
