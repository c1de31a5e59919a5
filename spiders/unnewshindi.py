"""UN News, its Hindi edition."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed


class UnNewsHindi(NewsSpider):
    name = "unnewshindi"
    hosts = ("news.un.org",)
    sources = (Feed("https://news.un.org/feed/subscribe/hi/news/all/rss.xml"),)
    # The feed lists addresses of its own, which lead to those of the pages.
    article_pattern = r"^https?://news\.un\.org/(?:feed/view/)?hi/(?:story|interview)/\d{4}/\d{2}/\d+$"
    article_id = r"/hi/[a-z-]+/\d{4}/\d{2}/(\d+)(?:[/?#]|$)"
