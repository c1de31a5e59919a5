"""`newsharvest runs`: what ran when, how it ended, and what it brought."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from newsharvest.commands.database import choose_settings, database_option, open_to_read
from newsharvest.commands.terminal import print_json, print_table
from newsharvest.sitelock import SiteLock
from newsharvest.store import Run

COUNTS = {"found": "links/found", "stored": "stored", "revised": "revised", "unchanged": "unchanged",
          "duplicate": "duplicate", "rejected": "rejected"}  # fmt: skip
LOCKLESS = {"import", "reclean"}  # commands that take no lock
RUNNING, DIED, UNFINISHED = "running", "died", "not finished"


@click.command()
@database_option
@click.option("--site", metavar="NAME", help="List the runs of this site only.")
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="List so many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def command(db: Path | None, site: str | None, last: int, as_json: bool) -> None:
    """List the runs there were, newest first.

    Times are Indian. A crawl that was killed is shown as died: what it had not stored is done by the next one.
    """
    settings = choose_settings(db)
    with open_to_read(settings) as store:
        runs = store.runs.latest(last, site=site)
    outcomes = name_outcomes(runs, settings.database)
    if as_json:
        print_json([_describe(run, outcome) for run, outcome in zip(runs, outcomes, strict=True)])
        return
    rows = [_row(run, outcome) for run, outcome in zip(runs, outcomes, strict=True)]
    print_table(("started", "command", "site", "duration", "outcome", *COUNTS), rows)


def name_outcomes(runs: list[Run], database: Path) -> list[str]:
    """Return how each run ended; of runs (newest first) that did not, whether they go on.

    Only the newest unfinished crawl of a site can hold the lock of the site: the others have died, and so has it where
    the lock is free. Of a command that takes no lock nothing more is known.
    """
    outcomes, seen = [], set()
    for run in runs:
        if run.finished_at is not None:
            outcomes.append(run.outcome or "")
        elif run.site is None or run.command.partition(" ")[0] in LOCKLESS:
            outcomes.append(UNFINISHED)
        else:
            is_going_on = run.site not in seen and SiteLock(database, run.site).is_held()
            outcomes.append(RUNNING if is_going_on else DIED)
            seen.add(run.site)
    return outcomes


def _row(run: Run, outcome: str) -> tuple[object, ...]:
    end = run.finished_at or (datetime.now(UTC) if outcome == RUNNING else None)
    duration = "" if end is None else str(timedelta(seconds=round((end - run.started_at).total_seconds())))
    counts = [run.counts.get(key, 0) if run.counts else None for key in COUNTS.values()]
    return (run.started_at, run.command, run.site, duration, outcome, *counts)


def _describe(run: Run, outcome: str) -> dict[str, Any]:
    return {
        "id": run.id,
        "command": run.command,
        "site": run.site,
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "finished_at": run.finished_at.isoformat(timespec="seconds") if run.finished_at else None,
        "outcome": outcome,
        "counts": dict(run.counts),
    }
