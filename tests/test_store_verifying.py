"""Each invariant is checked: what is spoilt on purpose is found and named, and repaired where it can be."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from console import JUNK, run
from recleaning import Corpus, text_of

from newsharvest.archive import Archive
from newsharvest.store import FrontierLink, Store, forgetting, verifying

URL = "https://khabar.example/a"
COPY = "https://khabar.example/b"
GONE = "https://khabar.example/gone"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A database with a bit of all: copies, a revision, posts, links, a tombstone."""
    corpus = Corpus(tmp_path_factory.mktemp("built"))
    corpus.crawl(URL, text_of(1, JUNK))
    corpus.crawl(COPY, text_of(1))
    corpus.crawl("https://other.example/c", text_of(1))
    corpus.crawl(URL, text_of(2, JUNK))
    corpus.crawl_posts({"https://khabar.example/p1": text_of(11), "https://khabar.example/p2": text_of(12)})
    corpus.crawl(GONE, text_of(9))
    with Store(corpus.db) as store, Archive(corpus.archive) as archive:
        store.frontier.add([FrontierLink(URL)], "khabar")
        forgetting.forget(store.database, archive, forgetting.plan(store.database, archive, GONE))
        forgetting.sweep(store.database, archive)
    return corpus


@pytest.fixture
def corpus(built: Corpus, tmp_path: Path) -> Corpus:
    for path in (built.db, built.archive):
        shutil.copy(path, tmp_path / path.name)
    return Corpus(tmp_path)


