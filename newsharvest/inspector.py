"""Inspecting a site: its sources asked by the downloader of a crawl, a sample article of each read, nothing kept."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import scrapy
from lxml import etree, html
from scrapy.http import Response

from cleaners import encoding, markup, mojibake, sites
from newsharvest.declarations import site_file_of
from newsharvest.findings import BROKEN_OFF, TIME_UP, Robots, Sample, SiteFinding, SourceFinding, list_sources
from newsharvest.flow import harvest
from newsharvest.items import Page, Rejected
from newsharvest.politeness.retry import ToldToWait
from newsharvest.politeness.robots import RobotsTxt
from spiders.addresses import AddressError, canonical
from spiders.answers import Link, SourceError
from spiders.base import LARGEST_SOURCE, NewsSpider
from spiders.failures import explain
from spiders.sources import Sitemap, Source, WordPress
from spiders.times import date_in

logger = logging.getLogger(__name__)

MOST_ADDRESSES = 2  # of a source that has one a day: today's may not be there yet
MOST_MAPS = 4  # sitemaps asked below one that lists sitemaps, until one lists pages
MOST_SAMPLES = 3  # pages tried until one is an article
GENTLE = 10  # posts asked of WordPress
REPLAYED = (100, 20, 10)  # posts that the crawl asked of it
FOR_GOOD = frozenset({301, 308})


class KnownRobots(RobotsTxt):
    """The same rules, with a way to ask for them."""

    async def judge(self, request: scrapy.Request) -> tuple[Robots, float | None]:
        """Return whether a request is allowed, and the Crawl-delay in seconds, of its origin."""
        known = await self._origins.get(request)
        if known.fault is not None:
            return "unreachable", None
        if known.rules is None:
            return "allowed", None
        is_allowed = known.rules.allowed(request.url, self._name)
        return "allowed" if is_allowed else "forbidden", known.rules.crawl_delay(self._name)


class Inspector(scrapy.Spider):
    """Asks what a site's own spider would ask, by the same downloader, and notes what it sees in ``finding``.

    It has the name of that spider, hence its slot and its pace, but yields nothing, so that nothing is kept.
    """

    finding: SiteFinding
    seconds: float
    work: ThreadPoolExecutor
    spider_class: type[NewsSpider]

    async def start(self):
        self._has_to_wait = False
        self._links: dict[int, list[Link]] = {}
        self._posts: dict[str, tuple[bytes, datetime]] = {}
        self._known: dict[str, Sample] = {}
        began = time.monotonic()
        try:
            await asyncio.wait_for(self._inspect(), self.seconds)
        except TimeoutError:
            self.finding.fault = f"not done after {self.seconds:g} s"
        except Exception as error:  # of this site alone: the others go on
            logger.exception("The check of %s broke off", self.name)
            self.finding.fault = f"{type(error).__name__}: {error}"
            for source in self.finding.sources:
                source.fault = source.fault or BROKEN_OFF
        self.finding.seconds = time.monotonic() - began
        return
        yield

    async def _inspect(self) -> None:
        try:
            await self._inspect_sources()
        except SystemExit as error:  # a spider's word for a wrong argument; in a task it would end the process
            raise RuntimeError(error) from error

    async def _inspect_sources(self) -> None:
        self.spider = self.spider_class.from_crawler(self.crawler)
        declared = list(list_sources(self.spider_class))
        for finding, (source, _) in zip(self.finding.sources, declared, strict=True):
            await self._look(finding, source)
        for finding in self.finding.sources:
            if finding.fault is None and finding.taken:
                await self._try_samples(finding)

    # --- sources -----------------------------------------------------------------------------------------------------

    async def _look(self, finding: SourceFinding, source: Source) -> None:
        for address in self._addresses(source):
            finding.asked, finding.fault, finding.landed, finding.is_moved = address, None, None, False
            links = await self._read_source(finding, source, address)
            if links:
                links = await self._descend(finding, links)
            self._links[id(finding)] = links
            if finding.fault is None or self._has_to_wait:
                break

    def _addresses(self, source: Source) -> Iterator[str]:
        if isinstance(source, Sitemap):
            yield from itertools.islice(reversed(source.addresses(self.spider.window.days)), MOST_ADDRESSES)
        elif isinstance(source, WordPress):
            sizes = REPLAYED if self.settings["HARVEST_REPLAY"] else (GENTLE,)
            yield from (source.address(size=size) for size in sizes)
        else:
            yield source.url

    async def _read_source(self, finding: SourceFinding, source: Source, address: str) -> list[Link]:
        """Ask one address; note how it answered; return the page and sitemap links that the spider takes of it."""
        answer = await self._fetch(address, source.kind, finding)
        if isinstance(answer, str):
            finding.fault = answer
            return []
        finding.at = finding.at or _fetched_at(answer)
        links, fault = await self._parse(source, answer)
        if not links and fault:
            finding.fault = fault
            return []
        finding.defect = fault
        return self._sort(finding, links, answer, is_post=isinstance(source, WordPress))

    async def _parse(self, source: Source, answer: Response) -> tuple[list[Link], str | None]:
        def parse() -> tuple[list[Link], str | None]:
            links: list[Link] = []
            try:
                links.extend(self._note_posts(source, answer) if isinstance(source, WordPress) else ())
                for link in source.parse(answer.body, answer.url, fetched_at=_fetched_at(answer)):
                    links.append(link)
            except SourceError as error:
                return links, str(error)
            return links, None

        return await asyncio.get_running_loop().run_in_executor(self.work, parse)

    def _note_posts(self, source: WordPress, answer: Response) -> tuple[Link, ...]:
        for post in source.posts(answer.body):
            if post.url and post.refusal is None:
                self._posts[post.url] = post.body, _fetched_at(answer)
        return ()

    def _sort(self, finding: SourceFinding, links: list[Link], answer: Response, *, is_post: bool) -> list[Link]:
        taken: dict[str, Link] = {}
        for link in links:
            is_page = link.kind == "page"
            finding.pages += is_page
            finding.sitemaps += not is_page
            try:
                url = canonical(link.url, answer.url, self.spider.secure_hosts) if link.url else ""
                why = self.spider.refuse(url, link.kind, is_article=is_post) if url else "no address"
            except AddressError:
                url, why = link.url, "no address"
            if why is None:
                taken.setdefault(url, Link(url, link.kind, link.listed_at, link.lastmod))
                if is_post:
                    self._posts[url] = self._posts[link.url]
            elif is_page:
                finding.refused[why] += 1
                examples = finding.examples.setdefault(why, [])
                if len(examples) < 2:
                    examples.append(url)
            if is_page and (moment := _time_of(link)):
                finding.newest = max(finding.newest or moment, moment)
        finding.taken += sum(link.kind == "page" for link in taken.values())
        return list(taken.values())

    async def _descend(self, finding: SourceFinding, links: list[Link]) -> list[Link]:
        """Ask the newest sitemaps of a list of them until one lists pages; return the pages."""
        maps = [link for link in links if link.kind == "sitemap"]
        pages = [link for link in links if link.kind == "page"]
        for _ in range(MOST_MAPS):
            if pages or not maps:
                break
            newest = max(maps, key=_newness)
            maps.remove(newest)
            below = SourceFinding("sitemap", newest.url, True)
            found = await self._read_source(below, Sitemap(newest.url), newest.url)
            if below.fault is not None:
                finding.fault, finding.fault_at = below.fault, newest.url
                continue
            finding.fault, finding.fault_at = None, None
            _add(finding, below)
            pages = [link for link in found if link.kind == "page"]
            maps += [link for link in found if link.kind == "sitemap"]
        return pages

    # --- samples -----------------------------------------------------------------------------------------------------

    async def _try_samples(self, finding: SourceFinding) -> None:
        newest = sorted(self._links[id(finding)], key=_newness, reverse=True)
        newest.sort(key=lambda link: link.url in self._known)  # what was not tried for another source comes first
        for link in newest[:MOST_SAMPLES]:
            sample = self._known.get(link.url)
            if sample is None:
                sample = self._known[link.url] = Sample(link.url)
                finding.samples.append(sample)
                await self._read_sample(sample, link)
            else:
                finding.samples.append(sample)
            if sample.article or self._has_to_wait:
                break
        if finding.newest is None and finding.sample and finding.sample.article:
            finding.newest = finding.sample.article.published_at

    async def _read_sample(self, sample: Sample, link: Link) -> None:
        sample.fault = TIME_UP
        sample.robots = await self._judge(link.url)
        if link.url in self._posts:
            sample.is_post = True
            body, fetched_at = self._posts[link.url]
            page: Page | Rejected | str = Page(
                link.url, self.name, fetched_at, "application/json", "utf-8", body, "", link.listed_at
            )
        else:
            answer = await self._fetch(link.url, "page", None, listed_at=link.listed_at)
            page = answer if isinstance(answer, str) else self.spider.read_page(answer)
        if not isinstance(page, Page):
            sample.fault = page if isinstance(page, str) else f"{page.stage}: {page.reason}"
            return
        await asyncio.get_running_loop().run_in_executor(self.work, _read_page, sample, page)

    # --- requests ----------------------------------------------------------------------------------------------------

    async def _fetch(
        self, url: str, kind: str, finding: SourceFinding | None, *, listed_at: datetime | None = None
    ) -> Response | str:
        """Return the answer to a request, or in words why there is none."""
        if self._has_to_wait:
            return "told to wait"
        meta: dict[str, Any] = {"kind": kind, "asked": url, "listed_at": listed_at, "give_up_log_level": logging.DEBUG}
        if kind != "page":
            meta["download_maxsize"] = LARGEST_SOURCE
        if finding is not None:
            finding.robots = await self._judge(url)
        try:
            response = await self.crawler.engine.download_async(scrapy.Request(url, meta=meta))
        except ToldToWait as error:
            self._has_to_wait = True
            return str(error)
        except Exception as error:  # whatever it is, it is an answer to what was asked
            return explain(error)[0]
        if finding is not None:
            finding.status = response.status
            if reasons := response.meta.get("redirect_reasons"):
                finding.landed = response.url
                finding.is_moved = response.status < 400 and FOR_GOOD.issuperset(reasons)
        return response if response.status < 400 else f"http {response.status}"

    async def _judge(self, url: str) -> Robots | None:
        """Return what the robots.txt of an address says of it; None where it is not asked."""
        robots = self.crawler.get_downloader_middleware(KnownRobots)
        if robots is None or self._has_to_wait:
            return None
        try:
            verdict, delay = await robots.judge(scrapy.Request(url))
        except ToldToWait:
            self._has_to_wait = True
            return None
        self.finding.crawl_delay = max(self.finding.crawl_delay or 0.0, delay) if delay else self.finding.crawl_delay
        return verdict


def _add(finding: SourceFinding, below: SourceFinding) -> None:
    """Add to the finding of a list of sitemaps what one of them holds."""
    finding.pages += below.pages
    finding.taken += below.taken
    finding.refused.update(below.refused)
    for why, urls in below.examples.items():
        finding.examples.setdefault(why, urls)
    if below.newest:
        finding.newest = max(finding.newest or below.newest, below.newest)


def _read_page(sample: Sample, page: Page) -> None:
    """Clean a page, and see which expressions of the site's file found something in it."""
    outcome = harvest(page)
    sample.fault = f"{outcome.stage}: {outcome.reason}" if isinstance(outcome, Rejected) else None
    sample.article = None if isinstance(outcome, Rejected) else outcome
    site = sites.find(page.site, page.url, page.fetched_at)
    if site is None:
        return
    sample.site_file = site_file_of(site.slug, site.valid_until)
    if page.media_type == "text/html":
        with suppress(markup.TooDeep):
            root = markup.parse(mojibake.repair(encoding.decode(page.body, page.encoding)))
            if root is not None:
                sample.bodies = tuple(_finds(path, root) for path in site.body) or None
                sample.is_titled = _finds(site.title, root) if site.title else None


def _finds(path: etree.XPath, root: html.HtmlElement) -> bool:
    found = path(root)
    nodes = found if isinstance(found, list) else [found]
    return any(("".join(it.itertext()) if isinstance(it, html.HtmlElement) else str(it)).strip() for it in nodes)


def _fetched_at(response: Response) -> datetime:
    return response.meta.get("fetched_at") or datetime.now(UTC)


def _time_of(link: Link) -> datetime | None:
    return max(filter(None, (link.listed_at, link.lastmod)), default=None) or date_in(link.url)


def _newness(link: Link) -> float:
    """Return what sorts the newest link highest, and one without a time lowest."""
    moment = _time_of(link)
    return moment.timestamp() if moment else float("-inf")
