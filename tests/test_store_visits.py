"""Visits that come again: when, what a missing page does to its article, and what one key makes one article."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from store_pages import NOON, make_article, make_page

from newsharvest.items import Rejected
from newsharvest.store import FrontierLink, Kept, Revisit, Store, index
from newsharvest.store.visits import next_visit

SITE, URL = "example", "https://example.com/1"
TEXT = "किसानों ने मंडी में प्याज बेचा।"
HOURS = (1.0, 6.0, 24.0, 168.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "news.db") as opened:
        yield opened
        assert index.is_sound(opened.database)


def row(store: Store, url: str = URL, key: str | None = None) -> int:
    store.frontier.add([FrontierLink(url, key=key or "k1")], SITE)
    claimed = store.frontier.next(SITE)
    assert claimed is not None
    return claimed.id


def visit(store: Store, number: int | None, outcome: object, *, hours: float = 0, key: str = "k1", **known) -> Kept:
    """Keep an article or a refusal as seen some hours after noon."""
    url = getattr(outcome, "url", None)
    page = replace(make_page(url, fetched_at=NOON + timedelta(hours=hours)), key=key)
    return store.keep(page, outcome, origin="crawl", rules_version="1", frontier_id=number, **known)


@pytest.mark.parametrize(("age", "due"), [(0, 1), (1, 6), (5.9, 6), (30, 168), (168, None), (9999, None), (-3, 1)])
def test_a_page_is_looked_at_when_it_passes_an_age(age: float, due: float | None) -> None:
    expected = None if due is None else NOON + timedelta(hours=due)
    assert next_visit(NOON, NOON + timedelta(hours=age), (24, 1, 168, 6)) == expected
    assert next_visit(NOON, NOON, ()) is None


def test_the_row_of_an_article_keeps_what_its_next_visit_goes_by(store: Store) -> None:
    number = row(store)
    revisit = Revisit('"a"', "Mon", HOURS)
    assert visit(store, number, make_article(URL, TEXT), revisit=revisit).state == "stored"
    found = store.frontier.get(number)
    assert (found.state, found.etag, found.last_modified, found.article) == ("done", '"a"', "Mon", 1)
    assert (found.visited_at, found.next_visit) == (NOON, NOON + timedelta(hours=1))
    # The age counts from publication, else from what listed it, else from when it was found.
    visit(store, number, make_article(URL, TEXT, published_at=NOON - timedelta(hours=30)), revisit=revisit)
    assert store.frontier.get(number).next_visit == NOON + timedelta(hours=138)
    visit(store, number, make_article(URL, TEXT, published_at=None), revisit=revisit)
    assert store.frontier.get(number).next_visit == store.frontier.get(number).found_at + timedelta(hours=1)


def test_a_page_that_stands_moves_the_last_look_and_nothing_else(store: Store) -> None:
    number = row(store)
    visit(store, number, make_article(URL, TEXT), revisit=Revisit('"a"', None, HOURS))
    before = store.article(1)
    seen = NOON + timedelta(hours=2)
    assert store.confirm(number, seen_at=seen, revisit=Revisit('"b"', None, HOURS)) == Kept("unchanged", 1)
    assert store.article(1) == replace(before, last_seen=seen)
    found = store.frontier.get(number)
    assert (found.state, found.etag, found.visited_at) == ("done", '"b"', seen)
    assert found.next_visit == NOON + timedelta(hours=6)
    store.frontier.add([FrontierLink("https://example.com/none", key="none")], SITE)
    for state in ("pending", "done"):  # an article that is not there any more is asked for whole, once
        store.frontier.mark(2, "active", etag='"c"' if state == "pending" else None)
        assert store.confirm(2, seen_at=seen) == Kept("unchanged", None)
        assert (store.frontier.get(2).state, store.frontier.get(2).etag) == (state, None)


@pytest.mark.parametrize("reason", ["http 404", "http 410"])
def test_a_page_that_is_gone(store: Store, reason: str) -> None:
    number = row(store)
    visit(store, number, make_article(URL, TEXT), revisit=Revisit(hours=HOURS))
    gone = Rejected(URL, "fetch", reason)
    assert visit(store, number, gone, hours=2, revisit=Revisit(hours=HOURS)) == Kept("withdrawn", 1)
    article = store.article(URL)
    assert (article.withdrawn_at, article.withdrawn_reason) == (NOON + timedelta(hours=2), f"fetch: {reason}")
    assert article.text == TEXT and store.rejections() == []
    found = store.frontier.get(number)
    assert (found.state, found.reason, found.next_visit) == ("rejected", f"fetch: {reason}", NOON + timedelta(hours=6))
    # An older answer that is read late does not bring it back, a later one does; a file of it does not either.
    visit(store, None, make_article(URL, TEXT), hours=1)
    page = make_page(URL, fetched_at=NOON + timedelta(hours=9))
    store.keep(page, make_article(URL, TEXT), origin="corpus", rules_version="1")
    assert store.article(URL).withdrawn_at is not None
    assert visit(store, number, make_article(URL, TEXT), hours=3) == Kept("unchanged", 1)
    assert store.article(URL).withdrawn_at is None


def test_what_is_gone_is_not_always_an_article(store: Store) -> None:
    number = row(store)
    assert visit(store, number, Rejected(URL, "fetch", "http 404")).state == "rejected"
    assert [refused.reason for refused in store.rejections()] == ["http 404"]
    visit(store, number, make_article(URL, TEXT))
    assert visit(store, number, Rejected(URL, "fetch", "http 403")).state == "rejected"
    other = row(store, "https://example.com/story?id=1", "k2")  # a second address, by its page's own word
    visit(store, other, make_article(URL, TEXT))
    gone = Rejected("https://example.com/story?id=1", "fetch", "http 404")
    assert visit(store, other, gone, key="k2").state == "rejected"
    assert store.article(URL).withdrawn_at is None
    assert store.frontier.get(other).etag is None


def test_a_headline_that_changes_the_address_is_a_revision(store: Store) -> None:
    visit(store, row(store), make_article("https://example.com/old-5", TEXT), key="id:5")
    renamed = make_article("https://example.com/new-5", TEXT, title="प्याज महंगा")
    assert visit(store, None, renamed, key="id:5") == Kept("revised", 1)
    assert store.article("https://example.com/old-5").title == "प्याज महंगा"
    assert [revision.title for revision in store.revisions(1)] == ["मंडी में प्याज सस्ता", "प्याज महंगा"]
    assert visit(store, None, renamed, key="id:5") == Kept("unchanged", 1)
    other = replace(make_article("https://b.example/5", TEXT + " और"), site="other")
    assert visit(store, None, other, key="id:5").state == "stored"  # the numbers of two sites are two things


def test_an_article_is_found_by_another_address_that_led_to_it(store: Store) -> None:
    visit(store, row(store, "https://example.com/s?x=1"), make_article(URL, TEXT))
    assert store.article("https://example.com/s?x=1").url == URL
    assert store.article("https://example.com/s?x=2") is None


def test_a_post_gets_a_row_by_which_it_is_looked_for(store: Store) -> None:
    link = FrontierLink(URL, "page", None, NOON, NOON, "k1")
    revisit = Revisit(None, None, HOURS)
    store.frontier.add([link], SITE)  # listed by a feed before
    assert visit(store, None, make_article(URL, TEXT), link=link, revisit=revisit).state == "stored"
    found = store.frontier.get(1)
    assert (found.state, found.by_rest, found.article, found.lastmod) == ("done", True, 1, NOON)
    assert found.next_visit == NOON + timedelta(hours=1)
    later = replace(link, lastmod=NOON + timedelta(hours=2))
    assert store.frontier.add([later], SITE) == 0  # its text comes from the interface alone
    store.frontier.reset(SITE)
    assert store.frontier.get(1).state == "pending"  # noon is long past
    visit(store, None, make_article(URL, TEXT), link=later, revisit=revisit)
    assert store.frontier.get(1).state == "pending"  # it is looked for all the same
    store.confirm(store.frontier.next(SITE).id, seen_at=NOON + timedelta(hours=200), revisit=revisit)
    assert (store.frontier.get(1).state, store.frontier.get(1).next_visit) == ("done", None)


def test_a_refused_page_is_asked_for_whole_next_time(store: Store) -> None:
    number = row(store)
    visit(store, number, make_article(URL, TEXT), revisit=Revisit('"a"', "Mon", HOURS))
    visit(store, number, Rejected(URL, "language", "Marathi"))
    found = store.frontier.get(number)
    assert (found.state, found.etag, found.last_modified, found.next_visit) == ("rejected", None, None, None)
