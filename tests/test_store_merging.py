"""Two corpora become one, with their history, however often and in whichever direction they are merged."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from console import JUNK, PROSE, command, run
from olderfile import take_back
from recleaning import FETCHED, Corpus, text_of
from store_pages import make_page

from newsharvest.archive import Archive
from newsharvest.items import Rejected
from newsharvest.store import FrontierLink, Store, StoreError, forgetting, index, merging

URL = "https://khabar.example/a"
SECOND = "https://khabar.example/b"
THIRD = "https://khabar.example/c"
DAY = timedelta(days=1)


@pytest.fixture
def ours(tmp_path: Path) -> Corpus:
    return new_corpus(tmp_path, "ours")


@pytest.fixture
def theirs(tmp_path: Path) -> Corpus:
    return new_corpus(tmp_path, "theirs")


def new_corpus(tmp_path: Path, name: str) -> Corpus:
    (tmp_path / name).mkdir()
    return Corpus(tmp_path / name)


def merge(into: Corpus, other: Corpus, *options: str) -> str:
    result = run("merge", other.db, "--db", into.db, *options)
    assert result.exit_code == 0, result.output
    return result.output


def history(corpus: Corpus, url: str) -> list[tuple]:
    """Return the revisions of an article as (n, day, text)."""
    return corpus.ask(
        "SELECT r.n, substr(r.seen_at, 1, 10), coalesce(r.text, o.text) FROM articles a JOIN revisions r"
        " ON r.article = a.id LEFT JOIN revisions o ON o.id = r.text_from WHERE a.url = ? ORDER BY r.n",
        url,
    )


def facts(corpus: Corpus) -> dict[str, list[tuple]]:
    """Return what a database says of the world, whatever its ids, and whichever of two equal pages it names."""
    return {
        "articles": corpus.ask(
            "SELECT a.url, a.key, a.site, a.origin, iif(a.url IS NULL, a.provenance, ''), a.first_seen, a.last_seen,"
            " a.revision, a.text_hash, a.withdrawn_at, a.withdrawn_reason FROM articles a ORDER BY 1, 5"
        ),
        "revisions": corpus.ask(
            "SELECT a.url, r.n, r.title, coalesce(r.text, o.text), r.content_hash, r.archive_key IS NULL, r.seen_at,"
            " (SELECT json_group_array(rule || m.text) FROM removals m WHERE m.revision = r.id) FROM articles a"
            " JOIN revisions r ON r.article = a.id LEFT JOIN revisions o ON o.id = r.text_from ORDER BY 1, 2, 4"
        ),
        "rejections": corpus.ask("SELECT url, stage, reason, seen_at, archive_key FROM rejections ORDER BY 1, 2, 3"),
        "frontier": corpus.ask("SELECT url, site, kind, key, state, etag, visited_at FROM frontier ORDER BY 1, 2"),
        "hits": corpus.ask(
            "SELECT rule, site, removed, supported, outside FROM rule_hits WHERE removed + supported + outside > 0"
            " ORDER BY 1, 2"
        ),
    }


def check(corpus: Corpus) -> None:
    """Hold what must hold of any database."""
    with Store(corpus.db) as store, Archive(corpus.archive) as archive:
        assert index.is_sound(store.database)
        for (key,) in corpus.ask("SELECT archive_key FROM revisions WHERE archive_key IS NOT NULL"):
            assert archive.get(key) is not None
    originals = corpus.ask(
        "SELECT text_hash, sum(duplicate_of IS NULL) FROM articles WHERE text_hash IS NOT NULL GROUP BY 1"
    )
    assert all(n == 1 for _, n in originals)
    assert (
        corpus.ask("SELECT id FROM articles WHERE duplicate_of IN (SELECT id FROM articles WHERE duplicate_of > 0)")
        == []
    )
    assert corpus.ask("PRAGMA foreign_key_check") == []


def test_histories_are_interleaved_and_the_same_is_there_once(ours: Corpus, theirs: Corpus) -> None:
    ours.crawl(URL, text_of(1))
    theirs.crawl(URL, text_of(1))
    theirs.crawl(URL, text_of(2), at=FETCHED + DAY)
    ours.crawl(URL, text_of(3), at=FETCHED + 2 * DAY)
    theirs.crawl(URL, text_of(3), at=FETCHED + 3 * DAY)
    theirs.crawl(URL, text_of(4, JUNK), at=FETCHED + 4 * DAY)
    merge(ours, theirs)
    assert history(ours, URL) == [
        (1, "2026-11-20", text_of(1)), (2, "2026-11-21", text_of(2)), (3, "2026-11-22", text_of(3)),
        (4, "2026-11-24", text_of(4)),
    ]  # fmt: skip
    assert ours.ask("SELECT first_seen, last_seen, revision FROM articles") == [
        ("2026-11-20T06:00:00+00:00", "2026-11-24T06:00:00+00:00", 4)
    ]
    with Store(ours.db) as store:
        (hit,) = store.search("वार्ड")
        assert store.article(hit.id).text == text_of(4)
        assert [it.rule for it in store.article(URL).removals] != []
        assert sum(it.removed for it in store.rule_hits()) == 1
    check(ours)


def test_the_revision_that_was_seen_last_stays_current(ours: Corpus, theirs: Corpus) -> None:
    ours.crawl(URL, text_of(2), at=FETCHED + DAY)
    theirs.crawl(URL, text_of(1))
    merge(ours, theirs)
    assert [text for *_, text in history(ours, URL)] == [text_of(1), text_of(2)]
    with Store(ours.db) as store:
        assert store.article(URL).text == text_of(2)
    check(ours)


def test_the_same_seen_earlier_there_is_no_revision(ours: Corpus, theirs: Corpus) -> None:
    ours.crawl(URL, text_of(1), at=FETCHED + DAY)
    theirs.crawl(URL, text_of(1))
    merge(ours, theirs)
    assert history(ours, URL) == [(1, "2026-11-20", text_of(1))]
    merge(theirs, ours)
    assert facts(theirs)["articles"] == facts(ours)["articles"]


def furnish(ours: Corpus, theirs: Corpus) -> None:
    """Give both what may differ: duplicates, posts, rejections, links, withdrawals, imports."""
    text = text_of(1)
    ours.crawl(URL, text)
    ours.crawl(SECOND, text)
    theirs.crawl(SECOND, text, at=FETCHED + DAY)
    theirs.crawl(THIRD, text.replace("।", " ।"), at=FETCHED + DAY)
    theirs.crawl(URL, text_of(7, JUNK), at=FETCHED + 2 * DAY)
    theirs.crawl_posts({"https://khabar.example/p1": text_of(11), "https://khabar.example/p2": text_of(12, JUNK)})
    for corpus, n in ((ours, 1), (theirs, 2)):
        folder = corpus.db.parent / "files"
        folder.mkdir()
        (folder / "same.txt").write_text("\n".join((*PROSE, text_of(20))), encoding="utf-8")
        (folder / f"own{n}.txt").write_text(text_of(20 + n), encoding="utf-8")
        assert run("import", folder, "--db", corpus.db).exit_code == 0
        with Store(corpus.db) as store:
            store.frontier.add([FrontierLink(URL), FrontierLink(f"https://khabar.example/l{n}")], "khabar")
            store.frontier.add([FrontierLink("https://khabar.example/feed", "feed")], "khabar")
            row = store.frontier.find("khabar", URL)
            page = make_page(URL, site="khabar", fetched_at=FETCHED + n * DAY)
            if n == 2:
                store.keep(
                    page, Rejected(URL, "fetch", "http 404"), origin="crawl", rules_version="1", frontier_id=row.id,
                    seen_at=FETCHED + 5 * DAY,
                )  # fmt: skip
            for url in ("https://khabar.example/mr", f"https://khabar.example/mr{n}"):
                store.keep(
                    make_page(url, site="khabar", fetched_at=FETCHED + n * DAY), Rejected(url, "language", "mr"),
                    origin="crawl", rules_version="1",
                )  # fmt: skip


def test_merging_again_and_back_changes_nothing(ours: Corpus, theirs: Corpus) -> None:
    furnish(ours, theirs)
    other = theirs.db.read_bytes()
    report = merge(ours, theirs)
    assert theirs.db.read_bytes() == other
    check(ours)
    state, seen = ours.state(), facts(ours)
    assert len(seen["articles"]) == 8
    assert {row[0] for row in seen["rejections"]} == {
        "https://khabar.example/mr", "https://khabar.example/mr1", "https://khabar.example/mr2"
    }  # fmt: skip
    assert "new articles" in report
    merge(ours, theirs)
    assert ours.state() == state
    merge(theirs, ours)
    check(theirs)
    assert facts(theirs) == seen
    merge(ours, theirs)
    assert ours.state() == state


def test_withdrawals_follow_the_later_word(ours: Corpus, theirs: Corpus) -> None:
    furnish(ours, theirs)
    merge(ours, theirs)
    assert ours.ask("SELECT withdrawn_reason, substr(withdrawn_at, 1, 10) FROM articles WHERE url = ?", URL) == [
        ("fetch: http 404", "2026-11-25")
    ]
    assert ours.ask("SELECT state FROM frontier WHERE url = ?", URL) == [("rejected",)]
    theirs.crawl(URL, text_of(7, JUNK), at=FETCHED + 6 * DAY)
    merge(ours, theirs)
    assert ours.ask("SELECT withdrawn_reason FROM articles WHERE url = ?", URL) == [(None,)]
    check(ours)


def test_copies_know_their_original_here(ours: Corpus, theirs: Corpus) -> None:
    furnish(ours, theirs)
    merge(ours, theirs)
    rows = dict(ours.ask("SELECT url, duplicate_of FROM articles WHERE url IN (?, ?, ?)", URL, SECOND, THIRD))
    second = ours.ask("SELECT id FROM articles WHERE url = ?", SECOND)[0][0]
    assert rows == {URL: None, SECOND: None, THIRD: second}  # URL has another text since


def test_an_article_that_moved_is_known_by_its_key(ours: Corpus, theirs: Corpus) -> None:
    for corpus, url, text, at in ((ours, URL, text_of(1), FETCHED), (theirs, SECOND, text_of(2), FETCHED + DAY)):
        corpus.crawl(url, text, at=at)
        with closing(sqlite3.connect(corpus.db)) as connection, connection:
            connection.execute("UPDATE articles SET key = 'id:5'")
    merge(ours, theirs)
    assert ours.ask("SELECT url, revision FROM articles") == [(URL, 2)]
    state = ours.state()
    merge(ours, theirs)
    assert ours.state() == state
    ours.crawl(URL, text_of(2), at=FETCHED + 2 * DAY)  # its hash is of the address that it has here
    assert ours.ask("SELECT revision FROM articles") == [(2,)]


def test_an_older_file_is_read_through_a_copy_and_a_newer_refused(ours: Corpus, theirs: Corpus) -> None:
    theirs.crawl(URL, text_of(1))
    take_back(theirs.db, 1)
    before = theirs.db.read_bytes()
    dead = ours.db.parent / ".merge-99999999-killed"  # no process has this number
    dead.mkdir()
    merge(ours, theirs)
    assert [text for *_, text in history(ours, URL)] == [text_of(1)]
    assert theirs.db.read_bytes() == before
    assert not list(ours.db.parent.glob(".merge-*"))
    with closing(sqlite3.connect(theirs.db)) as connection, connection:
        connection.execute("INSERT INTO _migrations VALUES (9999, 'tomorrow', '2099-01-01')")
    result = run("merge", theirs.db, "--db", ours.db)
    assert result.exit_code == 1
    assert "newer newsharvest" in result.output


def test_the_other_may_have_another_prefix(ours: Corpus, theirs: Corpus, tmp_path: Path) -> None:
    with Store(theirs.db, prefix="nh_") as store:
        from store_pages import keep

        keep(store, URL, text_of(1))
    ours.crawl(SECOND, text_of(2))
    merge(ours, theirs)
    assert ours.ask("SELECT url FROM articles ORDER BY url") == [(URL,), (SECOND,)]
    with Store(theirs.db, prefix="x_"):
        pass
    with (
        Store(ours.db) as store,
        pytest.raises(StoreError, match="several corpora"),
        merging.open_other(theirs.db, store.database),
    ):
        pass
    with (
        Store(ours.db) as store,
        pytest.raises(StoreError, match="the database itself"),
        merging.open_other(ours.db, store.database),
    ):
        pass


def test_without_an_archive_no_key_leads_nowhere(ours: Corpus, theirs: Corpus) -> None:
    theirs.crawl(URL, text_of(1))
    ours.crawl(SECOND, text_of(2))
    aside = theirs.archive.rename(theirs.archive.with_name("elsewhere.db"))
    assert "without raw pages" in merge(ours, theirs)
    key = "SELECT archive_key FROM revisions r JOIN articles a ON a.id = r.article WHERE url = ?"
    assert ours.ask(key, URL) == [(None,)]
    merge(ours, theirs, "--archive", str(aside))
    assert ours.ask(key, URL) == theirs.ask(key, URL)
    check(ours)


def test_what_is_forgotten_on_either_side_is_forgotten(ours: Corpus, theirs: Corpus) -> None:
    for corpus in (ours, theirs):
        corpus.crawl(URL, text_of(1))
        corpus.crawl(SECOND, text_of(2))
        corpus.crawl_posts({THIRD: text_of(3), "https://khabar.example/d": text_of(4)})
    for corpus, url in ((ours, URL), (theirs, SECOND), (ours, THIRD)):
        with Store(corpus.db) as store, Archive(corpus.archive) as archive:
            forgetting.forget(store.database, archive, forgetting.plan(store.database, archive, url))
    theirs.crawl_posts({THIRD: text_of(3), "https://khabar.example/d": text_of(4)}, at=FETCHED + DAY)
    merge(ours, theirs)
    merge(theirs, ours)
    for corpus in (ours, theirs):
        assert corpus.ask("SELECT url FROM articles") == [("https://khabar.example/d",)]
        with Archive(corpus.archive) as archive:
            assert not any(url in archive.urls() for url in (URL, SECOND))
            held = b"".join(it.body for url in archive.urls() for it in archive.versions(url))
        for number in (1, 2, 3):
            assert text_of(number).split("\n")[-1].encode() not in held
        check(corpus)


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_a_merge_that_is_killed_goes_on(ours: Corpus, theirs: Corpus, tmp_path: Path, kills: int) -> None:
    furnish(ours, theirs)
    fill(theirs, 150)
    whole = new_corpus(tmp_path, "whole")
    for name in ("news.db", "archive.db"):
        with (
            closing(sqlite3.connect(ours.db.parent / name)) as source,
            closing(sqlite3.connect(whole.db.parent / name)) as target,
        ):
            source.backup(target)
    merge(whole, theirs)
    killed = 0
    for _ in range(kills):
        process = subprocess.Popen(
            command("merge", theirs.db, "--db", ours.db), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        before = rows_of(ours)
        deadline = time.monotonic() + 20
        while rows_of(ours) == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(random.uniform(0, 0.1))
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert killed
    merge(ours, theirs)
    check(ours)
    assert facts(ours) == facts(whole)


def fill(corpus: Corpus, number: int) -> None:
    """Add articles as they come from the path, without cleaning each."""
    from store_pages import keep

    with Store(corpus.db) as store, Archive(corpus.archive) as archive:
        for n in range(number):
            url = f"https://khabar.example/many/{n}"
            archive.put(url, status=200, headers=[], body=url.encode(), fetched_at=FETCHED)
            keep(store, url, text_of(1000 + n // 2), site="khabar")


def rows_of(corpus: Corpus) -> int:
    """Count what a merge has written so far, in both files."""
    with closing(sqlite3.connect(corpus.archive)) as connection:
        (held,) = connection.execute("SELECT count(*) FROM responses").fetchone()
    return corpus.ask("SELECT count(*) FROM articles")[0][0] + held
