"""The articles of any sitemap: scrapy crawl sitemap -a url=… (a sitemap, an index, a robots.txt or a front page)."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from spiders.generic import AnySite
from spiders.sources import Sitemap


class SitemapSpider(AnySite):
    name = "sitemap"

    def declare(self) -> None:
        is_front = urlsplit(self.url).path in ("", "/")
        self.sources = (Sitemap(urljoin(self.url, "/robots.txt") if is_front else self.url),)
