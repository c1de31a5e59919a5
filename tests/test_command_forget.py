"""`newsharvest forget` as a user meets it: it asks, names what stays, lists, and goes on after a kill."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from console import command, run
from recleaning import FETCHED, Corpus, text_of

from newsharvest.archive import Archive
from newsharvest.store import FrontierLink, Store

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
    "place", ["archives._drop", "forgetting._erase", "forgetting._bury", "forgetting._merge_index"]
)
def test_killed_in_between_the_same_command_does_the_rest(corpus: Corpus, place: str) -> None:
    with Store(corpus.db) as store:
        store.frontier.add([FrontierLink(URL)], "khabar")
    words = ("forget", URL, "--yes", "--db", str(corpus.db))
    code = (
        "import os, sys; from newsharvest.store import archives, forgetting;"
        f" {place} = lambda *_: os.kill(os.getpid(), 9); sys.argv[1:] = {words!r};"
        " from newsharvest.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert done.returncode == -9, done.stderr
    assert run(*words).exit_code == 0
    assert urls(corpus) == [COPY, "https://khabar.example/c"]
    with Archive(corpus.archive) as archive:
        assert archive.latest(URL) is None
    assert run("verify", "--db", corpus.db).stdout == "sound\n"


def test_the_next_export_tells_that_it_is_withdrawn(corpus: Corpus) -> None:
    from newsharvest.store.exporting import Choice, Gone

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
