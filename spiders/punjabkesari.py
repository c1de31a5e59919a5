"""Punjab Kesari of Delhi (punjabkesari.com); that of Jalandhar (punjabkesari.in) is another paper, without feed."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Sitemap


class PunjabKesari(NewsSpider):
    name = "punjabkesari"
    hosts = ("punjabkesari.com",)
    sources = (Sitemap("https://punjabkesari.com/sitemap.xml", verified=False),)
    # No number tells an article from a section: its slug has four words or more. The English edition has its own host.
    article_pattern = r"^https?://(?:www\.)?punjabkesari\.com/(?:[a-z0-9-]+/)+[a-z0-9]+(?:-[a-z0-9]+){3,}/?$"
