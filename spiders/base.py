"""NewsSpider: what every site's spider shares, from its sources over their links to pages."""

from __future__ import annotations

import difflib
import re
from collections.abc import AsyncIterator, Generator, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import scrapy
from scrapy.http import Response
from twisted.python.failure import Failure
from w3lib.encoding import http_content_type_encoding

from newsharvest.items import Page, Rejected
from spiders.addresses import AddressError, canonical, detours, fold, host_of, is_of
from spiders.answers import Link, SourceError
from spiders.failures import explain
from spiders.sources import Feed, Listing, Post, Sitemap, Source, WordPress
from spiders.stamps import tell_stamped
from spiders.times import Window, date_in, days_in
from spiders.visit import Visit

# Sections whose pages are no articles: a path segment that is one of these words, or a word and its number or kind.
NOT_ARTICLES = (
    r"/(?:photo-?(?:galler(?:y|ies)|stor(?:y|ies))|photos?|galler(?:y|ies)|videos?|short-?videos?|shorts|reels"
    r"|live-?tv|(?:web|visual)-?stor(?:y|ies)|podcasts?|audio|tags?|topics?|author|authors|search)(?:[/.?]|$)"
)
# Lists of sub-sitemaps name these too; none holds articles.
NOT_ARTICLE_MAPS = r"(?:video|image|photo|galler|web-?stor|visual-?stor|taxonom|post_tag|author|users)[^/]*$"

MEDIA_TYPES = frozenset({"text/html", "application/xhtml+xml"})
SKEW = timedelta(minutes=10)  # between a site's clock and ours
LARGEST_SOURCE = 64 * 1024 * 1024  # bytes; a sitemap may have 50 MB


