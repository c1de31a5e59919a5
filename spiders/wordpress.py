"""The posts of any WordPress site: scrapy crawl wordpress -a url=… (any address of the site)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

import scrapy
from scrapy.http import Response

from spiders.answers import Link
from spiders.base import Visit
from spiders.generic import AnySite
from spiders.sources import Feed, Source, WordPress, discover


class WordPressSpider(AnySite):
    """Asks the REST interface at its usual place, then where the given page says it is, then by ``?rest_route=``, and
    falls back to the site's feed and rendered pages. The first that answers is the last that is asked.
    """

    name = "wordpress"

    def declare(self) -> None:
        self.front = urljoin(self.url, "/")
        root = self.url.partition("/wp-json")[0] + "/wp-json/" if "/wp-json" in self.url else f"{self.front}wp-json/"
        self.sources = (WordPress(root),)
        self._steps: list[Source] = [WordPress(f"{self.front}?rest_route=/"), Feed(f"{self.front}feed/")]
        self._has_looked = False

    def fall_back(self, asked: str) -> Iterator[scrapy.Request]:
        if not self._has_looked:
            self._has_looked = True
            yield self.follow(Link(self.front if "/wp-json" in self.url else self.url, "listing"))
        elif self._steps:
            yield from self.ask(self._steps.pop(0))

    def read_listing(self, response: Response) -> Iterator[scrapy.Request | Visit]:
        roots, feeds = discover(response.body, response.url)
        first = self.sources[0].url
        tried = {source.url for source in self._steps} | {first}
        self._steps[:0] = [WordPress(root) for root in roots if root not in tried]
        if feeds:
            self._steps[-1] = Feed(feeds[0])
        yield from self.fall_back(response.meta["asked"])
