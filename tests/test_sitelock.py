"""One crawl a site: the lock holds between processes and within one, and dies with its process."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from newsharvest.sitelock import SiteBusy, SiteLock
from newsharvest.store import StoreError

HOLD = (
    "import sys; from newsharvest.sitelock import SiteLock\n"
    "print(SiteLock(sys.argv[1], sys.argv[2]).acquire(), flush=True); sys.stdin.read()"
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "news.db"


def test_one_at_a_time(database: Path) -> None:
    first, second = SiteLock(database, "jagran"), SiteLock(database, "jagran")
    assert not first.is_held() and not first.path.exists()  # who looks makes nothing
    assert first.acquire() and second.is_held()
    assert not second.acquire()
    with pytest.raises(SiteBusy, match=f"jagran is being crawled already, into {database}"):
        second.take()
    first.release()
    first.release()
    assert not second.is_held()
    assert second.take() is second
    second.release()


def test_sites_and_databases_have_their_own(database: Path) -> None:
    locks = [
        SiteLock(database, "jagran"),
        SiteLock(database, "bhaskar"),
        SiteLock(database.with_name("b.db"), "jagran"),
    ]
    assert all(lock.acquire() for lock in locks)
    for lock in locks:
        lock.release()


def test_names_of_any_kind_stay_in_the_folder(database: Path) -> None:
    for name in ("../../jagran", "दैनिक", "a/b", "..", "khabar.example:8080"):
        lock = SiteLock(database, name)
        assert lock.path.parent == database.with_name("news.db.locks")
        assert lock.acquire()
        lock.release()


def test_other_names_of_a_database_are_the_same(database: Path, tmp_path: Path) -> None:
    database.touch()
    (tmp_path / "link.db").symlink_to(database)
    with_link = SiteLock(tmp_path / "link.db", "jagran")
    lock = SiteLock(str(tmp_path / "x" / ".." / "news.db"), "jagran").take()
    assert not with_link.acquire()
    lock.release()


def test_the_death_of_a_process_frees_it(database: Path) -> None:
    lock = SiteLock(database, "jagran")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, database, "jagran"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "True\n"
        assert lock.is_held() and not lock.acquire()
        assert lock.path.read_text() == f"{process.pid}\n"
        process.kill()
    assert not lock.is_held() and lock.acquire()
    lock.release()


def test_a_forked_child_does_not_keep_it(database: Path) -> None:
    lock = SiteLock(database, "jagran").take()
    (wait_end, release_end), (told_end, tell_end) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:  # a worker that outlives its parent
        os.close(release_end)
        os.write(tell_end, b"x")
        os.read(wait_end, 1)
        os._exit(0)
    try:
        os.read(told_end, 1)
        lock.release()
        assert lock.acquire()
        lock.release()
    finally:
        for end in (wait_end, release_end, told_end, tell_end):
            os.close(end)
        os.waitpid(child, 0)


def test_who_looks_does_not_send_a_crawl_away(database: Path) -> None:
    lock = SiteLock(database, "jagran")
    lock.take().release()
    looking = os.open(lock.path, os.O_RDONLY)  # what is_held does, caught in the act
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.03, os.close, [looking]).start()
    assert lock.acquire()
    lock.release()


def test_a_folder_that_cannot_be_made_is_a_message(database: Path) -> None:
    database.with_name("news.db.locks").touch()
    with pytest.raises(StoreError, match=r"cannot lock .*news\.db\.locks"):
        SiteLock(database, "jagran").acquire()
    with pytest.raises(SystemExit, match=r"newsharvest: cannot lock"):
        SiteLock(database, "jagran").take()
