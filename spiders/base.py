"""NewsSpider: what every site's spider shares, from its sources over their links to pages."""

from __future__ import annotations

import difflib
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import scrapy
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure
from w3lib.encoding import http_content_type_encoding

from newsharvest.items import Page, Rejected
from spiders.addresses import AddressError, canonical, host_of, is_of
from spiders.answers import Link, SourceError
from spiders.failures import explain
from spiders.sources import Feed, Listing, Post, Sitemap, Source, WordPress
from spiders.times import Window, date_in

# Sections whose pages are no articles: a path segment that is one of these words, or a word and its number or kind.
NOT_ARTICLES = (
    r"/(?:photo-?(?:galler(?:y|ies)|stor(?:y|ies))|photos?|galler(?:y|ies)|videos?|short-?videos?|shorts|reels"
    r"|live-?tv|(?:web|visual)-?stor(?:y|ies)|podcasts?|audio|tags?|topics?|author|authors|search)(?:[/.?]|$)"
)
# Lists of sub-sitemaps name these too; none holds articles.
NOT_ARTICLE_MAPS = r"(?:video|image|photo|galler|web-?stor|visual-?stor|taxonom|post_tag|author|users)[^/]*$"

MEDIA_TYPES = frozenset({"text/html", "application/xhtml+xml"})
LARGEST_SOURCE = 64 * 1024 * 1024  # bytes; a sitemap may have 50 MB


@dataclass(frozen=True, slots=True, repr=False)
class Visit:
    """What came of a request: a page, a refusal, or None where a source has been read to its end.

    ``frontier_id`` is the row of the frontier that ends with it, if any; ``can_retry`` says that a later run may have
    more luck; ``archive_key`` names the response.
    """

    item: Page | Rejected | None
    frontier_id: int | None = None
    archive_key: str | None = None
    can_retry: bool = False

    def __repr__(self) -> str:
        what = f"Page {self.item.url}" if isinstance(self.item, Page) else self.item
        return f"<Visit {self.frontier_id}: {what}>"


