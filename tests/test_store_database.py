"""The file: several processes, a kill at any moment, a full disk, and places that cannot be used."""

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
from datetime import datetime
from pathlib import Path

import pytest
from store_pages import ONE, OTHER, TEXT, TWO, keep, make_article, make_page, read, text_of

from newsharvest.store import FrontierLink, Store, StoreError, index
from newsharvest.store.database import iso

ROOT = Path(__file__).resolve().parent.parent


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        iso(datetime(2026, 1, 1))


# --- transactions ---


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


def test_the_log_of_a_large_file_may_be_longer(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA page_size = 512")
        connection.execute("CREATE TABLE ballast (x BLOB)")
    with Store(path) as small:
        assert log_pages(small) == 8000
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO ballast VALUES (zeroblob(80000000))")
    with Store(path) as large:
        assert log_pages(large) == large.database.row("PRAGMA page_count")[0] // 16 > 8000


def log_pages(store: Store) -> int:
    return store.database.row("PRAGMA wal_autocheckpoint")[0]


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
