"""Where links come from: feeds, sitemaps, WordPress and listing pages, each a pure reading of bytes."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

import feedparser
from lxml import etree

from spiders.addresses import expand, has_placeholder
from spiders.answers import SPACE, Kind, Link, SourceError, Unpacked, join, name_of, not_after, read_html
from spiders.times import read_time

LAST_REST_PAGE = 10_000  # a site that repeats itself for ever ends here


@dataclass(frozen=True, slots=True)
class Feed:
    """An RSS or Atom feed. What it says of an article is a witness only: the page is always fetched."""

    url: str
    verified: bool = True
    kind: Kind = field(default="feed", init=False)

    def parse(self, body: bytes, url: str, *, fetched_at: datetime) -> Iterator[Link]:
        """Yield the page links of a feed answered at ``url``. Raises SourceError for no or an empty feed."""
        # A stream, since feedparser opens a string that looks like an address or a file name.
        read = feedparser.parse(
            io.BytesIO(body.lstrip(SPACE)), response_headers={}, resolve_relative_uris=False, sanitize_html=False
        )
        if not read.get("version"):
            raise SourceError(f"feed: not a feed but {name_of(body)}")
        if not read.entries:
            raise SourceError("feed: no entries")
        for entry in read.entries:
            link = entry.get("feedburner_origlink") or entry.get("link")
            listed = not_after(_time_of(entry, "published"), fetched_at)
            changed = not_after(_time_of(entry, "updated"), fetched_at)
            yield Link(join(url, link) if link else "", "page", listed, changed, entry.get("title") or None)


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap, an index of sitemaps, or a robots.txt that names some.

    A date placeholder in ``url`` (see spiders.addresses.expand) makes it one sitemap a day or month of the window.
    ``news`` says that it lists the last days only, so that an entry without a date is taken.
    """

    url: str
    verified: bool = True
    news: bool = False
    kind: Kind = field(default="sitemap", init=False)

    def addresses(self, days: tuple[date, ...]) -> tuple[str, ...]:
        """Return the addresses to ask for a window of ``days``."""
        return expand(self.url, days)

    @property
    def is_dated(self) -> bool:
        """Tell whether every entry is of the window, because the address names its day or because it is a news one."""
        return self.news or has_placeholder(self.url)

    def parse(self, body: bytes, url: str, *, fetched_at: datetime) -> Iterator[Link]:
        """Yield the page and sitemap links of a sitemap, packed or not, as a stream.

        Raises SourceError for what is no sitemap, and after the last readable entry of a broken one.
        """
        if urlsplit(url).path.endswith("/robots.txt"):
            yield from _read_robots(body, url)
            return
        entries = etree.iterparse(
            Unpacked(body), events=("end",), tag=("{*}url", "{*}sitemap"),
            recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        )  # fmt: skip
        count = 0
        try:
            for _, entry in entries:
                count += 1
                yield _read_entry(entry, url, fetched_at)
                entry.clear()
                while entry.getprevious() is not None:
                    del entry.getparent()[0]
        except etree.XMLSyntaxError as error:
            what = f"broken XML ({error.msg})" if count else f"not a sitemap but {name_of(body)}"
            raise SourceError(f"sitemap: {what}") from error
        _check_end(entries, body, count)


@dataclass(frozen=True, slots=True)
class Listing:
    """A section page that lists articles: every link that ``xpath`` finds, if its address matches ``pattern``."""

    url: str
    xpath: str = "//a/@href"
    pattern: str | None = None
    verified: bool = True
    kind: Kind = field(default="listing", init=False)

    def parse(self, body: bytes, url: str, *, fetched_at: datetime) -> Iterator[Link]:
        """Yield the page links of the listing. Raises SourceError for an empty page."""
        for address in dict.fromkeys(read_html(body, "listing").xpath(self.xpath)):
            link = join(url, str(address).strip())
            if self.pattern is None or re.search(self.pattern, link):
                yield Link(link, "page")


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a WordPress answer. ``body`` is the post's own JSON object, ``position`` its place in the answer."""

    url: str | None
    body: bytes
    position: int
    published_at: datetime | None
    refusal: str | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WordPress:
    """The posts of a WordPress site by its REST interface; ``fallback`` is asked where that is off.

    ``url`` is the root of the interface: ``https://site/wp-json/`` or ``https://site/?rest_route=/``.
    """

    url: str
    verified: bool = True
    fallback: tuple[Feed | Sitemap | Listing, ...] = ()
    kind: Kind = field(default="rest", init=False)

    def address(
        self,
        page: int = 1,
        *,
        size: int = 100,
        since: datetime | None = None,
        until: datetime | None = None,
        by_change: bool = False,
    ) -> str:
        """Return the address of one page of posts, newest first; ``since`` and ``until`` bound their publication.

        ``by_change``: the posts last edited first.
        """
        root = self.url.rstrip("/") + "/wp/v2/posts"
        address = f"{root}{'&' if 'rest_route=' in root else '?'}per_page={size}&page={page}&_embed"
        address += "&orderby=modified" if by_change else ""
        for name, moment in (("after", since), ("before", until)):
            if moment is not None:
                address += f"&{name}={moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
        return address

    @staticmethod
    def first_address(address: str) -> str:
        """Return the address with which a walk began that has come to ``address``."""
        return re.sub(r"([?&]page=)\d+", r"\g<1>1", address)

    @staticmethod
    def is_by_change(address: str) -> bool:
        """Tell whether a walk goes by the time of the last edit."""
        return "&orderby=modified" in address

    @staticmethod
    def next_address(address: str, total_pages: bytes | None, found: int) -> str | None:
        """Return the address of the page of posts after ``address``, or None after the last.

        ``total_pages`` is the X-WP-TotalPages header; where a site hides it, a short page (of ``found`` posts) is last.
        """
        size, page = (int(re.search(rf"[?&]{name}=(\d+)", address)[1]) for name in ("per_page", "page"))
        is_last = page >= int(total_pages) if (total_pages or b"").isdigit() else found < size
        if is_last or not found or page >= LAST_REST_PAGE:
            return None
        return re.sub(r"([?&]page=)\d+", rf"\g<1>{page + 1}", address)

    def posts(self, body: bytes) -> list[Post]:
        """Return the posts of one answer; none where it says that there are no more pages.

        Raises SourceError where the answer is no list of posts.
        """
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise SourceError(f"wordpress: not JSON but {name_of(body)}") from error
        if isinstance(answer, dict) and answer.get("code") == "rest_post_invalid_page_number":
            return []
        if not isinstance(answer, list):
            code = answer.get("code") if isinstance(answer, dict) else None
            raise SourceError(f"wordpress: {code if isinstance(code, str) else 'no list of posts'}")
        return [_read_post(post, position) for position, post in enumerate(answer)]

    def parse(self, body: bytes, url: str, *, fetched_at: datetime) -> Iterator[Link]:
        """Yield the page links of the public posts of one answer."""
        for post in self.posts(body):
            if post.url and post.refusal is None:
                times = not_after(post.published_at, fetched_at), not_after(post.modified_at, fetched_at)
                yield Link(post.url, "page", *times)


