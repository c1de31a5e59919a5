"""Navbharat Times."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap

SECTIONS = (
    "india/rssfeed/1564454", "world/rssfeed/2279801", "business/rssfeed/2279786", "sports/rssfeed/2279790",
    "tech/rssfeed/19615041", "entertainment/rssfeed/2279793",
)  # fmt: skip


class NavbharatTimes(NewsSpider):
    name = "nbt"
    hosts = ("navbharattimes.indiatimes.com",)
    sources = (
        Feed("https://navbharattimes.indiatimes.com/langapi/sitemap/gstandrssfeed.xml"),
        *(Feed(f"https://navbharattimes.indiatimes.com/{section}.xml") for section in SECTIONS),
        Sitemap("https://navbharattimes.indiatimes.com/staticsitemap/nbt/news/sitemap-48hours.xml", news=True),
    )
    # Galleries are /photoshow/, videos /videoshow/, sections /articlelist/.
    article_pattern = r"^https?://navbharattimes\.indiatimes\.com/(?:[^/]+/)+articleshow/\d+\.cms$"
    article_id = r"/(?:amp_)?articleshow/(\d+)\.cms"
