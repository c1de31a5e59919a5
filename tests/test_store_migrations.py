"""A database of the first schema, as a file holds it, comes to the newest one whole, also where that is killed."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from console import run

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
