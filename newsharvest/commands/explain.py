"""`newsharvest explain`: every line of a document in order, kept or struck out, with the rule and its reason."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from cleaners.model import Article, Block, Document, Removal
from newsharvest.archive import Archive
from newsharvest.commands import rulebook
from newsharvest.commands.database import choose_settings, database_option, open_to_read
from newsharvest.commands.show import describe_absence, find_rejection
from newsharvest.commands.terminal import make_safe_line
from newsharvest.flow import harvest, read_document
from newsharvest.formats import Skipped, Unreadable, archived, find, read
from newsharvest.items import Page, Rejected


@click.command()
@click.argument("wanted", metavar="URL|ID|PATH")
@database_option
def command(wanted: str, db: Path | None) -> None:
    """Show every line of a document, kept or struck out, and why.

    A file is read directly; an address, an id, or the path that a document was imported from is looked up in the
    database and read again from the archive. What lies outside the body (menus, footers) comes last, by rule.
    """
    pages = _read_file(wanted) if os.path.isfile(wanted) else [_read_archive(wanted, db)]
    failed = False
    for page in pages:
        if isinstance(page, Unreadable):
            failed = True
            click.echo(make_safe_line(str(page)), err=True)
        else:
            _explain(page)
    if failed:
        sys.exit(1)


def _read_file(path: str) -> Iterator[Page | Unreadable]:
    for file in find([path]):
        if isinstance(file, Unreadable):
            yield file
        elif not isinstance(file, Skipped):
            yield from (document for document in read(file) if not isinstance(document, Skipped))


def _read_archive(wanted: str, db: Path | None) -> Page:
    settings = choose_settings(db)
    with open_to_read(settings) as store:
        # A crawled page's provenance is its place in the archive; an imported one's is its path.
        row = store.article(wanted) or find_rejection(store, wanted)
        if row is None:
            raise click.ClickException(describe_absence(store, wanted))
    locator = row.provenance if row.origin == "crawl" else row.archive_key
    if not locator or row.archive_key is None:
        raise click.ClickException(f"{make_safe_line(wanted)}: nothing of it was archived")
    with Archive(settings.archive, readonly=True) as archive:
        return archived.page_of(archive, locator, url=row.url, site=row.site, provenance=row.provenance)


def _explain(page: Page) -> None:
    judged = harvest(page)
    # What the language gate refuses has lines to explain all the same.
    outcome = harvest(page, gate=False) if isinstance(judged, Rejected) else judged
    _print_head(page, outcome)
    if isinstance(judged, Rejected):
        click.echo(click.style(f"rejected ({judged.stage}: {make_safe_line(judged.reason)})", fg="yellow"))
    if isinstance(outcome, Rejected):
        return
    click.echo()
    known = rulebook.by_id()
    for line in _in_order(outcome.blocks, outcome.removals):
        if isinstance(line, Block):
            click.echo(f"  {make_safe_line(line.text)}")
        else:
            _print_removal(line, known)
    click.echo(f"\n{len(outcome.blocks)} lines kept, {len(outcome.removals)} removed.")
    _print_outside(page, known)


def _print_head(page: Page, outcome: Article | Rejected) -> None:
    click.echo(click.style(make_safe_line(outcome.url or page.url or page.provenance), bold=True))
    if isinstance(outcome, Rejected):
        return
    for name in ("title", "summary", "language"):
        if value := getattr(outcome, name):
            click.echo(click.style(f"{name}: ", dim=True) + make_safe_line(value))
    if outcome.truncated:
        click.echo(click.style("cut short by the site", fg="yellow"))


def _in_order(blocks: Iterable[Block], removals: Iterable[Removal]) -> list[Block | Removal]:
    """What went in stage 1 stood before the line whose position it bears; what was cut from a line comes after it."""
    return sorted((*blocks, *removals), key=lambda line: (line.position, _rank(line)))


def _rank(line: Block | Removal) -> int:
    if isinstance(line, Block):
        return 1
    return 0 if line.stage == "document" else 2


def _print_removal(removal: Removal, known: dict[str, rulebook.Entry]) -> None:
    text = click.style(make_safe_line(removal.text), fg="red", strikethrough=True)
    click.echo(f"{click.style('-', fg='red')} {text}")
    entry = known.get(removal.rule)
    why = f": {entry.why}" if entry and entry.why else ""
    click.echo(click.style(f"      {removal.rule}{why}", dim=True))
    others = [rule for rule in removal.because if rule != removal.rule]
    if others:
        click.echo(click.style(f"      because also: {', '.join(others)}", dim=True))


def _print_outside(page: Page, known: dict[str, rulebook.Entry]) -> None:
    found = read_document(page)
    if not isinstance(found, Document) or not found.outside:
        return
    groups: dict[str, list[str]] = {}
    for removal in found.outside:
        groups.setdefault(removal.rule, []).append(removal.text)
    click.echo(f"\nOutside the body: {len(found.outside)} lines.")
    for rule, texts in groups.items():
        entry = known.get(rule)
        why = f": {entry.why}" if entry and entry.why else ""
        click.echo(f"\n{rule}{why}")
        for text in texts:
            click.echo(click.style(f"- {make_safe_line(text)}", dim=True))
