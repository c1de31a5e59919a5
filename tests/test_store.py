"""Keeping articles: identity, revisions, duplicates, rejections, figures; and a kill at any moment breaks nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from store_pages import NOON, keep, make_article, make_page, reject

from cleaners.model import Removal
from newsharvest.items import Rejected
from newsharvest.store import FrontierLink, Store, StoreError, articles, index
from newsharvest.store.database import iso

ONE, TWO, THREE = (f"https://example.com/{n}" for n in (1, 2, 3))
TEXT = "किसानों ने मंडी में प्याज बेचा।\nदाम दस रुपये रहा।"
OTHER = "बारिश से सड़क बह गई।"
LATER = NOON + timedelta(hours=3)
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "news.db") as opened:
        yield opened
        assert index.is_sound(opened.database)


def read(store: Store, sql: str, *values: object) -> list[tuple]:
    """Read the file as another program would."""
    with closing(sqlite3.connect(store.path)) as connection:
        return connection.execute(sql, values).fetchall()


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


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        iso(datetime(2026, 1, 1))


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


# --- duplicates ---


def text_of(store: Store, url: str) -> tuple[str, int | None]:
    found = store.article(url)
    assert found is not None
    return found.text, found.duplicate_of


def test_the_same_text_elsewhere_is_a_duplicate_without_a_text_of_its_own(store: Store) -> None:
    keep(store, ONE, TEXT)
    assert keep(store, TWO, TEXT.replace("।", "|"), title="दूसरा शीर्षक").state == "duplicate"
    assert text_of(store, TWO) == (TEXT, 1)
    assert read(store, "SELECT text, text_from FROM revisions WHERE article = 2") == [(None, 1)]
    assert keep(store, TWO, TEXT.replace("।", "|"), title="दूसरा शीर्षक").state == "unchanged"


def test_duplicates_point_at_the_original_never_at_each_other(store: Store) -> None:
    for url in (ONE, TWO, THREE):
        keep(store, url, TEXT)
    assert read(store, "SELECT duplicate_of FROM articles ORDER BY id") == [(None,), (1,), (1,)]


def test_texts_without_words_are_no_duplicates(store: Store) -> None:
    assert [keep(store, url, text).state for url, text in ((ONE, ""), (TWO, ""), (THREE, "***"))] == ["stored"] * 3


def test_a_duplicate_keeps_its_text_when_the_original_changes_and_takes_its_place(store: Store) -> None:
    for url in (ONE, TWO, THREE):
        keep(store, url, TEXT)
    keep(store, ONE, OTHER)
    assert text_of(store, ONE) == (OTHER, None)
    assert text_of(store, TWO) == (TEXT, None)
    assert text_of(store, THREE) == (TEXT, 2)
    assert read(store, "SELECT change FROM articles") == [(4,)] * 3  # an export of what is new must see all three
    assert keep(store, "https://example.com/4", TEXT).state == "duplicate"
    assert text_of(store, "https://example.com/4") == (TEXT, 2)


def test_an_original_with_another_title_stays_the_original(store: Store) -> None:
    keep(store, ONE, TEXT)
    keep(store, TWO, TEXT)
    assert keep(store, ONE, TEXT, title="नया शीर्षक").state == "revised"
    assert [text_of(store, url)[1] for url in (ONE, TWO)] == [None, 1]
    assert read(store, "SELECT change FROM articles ORDER BY id") == [(3,), (2,)]


def test_a_duplicate_with_another_title_stays_a_duplicate(store: Store) -> None:
    keep(store, ONE, TEXT)
    keep(store, TWO, TEXT)
    assert keep(store, TWO, TEXT, title="नया शीर्षक").state == "revised"
    assert text_of(store, TWO) == (TEXT, 1)


def test_a_duplicate_with_another_text_is_an_article_again(store: Store) -> None:
    keep(store, ONE, TEXT)
    keep(store, TWO, TEXT)
    assert keep(store, TWO, OTHER).state == "revised"
    assert text_of(store, TWO) == (OTHER, None)
    assert text_of(store, ONE) == (TEXT, None)


def test_an_original_that_takes_the_text_of_another_becomes_its_duplicate(store: Store) -> None:
    keep(store, ONE, TEXT)
    keep(store, TWO, TEXT)
    keep(store, THREE, OTHER)
    keep(store, ONE, OTHER)
    assert text_of(store, ONE) == (OTHER, 3)
    assert text_of(store, TWO) == (TEXT, None)


def test_many_random_changes_keep_every_promise(store: Store) -> None:
    """Every article shows the text it was given last, up to typography; one original a text; no chains."""
    chance, given = random.Random(7), {}
    texts = ["किसान", "किसान।", "बारिश", "चुनाव", "- चुनाव -"]
    for _ in range(150):
        url, text = f"https://example.com/{chance.randrange(8)}", chance.choice(texts)
        keep(store, url, text, title=chance.choice(["क", "ख", None]))
        given[url] = text.strip("।- ")
    rows = read(store, "SELECT url, text, duplicate_of, id FROM corpus")
    assert {url: text.strip("।- ") for url, text, _, _ in rows} == given
    originals = {id_: text.strip("।- ") for _, text, duplicate_of, id_ in rows if duplicate_of is None}
    assert sorted(originals.values()) == sorted(set(given.values()))
    assert all(originals[of] == text.strip("।- ") for _, text, of, _ in rows if of is not None)


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


# --- withdrawn articles ---


def withdraw(store: Store, article_id: int, reason: str = "line: no text") -> None:
    with store.database.transaction():
        articles.withdraw(store.database, article_id, reason, LATER.isoformat())


def restore(store: Store, article_id: int) -> None:
    with store.database.transaction():
        articles.restore(store.database, article_id)


def originals(store: Store) -> list[int | None]:
    return [row[0] for row in read(store, "SELECT duplicate_of FROM articles ORDER BY id")]


def test_a_duplicate_takes_the_place_of_an_original_that_is_withdrawn(store: Store) -> None:
    for url in (ONE, TWO, THREE):
        keep(store, url, TEXT)
    withdraw(store, 1)
    assert originals(store) == [2, None, 2]
    assert read(store, "SELECT change FROM articles") == [(4,)] * 3
    assert text_of(store, ONE) == (TEXT, 2)
    withdraw(store, 3)
    withdraw(store, 2)
    assert originals(store) == [2, None, 2]  # nobody is left to take it
    restore(store, 3)
    assert originals(store) == [3, 3, None]
    restore(store, 1)
    assert originals(store) == [3, 3, None]
    found = store.article(ONE)
    assert found is not None
    assert (found.withdrawn_at, found.withdrawn_reason) == (None, None)


def test_the_text_of_a_withdrawn_article_is_no_duplicate_elsewhere(store: Store) -> None:
    keep(store, ONE, TEXT)
    withdraw(store, 1)
    assert keep(store, TWO, TEXT).state == "stored"
    assert originals(store) == [2, None]
    keep(store, THREE, OTHER)
    withdraw(store, 3)
    assert keep(store, TWO, OTHER).state == "revised"
    assert originals(store) == [None, None, 2]


def test_a_withdrawn_duplicate_inherits_last(store: Store) -> None:
    for url in (ONE, TWO, THREE):
        keep(store, url, TEXT)
    withdraw(store, 2)
    keep(store, ONE, OTHER)
    assert originals(store) == [None, 3, None]


@pytest.mark.parametrize(("reason", "is_back"), [("language: Marathi (mr)", True), ("fetch: 410 Gone", False)])
def test_a_visit_brings_back_what_the_rules_had_withdrawn(store: Store, reason: str, is_back: bool) -> None:
    keep(store, ONE, TEXT)
    withdraw(store, 1, reason)
    assert keep(store, ONE, TEXT).state == "unchanged"
    found = store.article(ONE)
    assert found is not None
    assert (found.withdrawn_at is None, found.change) == (is_back, 3 if is_back else 2)


def test_many_random_withdrawals_keep_one_live_original_a_text(store: Store) -> None:
    chance = random.Random(3)
    for _ in range(150):
        number = chance.randrange(6)
        found = store.article(f"https://example.com/{number}")
        if found is None or chance.random() < 0.5:
            keep(store, f"https://example.com/{number}", chance.choice((TEXT, OTHER, "चुनाव")))
        elif found.withdrawn_at is None:
            withdraw(store, found.id)
        else:
            restore(store, found.id)
        rows = read(store, "SELECT id, text_hash, duplicate_of, withdrawn_at FROM articles")
        live = {key for _, key, _, withdrawn_at in rows if withdrawn_at is None}
        firsts = {key: (id_, gone) for id_, key, duplicate_of, gone in rows if duplicate_of is None}
        assert all(firsts[key][1] is None for key in live)
        assert all(duplicate_of in (None, firsts[key][0]) for _, key, duplicate_of, _ in rows)


# --- counters of rules ---


def count_anew(store: Store) -> dict[str, tuple[int, int, int]]:
    """Count what fired over the current revisions, one by one."""
    counts: dict[str, list[int]] = {}
    for (article_id,) in read(store, "SELECT id FROM articles"):
        found = store.article(article_id)
        assert found is not None
        for removal in found.removals:
            for rule in {removal.rule, *removal.because}:
                counts.setdefault(rule, [0, 0, 0])[rule != removal.rule] += 1
        for rule, number in found.outside.items():
            counts.setdefault(rule, [0, 0, 0])[2] += number
    return {rule: tuple(numbers) for rule, numbers in counts.items()}


def test_counters_are_what_a_full_count_gives(store: Store) -> None:
    chance, names = random.Random(5), [f"a/{n}" for n in range(6)]
    for step in range(80):
        removals = tuple(
            Removal("line", rule, (rule, *chance.sample(names, 1)), "कॉपी लिंक", n)
            for n, rule in enumerate(chance.choices(names, k=chance.randrange(4)))
        )
        outside = tuple((rule, chance.randrange(1, 5)) for rule in sorted(chance.sample(names, 2)))
        url = f"https://example.com/{chance.randrange(8)}"
        seen = NOON + timedelta(minutes=step)
        keep(store, url, f"खबर {chance.randrange(20)}", removals=removals, outside=outside, seen_at=seen)
    counted = {it.rule: (it.removed, it.supported, it.outside) for it in store.rule_hits()}
    assert {rule: numbers for rule, numbers in counted.items() if any(numbers)} == count_anew(store)
    assert [it.fired for it in store.rule_hits()] == sorted((it.fired for it in store.rule_hits()), reverse=True)
    assert sum(it.fired for it in store.rule_hits(site="example")) == sum(map(sum, counted.values()))
    assert store.rule_hits(site="other") == []


def test_the_last_time_is_that_of_the_latest_page(store: Store) -> None:
    removal = Removal("line", "a/x", ("a/x", "a/y"), "कॉपी लिंक", 0)
    keep(store, ONE, TEXT, removals=(removal,), seen_at=LATER)
    keep(store, TWO, OTHER, removals=(removal,), seen_at=NOON)
    keep(store, ONE, TEXT + " और", seen_at=LATER + timedelta(days=1))
    assert [(it.rule, it.removed, it.supported, it.last_fired) for it in store.rule_hits()] == [
        ("a/x", 1, 0, LATER), ("a/y", 0, 1, LATER),
    ]  # fmt: skip


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


def test_a_full_disk_loses_no_row_and_is_overcome(store: Store) -> None:
    store.frontier.add([FrontierLink(ONE)], "example")
    row = store.frontier.next("example")
    assert row is not None
    pages = store.database.connection.execute("PRAGMA page_count").fetchone()[0]
    store.database.connection.execute(f"PRAGMA max_page_count = {pages}")
    article = make_article(ONE, "\n".join(f"{TEXT} {n}" for n in range(3000)))
    with pytest.raises(StoreError, match=f"cannot write {store.path}: database or disk is full"):
        store.keep(make_page(ONE), article, origin="crawl", rules_version="1", frontier_id=row.id)
    assert store.article(ONE) is None
    assert store.frontier.get(row.id) == row
    store.database.connection.execute("PRAGMA max_page_count = 1000000")
    store.keep(make_page(ONE), article, origin="crawl", rules_version="1", frontier_id=row.id)
    assert store.article(ONE) is not None


def test_a_fault_in_the_middle_undoes_the_whole_visit(store: Store) -> None:
    keep(store, ONE, TEXT)
    with pytest.raises(AttributeError):
        keep(store, ONE, OTHER, removals=(None,))
    assert text_of(store, ONE) == (TEXT, None)
    keep(store, ONE, OTHER)


# --- runs and figures ---


def test_runs_are_logged(store: Store) -> None:
    crawl = store.runs.start("crawl", "example")
    store.runs.start("import")
    store.runs.finish(crawl, "finished", {"stored": 3})
    last, first = store.runs.latest()
    assert (last.command, last.site, last.finished_at, last.outcome, last.counts) == ("import", None, None, None, {})
    assert (first.command, first.site, first.outcome, first.counts) == ("crawl", "example", "finished", {"stored": 3})
    assert first.finished_at is not None
    assert first.started_at <= first.finished_at <= datetime.now(UTC)
    assert [run.id for run in store.runs.latest(1, site="example")] == [crawl]


def test_figures_by_site_and_origin(store: Store) -> None:
    def removal(rule: str) -> Removal:
        return Removal("line", rule, (rule,), "कॉपी लिंक", 0)

    keep(store, ONE, TEXT, removals=(removal("a/x"), removal("a/x"), removal("a/y")))
    keep(store, TWO, TEXT, published_at=LATER)
    keep(store, THREE, OTHER, site="second", published_at=None)
    keep(store, THREE, OTHER, site="second", published_at=None, title="नया", removals=(removal("a/y"),))
    store.keep(make_page(None), make_article(None, "चुनाव"), origin="corpus", rules_version="1")
    reject(store, "https://example.com/8")
    reject(store, "https://example.com/9", "nepali")
    reject(store, "https://example.com/9", "marathi", fetched_at=LATER)  # counts once, by its latest reason
    stats = store.stats(top=1)
    assert [(it.site, it.origin, it.stored, it.duplicates, it.revisions) for it in stats.sites] == [
        ("example", "corpus", 1, 0, 0),
        ("example", "crawl", 1, 1, 0),
        ("second", "crawl", 1, 0, 1),
    ]
    crawl = stats.sites[1]
    assert (crawl.rejected, crawl.rejected_pages) == ((("language: marathi", 2),), 2)
    assert crawl.removed == (("a/x", 2),)
    assert (crawl.first_published, crawl.last_published, stats.sites[2].last_published) == (NOON, LATER, None)
    assert (stats.total.stored, stats.total.duplicates, stats.total.articles) == (3, 1, 4)
    assert store.stats().total.removed == (("a/x", 2), ("a/y", 2))
    only = store.stats(site="second")
    assert [it.site for it in only.sites] == ["second"]
    assert only.total.rejected == ()
    assert store.sites_seen() == ("example", "second")


def test_figures_of_an_empty_database(store: Store) -> None:
    stats = store.stats()
    assert stats.sites == ()
    assert (stats.total.articles, stats.total.rejected_pages, stats.total.first_published) == (0, 0, None)


# --- several processes ---

WRITER = """
import sys
from store_pages import make_article, make_page
from newsharvest.store import FrontierLink, Store
path, site, number, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with Store(path) as store:
    store.frontier.reset(site)
    store.frontier.add((FrontierLink(f"https://{site}.in/{n}") for n in range(number)), site)
    print("ready", flush=True)
    while row := store.frontier.next(site):
        text = " ".join(f"शब्द{(int(row.url.rpartition('/')[2]) // 2) * 7 + n}" for n in range(80))
        store.keep(make_page(row.url, site=site), make_article(row.url, text, site=site, title=f"{seed} {row.url}"),
                   origin="crawl", rules_version="1", frontier_id=row.id)
