"""A backup is whole at one moment, has its name only when it is, and replaces nothing unasked."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from console import command, run
from recleaning import Corpus, text_of
from store_pages import keep

from newsharvest.store import Store, StoreError
from newsharvest.store.backup import back_up

URL = "https://khabar.example/a"


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    (tmp_path / "corpus").mkdir()
    corpus = Corpus(tmp_path / "corpus")
    corpus.crawl(URL, text_of(1))
    return corpus


def articles_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute("SELECT count(*) FROM articles").fetchone()[0]


def test_a_file_or_both_into_a_folder(corpus: Corpus, tmp_path: Path) -> None:
    alone = tmp_path / "backups" / "copy.db"
    assert run("backup", alone, "--db", corpus.db).exit_code == 0
    assert articles_in(alone) == 1
    assert [it.name for it in alone.parent.iterdir()] == ["copy.db"]
    both = tmp_path / "both"
    result = run("backup", f"{both}/", "--db", corpus.db)
    assert result.exit_code == 0
    assert sorted(it.name for it in both.iterdir()) == ["archive.db", "news.db"]
    # It is restored by copying, and is as good as the first.
    assert run("verify", "--db", both / "news.db").output == "sound\n"
    assert run("backup", alone.parent / "other.db", "--archive", "--db", corpus.db).exit_code == 0
    assert (alone.parent / "archive.db").exists()


def test_nothing_is_overwritten_unless_forced(corpus: Corpus, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_bytes(b"mine")
    result = run("backup", target, "--db", corpus.db)
    assert result.exit_code == 1
    assert f"{target} is there already" in result.output
    assert target.read_bytes() == b"mine"
    target.with_name("copy.db-wal").write_bytes(b"of another")
    assert run("backup", target, "--force", "--db", corpus.db).exit_code == 0
    assert articles_in(target) == 1
    assert run("backup", corpus.db, "--force", "--db", corpus.db).exit_code == 2
    with Store(corpus.db) as store, pytest.raises(StoreError, match="is there already"):
        back_up(store.database.connection, target, force=False, advance=lambda left, total: None)


def test_a_writer_goes_on_and_the_copy_is_of_one_moment(corpus: Corpus, tmp_path: Path) -> None:
    """Each transaction writes an article and its revision: a copy made across two would show one without the other."""
    with Store(corpus.db) as store:
        for n in range(300):
            keep(store, f"https://khabar.example/{n}", text_of(n) * 5)
    stop, written, target = threading.Event(), [], tmp_path / "copy.db"

    def write() -> None:
        with Store(corpus.db) as store:
            while not stop.is_set():
                written.append(keep(store, f"https://khabar.example/more{len(written)}", text_of(5000 + len(written))))

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    try:
        with Store(corpus.db, readonly=True) as store:

            def advance(left: int, total: int) -> None:
                before = len(written)
                while left and len(written) < before + 2 and writer.is_alive():
                    stop.wait(0.01)
                seen.append(left)

            back_up(store.database.connection, target, force=False, advance=advance)
    finally:
        stop.set()
        writer.join()
    assert len(seen) > 1 or seen == [0]
    assert 301 <= articles_in(target) <= 301 + len(written)
    result = run("verify", "--db", target)
    assert result.stdout == "sound\n", result.output


def test_a_kill_leaves_no_half_file_under_the_name(corpus: Corpus, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    code = (
        "import os, sys; from newsharvest.store import backup; "
        "backup._publish = lambda *_: os.kill(os.getpid(), 9); "
        f"sys.argv[1:] = {command('backup', target, '--db', corpus.db)[3:]!r}; "
        "from newsharvest.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert done.returncode == -9
    assert not target.exists()
    assert run("backup", target, "--db", corpus.db).exit_code == 0
