"""Cleaning again from the archive: what a rule more or less changes, what cannot be cleaned, and dry runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from console import MARATHI, run, write_corpus
from olderfile import take_back
from recleaning import ADDED, FETCHED, LATER, ONE, PROMO, THREE, TWO, Corpus, changed_rules, found, go, states, text_of

from cleaners import rules
from newsharvest import reclean as recleaning
from newsharvest.archive import ArchiveError
from newsharvest.reclean import Missing, compare_lines
from newsharvest.store import FrontierLink, Store

# --- nothing new ---


def test_the_same_rules_change_nothing_wherever_a_page_came_from(corpus: Corpus, tmp_path: Path) -> None:
    run("import", write_corpus(tmp_path / "corpus"), "--db", corpus.db)
    corpus.crawl(ONE, text_of(1, "यह भी पढ़ें: मंडी में आलू के दाम गिरे, व्यापारी परेशान"), listed_at=LATER)
    corpus.crawl(TWO, MARATHI)
    corpus.crawl_posts({f"https://khabar.example/post-{n}": text_of(10 + n) for n in range(3)})
    before = corpus.state()
    assert states(go(corpus)) == ["unchanged"] * 9
    assert corpus.state() == before


def test_the_time_that_a_feed_gave_is_known_again(corpus: Corpus) -> None:
    listed = FETCHED - timedelta(hours=2)
    corpus.crawl(ONE, text_of(1), listed_at=listed)
    with closing(sqlite3.connect(corpus.db)) as connection, connection:
        # Written before the article itself knew it: then the frontier does, for the address that was listed.
        connection.execute("UPDATE articles SET listed_at = NULL")
    with Store(corpus.db) as store:
        store.frontier.add([FrontierLink(ONE, listed_at=listed)], "khabar")
    assert corpus.ask("SELECT published_at FROM corpus") == [(listed.isoformat(),)]
    assert states(go(corpus)) == ["unchanged"]


def test_a_database_of_the_first_schema_counts_what_its_rules_did(tmp_path: Path) -> None:
    """The counters of an upgraded file are those of one that kept them from the start."""
    corpus = Corpus(tmp_path)
    corpus.crawl(ONE, text_of(1, "Leave a Comment"))
    corpus.crawl(TWO, text_of(2, "यह भी पढ़ें: मंडी में आलू के दाम गिरे, व्यापारी परेशान"), at=LATER)
    corpus.crawl(TWO, text_of(3, "यह भी पढ़ें: मंडी में आलू के दाम गिरे, व्यापारी परेशान"), at=LATER)
    counted = corpus.ask("SELECT * FROM rule_hits")
    articles = corpus.ask("SELECT id, rules_version FROM articles")
    take_back(corpus.db, 1)
    Store(corpus.db).close()
    assert counted and corpus.ask("SELECT * FROM rule_hits") == counted
    assert corpus.ask("SELECT id, rules_version FROM articles") == articles
    assert states(go(corpus)) == ["unchanged"] * 2


# --- a rule more, a rule less ---


def test_a_new_rule_makes_a_revision_of_the_same_visit(corpus: Corpus) -> None:
    corpus.crawl(ONE, text_of(1, PROMO))
    corpus.crawl(TWO, text_of(2), at=LATER)
    before = corpus.ask("SELECT id, url, first_seen, last_seen, provenance FROM articles")
    assert found(corpus, "मोबाइल") == [1]
    with changed_rules("new", added=(ADDED,)):
        done = go(corpus)
    assert states(done) == ["changed", "unchanged"]
    assert (compare_lines(done[0]).removed, compare_lines(done[0]).kept) == ({"ads/mobile-promo": 1}, {})
    assert corpus.ask("SELECT id, url, first_seen, last_seen, provenance FROM articles") == before
    assert corpus.ask("SELECT n, text, rules_version, seen_at FROM revisions WHERE article = 1 ORDER BY n") == [
        (1, text_of(1, PROMO), rules.rules_version(), FETCHED.isoformat()),
        (2, text_of(1), "new", FETCHED.isoformat()),
    ]
    with Store(corpus.db) as store:
        article = store.article(ONE)
        assert article is not None
        assert [it.rule for it in article.removals if it.text == PROMO] == ["ads/mobile-promo"]
        assert article.archive_key == corpus.ask("SELECT archive_key FROM revisions WHERE n = 1")[0][0]
        assert article.change == 3
        assert {it.rule: it.removed for it in store.rule_hits()}["ads/mobile-promo"] == 1
    assert found(corpus, "मोबाइल") == []
    assert sorted(found(corpus, "नहर")) == [1, 2]


def test_a_rule_less_gives_a_line_back(corpus: Corpus) -> None:
    with changed_rules("old", added=(ADDED,)):
        corpus.crawl(ONE, text_of(1, PROMO))
    done = go(corpus)
    assert states(done) == ["changed"]
    assert (compare_lines(done[0]).removed, compare_lines(done[0]).kept) == ({}, {"ads/mobile-promo": 1})
    assert corpus.ask("SELECT text FROM corpus") == [(text_of(1, PROMO),)]
    with Store(corpus.db) as store:
        (hits,) = [it for it in store.rule_hits() if it.rule == "ads/mobile-promo"]
    assert (hits.removed, hits.last_fired) == (0, FETCHED)


# --- what cannot be cleaned ---


def test_pages_that_are_missing_or_fail_cost_themselves(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, url in enumerate((ONE, TWO, THREE)):
        corpus.crawl(url, text_of(number, PROMO))
    corpus.crawl("https://khabar.example/4", text_of(4, PROMO))
    with closing(sqlite3.connect(corpus.archive)) as connection, connection:
        connection.execute("DELETE FROM responses WHERE url = ?", (ONE,))
    with closing(sqlite3.connect(corpus.db)) as connection, connection:
        connection.execute("UPDATE revisions SET archive_key = NULL WHERE article = 4")

    def fail_once(page):
        if page.url == TWO:
            raise RecursionError("too deep")
        return harvest(page)

    harvest = recleaning.harvest
    monkeypatch.setattr(recleaning, "harvest", fail_once)
    with changed_rules("new", added=(ADDED,)):
        done = go(corpus)
    assert states(done) == ["missing", "failed", "changed", "missing"]
    assert isinstance(done[0].outcome, Missing) and "there is no document" in done[0].outcome.reason
    assert [one.outcome.reason for one in done[1::2]] == ["RecursionError: too deep", "nothing of it was archived"]
    assert corpus.ask("SELECT id FROM articles WHERE rules_version = 'new'") == [(3,)]  # the others come again


def test_an_archive_that_is_not_there_is_said_at_once(corpus: Corpus) -> None:
    corpus.crawl(ONE, text_of(1))
    corpus.archive.unlink()
    with pytest.raises(ArchiveError, match="there is no such archive"):
        go(corpus)


# --- dry runs ---


def furnish(corpus: Corpus, folder: Path) -> None:
    """Fill a database so that a rule change does all that it can do."""
    run("import", write_corpus(folder), "--db", corpus.db)
    wards = [text_of(number).split("\n")[-1] for number in (50, 51, 52)]
    older = {**ADDED, "id": "old-name", "equals": [PROMO, "नया साल मुबारक हो"]}
    with changed_rules("old", added=(older, {**ADDED, "id": "wards", "equals": wards})):
        corpus.crawl(ONE, text_of(1, PROMO))  # only its label changes
        corpus.crawl(TWO, text_of(2, "नया साल मुबारक हो"))  # gets a line back
        corpus.crawl("https://khabar.example/5", "\n".join(wards))  # was refused
    corpus.crawl(THREE, text_of(3, PROMO))  # loses a line
    corpus.crawl("https://khabar.example/4", text_of(4))  # stays as it is
    corpus.crawl("https://khabar.example/6", SIX)  # is refused now
    corpus.crawl("https://khabar.example/7", text_of(3, PROMO), title="वही समाचार")  # a duplicate loses it too
    corpus.crawl("https://khabar.example/8", MARATHI)


SIX = text_of(6).split("\n")[-1]
NEW = (ADDED, {**ADDED, "id": "six", "equals": [SIX]})


def test_a_dry_run_announces_exactly_what_the_real_run_alters(corpus: Corpus, tmp_path: Path) -> None:
    furnish(corpus, tmp_path / "corpus")
    with changed_rules("new", added=NEW):
        before, state = corpus.documents(), corpus.state()
        announced = go(corpus, dry_run=True)
        assert corpus.state() == state
        done = go(corpus)
        after = corpus.documents()
        assert states(done) == states(announced)
        assert {one.state for one in done} == {"unchanged", "changed", "relabelled", "accepted", "withdrawn"}
        altered = {key for key in before if after.get(key) != before[key]}
        assert altered == {
            ("article", one.document.id) if one.document.is_article else ("page", one.document.url)
            for one in announced
            if one.is_alteration
        }
        accepted = {("article", one.verdict.article_id) for one in done if one.state == "accepted" and one.verdict}
        assert set(after) - set(before) == accepted
        assert not any(one.is_alteration for one in go(corpus, dry_run=True))