class NewsSpider(scrapy.Spider):
    """A site is a declaration: ``name``, ``hosts`` (sub-domains follow), ``sources``, ``article_pattern``.

    Arguments: ``since`` and ``until`` (YYYY-MM-DD, Indian days, both included) move the window of the crawl, which is
    else the last HARVEST_WINDOW_DAYS days; ``undated=yes`` takes sitemap entries that bear no date too.
    """

    hosts: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    article_pattern: str | None = None  # None: every page of the hosts that ``exclude`` does not name
    article_id: str | None = None  # a pattern whose group is the site's own number of an article, in any of its URLs
    exclude: tuple[str, ...] = (NOT_ARTICLES,)
    is_secure = True  # asked by https whatever a link says
    arguments: ClassVar[tuple[str, ...]] = ("since", "until", "undated")

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name)
        self.site = self.name
        # Those with an underscore are the business of who runs us: scrapyd gives each crawl its `_job`.
        for argument in {name for name in arguments if not name.startswith("_")} - set(self.arguments):
            near = difflib.get_close_matches(argument, self.arguments, 1)
            hint = f"did you mean -a {near[0]}=…?" if near else f"it takes {', '.join(self.arguments)}"
            raise SystemExit(f"{self.name}: there is no argument {argument!r}; {hint}")
        self.since, self.until = (_read_day(name, arguments.get(name)) for name in ("since", "until"))
        if self.since and self.until and self.since > self.until:
            raise SystemExit(f"-a since={self.since} is after until={self.until}")
        self.takes_undated = str(arguments.get("undated", "no")).lower() in ("yes", "true", "1")
        named = (f" {name}={day}" for name, day in (("since", self.since), ("until", self.until)) if day)
        self.command = f"crawl {self.name}{''.join(named)}"
        self.walks: Mapping[str, datetime] = {}  # when the last complete reading of a REST address began
        self._changed_since: dict[str, datetime] = {}  # what readings by the time of the last edit look for
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

    @property
    def is_backfill(self) -> bool:
        """Whether the days that the user named are over: nothing new can be listed for them."""
        return bool(self.since and self.until) and self.window.end < datetime.now(UTC)

    def key_of(self, url: str) -> str:
        """Return what makes the addresses of one article one."""
        return fold(url, self.article_id)

    async def start(self) -> AsyncIterator[scrapy.Request]:
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
            yield from self._ask_wordpress(source)
        else:
            yield self.follow(Link(source.url, source.kind))

    def _ask_wordpress(self, source: WordPress) -> Iterator[scrapy.Request]:
        # No bounds unless asked for: newest posts come first, and an address without the clock replays.
        since, until = self.window.start if self.since else None, self.window.end if self.until else None
        size = min(100, self.settings.getint("CLOSESPIDER_ITEMCOUNT") or 100)
        address, changed = (
            source.address(size=size, since=since, until=until),
            source.address(size=size, by_change=True),
        )
        self._fallbacks[address] = source.fallback
        yield self.follow(Link(address, "rest"))
        # Edits of older posts, where they were read before.
        last = self.walks.get(changed) or min(self.walks.values(), default=None)
        if last and not (since or until):
            self._changed_since[changed] = last - SKEW
            yield self.follow(Link(changed, "rest"))

    def follow(self, link: Link, source: str | None = None) -> scrapy.Request:
        """Return the request by which the scheduler learns of a link; it makes a row of it and asks for it later."""
        meta: dict[str, Any] = {"link": link, "source": source}
        if link.kind == "page":
            meta |= {"key": self.key_of(link.url), "detours": detours(link.url)}
        return scrapy.Request(link.url, dont_filter=True, meta=meta)

    def request_for(self, row: Any) -> scrapy.Request:
        """Return the request of a row of the frontier (a ``FrontierRow``), made anew by its kind.

        A page that was an article before is asked for on condition that it has changed.
        """
        meta = {"frontier_id": row.id, "asked": row.url, "kind": row.kind, "listed_at": row.listed_at}
        headers = {}
        if row.kind != "page":
            meta["download_maxsize"] = LARGEST_SOURCE
        elif not self.settings["HARVEST_REPLAY"]:
            headers = {"If-None-Match": row.etag, "If-Modified-Since": row.last_modified}
            meta |= {"validators": (row.etag, row.last_modified), "handle_httpstatus_list": [304]}
            if row.by_rest:
                meta |= {"is_known": True, "dont_cache": True}  # its text is in the archive already, from REST
            elif row.attempts > 1 and row.asked_at:
                meta["resume_from"] = max(row.asked_at, row.lastmod or row.asked_at)
            meta["is_own"] = row.is_own
        headers = {name: value for name, value in headers.items() if value}
        return scrapy.Request(
            row.url, callback=self.read, errback=self.fail, dont_filter=True, meta=meta, headers=headers
        )

    def read(self, response: Response) -> Iterator[scrapy.Request | Visit]:
        """Read an answer by the kind of its row."""
        kind, frontier_id, key = (response.meta.get(name) for name in ("kind", "frontier_id", "archive_key"))
        if kind == "page":
            yield self._visit_page(response, frontier_id, key)
            return
        try:
            walked = yield from getattr(self, f"read_{kind}")(response)
        except SourceError as error:
            yield Visit(Rejected(response.meta["asked"], "fetch", str(error)), frontier_id, key)
            yield from self._replace(response.meta["asked"])
        else:
            yield Visit(None, frontier_id, key, walked=walked)

    def fail(self, failure: Failure) -> Iterator[scrapy.Request | Visit]:
        """Name what went wrong with a request, and go on."""
        meta = failure.request.meta
        reason, can_retry = explain(failure.value)
        kind = {"page": "", "rest": "wordpress: "}.get(meta["kind"], f"{meta['kind']}: ")
        key = meta.get("archive_key") if hasattr(failure.value, "response") else None
        yield Visit(Rejected(meta["asked"], "fetch", kind + reason), meta["frontier_id"], key, can_retry)
        if meta["kind"] != "page":
            yield from self._replace(meta["asked"])

    def _replace(self, asked: str) -> Iterator[scrapy.Request]:
        if not WordPress.is_by_change(asked):  # beside the reading that finds the posts
            yield from self.fall_back(asked)

    def fall_back(self, asked: str) -> Iterator[scrapy.Request]:
        """Ask what stands in for a source that failed, if anything does."""
        for source in self._fallbacks.pop(asked, ()):
            yield from self.ask(source)

    def _visit_page(self, response: Response, frontier_id: int | None, key: str | None) -> Visit:
        names = {"etag": "ETag", "last_modified": "Last-Modified"}
        said = {to: (response.headers.get(name) or b"").decode("latin-1") or None for to, name in names.items()}
        if response.status == 304:
            known = response.meta.get("validators") or (None, None)
            said = {name: said[name] or value for name, value in zip(said, known, strict=True)}
            return Visit(None, frontier_id, key, is_confirmed=True, **said)
        if response.meta.get("is_own") and self._is_moved(response):
            # Deleted, and led to the front page or, as WordPress guesses, to a post of a like name.
            return Visit(Rejected(response.meta["asked"], "fetch", "moved for good"), frontier_id, key)
        item = self.read_page(response)
        if response.meta.get("is_known") and isinstance(item, Page):
            return Visit(None, frontier_id, key, is_confirmed=True, **said)
        return Visit(item, frontier_id, key, **said)

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
        fetched_at, article = _fetched_at(response), self.key_of(url)
        return Page(url, self.site, fetched_at, "text/html", charset, response.body, key, listed_at, article)

    def _is_moved(self, response: Response) -> bool:
        """Whether permanent redirects led to the address of something else."""
        reasons, url = response.meta.get("redirect_reasons", ()), self._landing(response)
        is_permanent = bool(reasons) and all(reason in (301, 308) for reason in reasons)
        return is_permanent and (url is None or self.key_of(url) != self.key_of(response.meta["asked"]))

    def _landing(self, response: Response) -> str | None:
        try:
            return canonical(response.url, secure=self.secure_hosts)
        except AddressError:
            return None

    def read_feed(self, response: Response) -> Iterator[scrapy.Request | Visit]:
        links = Feed(response.url).parse(response.body, response.url, fetched_at=_fetched_at(response))
        # Short as it is, a feed is taken whole, unless the user named the days.
        yield from self.take(links, response, is_whole=not (self.since or self.until), is_short=True)

    def read_listing(self, response: Response) -> Iterator[scrapy.Request | Visit]:
        asked = response.meta["asked"]
        source = next((s for s in self.sources if isinstance(s, Listing) and s.url == asked), Listing(asked))
        links = source.parse(response.body, response.url, fetched_at=_fetched_at(response))
        yield from self.take(links, response, is_short=True)

    def read_sitemap(self, response: Response) -> Iterator[scrapy.Request | Visit]:
        links = Sitemap(response.url).parse(response.body, response.url, fetched_at=_fetched_at(response))
        is_dated = self.takes_undated or response.meta["asked"] in self._dated
        yield from self.take(links, response, is_dated=is_dated)

    def read_rest(self, response: Response) -> Generator[scrapy.Request | Visit, None, str | None]:
        """Read a page of posts; return the address with which the reading began where it ends here."""
        asked, key, fetched_at = response.meta["asked"], response.meta.get("archive_key") or "", _fetched_at(response)
        first, is_past = WordPress.first_address(asked), False
        by_change = WordPress.is_by_change(asked)
        posts = WordPress(response.url).posts(response.body)
        for post in posts:
            is_old = post.published_at is not None and self.window.misses(post.published_at)
            if by_change:
                is_past = is_past or self._is_past(post, first)
                if is_old and not is_past and not post.refusal:  # the others are found by their publication
                    yield from self._take_post(post, key, fetched_at, is_update=True)
            elif is_old:
                is_past = is_past or post.published_at < self.window.start
                self.count("old")
            else:
                yield from self._take_post(post, key, fetched_at)
        following = WordPress.next_address(asked, response.headers.get("X-WP-TotalPages"), len(posts))
        if not following or is_past:
            return first
        yield self.follow(Link(following, "rest"), first)
        return None

    def _is_past(self, post: Post, first: str) -> bool:
        """Tell whether a post was last edited before the reading that knew it so."""
        since = self._changed_since.get(first)
        return since is None or (post.modified_at is not None and post.modified_at < since)

    def _take_post(self, post: Post, key: str, fetched_at: datetime, *, is_update: bool = False) -> Iterator[Visit]:
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
            where, listed_at, article = f"{key}#/{post.position}", post.published_at, self.key_of(url)
            page = Page(url, self.site, fetched_at, "application/json", "utf-8", post.body, where, listed_at, article)
            yield Visit(page, archive_key=key, lastmod=post.modified_at, is_update=is_update)

    def take(
        self,
        links: Iterable[Link],
        response: Response,
        *,
        is_dated: bool = True,
        is_whole: bool = False,
        is_short: bool = False,
    ) -> Iterator[scrapy.Request | Visit]:
        """Follow the links that this crawl is about; count the others by why they were left. A change that is only the
        source's own stamp is no reason to ask for a page again.

        Of a source that ``is_short`` all links are looked at first, and of several addresses of one article the
        plainest is followed.
        """
        asked, error = response.meta["asked"], None
        chosen: dict[str, Link] = {}
        try:
            for link, is_stamped in tell_stamped(links):
                taken = self._judge(link, response, is_dated, is_whole)
                if isinstance(taken, Link) and is_stamped:
                    taken = replace(taken, lastmod=None)
                if isinstance(taken, Visit):
                    yield taken
                elif taken and is_short and taken.kind == "page":
                    key = self.key_of(taken.url)
                    chosen[key] = _merge(chosen[key], taken) if key in chosen else taken
                elif taken:
                    yield self.follow(taken, asked)
        except SourceError as caught:
            error = caught  # the links before it are good
        for link in chosen.values():
            yield self.follow(link, asked)
        if error:
            raise error

    def _judge(self, link: Link, response: Response, is_dated: bool, is_whole: bool) -> Link | Visit | None:
        """Return a link with its one address if this crawl is about it, a refusal, or None for one that was counted."""
        asked = response.meta["asked"]
        try:
            url = canonical(link.url, response.url, self.secure_hosts) if link.url else ""
            if not url:
                raise AddressError("none given")
        except AddressError as error:
            return Visit(Rejected(link.url or asked, "fetch", f"link: {error}"))
        why = self.refuse(url, link.kind) or (None if is_whole else self._judge_time(link, url, asked, is_dated))
        self.count(why or "found")
        if why is None and link.kind == "sitemap" and asked in self._dated:
            self._dated.add(url)
        return None if why else replace(link, url=url)

    def _judge_time(self, link: Link, url: str, asked: str, is_dated: bool) -> str | None:
        """Say that a link is ``old`` or ``undated``, or None where it is of the window."""
        window, is_given = self.window, bool(self.since or self.until)
        if link.kind == "sitemap":  # whatever was changed within it lies after the start of the window
            days = days_in(url) if is_given or not link.lastmod else None
            is_apart = days is not None and window.lies_apart(days)
            return "old" if is_apart or (link.lastmod and link.lastmod < window.start) else None
        born, days = link.listed_at or date_in(url), days_in(asked)
        if self.until and born is None and days and window.holds(days):
            return None  # edited since, perhaps, but of these days
        times = [moment for moment in (link.lastmod, link.listed_at) if moment]
        moment = (born if self.until else None) or (max(times) if times else born)
        if moment is None:
            return None if is_dated else "undated"
        return "old" if window.misses(moment) else None

    def refuse(self, url: str, kind: str = "page", *, is_article: bool = False) -> str | None:
        """Say why an address is none of this spider's business, or None. ``is_article``: known without its pattern."""
        if not is_of(host_of(url), self.hosts):
            return "off-site"
        if kind != "page":
            return "excluded" if re.search(NOT_ARTICLE_MAPS, url) else None
        if any(re.search(pattern, url) for pattern in self.exclude):
            return "excluded"
        if is_article or not self.article_pattern or re.search(self.article_pattern, url):
            return None
        plain = fold(url)
        bare = plain.partition("?")[0]  # whatever the site is asked beside
        # The pattern describes the plain address, perhaps with www., perhaps with a slash.
        forms = (f"https://{www}{form}" for form in (plain, bare, f"{bare}/") for www in ("", "www."))
        return None if any(re.search(self.article_pattern, form) for form in forms) else "no-article"

    @property
    def secure_hosts(self) -> tuple[str, ...]:
        return self.hosts if self.is_secure else ()

    def count(self, what: str) -> None:
        """Count a link by what became of it."""
        self.crawler.stats.inc_value(f"newsharvest/links/{what}")


def _fetched_at(response: Response) -> datetime:
    return response.meta.get("fetched_at") or datetime.now(UTC)


def _merge(known: Link, other: Link) -> Link:
    """Return one link of two addresses of one article: the plainer address, all that both say."""
    plainer = other if detours(other.url) < detours(known.url) else known
    changes = [moment for moment in (known.lastmod, other.lastmod) if moment]
    return replace(plainer, listed_at=known.listed_at or other.listed_at, lastmod=max(changes, default=None))


def _read_day(name: str, value: str | None) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise SystemExit(f"-a {name}={value}: not a day; write it as 2026-09-14") from None
