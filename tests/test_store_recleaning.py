"""Keeping what a re-clean made of a document: signed anew, accepted, withdrawn, restored; and which are chosen."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest
from console import MARATHI, run, write_corpus
from recleaning import ADDED, FETCHED, LATER, ONE, PROMO, THREE, TWO, Corpus, changed_rules, found, go, states, text_of
from store_pages import make_page

from cleaners import rules
from newsharvest.items import Rejected
from newsharvest.reclean import compare_lines, reclean
from newsharvest.store import Store
from newsharvest.store.recleaning import Choice

# --- the same lines by other rules ---


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


# --- what changed meanwhile ---


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