def spoil(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA foreign_keys = OFF;" + script)


def verify(corpus: Corpus, *options: str) -> tuple[int, dict]:
    result = run("verify", "--db", corpus.db, "--json", *options)
    return result.exit_code, json.loads(result.stdout)


def test_a_sound_database_is_sound(corpus: Corpus) -> None:
    assert verify(corpus) == (0, {"sound": True, "repaired": [], "findings": []})
    assert run("verify", "--db", corpus.db, "--quick").output == "sound\n"
    with Store(corpus.db) as store, Archive(corpus.archive) as archive:
        files = verifying.Files(store.database, archive, False)
        assert None in list(verifying.verify(files))  # what moves a bar


REPAIRABLE = {
    "counters": ("rule hits", "is counted wrong", "UPDATE rule_hits SET removed = removed + 1"),
    "counters that are not there": ("rule hits", "is counted wrong", "DELETE FROM rule_hits"),
    "index without an article": (
        "index", "does not hold just the articles",
        "INSERT INTO articles_fts (articles_fts) VALUES ('delete-all')",
    ),
    "index of other words": (
        "index", "is not found by its words",
        "INSERT INTO articles_fts (articles_fts) VALUES ('delete-all');"
        "INSERT INTO articles_fts (rowid, title, text) SELECT id, 'x', 'y' FROM articles",
    ),
    "duplicate of another text": (
        "duplicates", "with another text",
        "UPDATE articles SET duplicate_of = (SELECT id FROM articles WHERE url LIKE '%/p1') WHERE duplicate_of > 0",
    ),
    "duplicate of a duplicate": (
        "duplicates", "a duplicate of a duplicate",
        "UPDATE articles SET duplicate_of = 3 WHERE id = 2; UPDATE articles SET duplicate_of = 2 WHERE id = 3",
    ),
    "duplicate of nothing": (
        "file", "is not there", "UPDATE articles SET duplicate_of = 999 WHERE duplicate_of > 0",
    ),
    "duplicate of what is withdrawn": (
        "duplicates", "a withdrawn article",
        "UPDATE articles SET withdrawn_at = '2026-11-23', withdrawn_reason = 'x'"
        " WHERE id = (SELECT max(duplicate_of) FROM articles)",
    ),
    "hash of an article": ("duplicates", "hash of another text", "UPDATE articles SET text_hash = 'x' WHERE id = 1"),
    "removals of nothing": (
        "file", "is not there", "INSERT INTO removals VALUES (NULL, 999, 'line', 'a/b', '[]', 'x', 1)",
    ),
    "a link to nothing": ("orphans", "leads to an article", "UPDATE frontier SET article = 999"),
    "clusters": ("clusters", "cluster", "UPDATE articles SET cluster = 77 WHERE id = 1"),
    "signatures": ("clusters", "signature", "INSERT INTO signatures VALUES (999, 'x', 9, x'00')"),
    "forgotten link": (
        "forgotten", "stands in frontier", f"UPDATE frontier SET url = '{GONE}', key = 'x'",
    ),
    "unswept": ("forgotten", "in the bytes", "INSERT INTO _state VALUES ('unswept', 'x')"),
}  # fmt: skip


@pytest.mark.parametrize("name", REPAIRABLE)
def test_what_can_be_made_again_is_found_and_repaired(corpus: Corpus, name: str) -> None:
    check, what, script = REPAIRABLE[name]
    spoil(corpus.db, script)
    code, report = verify(corpus)
    assert code == 1
    assert (check, True, True) in [(it["check"], what in it["what"], bool(it["repair"])) for it in report["findings"]]
    code, report = verify(corpus, "--repair")
    assert (code, report["findings"]) == (0, [])
    assert report["repaired"]
    assert verify(corpus)[0] == 0


LOST = {
    "a text": ("texts", "its text is not", "UPDATE revisions SET text = 'और' WHERE id = 1"),
    "a field": ("texts", "its fields are not", "UPDATE revisions SET title = 'और' WHERE id = 1"),
    "authors": ("texts", "its fields are not", "UPDATE revisions SET authors = 'x' WHERE id = 1"),
    "a number": ("revisions", "numbered 1 to 3", "UPDATE revisions SET n = 3 WHERE n = 2"),
    "a revision": ("revisions", "0 revisions", "DELETE FROM revisions WHERE article = 5"),
    "the current one": ("revisions", "the current one is 1", "UPDATE articles SET revision = 1 WHERE id = 1"),
    "no text": ("revisions", "has no text", "UPDATE revisions SET text = NULL WHERE id = 1"),
    "a chain": (
        "revisions", "has no text",
        "UPDATE revisions SET text_from = (SELECT max(id) FROM revisions WHERE text IS NULL), text = NULL WHERE id = 1",
    ),
    "a change": ("revisions", "after the last one", "UPDATE articles SET change = 9999 WHERE id = 1"),
    "a page": ("pages", "has no nothing", "UPDATE revisions SET archive_key = 'nothing', n = n WHERE id = 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOST)
def test_what_is_lost_is_named_and_stays_a_finding(corpus: Corpus, name: str) -> None:
    check, what, script = LOST[name]
    spoil(corpus.db, script)
    code, report = verify(corpus, "--repair")
    assert code == 1
    assert (check, True) in [(it["check"], what in it["what"]) for it in report["findings"]]
    shown = run("verify", "--db", corpus.db)
    assert shown.exit_code == 1
    assert what in shown.stdout


PAGES = {
    "another body": ("archive", "is not the one that came", "UPDATE bodies SET sha256 = x'00' WHERE id = 1"),
    "no body": ("archive", "has no body", "UPDATE responses SET body = 999 WHERE rowid = 1"),
    "another response": ("archive", "is not what its key says", "UPDATE responses SET status = 500 WHERE rowid = 1"),
    "no response": ("pages", "the archive has no", "DELETE FROM responses WHERE url NOT LIKE '%json%'"),
    "a forgotten post": (
        "pages", "has nothing at",
        "UPDATE responses SET body = (SELECT body FROM responses WHERE url NOT LIKE '%json%') WHERE url LIKE '%json%'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_the_archive_is_looked_through(corpus: Corpus, name: str) -> None:
    check, what, script = PAGES[name]
    if name == "a forgotten post":
        with Archive(corpus.archive) as archive:
            key = archive.put("https://x.example/", status=200, headers=[], body=b"[null]", fetched_at=archive.newest())
            assert key
        script = script.replace("url NOT LIKE '%json%'", "url = 'https://x.example/'")
    spoil(corpus.archive, script)
    code, report = verify(corpus)
    assert code == 1
    found = [(it["check"], it["what"]) for it in report["findings"]]
    assert any(it[0] == check and (what in it[1] or "was erased" in it[1]) for it in found), found


def test_unused_bodies_and_tombstones_of_the_archive_are_repaired(corpus: Corpus) -> None:
    spoil(corpus.archive, "DELETE FROM forgotten; INSERT INTO bodies VALUES (999, x'01', 1, x'02')")
    _, report = verify(corpus)
    assert {it["what"].rpartition(": ")[2] for it in report["findings"]} >= {"body 999 belongs to no response"}
    assert any("the archive does not know" in it["what"] for it in report["findings"])
    assert verify(corpus, "--repair")[0] == 0


def test_a_damaged_file_is_a_finding(corpus: Corpus) -> None:
    ((page, size),) = corpus.ask("SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master"
                                 " WHERE name = 'removals_revision'")  # fmt: skip
    with corpus.db.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 64)
    code, report = verify(corpus)
    assert code == 1
    assert "file" in {it["check"] for it in report["findings"]}


def test_without_an_archive_pages_are_not_checked(corpus: Corpus) -> None:
    corpus.archive.unlink()
    result = run("verify", "--db", corpus.db)
    assert result.exit_code == 0
    assert "pages were not checked" in result.stderr
