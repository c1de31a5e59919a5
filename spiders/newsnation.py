"""News Nation."""

from __future__ import annotations

from spiders.base import NOT_ARTICLES, NewsSpider
from spiders.sources import Feed

CATEGORIES = (
    "india", "world", "business", "sports", "science-tech", "health", "entertainment", "religion", "education",
)  # fmt: skip


class NewsNation(NewsSpider):
    name = "newsnation"
    hosts = ("newsnationtv.com",)
    sources = tuple(Feed(f"https://www.newsnationtv.com/rss/categories/{category}") for category in CATEGORIES)
    # Addresses end with the number; the older ones, of 2022 at least, with .html behind it. Sub-domains are in English.
    article_pattern = r"^https?://www\.newsnationtv\.com/(?:[a-z0-9-]+/)+[a-z0-9-]+-\d{6,9}(?:\.html)?$"
    article_id = r"-(\d{6,9})(?:\.html)?(?:[/?#]|$)"
    exclude = (NOT_ARTICLES, r"/brand-stories/")
