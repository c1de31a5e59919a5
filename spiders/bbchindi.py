"""BBC News Hindi."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed


class BbcHindi(NewsSpider):
    name = "bbchindi"
    hosts = ("bbc.com",)
    sources = (Feed("https://feeds.bbci.co.uk/hindi/rss.xml"),)
    # Addresses of today bear an id, those until 2023 or so a section and a number.
    article_pattern = r"^https?://www\.bbc\.com/hindi/(?:articles/[a-z0-9]{10,14}|[a-z-]+-\d{8})(?:\.lite)?$"
    article_id = r"/hindi/(?:articles/|[a-z-]+-)([a-z0-9]{8,14})(?:\.lite|\.amp)?(?:[/?#]|$)"
