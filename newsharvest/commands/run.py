"""`newsharvest run`: crawl many sites side by side, for a person at a terminal and for a timer."""

from __future__ import annotations

import difflib
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsharvest.commands.database import database_option
from newsharvest.commands.terminal import make_safe_line, print_json_line
from newsharvest.tally import CUT_SHORT, DATABASE_ERROR, add, explain_failure, is_failure

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from newsharvest.fleet import Crawl, Fleet

SITE_FAILED = 1
NOT_STORED = 3


@click.command()
@click.argument("sites", nargs=-1, metavar="[SITE...]")
@click.option("--all", "is_all", is_flag=True, help="Crawl every site there is.")
@click.option(
    "--max-minutes", type=click.FloatRange(min=0, min_open=True), metavar="N", help="End after so many minutes."
)
@database_option
@click.option("-s", "given", multiple=True, metavar="NAME=VALUE", help="Set a setting, as `scrapy crawl` does.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end instead of the summary line.")
@click.option("-q", "--quiet", "is_quiet", is_flag=True, help="Say nothing unless something failed.")
def command(
    sites: tuple[str, ...],
    is_all: bool,
    max_minutes: float | None,
    db: Path | None,
    given: tuple[str, ...],
    as_json: bool,
    is_quiet: bool,
) -> None:
    """Crawl many sites side by side, and say how it went.

    Each site is asked at its own polite pace; one that is slow or broken delays no other. What a run does not finish
    the next one takes up. At the end of --max-minutes, and on SIGTERM or Ctrl-C, downloads under way get 10 seconds;
    a second signal ends it at once.

    The exit status is 0 where all went well, 1 where a site failed (no source of it could be read, its crawl broke
    off, or another process is crawling it), 2 for a wrong command, 3 where the database could not be opened or
    written. The log goes to standard error, the last line, a summary, to standard output.
    """
    began = time.monotonic()
    settings = _load_settings(db, given, is_quiet)
    names = choose_sites(settings, sites, is_all)
    _check_stores(settings)
    from newsharvest.fleet import Fleet  # after the settings, so that a wrong command is told at once

    seconds = None if max_minutes is None else max(0.0, max_minutes * 60 - (time.monotonic() - began))
    fleet = Fleet(settings, names, seconds=seconds, is_terse=not _has_log_level(settings))
    started_at = datetime.now(UTC)
    _crawl(fleet, is_quiet)
    status = choose_status(fleet.crawls)
    if as_json:
        print_json_line(describe_run(fleet.crawls, started_at, settings["HARVEST_DATABASE"], status))
    elif status or not is_quiet:
        click.echo(make_safe_line(summarise(fleet.crawls)))
    sys.stdout.flush()
    sys.exit(status)


def choose_status(crawls: list[Crawl]) -> int:
    """Return the exit status of a run."""
    if any(crawl.outcome == DATABASE_ERROR for crawl in crawls):
        return NOT_STORED
    return SITE_FAILED if any(_has_failed(crawl) for crawl in crawls) else 0


def summarise(crawls: list[Crawl]) -> str:
    """Return the one line that tells how a run went: figures that are not nought, then the sites that failed."""
    sums = add(crawl.tally for crawl in crawls)
    shown = [f"{sums['found']:,} found", f"{sums['stored']:,} stored"]
    shown += [f"{sums[name]:,} {name}" for name in ("revised", "unchanged", "duplicate", "rejected") if sums[name]]
    if cut := sum(crawl.outcome in CUT_SHORT for crawl in crawls):
        shown.append(f"{cut} cut short")
    waiting = [crawl.site for crawl in crawls if crawl.outcome == "retry_after"]
    if waiting:
        shown.append(f"{len(waiting)} told to wait ({', '.join(waiting)})")
    failed = [crawl for crawl in crawls if _has_failed(crawl)]
    if failed:
        shown.append(f"{len(failed)} failed ({'; '.join(f'{crawl.site}: {_explain(crawl)}' for crawl in failed)})")
    return f"{len(crawls)} {'site' if len(crawls) == 1 else 'sites'}: {', '.join(shown)}"


def describe_run(crawls: list[Crawl], started_at: datetime, database: str, status: int) -> dict[str, Any]:
    """Return the JSON object of a run; docs/schedule.md says what its keys mean."""
    return {
        "started_at": started_at.isoformat(timespec="seconds"),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "exit_status": status,
        "database": database,
        "totals": {"sites": len(crawls), "failed": sum(map(_has_failed, crawls)), **add(c.tally for c in crawls)},
        "sites": [_describe(crawl) for crawl in crawls],
    }


