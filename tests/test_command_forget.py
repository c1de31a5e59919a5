"""`newsharvest forget` as a user meets it: it asks, names what stays, lists, and goes on after a kill."""

from __future__ import annotations

import json
import os
import pty
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import zstandard
from console import command, run
from killing import Killer, copied
from recleaning import FETCHED, Corpus, text_of

from cleaners.devanagari import match_key
from newsharvest.archive import Archive
from newsharvest.erasing import fold_address
from newsharvest.store import FrontierLink, Store
from newsharvest.store.exporting import Choice, Gone, Position

URL = "https://khabar.example/a"
COPY = "https://khabar.example/b"


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    corpus = Corpus(tmp_path)
    corpus.crawl(URL, text_of(1))
    corpus.crawl(COPY, text_of(1))
    corpus.crawl("https://khabar.example/c", text_of(3))
    return corpus


def urls(corpus: Corpus) -> list[str]:
    return [url for (url,) in corpus.ask("SELECT url FROM articles ORDER BY id")]


def test_without_a_terminal_it_wants_a_yes(corpus: Corpus) -> None:
    result = run("forget", URL, "--db", corpus.db)
    assert result.exit_code == 2
    assert "--yes" in result.output
    assert "नहर की सफाई शुरू" in result.stderr
    assert len(urls(corpus)) == 3


@pytest.mark.parametrize(("answer", "left"), [(b"y\n", 2), (b"n\n", 3)])
def test_in_a_terminal_it_asks(corpus: Corpus, answer: bytes, left: int) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("forget", URL, "--db", corpus.db), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    os.write(ours, answer)
    _, said = process.communicate(timeout=60)
    os.close(ours), os.close(theirs)
    assert b"for good?" in said
    assert len(urls(corpus)) == left


def test_copies_are_named_and_go_when_asked(corpus: Corpus) -> None:
    result = run("forget", URL, "--yes", "--db", corpus.db)
    assert result.exit_code == 0
    assert f"forgotten: {URL} (#1)" in result.stdout
    assert f"the same text stays as #2 {COPY}" in result.stderr
    assert urls(corpus) == [COPY, "https://khabar.example/c"]
    corpus.crawl("https://khabar.example/d", text_of(1))
    assert run("forget", COPY, "--copies", "--yes", "--reason", "letter", "--db", corpus.db).exit_code == 0
    assert urls(corpus) == ["https://khabar.example/c"]
    listed = run("forget", "--list", "--db", corpus.db).stdout
    assert [URL in listed, COPY in listed, "https://khabar.example/d" in listed, "letter" in listed] == [True] * 4
    assert corpus.ask("SELECT command, outcome FROM runs") == [("forget", "finished")] * 2
    assert run("verify", "--db", corpus.db).stdout == "sound\n"


def test_undo_and_wrong_words(corpus: Corpus) -> None:
    run("forget", URL, "--yes", "--db", corpus.db)
    assert URL in run("forget", "--undo", URL, "--db", corpus.db).stdout
    assert URL not in run("forget", "--list", "--db", corpus.db).stdout
    assert run("verify", "--db", corpus.db).stdout == "sound\n"
    for words in ((), ("--list", URL), ("--undo",), ("--list", "--undo")):
        assert run("forget", *words, "--db", corpus.db).exit_code == 2
    result = run("forget", "nothing.txt", "--yes", "--db", corpus.db)
    assert result.exit_code == 1
    assert "nothing.txt" in result.output


@pytest.mark.parametrize(
    "place",
    [
        "archives._drop", "archives._documents_of_many", "forgetting._erase", "forgetting._bury",
        "forgetting._merge_index", "archives.shrink", "forgetting.compact",
    ],
)  # fmt: skip
def test_killed_in_between_the_same_command_does_the_rest(corpus: Corpus, place: str) -> None:
    with Store(corpus.db) as store:
        store.frontier.add([FrontierLink(URL)], "khabar")
    words = ("forget", URL, "--yes", "--db", str(corpus.db))
    die_at(place, words)
    stones = [url for (url,) in corpus.ask("SELECT url FROM forgotten")]
    assert (stones == [URL]) != (URL in urls(corpus))
    assert len(corpus.ask("SELECT 1 FROM _state WHERE name = 'unswept'")) == len(stones)
    with Archive(corpus.archive) as archive:
        assert archive.is_forgotten(URL)
    assert run(*words).exit_code == 0
    assert urls(corpus) == [COPY, "https://khabar.example/c"]
    with Archive(corpus.archive) as archive:
        assert archive.latest(URL) is None
    assert run("verify", "--db", corpus.db).stdout == "sound\n"


