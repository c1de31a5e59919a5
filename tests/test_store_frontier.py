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

from newsharvest.items import Page, Rejected
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


def test_a_source_that_is_read_at_last_is_no_rejection(store: Store) -> None:
    store.frontier.add([FrontierLink("https://example.com/feed", "feed")], SITE)
    for url in ("https://example.com/feed", "https://example.com/1"):
        gone = Page(url, SITE, NOON, "", None, b"", "")
        store.keep(gone, Rejected(url, "fetch", "http 503"), origin="crawl", rules_version="1")
    store.frontier.mark(1, "failed", "http 503")
    assert len(store.rejections()) == 2
    store.frontier.mark(1, "done")
    assert [it.url for it in store.rejections()] == ["https://example.com/1"]


def listed(hours: float | None, url: str = "https://example.com/1", **known: object) -> list[FrontierLink]:
    """A link whose source gives a change some hours after noon."""
    return [FrontierLink(url, lastmod=None if hours is None else NOON + timedelta(hours=hours), **known)]


def test_a_page_that_a_source_says_has_changed_is_pending_again(store: Store) -> None:
    store.frontier.add(listed(1), SITE)
    for state in ("done", "rejected", "failed"):
        store.frontier.next(SITE)
        assert store.frontier.add(listed(1), SITE) == store.frontier.add(listed(2), SITE) == 0  # being looked at
        store.frontier.mark(1, state, "why")
        assert store.frontier.add([*listed(2), *listed(1), *listed(None)], SITE) == 0
        assert store.frontier.add(listed(3), SITE) == 1
        row = store.frontier.get(1)
        assert (row.state, row.attempts, row.reason, row.asked_at) == ("pending", 0, None, None)
        assert row.lastmod == NOON + timedelta(hours=3)
        store.database.execute("UPDATE {frontier} SET lastmod = ?", ((NOON + timedelta(hours=1)).isoformat(),))


def test_where_no_change_was_known_the_last_visit_counts(store: Store) -> None:
    store.frontier.add(listed(None), SITE)
    store.frontier.next(SITE)
    store.frontier.mark(1, "done")
    store.database.execute("UPDATE {frontier} SET visited_at = ?", ((NOON + timedelta(hours=2)).isoformat(),))
    assert store.frontier.add(listed(1), SITE) == 0
    assert store.frontier.get(1).lastmod == NOON + timedelta(hours=1)
    assert store.frontier.add(listed(1.5), SITE) == 1  # now it is the change before that counts
    store.frontier.mark(1, "done")
    store.database.execute("UPDATE {frontier} SET lastmod = NULL")
    assert store.frontier.add(listed(3), SITE) == 1


def test_addresses_of_one_key_are_one_row_and_the_plainest_is_asked_for(store: Store) -> None:
    def link(path: str, detours: int, **known: object) -> FrontierLink:
        return FrontierLink(f"https://example.com/{path}", key="k", detours=detours, **known)

    forms = [link("amp", 1), link("m", 2), link("plain", 0, listed_at=NOON), link("amp", 1)]
    assert store.frontier.add(forms, SITE) == 1
    assert store.frontier.add([link("plain", 0)], "other") == 1
    row = store.frontier.next(SITE)
    assert (row.url, row.detours, row.listed_at, row.key) == ("https://example.com/plain", 0, NOON, "k")
    store.frontier.mark(row.id, "done")
    store.frontier.add([link("amp", 1, lastmod=NOON)], SITE)
    assert store.frontier.get(row.id).url == "https://example.com/plain"
    store.database.execute("UPDATE {frontier} SET visited_at = '2020-01-01', lastmod = NULL")
    assert store.frontier.add([link("amp", 1, lastmod=NOON)], SITE) == 1
    assert store.frontier.get(row.id).url == "https://example.com/plain"
    store.frontier.mark(row.id, "done")
    store.frontier.add([link("new-slug", 0, lastmod=NOON + timedelta(1))], SITE)
    assert store.frontier.get(row.id).url == "https://example.com/new-slug"  # the old one may lead nowhere


def test_what_failed_waits_longer_each_time_and_ends(store: Store) -> None:
    store.frontier.add(pages(1, 2), SITE)
    past = "UPDATE {frontier} SET next_visit = '2020-01-01T00:00:00+00:00' WHERE id = 1"
    for failures, minutes in ((1, 5), (2, 20)):
        assert store.frontier.next(SITE).id == 1
        assert store.frontier.retry(1, "timeout") == "pending"
        row = store.frontier.get(1)
        assert (row.state, row.reason, row.failures) == ("pending", "timeout", failures)
        wait = (row.next_visit - datetime.now(UTC)).total_seconds() / 60
        assert minutes - 1 < wait <= minutes
        assert store.frontier.reset(SITE) == 0
        assert claim(store) == "2"  # the first waits for its time
        store.frontier.mark(2, "pending")
        store.database.execute(past)
        assert [claim(store), claim(store)] == ["2", "1"]  # and comes last
        store.frontier.retry(1, "timeout")
        assert store.frontier.get(1).failures == failures  # once a run
        store.frontier.mark(2, "pending")
        store.database.execute(past)
        store.frontier.reset(SITE)
    store.frontier.next(SITE)
    assert store.frontier.retry(1, "timeout", is_counted=False) == "pending"
    store.database.execute(past)
    store.frontier.reset(SITE)
    store.frontier.next(SITE)
    assert store.frontier.retry(1, "timeout") == "failed"
    assert store.frontier.get(1).next_visit is None
    store.frontier.mark(2, "done")
    assert not store.frontier.has_pending(SITE)
    assert store.frontier.retry(99, "none") == "failed"


