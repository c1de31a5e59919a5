"""Links are rows before they are requests: claimed once, never lost, found as quickly among many as among few."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from store_pages import NOON

from newsharvest.store import FrontierLink, Store, StoreError, database
from newsharvest.store.frontier import LinkKind

SITE = "example"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "news.db") as opened:
        yield opened


def pages(*numbers: int) -> list[FrontierLink]:
    return [FrontierLink(f"https://example.com/{n}") for n in numbers]


def claim(store: Store, *kinds: LinkKind) -> str | None:
    row = store.frontier.next(SITE, kinds or None)
    return None if row is None else row.url.removeprefix("https://example.com/")


def test_a_link_comes_back_as_it_was_added(store: Store) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    link = FrontierLink("https://example.com/1#top", "page", "https://example.com/feed", NOON)
    assert store.frontier.add([link], SITE) == 1
    row = store.frontier.next(SITE)
    assert row is not None
    assert (row.url, row.site, row.kind, row.source) == ("https://example.com/1", SITE, "page", link.source)
    assert (row.state, row.attempts, row.reason, row.listed_at) == ("active", 1, None, NOON)
    assert before <= row.found_at <= datetime.now(UTC)
    assert store.frontier.find(SITE, link.url) == store.frontier.get(row.id) == row
    assert store.frontier.get(99) is store.frontier.find(SITE, "https://example.com/9") is None
    with pytest.raises(FrozenInstanceError):
        row.state = "done"  # type: ignore[misc]


def test_adding_has_committed_on_return_and_ignores_what_is_known(store: Store) -> None:
    assert store.frontier.add(pages(1, 2, 2, 1), SITE) == 2
    with closing(sqlite3.connect(store.path)) as other:
        assert other.execute("SELECT count(*) FROM frontier").fetchone() == (2,)
    assert store.frontier.add(pages(2, 3), SITE) == 1
    assert store.frontier.add(pages(1), "other site") == 1
    assert (store.frontier.pending(SITE), store.frontier.pending("other site")) == (3, 1)


def test_links_are_read_outside_the_transaction(store: Store) -> None:
    """A generator that parses a large sitemap must not hold the lock of the file."""

    def slow() -> Iterator[FrontierLink]:
        for n in range(2500):
            assert not store.database.connection.in_transaction
            yield from pages(n)

    assert store.frontier.add(slow(), SITE) == 2500


def test_a_done_page_is_not_opened_again_by_being_listed_again(store: Store) -> None:
    store.frontier.add(pages(1), SITE)
    for state in ("done", "rejected", "failed"):
        row = store.frontier.find(SITE, "https://example.com/1")
        assert row is not None
        store.frontier.mark(row.id, state)  # type: ignore[arg-type]
        store.frontier.reset(SITE)
        assert store.frontier.add(pages(1), SITE) == 0
    assert claim(store) is None


def test_oldest_first_each_once_and_of_this_site_only(store: Store) -> None:
    store.frontier.add(pages(3, 1, 2), SITE)
    store.frontier.add(pages(9), "other")
    assert [claim(store) for _ in range(4)] == ["3", "1", "2", None]
    assert not store.frontier.has_pending(SITE)
    assert store.frontier.has_pending("other")


def test_sources_before_pages(store: Store) -> None:
    kinds: tuple[LinkKind, ...] = ("page", "sitemap", "page", "feed", "rest", "listing")
    links = [FrontierLink(f"https://example.com/{n}", kind) for n, kind in enumerate(kinds)]
    store.frontier.add(links, SITE)
    assert [claim(store) for _ in kinds] == ["1", "3", "4", "5", "0", "2"]


def test_only_some_kinds(store: Store) -> None:
    kinds: tuple[LinkKind, ...] = ("page", "sitemap", "feed", "page")
    store.frontier.add([FrontierLink(f"https://example.com/{n}", kind) for n, kind in enumerate(kinds)], SITE)
    assert claim(store, "feed") == "2"
    assert claim(store, "page") == "0"
    assert claim(store, "rest") is None
    assert claim(store, "page", "sitemap") == "1"
    assert claim(store, "page", "sitemap") == "3"


def test_what_was_in_flight_when_a_process_died_is_pending_again(store: Store) -> None:
    store.frontier.add(pages(1, 2, 3), SITE)
    store.frontier.add(pages(4), "other")
    first = store.frontier.next(SITE)
    store.frontier.next(SITE)
    store.frontier.next("other")
    assert first is not None
    store.frontier.mark(first.id, "done")
    assert store.frontier.reset(SITE) == 1
    assert store.frontier.pending(SITE) == 2
    row = store.frontier.next(SITE)
    assert row is not None
    assert (row.url, row.attempts) == ("https://example.com/2", 2)
    assert store.frontier.pending("other") == 0  # another process may be crawling it


def test_sources_are_due_again_in_the_next_run_and_once_only(store: Store) -> None:
    feed = [FrontierLink("https://example.com/feed", "feed")]

    def visit() -> None:
        row = store.frontier.next(SITE)
        assert row is not None
        assert (row.kind, row.attempts) == ("feed", 1)
        store.frontier.mark(row.id, "failed", "HTTP 500", etag='"x"', last_modified="Sun")

    store.frontier.reset(SITE)
    assert store.frontier.add(feed, SITE) == 1
    visit()
    assert store.frontier.add(feed, SITE) == 0  # listed again within the run
    store.frontier.reset(SITE)
    assert store.frontier.add(feed, SITE) == 1
    row = store.frontier.find(SITE, feed[0].url)
    assert row is not None
    assert (row.state, row.reason, row.next_visit, row.etag, row.last_modified) == ("pending", None, None, '"x"', "Sun")
    assert store.frontier.add(feed, SITE) == 0
    visit()
    assert store.frontier.add(feed, SITE) == 0


def test_marking(store: Store) -> None:
    store.frontier.add(pages(1), SITE)
    due = NOON + timedelta(hours=1)
    store.frontier.mark(1, "done", etag='"a"', last_modified="Mon", next_visit=due)
    store.frontier.mark(1, "failed", "timeout", next_visit=due)
    row = store.frontier.get(1)
    assert row is not None
    assert (row.state, row.reason, row.etag, row.last_modified) == ("failed", "timeout", '"a"', "Mon")
    assert row.next_visit == due
    with pytest.raises(ValueError, match="finished"):
        store.frontier.mark(1, "finished")  # type: ignore[arg-type]


def test_claiming_reads_one_row_however_many_there_are(store: Store) -> None:
    store.frontier.add(pages(1), SITE)
    seen: list[str] = []
    store.database.connection.set_trace_callback(seen.append)
    for kinds in (None, ["page"], ["feed", "rest"]):
        store.frontier.next(SITE, kinds)
        store.frontier.reset(SITE)
    store.frontier.has_pending(SITE)
    store.database.connection.set_trace_callback(None)
    statements = [sql for sql in seen if "frontier" in sql]
    assert len(statements) >= 10
    for sql in statements:
        plan = " / ".join(row["detail"] for row in store.database.connection.execute("EXPLAIN QUERY PLAN " + sql))
        assert "SCAN" not in plan, sql
        assert "TEMP B-TREE" not in plan, sql
        assert "frontier_url" not in plan, sql  # the index of all rows of a site, done ones too


def test_many_links(store: Store) -> None:
    start = time.perf_counter()
    assert store.frontier.add(pages(*range(30_000)), SITE) == 30_000
    assert store.frontier.pending(SITE) == 30_000
    for _ in range(500):
        store.frontier.next(SITE)
    assert time.perf_counter() - start < 10  # some 0.5 s; a scan for every claim would take minutes


def test_nothing_to_claim_takes_no_lock(store: Store) -> None:
    """Scrapy asks again and again while the last requests are in flight."""
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        start = time.perf_counter()
        assert store.frontier.next(SITE) is None
        assert time.perf_counter() - start < 5


def test_a_writer_waits_for_its_turn(store: Store) -> None:
    locked, released = threading.Event(), threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            locked.set()
            time.sleep(0.4)
            released.set()
            other.execute("COMMIT")

    thread = threading.Thread(target=hold)
    thread.start()
    locked.wait()
    assert store.frontier.add(pages(1), SITE) == 1
    assert released.is_set()
    thread.join()


def test_a_lock_that_is_never_released_is_an_error_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store(tmp_path / "news.db").close()
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    with Store(tmp_path / "news.db") as store, closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=f"cannot write {store.path}: database is locked"):
            store.frontier.add(pages(1), SITE)
        other.execute("ROLLBACK")
        assert store.frontier.add(pages(1), SITE) == 1
