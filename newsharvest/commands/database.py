"""Which database a command works on, and opening it."""

from __future__ import annotations

from pathlib import Path

import click

from newsharvest.configuration import HarvestSettings, harvest_settings
from newsharvest.store import Store

database_option = click.option(
    "--db",
    type=click.Path(dir_okay=False, resolve_path=True, path_type=Path),
    metavar="FILE",
    help="The database.  [default: HARVEST_DATABASE, else output/news.db]",
)


def choose_settings(db: Path | None) -> HarvestSettings:
    """Return the settings in force, the database as ``--db`` gave it. Raises ConfigurationError."""
    return harvest_settings(overrides={"HARVEST_DATABASE": db})


def open_to_read(settings: HarvestSettings) -> Store:
    """Open the database read-only. Ends the command with a hint where there is none yet."""
    if not settings.database.exists():
        raise click.ClickException(
            f"there is no database at {settings.database} yet: make one with `make harvest`, `scrapy crawl NAME` or "
            "`newsharvest import PATH`, or name another with --db"
        )
    return Store(settings.database, prefix=settings.table_prefix, readonly=True)
