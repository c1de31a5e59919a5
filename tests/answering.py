"""Spiders as a crawl has them, and what they make of the answers to their requests."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.http import HtmlResponse, Request, TextResponse
from scrapy.utils.test import get_crawler

from spiders.base import NewsSpider, Visit

FILES = Path(__file__).parent / "sources"
NOW = datetime(2026, 9, 14, 6, 0, tzinfo=UTC)


def make(spider: type[NewsSpider], **arguments: str) -> NewsSpider:
    """Return a spider as a crawl has it, by the clock of a replayed archive."""
    crawler = get_crawler(spider, {"NEWSHARVEST_CLOCK": NOW.isoformat(), "HARVEST_WINDOW_DAYS": 3})
    crawler.spider = crawler._create_spider(**arguments)
    crawler._apply_settings()
    return crawler.spider


def answer(spider: NewsSpider, kind: str, url: str, body: bytes, asked: str | None = None, **headers: str) -> list[Any]:
    """Return what the spider makes of an answer to a row of the frontier."""
    meta = {"kind": kind, "frontier_id": 7, "asked": asked or url, "archive_key": "KEY", "fetched_at": NOW}
    request = Request(url, meta={**meta, "listed_at": None})
    response_type = HtmlResponse if kind == "page" else TextResponse
    return list(spider.read(response_type(url, body=body, headers=headers, request=request)))


def asked(outcomes: list[Any]) -> list[str]:
    """Return the addresses that are asked for next."""
    return [outcome.url for outcome in outcomes if isinstance(outcome, Request)]


def items(outcomes: list[Any]) -> list[Any]:
    """Return the pages and refusals, and None where a source has been read to its end."""
    return [outcome.item for outcome in outcomes if isinstance(outcome, Visit)]


def links(spider: NewsSpider, what: str) -> int:
    """Return how many links were counted as such."""
    return spider.crawler.stats.get_value(f"newsharvest/links/{what}", 0)
