"""Cleaning again from the archive: what becomes of articles and of rejected pages when rules change."""

from __future__ import annotations

import dataclasses
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from console import MARATHI, run, write_corpus
from olderfile import take_back
from recleaning import ADDED, FETCHED, PROMO, Corpus, changed_rules, text_of
from store_pages import make_page

from cleaners import rules
from newsharvest import reclean as recleaning
from newsharvest.archive import ArchiveError
from newsharvest.items import Rejected
from newsharvest.reclean import Missing, compare_lines, reclean
from newsharvest.store import FrontierLink, Store, index
from newsharvest.store.recleaning import Choice

ONE, TWO, THREE = (f"https://khabar.example/{n}" for n in (1, 2, 3))
LATER = FETCHED + timedelta(hours=5)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path)


def go(corpus: Corpus, choice: Choice | None = None, *, dry_run: bool = False) -> list[recleaning.Recleaned]:
    """Re-clean in this process; the index must be sound afterwards."""
    version = rules.rules_version()
    with Store(corpus.db) as store:
        done = list(
            reclean(store, corpus.archive, choice or Choice(), rules_version=version, workers=0, dry_run=dry_run)
        )
        assert index.is_sound(store.database)
    return done


def states(done: list[recleaning.Recleaned]) -> list[str]:
    return [one.state for one in done]


def found(corpus: Corpus, words: str) -> list[int]:
    with Store(corpus.db, readonly=True) as store:
        return [hit.id for hit in store.search(words)]


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


# --- a rule more ---


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


def test_a_line_that_another_rule_takes_makes_no_revision_but_is_signed_anew(corpus: Corpus) -> None:
    with changed_rules("old", added=({**ADDED, "id": "other-name"},)):
        corpus.crawl(ONE, text_of(1, PROMO))
    revision = corpus.ask("SELECT id, n, text, content_hash, rules_version, seen_at FROM revisions")
    with changed_rules("new", added=(ADDED,)):
        done = go(corpus)
        assert states(done) == ["relabelled"]
        assert compare_lines(done[0]).removed == compare_lines(done[0]).kept == {}
        assert states(go(corpus)) == ["unchanged"]
    assert corpus.ask("SELECT id, n, text, content_hash, rules_version, seen_at FROM revisions") == revision
    assert corpus.ask("SELECT rule FROM removals WHERE text = ?", PROMO) == [("ads/mobile-promo",)]
    assert corpus.ask("SELECT rule, removed FROM rule_hits WHERE rule LIKE 'ads/%' ORDER BY 1") == [
        ("ads/mobile-promo", 1), ("ads/other-name", 0),
    ]  # fmt: skip
    assert corpus.ask("SELECT change, rules_version FROM articles") == [(1, "new")]


def test_counts_outside_the_body_are_signed_anew_too(corpus: Corpus) -> None:
    corpus.crawl(ONE, text_of(1))
    counted = corpus.ask("SELECT rule, site, removed, supported, outside FROM rule_hits")
    with Store(corpus.db) as store:
        store.database.execute("UPDATE {revisions} SET outside = ?", ('{"gone/rule": 2}',))
        store.database.execute("DELETE FROM {rule_hits}")
        store.database.execute(
            "INSERT INTO {rule_hits} VALUES ('gone/rule', 'khabar', 0, 0, 2, ?)", (FETCHED.isoformat(),)
        )
    assert states(go(corpus)) == ["relabelled"]
    assert corpus.ask("SELECT outside FROM rule_hits WHERE rule = 'gone/rule'") == [(0,)]
    assert [row for row in corpus.ask("SELECT rule, site, removed, supported, outside FROM rule_hits") if row[4]] == [
        row for row in counted if row[4]
    ]


# --- from rejected to article, and back ---


def test_a_rejected_page_may_become_an_article(corpus: Corpus) -> None:
    with changed_rules("old", added=({**ADDED, "equals": text_of(1, PROMO).split("\n")},)):
        corpus.crawl(ONE, text_of(1, PROMO), listed_at=FETCHED)
    assert corpus.ask("SELECT stage, reason FROM rejections") == [("line", "nothing but boilerplate")]
    key = corpus.ask("SELECT archive_key FROM rejections")[0][0]
    assert states(go(corpus)) == ["accepted"]
    assert corpus.ask("SELECT * FROM rejections") == []
    assert corpus.ask("SELECT url, text, provenance, first_seen, last_seen, published_at FROM corpus") == [
        (ONE, text_of(1, PROMO), key, FETCHED.isoformat(), FETCHED.isoformat(), FETCHED.isoformat())
    ]
    assert corpus.ask("SELECT archive_key, rules_version FROM revisions") == [(key, rules.rules_version())]
    assert found(corpus, "मोबाइल") == [1]


