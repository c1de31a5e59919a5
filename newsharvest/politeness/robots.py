"""robots.txt as RFC 9309 has it: one that cannot be reached forbids everything for now; its Crawl-delay is kept."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.misc import build_from_crawler, load_object

from newsharvest.politeness.origins import Origins
from newsharvest.politeness.retry import ToldToWait
from spiders.failures import explain

logger = logging.getLogger(__name__)

LONG_DELAY = 60.0  # seconds; kept as well, but a site read at this pace is hardly read
LARGEST = 512 * 1024  # bytes that are read; RFC 9309 asks for 500 KiB at least
_CONTACT = re.compile(r"\+[^\s;)]+")


class RobotsUnreachable(IgnoreRequest):
    """The site's robots.txt could not be read, so that nothing may be asked in this run."""


@dataclass(frozen=True, slots=True)
class Robots:
    """What is known of an origin's robots.txt: its rules, None for none; or why it cannot be read."""

    rules: RobotParser | None = None
    fault: str | None = None


class RobotsTxt:
    """Downloader middleware in the place of Scrapy's own, which takes whatever an error page says for the rules.

    2xx is read, any other answer but 429 and 5xx is permission, and so is too long a chain of redirects; 429, 5xx and
    no answer refuse all requests to this origin, for this run. In replay, what the archive lacks is permission.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self._crawler = crawler
        self._name = robots_name(crawler.settings["ROBOTSTXT_USER_AGENT"] or crawler.settings["USER_AGENT"])
        self._parser = load_object(crawler.settings["ROBOTSTXT_PARSER"])
        self._retries = min(1, crawler.settings.getint("RETRY_TIMES"))
        self._origins = Origins(self._ask)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsTxt:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt") or not request.url.startswith(("http:", "https:")):
            return
        robots = await self._origins.get(request)
        if robots.fault is not None:
            raise RobotsUnreachable(f"robots.txt unreachable ({robots.fault})")
        if robots.rules is not None and not robots.rules.allowed(request.url, self._name):
            self._crawler.stats.inc_value("robotstxt/forbidden")
            raise IgnoreRequest("Forbidden by robots.txt")

    async def _ask(self, origin: str) -> Robots:
        # Tried twice at most; a redirect, within this host or not, is followed with the same meta.
        meta = {"dont_obey_robotstxt": True, "max_retry_times": self._retries, "give_up_log_level": logging.DEBUG}
        request = Request(f"{origin}/robots.txt", callback=NO_CALLBACK, priority=1000, meta=meta)
        self._crawler.stats.inc_value("robotstxt/request_count")
        try:
            response = await self._crawler.engine.download_async(request)
        except ToldToWait:  # says nothing of robots.txt, and ends the crawl
            raise
        except IgnoreRequest as refusal:  # not in the replayed archive; a private address; too many redirects
            logger.debug("%s: no robots.txt: %s", origin, refusal)
            return Robots()
        except Exception as error:
            return self._refuse(origin, explain(error)[0])
        self._crawler.stats.inc_value(f"robotstxt/response_status_count/{response.status}")
        if response.status >= 500 or response.status == 429:
            return self._refuse(origin, f"http {response.status}")
        return self._read(origin, request, response)

    def _refuse(self, origin: str, fault: str) -> Robots:
        logger.warning("%s/robots.txt cannot be read (%s): nothing else is asked there in this run", origin, fault)
        return Robots(fault=fault)

    def _read(self, origin: str, request: Request, response: Response) -> Robots:
        body = response.body[:LARGEST]
        # Many sites send their page of errors with 200, and some send true rules as text/html.
        if not 200 <= response.status < 300 or body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            return Robots()
        rules = build_from_crawler(self._parser, self._crawler, body)
        self._keep_delay(origin, request, rules.crawl_delay(self._name))
        return Robots(rules)

    def _keep_delay(self, origin: str, request: Request, seconds: float | None) -> None:
        if not seconds or self._crawler.settings["HARVEST_REPLAY"]:
            return
        self._crawler.engine.downloader.pace(request).slow_down(seconds)
        level = logging.WARNING if seconds > LONG_DELAY else logging.INFO
        logger.log(level, "%s asks for %g s between requests (Crawl-delay in robots.txt)", origin, seconds)


def robots_name(user_agent: str) -> str:
    """Return what of a user agent is looked for in robots.txt: all but the contact, whose words name somebody else."""
    return _CONTACT.sub("", user_agent)
