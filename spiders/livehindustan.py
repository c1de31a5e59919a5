"""Live Hindustan."""

from __future__ import annotations

from spiders.base import NOT_ARTICLES, NewsSpider
from spiders.sources import Feed, Sitemap

SECTIONS = (
    "national", "international", "business", "cricket", "gadgets", "entertainment", "lifestyle", "career", "auto",
    "blog",
)  # fmt: skip


class LiveHindustan(NewsSpider):
    name = "livehindustan"
    hosts = ("livehindustan.com",)
    sources = (
        *(Feed(f"https://api.livehindustan.com/feeds/rss/{section}/rssfeed.xml") for section in SECTIONS),
        Sitemap("https://www.livehindustan.com/news-sitemap.xml", news=True),
        Sitemap("https://www.livehindustan.com/sitemap-index.xml"),
    )
    article_pattern = r"^https?://www\.livehindustan\.com/(?:[a-z0-9-]+/)+[a-z0-9-]+-\d{6,18}\.html$"
    article_id = r"-(\d{6,18})\.html"
    exclude = (NOT_ARTICLES, r"/(?:news-brief|brand-post|live-?blogs?)/")