def everything(number: int) -> dict:
    """A rule that takes every line of a story."""
    return {**ADDED, "id": "all", "equals": text_of(number).split("\n")}


def test_an_article_whose_page_is_refused_is_withdrawn_with_the_reason_and_comes_back(corpus: Corpus) -> None:
    corpus.crawl(ONE, text_of(1))
    corpus.crawl(TWO, text_of(2))
    before = corpus.ask("SELECT * FROM corpus WHERE id = 1")[0][:-1]
    with changed_rules("harsh", added=(everything(1),)):
        done = go(corpus)
        assert states(done) == ["withdrawn", "changed"]
        assert states(go(corpus)) == ["unchanged"] * 2
    assert done[0].verdict is not None
    assert done[0].verdict.reason == "line: nothing but boilerplate"
    with Store(corpus.db) as store:
        article = store.article(ONE)
        assert article is not None
        assert (article.text, article.revision) == (text_of(1), 1)
        assert article.withdrawn_at is not None
        assert (article.withdrawn_reason, article.change) == ("line: nothing but boilerplate", 3)
    assert corpus.ask("SELECT count(*) FROM rejections") == [(0,)]
    assert states(go(corpus)) == ["restored", "changed"]
    assert corpus.ask("SELECT * FROM corpus WHERE id = 1")[0][:-1] == before
    assert corpus.ask("SELECT withdrawn_at, withdrawn_reason, change FROM articles WHERE id = 1") == [(None, None, 5)]


def test_an_article_comes_back_changed(corpus: Corpus) -> None:
    corpus.crawl(ONE, text_of(1, PROMO))
    with Store(corpus.db) as store:
        store.database.execute("UPDATE {articles} SET withdrawn_at = '2026-11-21', withdrawn_reason = 'line: no text'")
    with changed_rules("new", added=(ADDED,)):
        assert states(go(corpus)) == ["restored"]
    assert corpus.ask("SELECT text, revision, withdrawn_at FROM corpus") == [(text_of(1), 2, None)]


def test_what_the_site_took_back_stays_so_and_is_cleaned_all_the_same(corpus: Corpus) -> None:
    corpus.crawl(ONE, text_of(1, PROMO))
    with Store(corpus.db) as store:
        reason = "fetch: 410 Gone"
        store.database.execute("UPDATE {articles} SET withdrawn_at = '2026-11-21', withdrawn_reason = ?", (reason,))
    with changed_rules("new", added=(ADDED,)):
        assert states(go(corpus)) == ["changed"]
    assert corpus.ask("SELECT text, withdrawn_at FROM corpus") == [(text_of(1), "2026-11-21")]
    with changed_rules("harsh", added=(ADDED, everything(1))):
        assert states(go(corpus)) == ["unchanged"]
    assert corpus.ask("SELECT withdrawn_reason, rules_version FROM articles") == [("fetch: 410 Gone", "harsh")]


def test_another_reason_to_refuse_is_noted(corpus: Corpus) -> None:
    corpus.crawl(ONE, MARATHI)
    corpus.crawl(TWO, text_of(2))
    with Store(corpus.db) as store:
        store.database.execute("UPDATE {rejections} SET reason = 'an older reason'")
        store.database.execute("UPDATE {articles} SET withdrawn_at = '2026-11-21', withdrawn_reason = 'line: older'")
    with changed_rules("harsh", added=(everything(2),)):
        assert states(go(corpus)) == ["refused", "refused"]
    ((stage, reason, version),) = corpus.ask("SELECT stage, reason, rules_version FROM rejections")
    assert (stage, version) == ("language", "harsh") and reason.startswith("Marathi (mr)")
    assert corpus.ask("SELECT withdrawn_at, withdrawn_reason FROM articles") == [
        ("2026-11-21", "line: nothing but boilerplate")
    ]


def test_of_the_rows_of_a_rejected_page_only_the_latest_counts_and_none_that_was_not_fetched(corpus: Corpus) -> None:
    corpus.crawl(ONE, MARATHI)
    corpus.crawl(ONE, "", at=LATER)
    with Store(corpus.db) as store:
        page = store.rejections()[0]
        gone = Rejected(TWO, "fetch", "404 Not Found")
        store.keep(make_page(TWO, site="khabar"), gone, origin="crawl", rules_version="x", archive_key=page.archive_key)
        store.keep(
            make_page(ONE, site="khabar", fetched_at=LATER + timedelta(days=1)), dataclasses.replace(gone, url=ONE),
            origin="crawl", rules_version="x", archive_key=page.archive_key,
        )  # fmt: skip
    assert len(corpus.ask("SELECT * FROM rejections")) == 4
    done = go(corpus)
    assert states(done) == ["unchanged"]
    assert done[0].document.seen_at == LATER
    with Store(corpus.db) as store:
        assert store.recleaning.count(Choice()) == 1


