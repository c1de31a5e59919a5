"""`newsharvest stats`: what the database holds, by site and by rule; the summary that ends a harvest."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import click

from newsharvest.commands.database import choose_settings, database_option, open_to_read
from newsharvest.commands.terminal import group_reason, print_json, print_table
from newsharvest.configuration import harvest_settings
from newsharvest.store import SiteFigures, Stats, Store

LANGUAGE = "language: "
TOP = 5


@click.command()
@database_option
@click.option("--site", metavar="NAME", help="Count this site only.")
@click.option(
    "--summary", "is_summary", is_flag=True, help="The short form that ends a harvest, with what to try next."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(db: Path | None, site: str | None, is_summary: bool, as_json: bool) -> None:
    """Count what the database holds, by site and by rule.

    A page is found when it is listed by a source or stands in an imported file; it is stored, a duplicate of another,
    rejected, or still to be fetched.
    """
    settings = choose_settings(db)
    with open_to_read(settings) as store:
        stats = store.stats(site=site, top=TOP if is_summary else 10)
        found = {(figures.site, figures.origin): count_found(store, figures) for figures in stats.sites}
    if as_json:
        print_json(_describe(stats, found, settings.database))
        return
    _print_sites(stats, found)
    _print_stories(stats)
    _print_counts("rule", "lines removed", stats.total.removed)
    if is_summary:
        click.echo(f"\ndatabase: {settings.database}")
        _print_next(settings.database)
        return
    _print_counts("rejected because", "pages", group_rejected(stats.total))
    click.echo(f"\ndatabase: {settings.database}\narchive:  {settings.archive}")


def count_found(store: Store, figures: SiteFigures) -> int:
    """Return how many pages of a site were found: its links to pages, or the documents of an import."""
    seen = figures.articles + figures.rejected_pages
    if figures.origin != "crawl":
        return seen
    links = sum(count for (kind, _), count in store.frontier.counts(figures.site).items() if kind == "page")
    # A WordPress post comes without a link of its own: then there are more pages than links.
    return max(seen, links)


def group_rejected(figures: SiteFigures) -> tuple[tuple[str, int], ...]:
    """Return the rejected pages by reason, most frequent first; of a language without the words that told it."""
    groups: Counter[str] = Counter()
    for name, count in figures.rejected:
        groups[group_reason(*name.split(": ", 1))] += count
    return tuple(groups.most_common())


def _print_sites(stats: Stats, found: Mapping[tuple, int]) -> None:
    rows = [_row(figures, found[figures.site, figures.origin]) for figures in stats.sites]
    if len(rows) > 1:
        total = _row(stats.total, sum(found.values()))
        rows.append(("total", *total[1:]))
    print_table(("site", "origin", "found", "stored", "duplicates", "rejected", "first", "last"), rows)


def _row(figures: SiteFigures, found: int) -> tuple[object, ...]:
    return (
        figures.site, figures.origin, found, figures.stored, figures.duplicates, figures.rejected_pages,
        figures.first_published, figures.last_published,
    )  # fmt: skip


def _print_stories(stats: Stats) -> None:
    if stats.clusters or stats.near_duplicates:
        click.echo()
    if stats.clusters:
        told = f"{stats.largest_cluster:,} articles of {stats.largest_cluster_outlets:,} outlets"
        one, many = f"1 story at several outlets: {told}", f"stories at several outlets, the largest {told}"
        click.echo(one if stats.clusters == 1 else f"{stats.clusters:,} {many}")
    if stats.near_duplicates:
        one, many = "1 article", f"{stats.near_duplicates:,} articles"
        click.echo(f"{one if stats.near_duplicates == 1 else many} nearly the same as an older one of the same outlet")


def _print_counts(name: str, unit: str, counts: tuple[tuple[str, int], ...]) -> None:
    if counts:
        click.echo()
        print_table((name, unit), counts)


def _print_next(database: Path) -> None:
    """Print three commands that work as they stand: called as this one was, with --db where it is needed."""
    here = sys.argv[0]
    called = here if here.startswith((".venv/", "./")) and here.endswith("/newsharvest") else "newsharvest"
    where = "" if database == harvest_settings(environ={}).database else f" --db {shlex.quote(str(database))}"
    click.echo("\nTry next:")
    for words in ("search 'किसान*'", "explain 1", "stats"):
        click.echo(f"  {called} {words}{where}")


def _describe(stats: Stats, found: Mapping[tuple, int], database: Path) -> dict[str, object]:
    sites = [_figures(figures, found[figures.site, figures.origin]) for figures in stats.sites]
    total = _figures(stats.total, sum(found.values()))
    return {
        "database": str(database),
        "sites": sites,
        "total": total,
        "clusters": stats.clusters,
        "largest_cluster": stats.largest_cluster,
        "largest_cluster_outlets": stats.largest_cluster_outlets,
        "near_duplicates": stats.near_duplicates,
    }


def _figures(figures: SiteFigures, found: int) -> dict[str, object]:
    rejected = dict(group_rejected(figures))
    return {
        "site": figures.site,
        "origin": figures.origin,
        "found": found,
        "stored": figures.stored,
        "duplicates": figures.duplicates,
        "revisions": figures.revisions,
        "rejected": rejected,
        "languages_rejected": {name[len(LANGUAGE) :]: n for name, n in rejected.items() if name.startswith(LANGUAGE)},
        "lines_removed": dict(figures.removed),
        "first_published": figures.first_published.isoformat() if figures.first_published else None,
        "last_published": figures.last_published.isoformat() if figures.last_published else None,
    }
