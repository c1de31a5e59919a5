"""The posts of any WordPress site: scrapy crawl wordpress -a url=… (any address of the site)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urljoin

import scrapy
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure
from w3lib.url import add_or_replace_parameter, url_query_parameter

from spiders.answers import Link
from spiders.base import Visit
from spiders.generic import AnySite
from spiders.sources import Feed, Source, WordPress, discover

LAST_FEED_PAGE = 1000  # a site that makes up posts for ever ends here


class WordPressSpider(AnySite):
    """Asks the REST interface at its usual place, then where the given page says it is, then by ``?rest_route=``, and
    falls back to the site's feed and rendered pages. The first that answers is the last that is asked. A feed lists ten
    posts, so its further pages are asked too, as far as they reach into the window.
    """

    name = "wordpress"

    def declare(self) -> None:
        self.front = urljoin(self.url, "/")
        root = self.url.partition("/wp-json")[0] + "/wp-json/" if "/wp-json" in self.url else f"{self.front}wp-json/"
        self.sources = (WordPress(root),)
        self._steps: list[Source] = [WordPress(f"{self.front}?rest_route=/"), Feed(f"{self.front}feed/")]
        self._has_looked = False
        self._listed: frozenset[str] = frozenset()  # by the last page of the feed

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

    def read_feed(self, response: Response) -> Iterator[scrapy.Request | Visit]:
        yield from super().read_feed(response)
        if following := self._next_of_feed(response):
            yield self.follow(Link(following, "feed"), response.meta["asked"])

    def fail(self, failure: Failure) -> Iterator[scrapy.Request | Visit]:
        meta, error = failure.request.meta, failure.value
        is_missing = isinstance(error, HttpError) and error.response.status == 404
        if is_missing and meta["kind"] == "feed" and _page_of(meta["asked"]) > 1:  # the last one was full
            yield Visit(None, meta["frontier_id"], meta.get("archive_key"))
        else:
            yield from super().fail(failure)

    def _next_of_feed(self, response: Response) -> str | None:
        """Return the address of the page after this one, or None where that can list nothing for this crawl."""
        fetched_at = response.meta.get("fetched_at") or datetime.now(UTC)
        links = list(Feed(response.url).parse(response.body, response.url, fetched_at=fetched_at))
        listed, before = frozenset(link.url for link in links), self._listed
        times = [link.listed_at for link in links if link.listed_at]
        page = _page_of(response.meta["asked"])
        self._listed = listed
        is_past = not times or min(times) < self.window.start
        is_last = len(listed) < len(before) or listed <= before  # a short page, or a site that knows one page only
        if is_past or is_last or page >= LAST_FEED_PAGE:
            return None
        return add_or_replace_parameter(response.url, "paged", str(page + 1))


def _page_of(address: str) -> int:
    page = url_query_parameter(address, "paged") or ""
    return int(page) if page.isdecimal() else 1
