"""The articles that any RSS or Atom feed lists: scrapy crawl feed -a url=…"""

from __future__ import annotations

from spiders.generic import AnySite
from spiders.sources import Feed


class FeedSpider(AnySite):
    name = "feed"

    def declare(self) -> None:
        self.sources = (Feed(self.url),)
