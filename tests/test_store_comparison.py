"""All articles are compared anew where that was done another way before, and a kill at any moment changes nothing."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from killing import Killer, copied
from largefile import check_compared, contents, fill

from newsharvest.store import Store

VERIFY = ("verify", "--quick", "--db")


@pytest.fixture
def older(tmp_path: Path, articles: int) -> Path:
    """A database of the present schema with the groups and clusters that an older newsharvest found."""
    path = tmp_path / "older" / "news.db"
    fill(path, articles)
    Store(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE articles SET near_of = NULL WHERE id % 2")
        assert connection.execute("SELECT 1 FROM articles WHERE near_of").fetchall()
        assert connection.execute("SELECT 1 FROM articles WHERE cluster").fetchall()
        connection.execute("UPDATE _state SET value = 'another way' WHERE name = 'near'")
    return path


def copy(source: Path, folder: str) -> Path:
    path = source.parent.parent / folder / source.name
    path.parent.mkdir(exist_ok=True)
    return Path(shutil.copy(source, path))


@pytest.mark.slow  # killed at random moments is the same comparison in test_store_migrations.py, too
@pytest.mark.parametrize(("articles", "kills"), [(250, 4), (2500, 12)])
def test_a_kill_at_any_moment_changes_nothing_of_what_is_found(older: Path, kills: int) -> None:
    whole, path = copy(older, "whole"), copy(older, "killed")
    work = Killer(whole).run(*VERIFY, whole) - Killer(whole).run(*VERIFY, whole)
    killer = Killer(path)
    while kills > 0:
        copy(older, "killed")
        left = 1.0
        while kills > 0 and left:
            killer.kill(*VERIFY, path, within=left * work)
            with copied(path) as copies:
                left = share_left(copies / path.name, str(killer))
            kills -= left > 0
        killer.run(*VERIFY, path)
        assert contents(path) == contents(whole), killer


def share_left(path: Path, told: str) -> float:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], told
        ((state,),) = connection.execute("SELECT value FROM _state WHERE name = 'near'")
    return 1.0 if state == "another way" else check_compared(path, told)


@pytest.mark.slow
@pytest.mark.parametrize("articles", [250])
def test_what_one_of_two_processes_leaves_the_other_does(older: Path) -> None:
    whole, path = copy(older, "whole"), copy(older, "killed")
    work = Killer(whole).run(*VERIFY, whole)
    killer = Killer(path)
    with killer.started(*VERIFY, path) as other:
        killer.kill(*VERIFY, path, within=work)
        _, told = other.communicate(timeout=120)
    assert other.returncode == 0, f"{killer}: {told}"
    assert contents(path) == contents(whole), killer
