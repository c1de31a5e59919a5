"""Keeping articles and rejections: fields, identity, revisions, and the row of the frontier."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from store_pages import LATER, NOON, ONE, OTHER, TEXT, THREE, TWO, keep, make_article, make_page, read, reject, text_of

from cleaners.model import Removal
from newsharvest.items import Rejected
from newsharvest.store import FrontierLink, Store

# --- what is kept ---


def test_an_article_comes_back_as_it_was_kept(store: Store) -> None:
    removal = Removal("line", "also-read/label", ("also-read/label", "run"), "यह भी पढ़ें", 3)
    kept = store.keep(
        make_page(ONE, provenance="abc#/3"),
        make_article(
            ONE,
            TEXT,
            summary="प्याज के दाम",
            authors=("रमेश कुमार", "Asha Rao"),
            agency="PTI",
            section="कारोबार",
            image_url="https://example.com/i.jpg",
            published_source="json-ld",
            modified_at=LATER,
            truncated=True,
            removals=(removal,),
            outside=(("trafilatura/not-body", 4),),
        ),
        origin="crawl",
        rules_version="rules-1",
        archive_key="abc",
    )
    assert (kept.state, kept.article_id) == ("stored", 1)
    found = store.article(ONE)
    assert found is not None
    assert (found.id, found.url, found.site, found.origin, found.provenance) == (1, ONE, "example", "crawl", "abc#/3")
    assert (found.title, found.summary, found.text) == ("मंडी में प्याज सस्ता", "प्याज के दाम", TEXT)
    assert (found.authors, found.agency, found.section) == (("रमेश कुमार", "Asha Rao"), "PTI", "कारोबार")
    assert (found.published_at, found.published_source, found.modified_at) == (NOON, "json-ld", LATER)
    assert (found.language, found.truncated, found.revision, found.duplicate_of) == ("hi", True, 1, None)
    assert (found.first_seen, found.last_seen, found.withdrawn_at, found.cluster) == (NOON, NOON, None, None)
    assert (found.removals, found.outside) == ((removal,), {"trafilatura/not-body": 4})
    assert (found.archive_key, found.rules_version, found.change) == ("abc", "rules-1", 1)
    assert store.article(1) == store.article("1") == store.article(ONE + "#top") == store.article("abc#/3") == found
    assert store.article("https://example.com/unknown") is None


def test_the_view_holds_what_other_programs_are_promised(store: Store) -> None:
    keep(store, ONE, TEXT, authors=("क",))
    with closing(sqlite3.connect(store.path)) as connection:
        cursor = connection.execute("SELECT * FROM corpus")
        row = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
        with pytest.raises(sqlite3.OperationalError, match="because it is a view"):
            connection.execute("DELETE FROM corpus")
    assert list(row) == [
        "id", "url", "site", "origin", "provenance", "title", "summary", "text", "authors", "agency", "section",
        "image_url", "published_at", "published_source", "modified_at", "language", "truncated", "first_seen",
        "last_seen", "revision", "duplicate_of", "cluster", "withdrawn_at",
    ]  # fmt: skip
    assert row["published_at"] == "2026-11-22T12:00:00+00:00"
    assert row["authors"] == '["क"]'
    assert (row["truncated"], row["summary"], row["modified_at"]) == (0, None, None)


def test_an_unknown_origin_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="origin"):
        store.keep(make_page(ONE), make_article(ONE, TEXT), origin="feed", rules_version="1")  # type: ignore[arg-type]


# --- the same page again ---


def test_the_same_article_again_moves_only_the_time(store: Store) -> None:
    keep(store, ONE, TEXT)
    before = read(store, "SELECT * FROM revisions")
    assert keep(store, ONE, TEXT, seen_at=LATER).state == "unchanged"
    found = store.article(ONE)
    assert found is not None
    assert (found.first_seen, found.last_seen, found.revision, found.change) == (NOON, LATER, 1, 1)
    assert read(store, "SELECT * FROM revisions") == before
    assert read(store, "SELECT value FROM _state WHERE name = 'change'") == [(1,)]


def test_an_older_visit_does_not_move_the_time_back(store: Store) -> None:
    keep(store, ONE, TEXT)
    keep(store, ONE, TEXT, seen_at=NOON - timedelta(days=1))
    found = store.article(ONE)
    assert found is not None
    assert (found.first_seen, found.last_seen) == (NOON - timedelta(days=1), NOON)


def test_a_fragment_makes_no_other_article(store: Store) -> None:
    assert keep(store, ONE + "#comments", TEXT).article_id == keep(store, ONE, TEXT).article_id
    assert store.article(ONE) is not None


def test_another_field_is_a_revision(store: Store) -> None:
    keep(store, ONE, TEXT)
    assert keep(store, ONE, TEXT, title="प्याज महंगा", seen_at=LATER).state == "revised"
    found = store.article(ONE)
    assert found is not None
    assert (found.title, found.text, found.revision, found.change) == ("प्याज महंगा", TEXT, 2, 2)
    assert (found.first_seen, found.last_seen) == (NOON, LATER)
    assert read(store, "SELECT n, title FROM revisions ORDER BY n") == [(1, "मंडी में प्याज सस्ता"), (2, "प्याज महंगा")]


def test_punctuation_of_the_text_is_a_revision_too(store: Store) -> None:
    keep(store, ONE, TEXT)
    assert keep(store, ONE, TEXT.replace("।", ".")).state == "revised"


def test_removals_belong_to_their_revision(store: Store) -> None:
    def removal(rule: str) -> Removal:
        return Removal("line", rule, (rule,), "कॉपी लिंक", 0)

    keep(store, ONE, TEXT, removals=(removal("a/one"), removal("a/two")))
    keep(store, ONE, OTHER, removals=(removal("a/three"),))
    found = store.article(ONE)
    assert found is not None
    assert [it.rule for it in found.removals] == ["a/three"]
    assert store.stats().total.removed == (("a/three", 1),)
    assert read(store, "SELECT count(*) FROM removals") == [(3,)]


def test_an_address_found_under_two_sites_belongs_to_the_first(store: Store) -> None:
    keep(store, ONE, TEXT)
    assert keep(store, ONE, TEXT, site="feed").state == "unchanged"
    found = store.article(ONE)
    assert found is not None
    assert found.site == "example"


def test_without_an_address_site_and_provenance_are_the_identity(store: Store) -> None:
    first = keep(store, None, TEXT, provenance="a/1.txt")
    assert keep(store, None, TEXT, provenance="a/1.txt").state == "unchanged"
    assert keep(store, None, OTHER, provenance="a/2.txt").article_id != first.article_id
    assert keep(store, None, OTHER + " और", provenance="a/1.txt", site="else").state == "stored"
    assert store.article("a/1.txt") == store.article(first.article_id or 0)


def test_an_article_with_an_address_is_not_known_by_its_provenance(store: Store) -> None:
    keep(store, ONE, TEXT, provenance="same")
    assert keep(store, None, OTHER, provenance="same").state == "stored"
    assert keep(store, TWO, OTHER + " और", provenance="same").state == "stored"


def test_file_names_and_texts_that_are_not_unicode_are_kept(store: Store) -> None:
    """Two names that differ in a byte stay two; a lone surrogate from JSON costs a character, not the article."""
    first = keep(store, None, TEXT, provenance="a/\udce9.txt")
    second = keep(store, None, OTHER, provenance="a/\udcea.txt")
    assert first.article_id != second.article_id
    assert keep(store, None, TEXT, provenance="a/\udce9.txt").state == "unchanged"
    keep(store, THREE, "क\ud83d ख", title="\udc00", authors=("\udc00",))
    found = store.article(THREE)
    assert found is not None
    assert (found.text, found.title, found.authors) == ("क\ufffd ख", "\ufffd", ("\ufffd",))
    assert keep(store, THREE, "क\ud83d ख", title="\udc00", authors=("\udc00",)).state == "unchanged"
    store.keep(make_page(TWO), Rejected(TWO, "document", "\udc00"), origin="crawl", rules_version="1")
    assert [it.reason for it in store.rejections()] == ["\ufffd"]


# --- rejections ---


def test_a_rejection_is_one_row_for_a_page_and_reason(store: Store) -> None:
    assert reject(store, ONE).state == "rejected"
    assert reject(store, ONE, fetched_at=LATER, provenance="new").article_id is None
    reject(store, ONE, "nepali")
    found = store.rejections()
    assert [(it.url, it.stage, it.reason, it.provenance) for it in found] == [
        (ONE, "language", "marathi", "new"),
        (ONE, "language", "nepali", "key"),
    ]
    assert found[0].seen_at == LATER


def test_rejections_without_an_address_are_told_apart_by_provenance(store: Store) -> None:
    for provenance in ("a.txt", "b.txt", "a.txt"):
        reject(store, None, provenance=provenance)
    assert {it.provenance for it in store.rejections()} == {"a.txt", "b.txt"}
    assert store.rejections(site="other") == store.rejections(stage="fetch") == []
    assert len(store.rejections(site="example", stage="language", limit=1)) == 1


@pytest.mark.parametrize("url", [ONE, None])
def test_a_page_that_becomes_an_article_is_refused_no_longer(store: Store, url: str | None) -> None:
    reject(store, url)
    reject(store, TWO, provenance="other")
    keep(store, url, TEXT)
    assert [it.url for it in store.rejections()] == [TWO]


def test_an_article_found_under_its_canonical_address_clears_the_rejection_of_the_other(store: Store) -> None:
    reject(store, TWO)
    store.keep(make_page(TWO), make_article(ONE, TEXT), origin="crawl", rules_version="1")
    assert store.rejections() == []


def test_a_rejection_leaves_the_article_that_was_there(store: Store) -> None:
    keep(store, ONE, TEXT)
    reject(store, ONE)
    assert text_of(store, ONE) == (TEXT, None)
    assert len(store.rejections()) == 1


# --- the frontier row, in the same transaction ---


def test_keeping_sets_the_state_of_the_link(store: Store) -> None:
    store.frontier.add([FrontierLink(ONE), FrontierLink(TWO)], "example")
    first, second = store.frontier.next("example"), store.frontier.next("example")
    assert first is not None
    assert second is not None
    article = make_article(ONE, TEXT)
    store.keep(make_page(ONE), article, origin="crawl", rules_version="1", frontier_id=first.id)
    refused = Rejected(TWO, "document", "gallery")
    store.keep(make_page(TWO), refused, origin="crawl", rules_version="1", frontier_id=second.id)
    states = [store.frontier.get(row.id) for row in (first, second)]
    assert [(row.state, row.reason) for row in states if row] == [("done", None), ("rejected", "document: gallery")]