def test_killed_in_between_the_copies_go_all_the_same(corpus: Corpus) -> None:
    words = ("forget", URL, "--copies", "--yes", "--db", str(corpus.db))
    die_at("archives.erase", words, call=2)
    assert run(*words).exit_code == 0
    assert urls(corpus) == ["https://khabar.example/c"]


def die_at(place: str, words: tuple[str, ...], call: int = 1) -> None:
    """Run newsharvest in a process that kills itself where it would call a function for the n-th time."""
    code = (
        "import itertools, os, sys; from newsharvest.store import archives, forgetting\n"
        f"count, known = itertools.count(1), {place}\n"
        "def die(*given, **options):\n"
        f"    if next(count) == {call}: os.kill(os.getpid(), 9)\n    return known(*given, **options)\n"
        f"{place} = die; sys.argv[1:] = {words!r}; from newsharvest.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert done.returncode == -9, done.stderr


def test_what_is_erased_already_is_known_by_the_names_that_it_had(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "4.txt").write_text(text_of(4), encoding="utf-8")
    assert run("import", tmp_path / "folder", "--db", corpus.db).exit_code == 0
    for name in ("3", "4.txt"):
        words = ("forget", name, "--yes", "--db", str(corpus.db))
        die_at("forgetting._merge_index", words)
        assert run("verify", "--db", corpus.db).exit_code == 1  # bytes are left
        result = run(*words)
        assert result.exit_code == 0, result.output
        assert run("verify", "--db", corpus.db).stdout == "sound\n"
    assert urls(corpus) == [URL, COPY]
    assert run("forget", "--undo", "https://khabar.example/c", "--db", corpus.db).exit_code == 0
    assert run("forget", "3", "--yes", "--db", corpus.db).exit_code == 1


@pytest.mark.parametrize("is_killed", [True, False])
def test_an_address_that_the_erased_page_alone_told_has_a_tombstone(corpus: Corpus, is_killed: bool) -> None:
    other = "https://khabar.example/old/a"
    with Store(corpus.db) as store, Archive(corpus.archive) as archive:
        key = archive.put(other, status=200, headers=[], body=b"x", fetched_at=FETCHED)
        store.database.execute("UPDATE {revisions} SET archive_key = ? WHERE article = 1", (key,))
    words = ("forget", URL, "--yes", "--db", str(corpus.db))
    if is_killed:
        die_at("forgetting._erase", words)
    assert run(*words).exit_code == 0
    assert corpus.ask("SELECT url FROM forgotten ORDER BY url") == [(URL,), (other,)]
    assert corpus.ask("SELECT name FROM _state WHERE name LIKE 'forg%'") == []


def test_the_next_export_tells_that_it_is_withdrawn(corpus: Corpus) -> None:
    def changes(after) -> list:
        with Store(corpus.db) as store, store.exports.snapshot() as snapshot:
            return [snapshot.position, *snapshot.changes(Choice(), after)]

    with Store(corpus.db) as store, store.exports.snapshot() as snapshot:
        position = snapshot.position
    run("forget", "https://khabar.example/c", "--yes", "--db", corpus.db)
    new, *told = changes(position)
    assert [(type(it), it.id) for it in told] == [(Gone, 3)]
    assert changes(new)[1:] == []
    corpus.crawl("https://khabar.example/d", text_of(4), at=FETCHED)
    assert [it["id"] for it in changes(new)[1:]] == [4]


# --- killed at any moment ---

PAGES, POSTS, FILES = range(1, 17), range(17, 37), range(37, 41)  # the numbers are the ids too
GOING = {n for n in (*PAGES, *POSTS, *FILES) if n % 3}
COPY_OF_THE_FIRST = 41


def address(n: int) -> str:
    return f"https://khabar.example/desh/{n:03}"


def secret(n: int) -> str:
    """Return a word of an article; what it begins with is what an index of words leaves out where it can."""
    own = chr(ord("क") + n // 20) + chr(ord("क") + n % 20)
    return f"{own}झुमरीतलैया{own}"


def names_of_going() -> list[str]:
    """Return what is to be forgotten as a user may name it: by address, by id, by the path of an imported file."""
    return [f"{n}.txt" if n in FILES else str(n) if n % 2 else address(n) for n in sorted(GOING)]


@pytest.fixture
def many(tmp_path: Path) -> Corpus:
    """Pages, posts in two answers, imported files and an exact copy; one page was fetched at another address too."""
    (tmp_path / "older").mkdir()
    (tmp_path / "files").mkdir()
    many = Corpus(tmp_path / "older")
    with Store(many.db) as store:
        store.frontier.add(map(FrontierLink, map(address, PAGES)), "khabar")
    for n in PAGES:
        many.crawl(address(n), text_of(n, secret(n)))
    for day, numbers in enumerate((POSTS[:10], POSTS[10:])):
        many.crawl_posts({address(n): text_of(n, secret(n)) for n in numbers}, at=FETCHED + timedelta(days=day))
    for n in FILES:
        (tmp_path / "files" / f"{n}.txt").write_text(text_of(n, secret(n)), encoding="utf-8")
    assert run("import", tmp_path / "files", "--db", many.db).exit_code == 0
    many.crawl(address(COPY_OF_THE_FIRST), text_of(1, secret(1)))
    entries = "".join(f"<item><link>{address(n)}</link><title>{secret(n)}</title></item>" for n in PAGES)
    with Store(many.db) as store, Archive(many.archive) as archive:
        archive.put(
            "https://khabar.example/feed", status=200, headers=[("Content-Type", "application/rss+xml")],
            body=f"<rss><channel>{entries}</channel></rss>".encode(), fetched_at=FETCHED,
        )  # fmt: skip
        key = archive.put("https://khabar.example/old/2", status=200, headers=[], body=b"x", fetched_at=FETCHED)
        store.database.execute("UPDATE {revisions} SET archive_key = ? WHERE article = 2", (key,))
    assert many.ask("SELECT id FROM articles") == [(n,) for n in range(1, COPY_OF_THE_FIRST + 1)]
    assert run("verify", "--db", many.db).stdout == "sound\n"
    return many


def copy_of(corpus: Corpus, name: str) -> Corpus:
    folder = corpus.db.parent.parent / name
    folder.mkdir(exist_ok=True)
    for file in (corpus.db, corpus.archive):
        shutil.copy(file, folder)
    return Corpus(folder)


@pytest.mark.parametrize("kills", [4, pytest.param(25, marks=pytest.mark.slow)])
def test_killed_at_any_moment_no_text_goes_without_a_tombstone(many: Corpus, kills: int) -> None:
    whole, killed = copy_of(many, "whole"), copy_of(many, "killed")
    words = ("forget", *names_of_going(), "--yes", "--reason", "letter", "--db")
    work = Killer(whole.db).run(*words, whole.db)
    killer = Killer(killed.db)
    with Store(many.db) as store, store.exports.snapshot() as snapshot:
        beginning = snapshot.position
    while kills > 0:
        killed, told, position = copy_of(many, "killed"), [], beginning
        is_over = False
        while kills > 0 and not is_over:
            killer.kill(*words, killed.db, within=work * killer.chance.choice((0.6, 1)))
            with copied(killed.db, killed.archive) as folder:
                _, is_over = check_on_the_way(Corpus(folder), str(killer))
                position = tell(Corpus(folder), position, told)
            kills -= not is_over
            is_over = is_over or killer.chance.random() < 0.3  # so that not all come where little is left
        assert run(*words, killed.db).exit_code == 0, killer
        tell(killed, position, told)
        assert sorted(told) == sorted(GOING), killer
        assert check_on_the_way(killed, str(killer)) == (set(), True), killer
        assert outcome(killed) == outcome(whole), killer
        assert run("verify", "--db", killed.db).stdout == "sound\n", killer


def check_on_the_way(corpus: Corpus, told: str) -> tuple[set[int], bool]:
    """Check that each article is whole or under its tombstone; return those still to be forgotten, and whether both
    files are written anew.
    """
    assert corpus.ask("PRAGMA integrity_check") == [("ok",)], told
    texts = dict(corpus.ask("SELECT id, text FROM corpus"))
    stones = corpus.ask("SELECT article FROM forgotten WHERE article IS NOT NULL ORDER BY article")
    assert stones == [(n,) for n in sorted({*PAGES, *POSTS, *FILES} - set(texts))], told
    kept_away, held = archived(corpus)
    for n in (*PAGES, *POSTS, *FILES):
        holders = {n, COPY_OF_THE_FIRST} if n == 1 else {n}
        assert {it for it, text in texts.items() if secret(n) in text} == holders & set(texts), f"{n}: {told}"
        found = corpus.ask("SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?", match_key(secret(n)))
        assert {it for (it,) in found} == holders & set(texts), f"{n}: {told}"
        name = f"file:corpus/{n}.txt" if n in FILES else fold_address(address(n))
        places = [url for url, body in held if holds(body, secret(n)) and not url.endswith("/041")]
        assert len(places) <= 1 + (n in PAGES), f"{n}: {told}"
        assert name in kept_away or len(places) == 1 + (n in PAGES), f"{n}: {told}"
        assert n in texts or (name in kept_away and not places), f"{n}: {told}"
    gone = GOING - set(texts)
    assert {*PAGES, *POSTS, *FILES, COPY_OF_THE_FIRST} - set(texts) == gone, told
    is_swept = not corpus.ask("SELECT 1 FROM _state WHERE name = 'unswept'")
    if gone and is_swept:
        assert gone == GOING, told
        bytes_left = b"".join(file.read_bytes() for file in corpus.db.parent.iterdir())
        assert [n for n in GOING - {1} if match_key(secret(n))[2:].encode() in bytes_left] == [], told
    return GOING - gone, bool(gone) and is_swept


def holds(body: bytes, text: str) -> bool:
    return text.encode() in body or json.dumps(text)[1:-1].encode() in body


def archived(corpus: Corpus) -> tuple[set[str], list[tuple[str, bytes]]]:
    """Return the addresses that an archive keeps away, and its pages."""
    with closing(sqlite3.connect(corpus.archive)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        kept_away = {it for (it,) in connection.execute("SELECT address FROM forgotten")}
        rows = connection.execute("SELECT url, zstd FROM responses JOIN bodies ON id = body ORDER BY key")
        return kept_away, [(url, zstandard.decompress(packed)) for url, packed in rows]


def tell(corpus: Corpus, after: Position, told: list[int]) -> Position:
    """Add the articles that the next export says are gone; return what that has told up to."""
    with Store(corpus.db) as store, store.exports.snapshot() as snapshot:
        told += [it.id for it in snapshot.changes(Choice(), after) if isinstance(it, Gone)]
        return snapshot.position


def outcome(corpus: Corpus) -> dict[str, object]:
    """Return all that two files hold, but for times, the count of transactions and the log of runs."""
    queries = {
        name: f"SELECT * FROM {name} ORDER BY 1, 2"
        for name in ("revisions", "removals", "rejections", "frontier", "rule_hits", "signatures", "bands", "clusters")
    }
    queries["articles"] = (
        "SELECT id, url, site, provenance, revision, text_hash, duplicate_of, near_of, cluster, key FROM articles"
    )
    queries["forgotten"] = "SELECT address, url, site, key, article, reason FROM forgotten"
    queries["_state"] = "SELECT * FROM _state WHERE name NOT IN ('change') ORDER BY name"
    return {name: corpus.ask(query) for name, query in queries.items()} | {"archive": archived(corpus)}