def test_a_run_does_not_wait_for_what_failed(store: Store) -> None:
    store.frontier.add(pages(1), SITE)
    store.frontier.next(SITE)
    store.frontier.retry(1, "timeout")
    assert not store.frontier.has_pending(SITE)
    assert store.frontier.pending(SITE) == 1
    store.database.execute("UPDATE {frontier} SET next_visit = '2020-01-01T00:00:00+00:00'")
    assert store.frontier.has_pending(SITE)


def test_a_visit_that_never_ends_is_given_up(store: Store) -> None:
    store.frontier.add(pages(1), SITE)
    store.frontier.next(SITE)
    first = store.frontier.get(1).asked_at
    for attempt in range(2, 13):
        assert store.frontier.reset(SITE) == 1
        row = store.frontier.next(SITE)
        assert (row.attempts, row.asked_at) == (attempt, first)  # the visit began once
    assert store.frontier.reset(SITE) == 0
    assert (store.frontier.get(1).state, store.frontier.get(1).reason) == ("failed", "never came to an end")


def test_pages_that_are_due_are_pending_at_the_start_of_a_run(store: Store) -> None:
    store.frontier.add(pages(1, 2, 3, 4), SITE)
    past = NOON - timedelta(days=900)
    for number, state, due in ((1, "done", past), (2, "rejected", past), (3, "done", NOON.replace(year=2099))):
        store.frontier.next(SITE)
        store.frontier.mark(number, state, etag='"x"', next_visit=due)
    store.frontier.next(SITE)
    store.frontier.mark(4, "done")
    store.frontier.reset(SITE, revisit=False)
    assert not store.frontier.has_pending(SITE)
    store.frontier.reset(SITE)
    assert [claim(store) for _ in range(3)] == ["1", "2", None]
    row = store.frontier.get(1)
    assert (row.etag, row.attempts, row.next_visit) == ('"x"', 1, None)


def test_a_run_that_goes_on_asks_no_source_again(store: Store) -> None:
    sources = [FrontierLink(f"https://example.com/{n}.xml", "sitemap") for n in range(3)]
    store.frontier.add(sources, SITE)
    store.frontier.mark(store.frontier.next(SITE).id, "done")
    store.frontier.next(SITE)
    store.frontier.reset(SITE, resume=True)
    assert store.frontier.add(sources, SITE) == 0
    assert [claim(store) for _ in range(3)] == ["1.xml", "2.xml", None]
    store.frontier.reset(SITE)
    assert store.frontier.add(sources, SITE) == 1


def test_how_far_a_reading_of_posts_came(store: Store) -> None:
    first = FrontierLink("https://example.com/posts?page=1", "rest")
    store.frontier.add([first], SITE)
    store.frontier.end_walk(SITE, first.url)
    assert store.frontier.walks(SITE) == {}  # not begun yet
    row = store.frontier.next(SITE)
    store.frontier.mark(row.id, "done")
    store.frontier.end_walk(SITE, first.url)
    assert store.frontier.walks(SITE) == {first.url: row.asked_at}
    store.frontier.reset(SITE)
    store.frontier.add([first], SITE)
    assert store.frontier.walks(SITE) == {first.url: row.asked_at}
    assert store.frontier.walks("other") == {}


def test_claiming_reads_one_row_however_many_there_are(store: Store) -> None:
    store.frontier.add(pages(1), SITE)
    seen: list[str] = []
    store.database.connection.set_trace_callback(seen.append)
    for kinds in (None, ["page"], ["feed", "rest"]):
        store.frontier.next(SITE, kinds)
        store.frontier.reset(SITE)
    store.frontier.has_pending(SITE)
    store.frontier.add(listed(1, key="k"), SITE)
    store.frontier.retry(1, "timeout")
    store.frontier.walks(SITE)
    store.frontier.end_walk(SITE, "https://example.com/posts")
    store.fold(SITE, lambda url: "k1")
    store.confirm(1, seen_at=NOON)
    store.article("https://example.com/none")
    store.database.connection.set_trace_callback(None)
    statements = [sql for sql in seen if "frontier" in sql]
    assert len(statements) >= 10
    for sql in statements:
        plan = " / ".join(row["detail"] for row in store.database.connection.execute("EXPLAIN QUERY PLAN " + sql))
        assert "SCAN" not in plan, sql
        assert "TEMP B-TREE" not in plan, sql
        if "url = '" not in sql:
            assert "frontier_url" not in plan, sql  # the index of all rows of a site, done ones too
        assert "frontier_key" not in plan or "key = '" in sql, sql


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
