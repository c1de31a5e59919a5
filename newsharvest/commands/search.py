"""`newsharvest search`: articles by their words, with date, site, title and the hits in their place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsharvest.commands.database import choose_settings, database_option, open_to_read
from newsharvest.commands.terminal import INDIA, format_time, make_safe, make_safe_line, print_json

if TYPE_CHECKING:
    from newsharvest.store.search import Hit

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--site", metavar="NAME", help="Articles of this site only.")
@click.option("--from", "first", type=_DAY, metavar="YYYY-MM-DD", help="Published on this day (in India) or later.")
@click.option("--to", "last", type=_DAY, metavar="YYYY-MM-DD", help="Published on this day (in India) or earlier.")
@click.option("--newest", is_flag=True, help="Newest first; else best first, where newer ones count a little more.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many to show at most.")
@database_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(
    query: tuple[str, ...],
    site: str | None,
    first: datetime | None,
    last: datetime | None,
    newest: bool,
    limit: int,
    db: Path | None,
    as_json: bool,
) -> None:
    """Find articles by their words.

    Every word must occur, however its nukta and nasal sign are spelt. A beginning takes a star (किसान*), words that
    follow each other stand in quotation marks ("किम जोंग"); OR, NOT and brackets work too.
    """
    since = first.replace(tzinfo=INDIA) if first else None
    until = last.replace(tzinfo=INDIA) + timedelta(days=1) if last else None
    words = " ".join(query)
    with open_to_read(choose_settings(db)) as store:
        sort = "newest" if newest else "best"
        hits = store.search(words, site=site, since=since, until=until, limit=limit, sort=sort)
    if as_json:
        print_json([_describe(hit) for hit in hits])
    elif not hits:
        click.echo(f"nothing found for {make_safe_line(words)!r}")
    else:
        for hit in hits:
            _print(hit)


def _describe(hit: Hit) -> dict[str, object]:
    return {
        "id": hit.id,
        "url": hit.url,
        "site": hit.site,
        "title": hit.title,
        "published_at": hit.published_at.isoformat() if hit.published_at else None,
        "snippet": hit.snippet,
    }


def _print(hit: Hit) -> None:
    day = format_time(hit.published_at) if hit.published_at else "no date"
    click.echo(click.style(f"{day}  {make_safe_line(hit.site)}  #{hit.id}", dim=True))
    click.echo(_mark(hit.title, hit.title_spans) if hit.title else "(no title)")
    click.echo("  " + _mark(hit.snippet, hit.spans).replace("\n", "\n  "))
    if hit.url:
        click.echo("  " + click.style(make_safe_line(hit.url), fg="blue"))
    click.echo()


def _mark(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return the text with the hits in bold; spans are offsets into the text as it stands."""
    pieces, position = [], 0
    for start, end in sorted(spans):
        pieces.append(make_safe(text[position:start]))
        pieces.append(click.style(make_safe(text[start:end]), bold=True))
        position = end
    return "".join(pieces) + make_safe(text[position:])
