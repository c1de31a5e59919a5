"""Until when a site asked to be left alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from newsharvest.store.database import Database, iso, moment

_NAME = "not_before:"


def not_before(database: Database, site: str) -> datetime | None:
    """Return the time (aware UTC) that was kept for a site, be it past, or None."""
    row = database.row("SELECT value FROM {_state} WHERE name = ?", (_NAME + site,))
    return moment(row["value"]) if row else None


def set_not_before(database: Database, site: str, when: datetime) -> None:
    """Keep a time (aware) for a site, in whole seconds, rounded up."""
    if when.microsecond:
        when = when.replace(microsecond=0) + timedelta(seconds=1)
    with database.transaction():
        database.execute(
            "INSERT INTO {_state} (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (_NAME + site, iso(when)),
        )
