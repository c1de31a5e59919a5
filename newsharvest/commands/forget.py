"""`newsharvest forget`: obey a request for removal, and remember that it was made."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import click

from newsharvest.archive import Archive
from newsharvest.commands.database import choose_settings, database_option, open_to_read
from newsharvest.commands.terminal import format_time, make_safe_line, print_table
from newsharvest.configuration import HarvestSettings
from newsharvest.store import Store, forgetting, tombstones
from newsharvest.store.forgetting import Plan


@click.command()
@click.argument("wanted", nargs=-1, metavar="[URL|ID|PATH]...")
@click.option("--copies", is_flag=True, help="Also the other articles with the same text.")
@click.option("--reason", metavar="TEXT", help="Why; it is kept with the address.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--list", "is_list", is_flag=True, help="List what was forgotten.")
@click.option("--undo", is_flag=True, help="Let the page be fetched and imported again. The text is gone.")
@database_option
def command(
    wanted: tuple[str, ...], copies: bool, reason: str | None, yes: bool, is_list: bool, undo: bool, db: Path | None
) -> None:
    """Erase articles for good, and keep their addresses out.

    The text of each article, its history, what was removed from it and its raw pages go from the database, the archive
    and the search index; both files are then written anew, so that no byte is left in them. What remains is its
    address: it is not fetched, imported, merged or replayed again, and the next export says that it is withdrawn.
    Other articles with the same text, or nearly the same, stay and are named. An address that was never fetched can be
    forgotten too.

    Killed or interrupted, the same command does the rest. Files that other programs hold (backups, exports) are not
    reached.
    """
    if is_list or undo:
        if is_list == undo or copies or reason or is_list == bool(wanted):
            raise click.UsageError("--list stands alone, --undo takes addresses only")
    elif not wanted:
        raise click.UsageError("name what is to be forgotten, by address, id or path")
    settings = choose_settings(db)
    with ExitStack() as stack:
        store = stack.enter_context(open_to_read(settings))
        if is_list:
            _list(store)
            return
        store.close()
        store = stack.enter_context(Store(settings.database, prefix=settings.table_prefix))
        archive = stack.enter_context(Archive(settings.archive)) if settings.archive.exists() else None
        if undo:
            for address in wanted:
                for url in forgetting.lift(store.database, archive, address):
                    click.echo(f"no longer kept away: {make_safe_line(url)}")
            return
        plans = _plan(store, archive, wanted, copies)
        if not yes:
            _confirm(plans)
        _forget(store, archive, plans, reason, settings)


def _plan(store: Store, archive: Archive | None, wanted: tuple[str, ...], copies: bool) -> list[Plan]:
    plans: dict[int | str, Plan] = {}
    pending = list(wanted)
    while pending:
        plan = forgetting.plan(store.database, archive, pending.pop(0))
        plans.setdefault(plan.article or plan.wanted, plan)
        if copies:
            pending += [str(it.id) for it in plan.copies if it.is_exact and it.id not in plans]
    return list(plans.values())


def _confirm(plans: list[Plan]) -> None:
    for plan in plans:
        named = f"#{plan.article} {make_safe_line(plan.title or '')}" if plan.article else "(no article is stored)"
        click.echo(f"{make_safe_line(next(iter(plan.addresses)))}  {named}", err=True)
        _name_copies(plan, {it.article for it in plans})
    if not sys.stdin.isatty():
        raise click.UsageError("nobody can be asked here: say --yes")
    click.confirm(f"Erase {'it' if len(plans) == 1 else f'these {len(plans)}'} for good?", abort=True, err=True)


def _name_copies(plan: Plan, going: set[int | None]) -> None:
    for copy in plan.copies:
        if copy.id not in going:
            what = "the same text" if copy.is_exact else "nearly the same text"
            hint = " (--copies takes it too)" if copy.is_exact else ""
            click.echo(f"  {what} stays as #{copy.id} {make_safe_line(copy.url or copy.site)}{hint}", err=True)


def _forget(
    store: Store, archive: Archive | None, plans: list[Plan], reason: str | None, settings: HarvestSettings
) -> None:
    run, outcome = store.runs.start("forget"), "failed"
    try:
        for plan in reversed(plans):  # a copy before what it was found by: a killed command finds it again
            forgetting.forget(store.database, archive, plan, reason)
            what = f"#{plan.article}" if plan.article else "no article was stored; it is kept away"
            click.echo(f"forgotten: {make_safe_line(next(iter(plan.addresses)))} ({what})")
            _name_copies(plan, {it.article for it in plans})
        outcome = "not compacted"
        forgetting.sweep(store.database, archive)
        outcome = "finished"
    finally:
        store.runs.finish(run, outcome, {"forgotten": len(plans)})
    if archive is None:
        click.echo(f"there is no archive at {settings.archive}: raw pages kept elsewhere are not reached", err=True)


def _list(store: Store) -> None:
    rows = [
        (format_time(it.forgotten_at), it.url, f"#{it.article}" if it.article else "", it.reason or "")
        for it in tombstones.read(store.database)
        if not it.address.startswith(tombstones.LIFTED)
    ]
    print_table(("forgotten", "address", "article", "reason"), rows)
