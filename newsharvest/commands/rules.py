"""`newsharvest rules`: what is removed and why, as a list, or one rule in full."""

from __future__ import annotations

import difflib

import click

from newsharvest.commands import rulebook
from newsharvest.commands.rulebook import Entry
from newsharvest.commands.terminal import make_safe_line


@click.command()
@click.argument("rule_id", metavar="[ID]", required=False)
@click.option("--site", metavar="NAME", help="With the rules and strips of this site.")
def command(rule_id: str | None, site: str | None) -> None:
    """List the cleaning rules, or show one in full.

    ID is what `newsharvest explain` shows beside a removed line, or its beginning: also-read lists that file's rules.
    """
    known = rulebook.by_id()
    if rule_id in known:
        _show(known[rule_id])
        return
    listed = list(rulebook.entries(site))
    if site is not None and not any(entry.site == site for entry in listed):
        sites = sorted({entry.site for entry in known.values() if entry.site})
        raise click.UsageError(f"no site {site!r} has rules of its own; these have: {', '.join(sites)}")
    if rule_id is not None:
        listed = [entry for entry in known.values() if entry.id.startswith(rule_id.rstrip("/") + "/")]
        if not listed:
            raise click.UsageError(f"no rule {rule_id!r}.{_suggestion(rule_id, known)}")
    for entry in listed:
        click.echo(f"{click.style(entry.id, bold=True)}  {click.style(_nature(entry), dim=True)}")
        if entry.why:
            click.echo(f"    {entry.why}")
    click.echo(f"\n{len(listed)} rules. `newsharvest rules ID` shows one in full.")


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