def test_an_accepted_page_does_not_overwrite_what_a_later_visit_brought(corpus: Corpus) -> None:
    corpus.crawl(ONE, text_of(1), at=LATER)
    with changed_rules("harsh", added=(everything(7),)):
        corpus.crawl(ONE, text_of(7), at=FETCHED)  # an older archive, replayed
    assert states(go(corpus)) == ["unchanged", "accepted"]
    assert corpus.ask("SELECT text, revision FROM corpus") == [(text_of(1), 1)]
    assert corpus.ask("SELECT count(*) FROM rejections") == [(0,)]


# --- which documents ---


def test_only_what_the_present_rules_have_not_cleaned(corpus: Corpus) -> None:
    for url, text in ((ONE, text_of(1, PROMO)), (TWO, text_of(2)), (THREE, MARATHI)):
        corpus.crawl(url, text)
    choice = Choice(not_by="new")
    with changed_rules("new", added=(ADDED,)):
        assert states(go(corpus, choice, dry_run=True)) == ["changed", "unchanged", "unchanged"]
        assert states(go(corpus, choice)) == ["changed", "unchanged", "unchanged"]
        assert go(corpus, choice) == []
        with Store(corpus.db) as store:
            assert (store.recleaning.count(choice), store.recleaning.count(Choice())) == (0, 3)
    noted = corpus.ask("SELECT rules_version FROM articles UNION ALL SELECT rules_version FROM rejections")
    assert noted == [("new",)] * 3
    assert corpus.ask("SELECT rules_version FROM revisions WHERE article = 2") == [(rules.rules_version(),)]


def test_a_visit_that_brings_nothing_new_leaves_the_page_to_a_re_clean(corpus: Corpus) -> None:
    """Its removals are still those of the rules before."""
    with changed_rules("old", added=({**ADDED, "id": "other-name"},)):
        corpus.crawl(ONE, text_of(1, PROMO))
    with changed_rules("new", added=(ADDED,)):
        assert corpus.crawl(ONE, text_of(1, PROMO), at=LATER).state == "unchanged"
        assert states(go(corpus, Choice(not_by="new"))) == ["relabelled"]


def test_a_site_and_a_day(corpus: Corpus, tmp_path: Path) -> None:
    run("import", write_corpus(tmp_path / "corpus"), "--db", corpus.db)
    corpus.crawl(ONE, text_of(1))
    corpus.crawl(TWO, text_of(2), at=LATER)
    corpus.crawl(THREE, MARATHI, at=LATER)
    assert [one.document.url for one in go(corpus, Choice(site="khabar"))] == [ONE, TWO, THREE]
    assert [one.document.url for one in go(corpus, Choice(site="khabar", since=LATER))] == [TWO, THREE]
    with Store(corpus.db) as store:
        assert store.recleaning.count(Choice(site="khabar", since=LATER)) == 2


def test_rows_are_read_a_few_at_a_time_while_others_are_added(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsharvest.store.recleaning._ROWS_AT_A_TIME", 2)
    for number in range(5):
        corpus.crawl(f"https://khabar.example/{number}", text_of(number))
    with Store(corpus.db) as store:
        documents = store.recleaning.documents(Choice())
        first = next(documents)
        corpus.crawl("https://khabar.example/9", text_of(9))
        assert [first.id, *(it.id for it in documents)] == [1, 2, 3, 4, 5]


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


def test_what_another_process_wrote_meanwhile_is_left_alone(corpus: Corpus) -> None:
    corpus.crawl(ONE, text_of(1, PROMO))
    corpus.crawl(TWO, text_of(2))
    with Store(corpus.db) as store, changed_rules("new", added=(ADDED,)):
        work = reclean(store, corpus.archive, Choice(), rules_version="new", workers=0)
        documents = store.recleaning.documents
        listed = list(documents(Choice()))
        store.recleaning.documents = lambda choice: iter(listed)
        corpus.crawl(ONE, text_of(7), at=LATER)
        corpus.crawl(TWO, text_of(8), at=LATER)
        assert states(list(work)) == ["overtaken", "overtaken"]
        store.recleaning.note(listed, "much newer")
    assert corpus.ask("SELECT text, revision FROM corpus") == [(text_of(7), 2), (text_of(8), 2)]
    assert corpus.ask("SELECT DISTINCT rules_version FROM articles") == [("new",)]


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
