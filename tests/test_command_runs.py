"""`newsharvest runs`: newest first, with what became of those that never ended."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from console import run

from newsharvest.sitelock import SiteLock
from newsharvest.store import Store


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "news.db"
    with Store(path) as store:
        for site, outcome in (("jagran", "finished"), ("bhaskar", None), ("bhaskar", "sources_failed")):
            number = store.runs.start(f"crawl {site}", site)
            if outcome:
                store.runs.finish(number, outcome, {"links/found": 1234, "stored": 5, "rejected": 1})
        store.runs.start("crawl jagran", "jagran")
        store.runs.start("import")
        store.runs.start("crawl jagran", "jagran")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE runs SET started_at = '2024-05-01T20:30:00+00:00'")
        connection.execute("UPDATE runs SET finished_at = '2024-05-01T22:31:05+00:00' WHERE finished_at IS NOT NULL")
    return path


def listed(*arguments: object) -> list[list[str]]:
    result = run("runs", *arguments)
    assert result.exit_code == 0, result.output
    return [line.split() for line in result.stdout.splitlines()]


def test_newest_first_in_indian_time(database: Path) -> None:
    header, *rows = listed("--db", database)
    assert header == [
        "started", "command", "site", "duration", "outcome",
        "found", "stored", "revised", "unchanged", "duplicate", "rejected",
    ]  # fmt: skip
    assert [row[3] for row in rows] == ["jagran", "not", "jagran", "bhaskar", "bhaskar", "jagran"]
    assert " ".join(rows[-1]) == "2024-05-02 02:00 crawl jagran jagran 2:01:05 finished 1,234 5 0 0 0 1"


def test_what_never_ended(database: Path) -> None:
    assert [row[5] for row in listed("--db", database, "--site", "jagran")[1:]] == ["died", "died", "2:01:05"]
    assert not database.with_name("news.db.locks").exists()
    lock = SiteLock(database, "jagran").take()
    rows = listed("--db", database)[1:]
    lock.release()
    assert rows[0][-1] == "running" and rows[0][5] != "running"  # after its duration so far
    assert rows[1][2:] == ["import", "not", "finished"]
    assert rows[2][5] == "died"  # an older one of the same site
    assert rows[4][5] == "died"


def test_last_and_site(database: Path) -> None:
    assert len(listed("--db", database, "--last", "2")) == 3
    assert [row[4] for row in listed("--db", database, "--site", "bhaskar")[1:]] == ["bhaskar", "bhaskar"]
    assert run("runs", "--db", database, "--last", "0").exit_code == 2


def test_json(database: Path) -> None:
    found = json.loads(run("runs", "--db", database, "--json").stdout)
    assert found[0]["outcome"] == "died" and found[0]["finished_at"] is None
    assert found[-1] == {
        "id": 1, "command": "crawl jagran", "site": "jagran", "outcome": "finished",
        "started_at": "2024-05-01T20:30:00+00:00", "finished_at": "2024-05-01T22:31:05+00:00",
        "counts": {"links/found": 1234, "stored": 5, "rejected": 1},
    }  # fmt: skip


def test_no_database(tmp_path: Path) -> None:
    result = run("runs", "--db", tmp_path / "none.db")
    assert result.exit_code == 1 and "there is no database" in result.stderr
