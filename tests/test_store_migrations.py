"""A database of the first schema, as a file holds it, comes to the newest one whole, also where that is killed."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from console import run
from killing import Killer, copied
from largefile import check_compared, contents, fill
from olderfile import take_back

from newsharvest.store import Store, schema

FIRST = Path(__file__).parent / "schema" / "first.sql"
KEPT = {
    "articles": "id, url, site, origin, provenance, first_seen, last_seen, revision, text_hash, duplicate_of",
    "revisions": "id, article, n, title, text, text_from, authors, published_at, content_hash, archive_key, seen_at",
    "removals": "id, revision, stage, rule, because, text, position",
    "rejections": "id, url, provenance, stage, reason, seen_at, archive_key",
    "frontier": "id, url, site, kind, source, found_at, listed_at, state, reason",
    "runs": "id, command, site, outcome, counts",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "news.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST.read_text(encoding="utf-8"))
    return path


def rows(path: Path) -> dict[str, list[tuple]]:
    """Return what the first schema knew, as it stands now."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            name: connection.execute(f"SELECT {it} FROM {name} ORDER BY id").fetchall() for name, it in KEPT.items()
        }


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT max(n) FROM _migrations").fetchone()[0]


def test_it_comes_to_the_newest_schema_and_is_sound(path: Path) -> None:
    before = rows(path)
    assert {name: len(found) for name, found in before.items()} == {
        "articles": 6, "revisions": 7, "removals": 2, "rejections": 2, "frontier": 4, "runs": 2
    }  # fmt: skip
    assert version(path) == 1
    result = run("verify", "--db", path)
    assert result.stdout == "sound\n", result.output
    assert version(path) == len(schema.MIGRATIONS)
    assert rows(path) == before
    with Store(path) as store:
        assert {hit.url for hit in store.search("रजवाहे", site="khabar")} == {
            "https://khabar.example/a", "https://khabar.example/b", "https://khabar.example/p1"
        }  # fmt: skip
        assert store.rule_hits() != []


def die_at(path: Path, place: str, call: int) -> None:
    """Open a database in a process that kills itself at a call of a function, within the transaction it is made in."""
    module, _, name = place.rpartition(".")
    code = (
        "import os, itertools, sys\n"
        f"from newsharvest.store import Store, comparison, schema\ncount, known = itertools.count(1), {module}.{name}\n"
        f"def die(*given):\n    if next(count) == {call}: os.kill(os.getpid(), 9)\n    return known(*given)\n"
        f"{module}.{name} = die\nStore(sys.argv[1])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_a_kill_in_any_migration_loses_nothing(path: Path) -> None:
    before = rows(path)
    for number in range(2, len(schema.MIGRATIONS) + 1):
        # Within the second to be made, so that each time one is committed and one is not.
        die_at(path, "schema.iso", 2 if number < len(schema.MIGRATIONS) else 1)
        assert version(path) == min(number, len(schema.MIGRATIONS) - 1)
        assert rows(path) == before
    die_at(path, "schema.index.rebuild", 1)
    die_at(path, "comparison._set_state", 2)
    result = run("verify", "--db", path)
    assert result.stdout == "sound\n", result.output
    assert rows(path) == before


# --- killed at any moment ---


@pytest.mark.parametrize(("articles", "kills"), [(250, 3), pytest.param(2500, 12, marks=pytest.mark.slow)])
def test_a_kill_at_any_moment_changes_nothing_of_what_comes_out(tmp_path: Path, articles: int, kills: int) -> None:
    older, whole, path = (tmp_path / name / "news.db" for name in ("older", "whole", "killed"))
    older.parent.mkdir()
    fill(older, articles)
    take_back(older, 1)
    before = rows(older)
    begin_with(older, whole)
    verify = ("verify", "--quick", "--db")
    work = Killer(whole).run(*verify, whole) - Killer(whole).run(*verify, whole)
    expected = contents(whole)
    assert expected["clusters"] and expected["bands"] and any(row["near_of"] for row in expected["articles"])
    killer = Killer(path)
    while kills > 0:
        begin_with(older, path)
        left = 1.0
        while kills > 0 and left:
            # The migrations come first and are the shorter part, then the search index.
            killer.kill(*verify, path, within=left * work * killer.chance.choice((0.1, 0.4, 1)))
            with copied(path) as copies:
                left = check_on_the_way(copies / path.name, before, str(killer))
            kills -= left > 0
        killer.run(*verify, path)
        assert [it.name for it in path.parent.iterdir()] == [path.name], killer
        assert contents(path) == expected, killer


def begin_with(older: Path, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    shutil.copy(older, path)


def check_on_the_way(path: Path, before: dict[str, list[tuple]], told: str) -> float:
    """Check that a killed migration left nothing half done; return which share of it is still to be done."""
    assert rows(path) == before, told
    with closing(sqlite3.connect(path)) as connection:
        ask = lambda sql, *values: connection.execute(sql, values).fetchall()  # noqa: E731
        assert ask("PRAGMA integrity_check") == [("ok",)], told
        reached = version(path)
        assert ask("SELECT n FROM _migrations ORDER BY n") == [(n,) for n in range(1, reached + 1)], told
        made = {name.lower() for (name,) in ask("SELECT name FROM sqlite_master")}
        assert made == schema._objects("", reached), told
        indexed, total = ask("SELECT (SELECT count(*) FROM articles_fts_docsize), count(*) FROM articles")[0]
        ((key,),) = ask("SELECT value FROM _state WHERE name = 'match_key'")
        assert indexed == (total if key else 0), told
        if reached < len(schema.MIGRATIONS):
            return 1.0
    return check_compared(path, told) if key else 1.0
