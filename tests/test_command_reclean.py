"""`newsharvest reclean`: what it tells, and that no end of it, however sudden, loses anything."""

from __future__ import annotations

import json
import os
import pty
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from console import MARATHI, PROSE, run
from recleaning import ADDED, PROMO, Corpus, add_rule, changed_rules, command_in, copy_tree, text_of

from newsharvest import reclean as recleaning

ONE, TWO, THREE = (f"https://khabar.example/{n}" for n in (1, 2, 3))
INLINE = ("--workers", 0)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages with one rule more."""
    folder = copy_tree(tmp_path_factory.mktemp("tree"))
    add_rule(folder)
    return folder


def fill(corpus: Corpus, number: int) -> None:
    """Import so many documents; every fourth has a line that goes by the new rule, every tenth is refused."""
    folder = corpus.db.parent / "texts"
    folder.mkdir()
    with open(folder / "all.jsonl", "w", encoding="utf-8") as stream:
        for n in range(number):
            text = MARATHI + f"\nप्रभाग {n}" if n % 10 == 9 else text_of(n, *[PROMO] * (n % 4 == 0))
            stream.write(json.dumps({"text": text, "title": f"समाचार {n}"}) + "\n")
    assert run("import", folder, "--db", corpus.db).exit_code == 0


def figures(shown: str) -> dict[str, int]:
    lines = [line.rsplit(None, 1) for line in shown.splitlines() if line[-1:].isdigit()]
    return {name.strip(): int(number.replace(",", "")) for name, number in lines}


# --- what it tells ---


def test_a_summary_and_a_row_of_the_run(corpus: Corpus) -> None:
    with changed_rules("old", added=({**ADDED, "id": "old-name", "equals": ["नया साल मुबारक हो"]},)):
        corpus.crawl(ONE, text_of(1, PROMO))
        corpus.crawl(TWO, text_of(2, "नया साल मुबारक हो"))
        corpus.crawl(THREE, MARATHI)
    with changed_rules("new", added=(ADDED,)):
        result = run("reclean", "--db", corpus.db, *INLINE)
        assert result.exit_code == 0
        assert figures(result.stdout) == {
            "looked at": 3, "unchanged": 1, "changed": 2, "newly accepted": 0, "withdrawn": 0,
            "missing in the archive": 0, "ads/mobile-promo": 1, "ads/old-name": 1, "all rules": 1,
        }  # fmt: skip
        assert "lines newly removed" in result.stdout and "lines newly kept" in result.stdout
        assert result.stdout.endswith(f"database: {corpus.db}\n")
        assert corpus.ask("SELECT command, site, outcome, counts FROM runs") == [
            ("reclean", None, "finished", '{"documents": 3, "changed": 2, "unchanged": 1}')
        ]
        again = run("reclean", "--db", corpus.db, *INLINE)
        assert figures(again.stdout)["looked at"] == 0
        assert "3 more are cleaned by the present rules already" in again.stdout
        assert figures(run("reclean", "--db", corpus.db, "--all", *INLINE).stdout)["looked at"] == 3


def test_a_dry_run_shows_each_change_with_its_diff_and_writes_nothing(corpus: Corpus) -> None:
    wards = {**ADDED, "id": "ward", "equals": [text_of(3).split("\n")[-1]]}
    corpus.crawl(ONE, text_of(1, PROMO))
    corpus.crawl(TWO, text_of(2))
    corpus.crawl(THREE, text_of(3).split("\n")[-1])
    before = corpus.state(), corpus.ask("SELECT * FROM runs")
    with changed_rules("new", added=(ADDED, wards)):
        shown = run("reclean", "--dry-run", "--db", corpus.db, *INLINE).stdout
        assert f"changed  #1 {ONE}  नहर की सफाई शुरू\n    @@ " in shown
        assert f"\n     {PROSE[0]}\n    -{PROMO}\n     {PROSE[1]}\n" in shown
        assert f"withdrawn  #3 {THREE}  नहर की सफाई शुरू\n    line: nothing but boilerplate\n" in shown
        assert f"#2 {TWO}" not in shown and "nothing was written: --dry-run" in shown
        assert figures(shown)["line: nothing but boilerplate"] == figures(shown)["changed"] == 1
        short = run("reclean", "--dry-run", "--diff", 0, "--db", corpus.db, *INLINE).stdout
        assert f"changed  #1 {ONE}" in short and PROMO not in short
    assert (corpus.state(), corpus.ask("SELECT * FROM runs")) == before


def test_a_diff_shows_fields_and_rules_too(corpus: Corpus) -> None:
    with changed_rules("old", added=({**ADDED, "id": "old-name"},)):
        corpus.crawl(ONE, text_of(1, PROMO))
    with closing(sqlite3.connect(corpus.db)) as connection, connection:
        connection.execute("UPDATE revisions SET title = 'पुराना', authors = '[\"क ख\"]', content_hash = 'x'")
    with changed_rules("new", added=(ADDED,)):
        shown = run("reclean", "--dry-run", "--db", corpus.db, *INLINE).stdout
    assert "    -title: पुराना\n    +title: नहर की सफाई शुरू\n" in shown
    assert "    -authors: क ख\n" in shown and "summary" not in shown
    assert f"    -ads/old-name: {PROMO}\n    +ads/mobile-promo: {PROMO}\n" in shown


def test_what_is_missing_or_fails_is_named_and_is_an_error(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, url in enumerate((ONE, TWO, THREE)):
        corpus.crawl(url, text_of(number))
    with closing(sqlite3.connect(corpus.archive)) as connection, connection:
        connection.execute("DELETE FROM responses WHERE url = ?", (ONE,))

    def fail_once(page):
        if page.url == TWO:
            raise RecursionError("too deep")
        return harvest(page)

    harvest = recleaning.harvest
    monkeypatch.setattr(recleaning, "harvest", fail_once)
    result = run("reclean", "--all", "--db", corpus.db, *INLINE)
    assert result.exit_code == 1
    missing, failed = result.stderr.splitlines()
    assert missing.startswith(f"#1 {ONE}: {corpus.archive}: there is no document")
    assert failed == f"#2 {TWO}: RecursionError: too deep"
    told = figures(result.stdout)
    assert (told["missing in the archive"], told["failed"], told["unchanged"]) == (1, 1, 1)
    monkeypatch.setattr("newsharvest.commands.reclean.NAMED", 1)
    assert run("reclean", "--all", "--db", corpus.db, *INLINE).stderr.splitlines()[1] == "... and 1 more"


def test_wrong_words_are_messages(corpus: Corpus) -> None:
    assert "there is no database" in run("reclean", "--db", corpus.db).stderr
    corpus.crawl(ONE, text_of(1))
    result = run("reclean", "--db", corpus.db, "--site", "kabar")
    assert result.exit_code == 2 and "there are: khabar" in result.stderr
    assert "--diff goes with --dry-run" in run("reclean", "--db", corpus.db, "--diff", 3).stderr
    for day, number in (("2026-11-20", 1), ("2026-11-21", 0)):
        told = run("reclean", "--all", "--db", corpus.db, "--since", day, *INLINE).stdout
        assert figures(told)["looked at"] == number


# --- as a process, with processes of its own ---


def test_the_dry_run_of_a_process_announces_exactly_what_the_real_one_alters(corpus: Corpus, tree: Path) -> None:
    fill(corpus, 60)
    before = corpus.documents()

    def call(*more: object) -> str:
        words = command_in(tree, "reclean", "--db", corpus.db, "--workers", 2, *more)
        done = subprocess.run(**words, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    shown = call("--dry-run")
    assert corpus.documents() == before
    announced = {int(line.split()[1][1:]) for line in shown.splitlines() if line.startswith("changed  #")}
    told = call()
    after = corpus.documents()
    assert {key for key in after if after[key] != before[key]} == {("article", it) for it in announced}
    assert figures(told)["changed"] == len(announced) == 15
    assert figures(told)["ads/mobile-promo"] == 15 and figures(told)["looked at"] == 60


def copies(corpus: Corpus, folder: Path) -> Corpus:
    folder.mkdir()
    for file in (corpus.db, corpus.archive):
        shutil.copy(file, folder)
    return Corpus(folder)


def test_an_end_at_any_moment_loses_nothing(corpus: Corpus, tree: Path, tmp_path: Path) -> None:
    fill(corpus, 120)
    whole = copies(corpus, tmp_path / "whole")
    subprocess.run(**command_in(tree, "reclean", "--db", whole.db), check=True, capture_output=True, timeout=120)
    old = corpus.ask("SELECT rules_version FROM articles LIMIT 1")[0][0]
    noted = "SELECT count(*) FROM articles WHERE rules_version <> ?"
    chance, last, interrupted = random.Random(), 0, 0
    for number, end in enumerate((signal.SIGKILL, signal.SIGTERM, signal.SIGINT)):
        with subprocess.Popen(
            **command_in(tree, "reclean", "--db", corpus.db, "--workers", 1 + number % 2),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            deadline = time.monotonic() + 30
            while corpus.ask(noted, old)[0][0] <= last and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.03))
            process.send_signal(end)
            _, told = process.communicate(timeout=30)
        assert "Traceback" not in told
        if process.returncode == 128 + end:
            interrupted += 1
            assert "the same command goes on" in told
            assert corpus.ask("SELECT outcome FROM runs ORDER BY id DESC LIMIT 1") == [("interrupted",)]
        else:
            assert process.returncode in (-end, 0)
        assert corpus.ask("PRAGMA integrity_check") == [("ok",)]
        last = corpus.ask(noted, old)[0][0]
    assert interrupted
    subprocess.run(**command_in(tree, "reclean", "--db", corpus.db), check=True, capture_output=True, timeout=120)
    assert corpus.ask(noted, old) == [(108,)]
    assert corpus.state() == whole.state()


def test_a_terminal_gets_a_bar_of_documents(corpus: Corpus, tree: Path) -> None:
    fill(corpus, 30)
    words = command_in(tree, "reclean", "--db", corpus.db, "--workers", 1)
    words["args"][2] = (
        "from newsharvest.commands import terminal; terminal._SECONDS_BEFORE_PROGRESS = 0; " + words["args"][2]
    )
    words["env"] |= {"TERM": "xterm", "COLUMNS": "100"}
    own, other = pty.openpty()
    process = subprocess.Popen(**words, stderr=other, stdout=subprocess.PIPE)
    os.close(other)
    shown = b""
    try:
        while piece := os.read(own, 4096):
            shown += piece
    except OSError:  # Linux's word for the end of a terminal
        pass
    os.close(own)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert b"re-cleaning" in shown and b"30/30" in shown and b"files" not in shown
