"""`newsharvest rules`: what is removed and why, as a list, or one rule in full."""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from newsharvest.commands import rulebook
from newsharvest.commands.database import choose_settings, database_option, open_to_read
from newsharvest.commands.rulebook import Entry
from newsharvest.commands.terminal import make_safe_line, print_table


@click.command()
@click.argument("rule_id", metavar="[ID]", required=False)
@click.option("--site", metavar="NAME", help="With the rules and strips of this site.")
@click.option("--unused", is_flag=True, help="List what never fired on the articles of the database.")
@click.option("--hits", is_flag=True, help="Count how often each fired, and when last.")
@database_option
def command(rule_id: str | None, site: str | None, unused: bool, hits: bool, db: Path | None) -> None:
    """List the cleaning rules, or show one in full.

    ID is what `newsharvest explain` shows beside a removed line, or its beginning: also-read lists that file's rules.

    --unused shows what may be stale: shared rules, strips and structure functions that never fired in the database,
    and those of each site whose articles it holds; with --site those of that site alone. What only protects lines
    leaves no trace and is not listed. --hits counts by rule the lines removed, those that it helped to remove, and
    what it took outside the body, in the articles as they stand; the last time is that of the latest page.
    """
    if rule_id is not None and (unused or hits):
        raise click.UsageError("--unused and --hits list rules; ID shows one")
    known = rulebook.by_id()
    if rule_id in known:
        _show(known[rule_id])
        return
    listed = list(rulebook.entries(site))
    if site is not None and not hits and not any(entry.site == site for entry in listed):
        sites = sorted({entry.site for entry in known.values() if entry.site})
        raise click.UsageError(f"no site {site!r} has rules of its own; these have: {', '.join(sites)}")
    if hits:
        _list_hits(site, db)
    if unused:
        _list_unused(site, db)
    if hits or unused:
        return
    if rule_id is not None:
        listed = [entry for entry in known.values() if entry.id.startswith(rule_id.rstrip("/") + "/")]
        if not listed:
            raise click.UsageError(f"no rule {rule_id!r}.{_suggestion(rule_id, known)}")
    _list(listed)
    click.echo(f"\n{len(listed)} rules. `newsharvest rules ID` shows one in full.")


def _list(entries: list[Entry]) -> None:
    for entry in entries:
        click.echo(f"{click.style(entry.id, bold=True)}  {click.style(_nature(entry), dim=True)}")
        if entry.why:
            click.echo(f"    {entry.why}")


def _list_hits(site: str | None, db: Path | None) -> None:
    with open_to_read(choose_settings(db)) as store:
        found = store.rule_hits(site=site)
    rows = [(it.rule, it.removed, it.supported, it.outside, it.last_fired) for it in found]
    print_table(("rule", "removed", "supported", "outside", "last fired"), rows)


def _list_unused(site: str | None, db: Path | None) -> None:
    settings = choose_settings(db)
    with open_to_read(settings) as store:
        fired = {it.rule for it in store.rule_hits()}
        sites = {site} if site is not None else {None, *store.sites_seen()}
    candidates = {
        entry.id: entry
        for entry in rulebook.entries("*" if site is None else site)
        if entry.site in sites and entry.leaves_trace
    }
    unused = [entry for name, entry in candidates.items() if name not in fired]
    _list(unused)
    of_site = f" of {site}" if site is not None else ""
    click.echo(f"\n{len(unused)} of {len(candidates)} rules{of_site} never fired in {settings.database}.")


def _suggestion(rule_id: str, known: dict[str, Entry]) -> str:
    close = difflib.get_close_matches(rule_id, known, n=1)
    return f" Did you mean {close[0]!r}?" if close else " `newsharvest rules` lists all."


def _nature(entry: Entry) -> str:
    parts = [
        entry.kind,
        "" if entry.kind in ("strip", "document") else entry.strength,
        "" if entry.action == "drop" else entry.action,
    ]
    return " · ".join(part for part in (*parts, f"only {entry.site}" if entry.site else "") if part)


def _show(entry: Entry) -> None:
    click.echo(click.style(entry.id, bold=True))
    click.echo(f"  {_nature(entry)}")
    if entry.why:
        click.echo(f"  why: {entry.why}")
    for name, value in entry.matchers.items():
        values = value if isinstance(value, list) else [value]
        click.echo(f"  {name}: " + ", ".join(make_safe_line(str(item)) for item in values))
    for name, sign, examples in (("removes", "-", entry.removes), ("keeps", " ", entry.keeps)):
        if examples:
            click.echo(f"  {name}:")
        for example in examples:
            click.echo(f"    {sign} {make_safe_line(example)}")