Source = Feed | Sitemap | Listing | WordPress


def discover(body: bytes, url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the roots of REST interfaces and the addresses of feeds that a page's head names, comment feeds left out.

    Raises SourceError for an empty page.
    """
    tree = read_html(body, "page")
    roots = [join(url, link) for link in tree.xpath("//link[@rel='https://api.w.org/']/@href")]
    named = tree.xpath("//link[@rel='alternate'][contains(@type, 'rss+xml') or contains(@type, 'atom+xml')]/@href")
    feeds = [join(url, link) for link in named if "/comments/" not in link]
    return tuple(dict.fromkeys(roots)), tuple(dict.fromkeys(feeds))


def _time_of(entry: feedparser.FeedParserDict, name: str) -> datetime | None:
    # feedparser reads IST as UTC, so its own reading comes second.
    moment = read_time(entry.get(name)) if name in entry else None
    parsed = entry.get(f"{name}_parsed") if moment is None and name in entry else None
    return datetime(*parsed[:6], tzinfo=UTC) if parsed else moment


def _read_robots(body: bytes, url: str) -> Iterator[Link]:
    named = re.findall(r"(?im)^\s*sitemap\s*:\s*(\S+)", body.decode("utf-8", "replace"))
    if not named:
        raise SourceError("sitemap: robots.txt names none")
    yield from (Link(join(url, address), "sitemap") for address in dict.fromkeys(named))


def _read_entry(entry: etree._Element, url: str, fetched_at: datetime) -> Link:
    address, lastmod, listed, title = "", None, None, None
    for child in entry.iter("{*}loc", "{*}lastmod", "{*}publication_date", "{*}title"):
        name, text = etree.QName(child).localname, (child.text or "").strip()
        if name == "loc" and child.getparent() is entry:
            address = join(url, text) if text else ""
        elif name == "lastmod" and child.getparent() is entry:
            lastmod = read_time(text)
        elif name == "publication_date":
            listed = read_time(text)
        elif name == "title" and "sitemap-news" in child.tag:  # an image has a title too
            title = text or None
    # Some sites call an index of sitemaps a urlset.
    is_map = etree.QName(entry).localname == "sitemap" or re.search(r"\.xml(?:\.gz)?(?:$|[?#])", address)
    times = not_after(listed, fetched_at), not_after(lastmod, fetched_at)
    return Link(address, "sitemap" if is_map else "page", *times, title)


def _check_end(entries: etree.iterparse, body: bytes, count: int) -> None:
    root = None if entries.root is None else etree.QName(entries.root).localname
    if not count and root not in ("urlset", "sitemapindex"):
        raise SourceError(f"sitemap: not a sitemap but {name_of(body)}")
    fatal = [error for error in entries.error_log if error.level >= etree.ErrorLevels.FATAL]
    if fatal:
        raise SourceError(f"sitemap: broken XML (line {fatal[0].line}: {fatal[0].message})")
    if not count:
        raise SourceError("sitemap: no entries")


def _read_post(post: object, position: int) -> Post:
    if not isinstance(post, dict):
        return Post(None, b"", position, None, "wordpress: a post that is no object")
    link, content, status = post.get("link"), post.get("content"), post.get("status", "publish")
    refusal = None
    if not isinstance(link, str) or not link:
        link, refusal = None, "wordpress: a post without link"
    elif isinstance(content, dict) and content.get("protected"):
        refusal = "wordpress: protected by a password"
    elif status != "publish":
        refusal = f"wordpress: status {status}"
    stamps = (post.get("date_gmt"), post.get("modified_gmt"))
    published, modified = (read_time(stamp, UTC) if isinstance(stamp, str) else None for stamp in stamps)
    body = json.dumps(post, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Post(link, body, position, published, refusal, modified)
