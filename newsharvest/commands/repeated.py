"""`newsharvest repeated`: paragraphs that stand on many pages of a site, the next rules to write."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from newsharvest.commands.database import choose_settings, database_option, open_to_read
from newsharvest.commands.terminal import make_safe_line, print_json
from newsharvest.store.repetition import Repeated

MANY_SITES = 3
LONGEST = 300


@click.command()
@click.option("--site", metavar="NAME", help="Look at the pages of this site only.")
@click.option(
    "--min", "least", type=click.IntRange(min=2), default=5, show_default=True, metavar="N", help="On so many pages."
)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many to show at most.")
@database_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(site: str | None, least: int, limit: int, db: Path | None, as_json: bool) -> None:
    """List paragraphs that stand on many pages of a site.

    They are the next rules to write. Spelling of nukta, quotes and dashes makes no other paragraph. A page counts once;
    copies of a story do not count.
    """
    with open_to_read(choose_settings(db)) as store:
        found = store.repeated(site=site, least=least, limit=limit)
    if as_json:
        print_json([dataclasses.asdict(paragraph) for paragraph in found])
        return
    for paragraph in found:
        _print(paragraph)
    if found:
        click.echo("A line that is no part of the story needs a rule; docs/add-a-rule.md tells how to write one.")
    else:
        click.echo(f"no paragraph stands on {least} pages of a site")


def _print(paragraph: Repeated) -> None:
    click.echo(
        click.style(f"{paragraph.pages:,} of {paragraph.articles:,} pages  {make_safe_line(paragraph.site)}", dim=True)
    )
    text = make_safe_line(paragraph.text)
    click.echo(text if len(text) <= LONGEST else text[:LONGEST] + "…")
    for example in paragraph.examples:
        click.echo(click.style(f"  #{example.id}  {make_safe_line(example.url or '')}".rstrip(), fg="blue"))
    click.echo(f"  {_suggest(paragraph)}\n")


def _suggest(paragraph: Repeated) -> str:
    """Return where a rule for the paragraph would stand, and what it would match."""
    if paragraph.sites >= MANY_SITES:
        place = f"cleaners/data/rules/ (it stands on {paragraph.sites} sites)"
    else:
        place = f"cleaners/data/sites/{make_safe_line(paragraph.site)}.toml"
    if len(paragraph.text) > LONGEST:
        return f"rule: starts = [ its first words ] in {place}"
    return f"rule: equals = [{json.dumps(make_safe_line(paragraph.text), ensure_ascii=False)}] in {place}"
