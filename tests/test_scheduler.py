"""The frontier as Scrapy's scheduler, over a real database."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scrapy import Request, Spider
from scrapy.utils.test import get_crawler

from newsharvest.scheduler import FrontierScheduler
from newsharvest.signals import cannot_go_on, source_read
from newsharvest.store import Store, StoreError
from spiders.answers import Link
from spiders.feed import FeedSpider

FEED = "https://khabar.example/feed"
Open = Callable[..., FrontierScheduler]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "news.db"


@pytest.fixture
def opened(database: Path) -> Iterator[Open]:
    """Open a scheduler as a new run of the site does; all are closed at the end."""
    schedulers: list[FrontierScheduler] = []

    def open_one(**settings: str) -> FrontierScheduler:
        for earlier in schedulers:
            earlier._lock.release()  # as the death of its process does
        crawler = get_crawler(FeedSpider, {"HARVEST_DATABASE": str(database), **settings})
        crawler.spider = crawler._create_spider(url=FEED)
        crawler._apply_settings()
        scheduler = FrontierScheduler.from_crawler(crawler)
        scheduler.open(crawler.spider)
        schedulers.append(scheduler)
        return scheduler

    yield open_one
    for scheduler in schedulers:
        scheduler.close("finished")


def offer(scheduler: FrontierScheduler, *paths: str, kind: str = "page") -> None:
    for path in paths:
        link = Link(f"https://khabar.example{path}", kind)
        assert scheduler.enqueue_request(Request(link.url, meta={"link": link, "source": FEED}, dont_filter=True))


def taken(scheduler: FrontierScheduler) -> list[str]:
    """Ask for requests until there are none."""
    requests = iter(scheduler.next_request, None)
    return [request.url.removeprefix("https://khabar.example") for request in requests]


def states(database: Path) -> dict[str, str]:
    with Store(database) as store:
        found = store.database.rows("SELECT url, state FROM {frontier}")
        return {row["url"].removeprefix("https://khabar.example"): row["state"] for row in found}


def test_links_are_rows_before_they_are_requests(opened: Open, database: Path) -> None:
    scheduler = opened()
    assert not scheduler.has_pending_requests()
    offer(scheduler, "/a", "/b", "/a")
    assert scheduler.has_pending_requests()
    request = scheduler.next_request()
    assert (request.url, request.meta["kind"]) == ("https://khabar.example/a", "page")
    assert states(database) == {"/a": "active", "/b": "pending"}
    assert taken(scheduler) == ["/b"]
    assert not scheduler.has_pending_requests() and scheduler.next_request() is None


def test_what_is_done_is_not_asked_for_again(opened: Open) -> None:
    scheduler = opened()
    offer(scheduler, "/a", "/b")
    scheduler._store.frontier.mark(scheduler.next_request().meta["frontier_id"], "done")
    scheduler._store.frontier.mark(scheduler.next_request().meta["frontier_id"], "rejected", "no")
    offer(scheduler, "/a", "/b", "/c")
    assert taken(scheduler) == ["/c"]
    assert scheduler._crawler.stats.get_value("newsharvest/links/new") == 3


def test_a_retry_and_a_redirect_come_back_as_they_are(opened: Open, database: Path) -> None:
    scheduler = opened()
    offer(scheduler, "/a", "/b")
    request = scheduler.next_request()
    again = request.replace(url="https://khabar.example/moved")
    again.meta.update(retry_times=1)
    assert scheduler.enqueue_request(again) and scheduler.has_pending_requests()
    assert scheduler.next_request() is again
    assert taken(scheduler) == ["/b"]
    assert states(database) == {"/a": "active", "/b": "active"}  # the row is the link's own, whatever it led to


def test_a_run_takes_up_what_a_dead_one_left(opened: Open) -> None:
    dead = opened()
    offer(dead, "/feed", kind="feed")
    offer(dead, "/a", "/b", "/c")
    assert [dead.next_request().url[-5:] for _ in range(2)] == ["/feed", "ple/a"]
    following = opened()  # the first was never closed
    assert taken(following) == ["/feed", "/a", "/b", "/c"]


def test_sources_are_asked_once_a_run_and_in_every_run(opened: Open) -> None:
    for _ in range(2):
        scheduler = opened()
        offer(scheduler, "/map.xml", kind="sitemap")
        row = scheduler.next_request().meta["frontier_id"]
        scheduler._store.frontier.mark(row, "done")
        offer(scheduler, "/map.xml", kind="sitemap")  # an index that names itself
        assert taken(scheduler) == []


def test_the_links_of_a_source_are_on_disk_when_it_ends(opened: Open, database: Path) -> None:
    scheduler = opened()
    offer(scheduler, "/a")
    assert states(database) == {}
    scheduler._crawler.signals.send_catch_log(source_read)
    assert states(database) == {"/a": "pending"}


def test_a_replay_looks_at_nothing_again(opened: Open) -> None:
    scheduler = opened()
    offer(scheduler, "/a")
    row = scheduler.next_request().meta["frontier_id"]
    scheduler._store.frontier.mark(row, "done", etag='"x"', next_visit=datetime(2026, 1, 1, tzinfo=UTC))
    assert taken(opened(HARVEST_REPLAY="sample.db")) == []
    live = opened()
    (request,) = iter(live.next_request, None)
    assert request.headers["If-None-Match"] == b'"x"'
    replay = opened(HARVEST_REPLAY="sample.db")  # what a live run left behind is asked for plainly
    assert "If-None-Match" not in replay.next_request().headers


def test_the_addresses_of_one_article_are_one_row(opened: Open) -> None:
    scheduler = opened()
    spider = scheduler._spider
    for path, changed in (("/a/amp", None), ("/a", None), ("/a?m=1", datetime(2026, 1, 1, tzinfo=UTC))):
        link = Link(f"https://khabar.example{path}", "page", lastmod=changed)
        scheduler.enqueue_request(spider.follow(link, FEED))
    assert taken(scheduler) == ["/a"]
    row = scheduler._store.frontier.find(spider.site, "https://khabar.example/a")
    assert (row.key, row.lastmod) == ("khabar.example/a", datetime(2026, 1, 1, tzinfo=UTC))


def test_closing_commits_what_was_found(opened: Open, database: Path) -> None:
    scheduler = opened()
    offer(scheduler, "/a")
    scheduler.close("shutdown")
    assert states(database) == {"/a": "pending"}


def test_memory_does_not_grow_with_the_links(opened: Open) -> None:
    scheduler = opened()
    offer(scheduler, *(f"/warm/{n}" for n in range(600)))
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for n in range(3_000):
            offer(scheduler, f"/desh/ek-lambi-khabar-jiska-naam-bhi-lamba-hai-{n}.html")
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 400_000  # one batch; all of them would take some megabytes


def test_a_spider_without_a_site_needs_no_database(database: Path) -> None:
    crawler = get_crawler(Spider, {"HARVEST_DATABASE": str(database)})
    scheduler = FrontierScheduler.from_crawler(crawler)
    scheduler.open(Spider("plain"))
    request = Request("https://khabar.example/")
    scheduler.enqueue_request(request)
    assert scheduler.has_pending_requests() and scheduler.next_request() is request
    assert scheduler.next_request() is None and not scheduler.has_pending_requests()
    scheduler.close("finished")
    assert not database.exists()


def test_a_full_disk_ends_the_crawl_and_keeps_the_links(opened: Open) -> None:
    scheduler, told = opened(), []

    def note(reason: str, error: Exception) -> None:
        told.append(reason)

    scheduler._crawler.signals.connect(note, signal=cannot_go_on)
    offer(scheduler, "/desh/0")
    scheduler.commit()
    database = scheduler._store.database
    (pages,) = database.row("PRAGMA page_count")
    database.execute(f"PRAGMA max_page_count = {pages}")
    offer(scheduler, *(f"/desh/{number}-{'a' * 1000}" for number in range(1, 501)))  # told at once
    assert told == ["database_error"]
    assert scheduler.next_request() is None  # not even of those that are on disk
    (error,) = (error for _, error in scheduler._crawler.signals.send_catch_log(source_read))
    assert "cannot write" in str(error) and set(told) == {"database_error"}
    database.execute("PRAGMA max_page_count = 1000000")
    assert len(taken(scheduler)) == 501


def test_a_row_that_cannot_be_claimed_ends_the_crawl(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler, told = opened(), []

    def note(reason: str, error: Exception) -> None:
        told.append(str(error))

    def fail(*arguments: object) -> None:
        raise StoreError("cannot write news.db: it is full")

    scheduler._crawler.signals.connect(note, signal=cannot_go_on)
    monkeypatch.setattr(scheduler._store.frontier, "next", fail)
    assert scheduler.next_request() is None and told == ["cannot write news.db: it is full"]