class NewsSpider(scrapy.Spider):
    """A site is a declaration: ``name``, ``hosts`` (sub-domains follow), ``sources``, ``article_pattern``.

    Arguments: ``since`` and ``until`` (YYYY-MM-DD, Indian days, both included) move the window of the crawl, which is
    else the last HARVEST_WINDOW_DAYS days; ``undated=yes`` takes sitemap entries that bear no date too.
    """

    hosts: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    article_pattern: str | None = None  # None: every page of the hosts that ``exclude`` does not name
    exclude: tuple[str, ...] = (NOT_ARTICLES,)
    is_secure = True  # asked by https whatever a link says
    arguments: ClassVar[tuple[str, ...]] = ("since", "until", "undated")

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name)
        self.site = self.name
        for argument in arguments.keys() - set(self.arguments):
            near = difflib.get_close_matches(argument, self.arguments, 1)
            hint = f"did you mean -a {near[0]}=…?" if near else f"it takes {', '.join(self.arguments)}"
            raise SystemExit(f"{self.name}: there is no argument {argument!r}; {hint}")
        self.since, self.until = (_read_day(name, arguments.get(name)) for name in ("since", "until"))
        if self.since and self.until and self.since > self.until:
            raise SystemExit(f"-a since={self.since} is after until={self.until}")
        self.takes_undated = str(arguments.get("undated", "no")).lower() in ("yes", "true", "1")
        self._window: Window | None = None
        self._dated: set[str] = set()  # sitemaps whose every entry is of the window
        self._fallbacks: dict[str, tuple[Source, ...]] = {}

    @property
    def window(self) -> Window:
        """The days that this crawl looks at, by the clock of the replayed archive or by the real one."""
        if self._window is None:  # not earlier: the add-on sets the clock after the spider is made
            clock = self.settings.get("NEWSHARVEST_CLOCK") or datetime.now(UTC)
            clock = datetime.fromisoformat(clock) if isinstance(clock, str) else clock
            self._window = Window.of(clock, self.settings.getint("HARVEST_WINDOW_DAYS"), self.since, self.until)
        return self._window

    async def start(self) -> AsyncIterator[scrapy.Request]:
        try:
            self.window  # noqa: B018
        except ValueError as error:
            self.logger.error("%s", error)
            raise CloseSpider("empty_window") from error
        for source in self.sources:
            for request in self.ask(source):
                yield request

    def ask(self, source: Source) -> Iterator[scrapy.Request]:
        """Yield the requests that begin a source: one, or one a day where its address has a date placeholder."""
        if isinstance(source, Sitemap):
            for address in source.addresses(self.window.days):
                if source.is_dated:
                    self._dated.add(address)
                yield self.follow(Link(address, "sitemap"))
        elif isinstance(source, WordPress):
            # No bounds unless asked for: newest posts come first, and an address without the clock replays.
            since, until = self.window.start if self.since else None, self.window.end if self.until else None
            size = min(100, self.settings.getint("CLOSESPIDER_ITEMCOUNT") or 100)
            address = source.address(size=size, since=since, until=until)
            self._fallbacks[address] = source.fallback
            yield self.follow(Link(address, "rest"))
        else:
            yield self.follow(Link(source.url, source.kind))

    def follow(self, link: Link, source: str | None = None) -> scrapy.Request:
        """Return the request by which the scheduler learns of a link; it makes a row of it and asks for it later."""
        return scrapy.Request(link.url, dont_filter=True, meta={"link": link, "source": source})

    def request_for(self, row: Any) -> scrapy.Request:
        """Return the request of a row of the frontier (``id url kind source listed_at``), made anew by its kind."""
        meta = {"frontier_id": row.id, "asked": row.url, "kind": row.kind, "listed_at": row.listed_at}
        if row.kind != "page":
            meta["download_maxsize"] = LARGEST_SOURCE
        return scrapy.Request(row.url, callback=self.read, errback=self.fail, dont_filter=True, meta=meta)

    def read(self, response: Response) -> Iterator[scrapy.Request | Visit]:
        """Read an answer by the kind of its row."""
        kind, frontier_id, key = (response.meta.get(name) for name in ("kind", "frontier_id", "archive_key"))
        if kind == "page":
            yield Visit(self.read_page(response), frontier_id, key)
            return
        try:
            yield from getattr(self, f"read_{kind}")(response)
        except SourceError as error:
            yield Visit(Rejected(response.meta["asked"], "fetch", str(error)), frontier_id, key)
            yield from self.fall_back(response.meta["asked"])
        else:
            yield Visit(None, frontier_id, key)

    def fail(self, failure: Failure) -> Iterator[scrapy.Request | Visit]:
        """Name what went wrong with a request, and go on."""
        meta = failure.request.meta
        reason, can_retry = explain(failure.value)
        kind = {"page": "", "rest": "wordpress: "}.get(meta["kind"], f"{meta['kind']}: ")
        key = meta.get("archive_key") if hasattr(failure.value, "response") else None
        yield Visit(Rejected(meta["asked"], "fetch", kind + reason), meta["frontier_id"], key, can_retry)
        yield from self.fall_back(meta["asked"])

    def fall_back(self, asked: str) -> Iterator[scrapy.Request]:
        """Ask what stands in for a source that failed, if anything does."""
        for source in self._fallbacks.pop(asked, ()):
            yield from self.ask(source)

    def read_page(self, response: Response) -> Page | Rejected:
        """Return the page, or why this answer is none."""
        asked, url = response.meta["asked"], self._landing(response)
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        media_type = content_type.partition(";")[0].strip().lower()
        if not response.body.strip():
            return Rejected(asked, "fetch", "an empty answer")
        if media_type not in MEDIA_TYPES and (media_type or not response.body.lstrip().startswith(b"<")):
            return Rejected(asked, "fetch", f"not HTML but {media_type or 'something else'}")
        if url is None or (url != asked and self.refuse(url)):
            return Rejected(asked, "fetch", f"led elsewhere ({response.url[:200]})")
        charset = http_content_type_encoding(content_type)
        listed_at, key = response.meta.get("listed_at"), response.meta.get("archive_key") or ""
        return Page(url, self.site, _fetched_at(response), "text/html", charset, response.body, key, listed_at)

    def _landing(self, response: Response) -> str | None:
        try:
            return canonical(response.url, secure=self.secure_hosts)
        except AddressError:
            return None

    def read_feed(self, response: Response) -> Iterator[scrapy.Request | Visit]:
        links = Feed(response.url).parse(response.body, response.url, fetched_at=_fetched_at(response))
        # Short as it is, a feed is taken whole, unless the user named the days.
        yield from self.take(links, response, is_whole=not (self.since or self.until))

    def read_listing(self, response: Response) -> Iterator[scrapy.Request | Visit]:
        asked = response.meta["asked"]
        source = next((s for s in self.sources if isinstance(s, Listing) and s.url == asked), Listing(asked))
        yield from self.take(source.parse(response.body, response.url, fetched_at=_fetched_at(response)), response)

    def read_sitemap(self, response: Response) -> Iterator[scrapy.Request | Visit]:
        links = Sitemap(response.url).parse(response.body, response.url, fetched_at=_fetched_at(response))
        is_dated = self.takes_undated or response.meta["asked"] in self._dated
        yield from self.take(links, response, is_dated=is_dated)

    def read_rest(self, response: Response) -> Iterator[scrapy.Request | Visit]:
        key, fetched_at = response.meta.get("archive_key") or "", _fetched_at(response)
        posts, is_past = WordPress(response.url).posts(response.body), False
        for post in posts:
            if post.published_at and self.window.misses(post.published_at):
                is_past = is_past or post.published_at < self.window.start
                self.count("old")
            else:
                yield from self._take_post(post, key, fetched_at)
        following = WordPress.next_address(response.meta["asked"], response.headers.get("X-WP-TotalPages"), len(posts))
        if following and not is_past:
            yield self.follow(Link(following, "rest"), response.meta["asked"])

    def _take_post(self, post: Post, key: str, fetched_at: datetime) -> Iterator[Visit]:
        try:
            url = canonical(post.url, secure=self.secure_hosts) if post.url else None
        except AddressError as error:
            yield Visit(Rejected(post.url, "fetch", f"link: {error}"), archive_key=key)
            return
        if post.refusal:
            yield Visit(Rejected(url, "fetch", post.refusal), archive_key=key)
        elif why := self.refuse(url, is_article=True):
            self.count(why)
        else:
            self.count("found")
            where, listed_at = f"{key}#/{post.position}", post.published_at
            page = Page(url, self.site, fetched_at, "application/json", "utf-8", post.body, where, listed_at)
            yield Visit(page, archive_key=key)

    def take(
        self, links: Iterable[Link], response: Response, *, is_dated: bool = True, is_whole: bool = False
    ) -> Iterator[scrapy.Request | Visit]:
        """Follow the links that this crawl is about; count the others by why they were left."""
        asked = response.meta["asked"]
        for link in links:
            try:
                url = canonical(link.url, response.url, self.secure_hosts) if link.url else ""
                if not url:
                    raise AddressError("none given")
            except AddressError as error:
                yield Visit(Rejected(link.url or asked, "fetch", f"link: {error}"))
                continue
            why = self.refuse(url, link.kind) or (None if is_whole else self._judge_time(link, url, is_dated))
            self.count(why or "found")
            if why is None:
                if link.kind == "sitemap" and asked in self._dated:
                    self._dated.add(url)
                yield self.follow(Link(url, link.kind, link.listed_at, link.lastmod), asked)

    def _judge_time(self, link: Link, url: str, is_dated: bool) -> str | None:
        """Say that a link is ``old`` or ``undated``, or None where it is of the window."""
        if link.kind == "sitemap":  # whatever was changed within it lies after the start of the window
            return "old" if link.lastmod and link.lastmod < self.window.start else None
        times = [moment for moment in (link.lastmod, link.listed_at) if moment]
        moment = max(times) if times else date_in(url)
        if moment is None:
            return None if is_dated else "undated"
        return "old" if self.window.misses(moment) else None

    def refuse(self, url: str, kind: str = "page", *, is_article: bool = False) -> str | None:
        """Say why an address is none of this spider's business, or None. ``is_article``: known without its pattern."""
        if not is_of(host_of(url), self.hosts):
            return "off-site"
        if kind != "page":
            return "excluded" if re.search(NOT_ARTICLE_MAPS, url) else None
        if any(re.search(pattern, url) for pattern in self.exclude):
            return "excluded"
        if not is_article and self.article_pattern and not re.search(self.article_pattern, url):
            return "no-article"
        return None

    @property
    def secure_hosts(self) -> tuple[str, ...]:
        return self.hosts if self.is_secure else ()

    def count(self, what: str) -> None:
        """Count a link by what became of it."""
        self.crawler.stats.inc_value(f"newsharvest/links/{what}")


def _fetched_at(response: Response) -> datetime:
    return response.meta.get("fetched_at") or datetime.now(UTC)


def _read_day(name: str, value: str | None) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise SystemExit(f"-a {name}={value}: not a day; write it as 2026-09-14") from None