"""


def start(path: Path, site: str, number: int, seed: int = 0) -> subprocess.Popen[str]:
    places = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", WRITER, str(path), site, str(number), str(seed)],
        env={**os.environ, "PYTHONPATH": places},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_write_one_new_file_at_once(tmp_path: Path) -> None:
    """They also race for making the tables."""
    path = tmp_path / "news.db"
    writers = [start(path, site, 60) for site in ("one", "two", "three")]
    for writer in writers:
        writer.communicate(timeout=60)
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    with Store(path) as store:
        assert read(store, "SELECT site, count(*) FROM corpus GROUP BY site ORDER BY site") == [
            ("one", 60),
            ("three", 60),
            ("two", 60),
        ]
        # Each text was written six times, whichever process was first.
        assert read(store, "SELECT count(*) FROM articles WHERE duplicate_of IS NULL") == [(30,)]
        # A storing transaction each; the second outlet of a text changes the cluster of the first too.
        assert read(store, "SELECT value FROM _state WHERE name = 'change'") == [(180,)]
        assert read(store, "SELECT max(change) FROM articles") == [(180,)]
        assert index.is_sound(store.database)


def test_a_kill_at_any_moment_loses_and_breaks_nothing(tmp_path: Path) -> None:
    path, number, chance = tmp_path / "news.db", 1000, random.Random()
    for seed in range(3):
        writer = start(path, "one", number, seed)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.05, 0.35))
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        with Store(path, readonly=True) as store:
            assert read(store, "PRAGMA integrity_check") == [("ok",)]
            states = dict(read(store, "SELECT state, count(*) FROM frontier GROUP BY state"))
            assert states.get("active", 0) <= 1
            assert sum(states.values()) == number
            # A link is done exactly where its article is there, with its revision and its entry in the index.
            assert states.get("done", 0) == read(store, "SELECT count(*) FROM corpus")[0][0] > 0
            half = "SELECT 1 FROM frontier f LEFT JOIN corpus c USING (url) WHERE (f.state = 'done') <> (c.id NOTNULL)"
            assert read(store, half) == []
        with Store(path) as store:
            assert index.is_sound(store.database)
    last = start(path, "one", number)
    last.communicate(timeout=60)
    assert last.returncode == 0
    with Store(path) as store:
        assert read(store, "SELECT count(*), count(DISTINCT url), max(revision) FROM corpus") == [(number, number, 1)]
        assert store.frontier.counts("one") == {("page", "done"): number}


# --- places that cannot be used ---


def test_folders_are_made(tmp_path: Path) -> None:
    with Store(tmp_path / "a" / "b" / "news.db") as store:
        assert store.path == tmp_path / "a" / "b" / "news.db"


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("यह डेटाबेस नहीं है।" * 100)
    before = path.read_bytes()
    for readonly in (False, True):
        with pytest.raises(StoreError, match=f"{path} is not a SQLite database"):
            Store(path, readonly=readonly)
    assert path.read_bytes() == before


def test_a_folder_a_missing_file_and_a_file_as_folder_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match=f"{tmp_path} is a folder"):
        Store(tmp_path)
    with pytest.raises(StoreError, match=f"no database at {tmp_path / 'news.db'}"):
        Store("news.db", readonly=True)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=f"cannot make the folder of {tmp_path / 'file' / 'news.db'}"):
        Store("file/news.db")


def test_a_reader_writes_nothing(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        keep(store, ONE, TEXT)
    with Store(tmp_path / "news.db", readonly=True) as store:
        assert store.article(ONE) is not None
        with pytest.raises(StoreError, match="readonly"):
            keep(store, TWO, OTHER)


@pytest.fixture
def as_nobody(tmp_path: Path) -> Iterator[Path]:
    """A folder with a database that this user may read only."""
    with Store(tmp_path / "news.db") as store:
        keep(store, ONE, TEXT)
    (tmp_path / "news.db").chmod(0o444)
    tmp_path.chmod(0o555)
    root = os.geteuid() == 0
    outer = []
    if root:
        for folder in tmp_path.parents:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                outer.append((folder, mode))
                folder.chmod(mode | 0o011)
        os.setegid(65534)
        os.seteuid(65534)
    try:
        yield tmp_path / "news.db"
    finally:
        if root:
            os.seteuid(0)
            os.setegid(0)
        for folder, mode in outer:
            folder.chmod(mode)
        tmp_path.chmod(0o755)


def test_a_read_only_folder(as_nobody: Path) -> None:
    with Store(as_nobody, readonly=True) as store:
        assert [hit.url for hit in store.search("प्याज")] == [ONE]
    with pytest.raises(StoreError, match=f"cannot write {as_nobody}"):
        Store(as_nobody)
    with pytest.raises(StoreError, match=f"cannot write {as_nobody.with_name('new.db')}"):
        Store(as_nobody.with_name("new.db"))


def test_closing_twice_does_nothing_and_authors_are_json(tmp_path: Path) -> None:
    store = Store(tmp_path / "news.db")
    keep(store, ONE, TEXT, authors=('क "ख"',))
    assert json.loads(read(store, "SELECT authors FROM corpus")[0][0]) == ['क "ख"']
    store.close()
    store.close()
