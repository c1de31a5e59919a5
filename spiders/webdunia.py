"""Webdunia (Hindi)."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap


class Webdunia(NewsSpider):
    name = "webdunia"
    hosts = ("hindi.webdunia.com",)
    sources = (
        Feed("https://hindi.webdunia.com/rss/news.rss", verified=False),
        Sitemap("https://hindi.webdunia.com/sitemap.xml", verified=False),
    )
    # The number is 1, the day as yymmdd, and a count; behind it the page of the article, of which we want the first.
    article_pattern = r"^https?://hindi\.webdunia\.com/(?:[a-z0-9-]+/)+[a-z0-9-]+-1\d{11}_1\.html$"
    article_id = r"-(1\d{11})_\d+\.html"