def _describe(crawl: Crawl) -> dict[str, Any]:
    tally = crawl.tally
    return {
        "site": crawl.site,
        "outcome": crawl.outcome,
        "failed": _has_failed(crawl),
        "error": _explain(crawl) if _has_failed(crawl) else None,
        "seconds": round(crawl.seconds, 1),
        **add([tally]),
        "newest": tally.newest.isoformat(timespec="seconds") if tally.newest else None,
        "sources_read": tally.sources_read,
        "source_failures": list(tally.source_failures),
    }


def _has_failed(crawl: Crawl) -> bool:
    return is_failure(crawl.outcome or "error", crawl.tally)


def _explain(crawl: Crawl) -> str:
    return make_safe_line(explain_failure(crawl.outcome or "error", crawl.tally, crawl.error))


def _load_settings(db: Path | None, given: tuple[str, ...], is_quiet: bool) -> Settings:
    """Return the project's settings with those of the command line, checked; the database's path is absolute."""
    from newsharvest.addon import read_settings
    from newsharvest.fleet import project_settings

    settings = project_settings()
    for pair in given:
        name, sign, value = pair.partition("=")
        if not sign or not name.strip():
            raise click.UsageError(f"-s {pair}: write it as NAME=VALUE")
        settings.set(name.strip(), value, priority="cmdline")
    if db is not None:
        settings.set("HARVEST_DATABASE", str(db), priority="cmdline")
    chosen = read_settings(settings)
    settings.set("HARVEST_DATABASE", str(chosen.database), priority="cmdline")
    settings.set("HARVEST_TABLE_PREFIX", chosen.table_prefix, priority="cmdline")
    if not _has_log_level(settings):  # what a page or a request met is in the database; a table is not to be broken up
        level = "CRITICAL" if is_quiet else "WARNING" if sys.stderr.isatty() else "INFO"
        settings.set("LOG_LEVEL", level, priority="project")
    return settings


def _has_log_level(settings: Settings) -> bool:
    """Whether LOG_LEVEL was given with -s; then Scrapy's own chatter, which is per crawler, is wanted too."""
    from scrapy.settings import SETTINGS_PRIORITIES

    return (settings.getpriority("LOG_LEVEL") or 0) >= SETTINGS_PRIORITIES["cmdline"]


def choose_sites(settings: Settings, sites: tuple[str, ...], is_all: bool) -> list[str]:
    """Return the names of the sites asked for. Raises click.UsageError for none, both, and names that are no site."""
    from newsharvest.fleet import crawlable_sites

    known, generic = crawlable_sites(settings)
    if bool(sites) == is_all:
        raise click.UsageError("name the sites to crawl (`newsharvest sites` lists them), or all of them with --all")
    for name in sites:
        if name in generic:
            raise click.UsageError(f"{name} needs an address: scrapy crawl {name} -a url=https://... [-a site=NAME]")
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(near)}?" if near else "`newsharvest sites` lists them."
            raise click.UsageError(f"there is no site {name!r}. {hint}")
    if not known:
        raise click.UsageError("this Scrapy project has no spider that is a site")
    return known if is_all else list(dict.fromkeys(sites))


def _check_stores(settings: Settings) -> None:
    """Open what everything is kept in, and read the rules, before any site is asked."""
    from cleaners.rules import shared
    from cleaners.sites import load_all
    from newsharvest.addon import read_settings
    from newsharvest.archive import Archive, ArchiveError
    from newsharvest.store import Store, StoreError

    shared(), load_all()
    chosen = read_settings(settings)
    try:
        Store(chosen.database, prefix=chosen.table_prefix).close()
        if chosen.replay is None:  # the add-on looks at both archives of a replay
            Archive(chosen.archive).close()
    except (StoreError, ArchiveError) as error:
        raise _NothingStored(str(error)) from error


class _NothingStored(click.ClickException):
    exit_code = NOT_STORED


def _crawl(fleet: Fleet, is_quiet: bool) -> None:
    from newsharvest.progress import choose_progress
    from newsharvest.store import StoreError

    progress = choose_progress(is_quiet=is_quiet)
    try:
        fleet.run(lambda: progress.show(fleet.crawls))
        progress.show(fleet.crawls)
    except StoreError as error:
        raise _NothingStored(str(error)) from error
    finally:
        progress.close()
