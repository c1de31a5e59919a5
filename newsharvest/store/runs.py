"""The log of runs: which command ran for which site, when, how it ended, and its counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from newsharvest.store.database import Database, iso, moment


@dataclass(frozen=True, slots=True)
class Run:
    """One run. ``finished_at`` and ``outcome`` are None while it goes on, or where its process was killed."""

    id: int
    command: str
    site: str | None
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    counts: Mapping[str, int]


class Runs:
    """The runs of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, command: str, site: str | None = None) -> int:
        """Write a row for a run that begins now; return its id."""
        with self._database.transaction():
            cursor = self._database.execute(
                "INSERT INTO {runs} (command, site, started_at) VALUES (?, ?, ?)",
                (command, site, iso(datetime.now(UTC))),
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def finish(self, run_id: int, outcome: str, counts: Mapping[str, int]) -> None:
        """Say how a run ended, with its counts by name."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE {runs} SET finished_at = ?, outcome = ?, counts = ? WHERE id = ?",
                (iso(datetime.now(UTC)), outcome, json.dumps(dict(counts), ensure_ascii=False), run_id),
            )

    def latest(self, limit: int = 20, *, site: str | None = None) -> list[Run]:
        """Return the last runs (of a site), newest first."""
        where, values = ("WHERE site = ?", [site]) if site is not None else ("", [])
        rows = self._database.rows(f"SELECT * FROM {{runs}} {where} ORDER BY id DESC LIMIT ?", [*values, limit])
        return [
            Run(
                id=row["id"],
                command=row["command"],
                site=row["site"],
                started_at=datetime.fromisoformat(row["started_at"]),
                finished_at=moment(row["finished_at"]),
                outcome=row["outcome"],
                counts=json.loads(row["counts"] or "{}"),
            )
            for row in rows
        ]
