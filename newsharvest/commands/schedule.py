"""`newsharvest schedule`: a timetable for systemd or cron, ready to be installed."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from newsharvest.configuration import harvest_settings, is_ours, project_folder
from newsharvest.timetable import Timetable, check_names, read_interval, write_cron, write_systemd


@click.group()
def command() -> None:
    """Print units of systemd, or lines for cron, that keep sites fresh.

    Each site is crawled by a process of its own, and their times are spread evenly; --together crawls all in one
    process. The HARVEST_* variables of the environment are written into the units or lines.
    """


def _common(function: Callable) -> Callable:
    """Give a command the arguments and options that both kinds of timetable share."""
    options = (
        click.argument("sites", nargs=-1, metavar="[SITE...]"),
        click.option("--all", "is_all", is_flag=True, help="Crawl every site there is."),
        click.option(
            "--every", default="1h", show_default=True, metavar="TIME",
            help="How often a site is crawled: 15m, 30m, 1h, 2h, 6h, 1d and so on.",
        ),
        click.option(
            "--max-minutes", type=click.IntRange(min=1), metavar="N",
            help="The time a run may take.  [default: five sixths of --every]",
        ),
        click.option("--together", "is_together", is_flag=True, help="Crawl all the sites in one process."),
    )  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


@command.command()
@_common
@click.option("--user", "is_user", is_flag=True, help="Units for your own systemd (systemctl --user).")
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER", help="Write the units as files."
)
def systemd(is_user: bool, into: Path | None, **choice) -> None:
    """Print a service, and a timer for each site."""
    units = write_systemd(_timetable(**choice, user=None if is_user else getpass.getuser()))
    timers = " ".join(name for name in units if name.endswith(".timer"))
    control = "systemctl --user" if is_user else "systemctl"
    if into is not None:
        into.mkdir(parents=True, exist_ok=True)
        for name, text in units.items():
            (into / name).write_text(text, encoding="utf-8")
        click.echo(f"{len(units)} units written to {into}; then:", err=True)
        click.echo(f"{control} daemon-reload && {control} enable --now {timers}")
        return
    folder = "~/.config/systemd/user" if is_user else "/etc/systemd/system"
    for name, text in units.items():
        click.echo(f"# {folder}/{name}\n{text}")
    click.echo(f"# {control} daemon-reload && {control} enable --now {timers}")


@command.command()
@_common
def cron(**choice) -> None:
    """Print a line for each site, to be pasted into `crontab -e`."""
    lines = write_cron(_timetable(**choice, user=None))
    click.echo("# A run says nothing unless a site failed; cron mails what it says to the address in MAILTO.")
    click.echo("#MAILTO=you@example.com")
    for line in lines:
        click.echo(line)


def _timetable(
    sites: tuple[str, ...], is_all: bool, every: str, max_minutes: int | None, is_together: bool, user: str | None
) -> Timetable:
    from newsharvest.commands.run import choose_sites
    from newsharvest.fleet import project_settings

    names = choose_sites(project_settings(), sites, is_all)
    try:
        minutes = read_interval(every)
    except ValueError as error:
        raise click.BadParameter(f"{every!r}: {error}", param_hint="--every") from None
    try:
        check_names(names)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return Timetable(
        sites=names,
        minutes=minutes,
        budget=max_minutes or max(1, minutes * 5 // 6),
        interpreter=Path(sys.executable),
        folder=project_folder(),
        user=user,
        environment=_environment(),
        is_together=is_together,
        is_all=is_all,
    )


def _environment() -> dict[str, str]:
    """Return the HARVEST_* variables in force, checked, with absolute paths: a timer starts elsewhere."""
    chosen = harvest_settings()
    given = {name: value for name, value in os.environ.items() if is_ours(name) and value.strip()}
    for name, path in (("HARVEST_DATABASE", chosen.database), ("HARVEST_ARCHIVE", chosen.archive)):
        if name in given:
            given[name] = str(path)
    given.pop("HARVEST_REPLAY", None)  # a timer crawls the web
    return given
