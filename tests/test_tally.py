"""What the counters of a crawl say: figures, failures, and their reasons."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newsharvest.tally import Tally, add, explain_failure, is_failure

NEWEST = datetime(2024, 5, 1, 6, 30, tzinfo=UTC)
STATS = {
    "newsharvest/links/found": 40,
    "newsharvest/links/new": 3,
    "newsharvest/stored": 3,
    "newsharvest/revised": 1,
    "newsharvest/rejected": 4,
    "newsharvest/rejected/error": 1,
    "newsharvest/rejected/feed: http 503": 1,
    "newsharvest/rejected/sitemap: broken gzip": 2,
    "newsharvest/rejected/link: none given": 1,
    "newsharvest/rejected/robots.txt forbids it": 1,
    "newsharvest/newest": NEWEST,
    "newsharvest/sources/read": 1,
    "response_received_count": 12,
    "downloader/exception_count": 9,
    "downloader/exception_type_count/scrapy.exceptions.IgnoreRequest": 2,
    "downloader/exception_type_count/newsharvest.ending.CrawlEnds": 1,
    "downloader/exception_type_count/scrapy.exceptions.DownloadTimeoutError": 6,
    "downloader/response_status_count/503": 3,
    "downloader/response_status_count/404": 7,
    "spider_exceptions/count": 1,
}


def test_figures() -> None:
    tally = Tally.of(STATS)
    assert (tally.found, tally.fetched, tally.stored, tally.revised, tally.unchanged, tally.rejected) == (
        40, 12, 3, 1, 0, 4,
    )  # fmt: skip
    assert tally.errors == 6 + 3 + 1 + 1
    assert tally.newest == NEWEST
    assert tally.source_failures == ("sitemap: broken gzip", "feed: http 503")
    assert Tally.of({}) == Tally()


def test_sums() -> None:
    sums = add([Tally.of(STATS), Tally(found=2, stored=1)])
    assert (sums["found"], sums["stored"], sums["rejected"]) == (42, 4, 4)
    assert set(sums) == {"found", "fetched", "stored", "revised", "unchanged", "duplicate", "rejected", "errors"}


@pytest.mark.parametrize(
    ("outcome", "stats", "is_bad"),
    [
        ("finished", {}, False),
        ("finished", STATS, False),  # some source was read
        ("time_budget", {}, False),
        ("shutdown", {}, False),
        ("retry_after", {}, False),
        ("closespider_itemcount", {}, False),
        ("sources_failed", {}, True),
        ("locked", {}, True),
        ("database_error", {}, True),
        ("start_error", {}, True),
        ("error", {}, True),
        ("time_budget", {"newsharvest/rejected/feed: timeout": 1}, True),
    ],
)
def test_failures(outcome: str, stats: dict, is_bad: bool) -> None:
    assert is_failure(outcome, Tally.of(stats)) is is_bad


def test_reasons() -> None:
    failed = Tally.of({"newsharvest/rejected/feed: http 503": 1})
    assert explain_failure("sources_failed", failed) == "every source failed: feed: http 503"
    assert explain_failure("locked", Tally()) == "another process is crawling it"
    assert explain_failure("error", Tally(), "no such rule") == "no such rule"
    assert explain_failure("start_error", Tally()) == "its spider could not begin"
    assert explain_failure("new_word", Tally()) == "new_word"
