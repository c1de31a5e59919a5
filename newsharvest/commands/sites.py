"""`newsharvest sites`: the spiders there are, their sources, how their last runs went; and the check of what works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from newsharvest.commands.database import choose_settings, database_option
from newsharvest.commands.sitecheck import check_command
from newsharvest.commands.terminal import format_cell, format_time, print_json
from newsharvest.configuration import HarvestSettings
from newsharvest.findings import list_sources
from newsharvest.store import Run, Store, yields

LATELY = timedelta(days=7)
_NAMES = {"rest": "wordpress"}
_HEADERS = ("site", "hosts", "sources", "verified", "last run", "outcome", "7 days", "articles")
_NUMBERS = frozenset({"sources", "verified", "7 days", "articles"})


@dataclass(frozen=True, slots=True)
class Figures:
    """What the database knows of a site: its last run, and the articles crawled, all and of the last seven days."""

    run: Run | None
    articles: int
    lately: int


@click.group(invoke_without_command=True)
@database_option
@click.option("--short", "is_short", is_flag=True, help="One line a site: leave its sources out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(context: click.Context, db: Path | None, is_short: bool, as_json: bool) -> None:
    """List the sites that can be crawled.

    Sources are feeds, sitemaps, listings and WordPress sites; a source is verified where its address was seen to work.
    The last run and the number of articles, all and of the last seven days, come from the database, if there is one.
    """
    if context.invoked_subcommand is not None:
        if db is not None or is_short or as_json:
            raise click.UsageError(f"options of `sites` that `sites {context.invoked_subcommand}` has go behind it")
        return
    spiders = _load_spiders()
    sites = {name: spider for name, spider in spiders.items() if spider.sources}
    generic = [name for name in spiders if name not in sites]
    figures = _read_figures(choose_settings(db), list(sites))
    if as_json:
        print_json(_describe(sites, figures))
        return
    rows = [_row(name, spider, figures.get(name)) for name, spider in sites.items()]
    _print_list(rows, [] if is_short else [_source_lines(spider) for spider in sites.values()])
    _print_gaps(sites)
    if generic:
        click.echo(f"\nAny other site: scrapy crawl {'|'.join(generic)} -a url=https://... [-a site=NAME]")


command.add_command(check_command)


def _load_spiders() -> dict[str, type]:
    from scrapy.spiderloader import get_spider_loader  # a second to import, for this command only

    from newsharvest.fleet import project_settings

    loader = get_spider_loader(project_settings())
    return {name: loader.load(name) for name in sorted(loader.list())}


def _read_figures(settings: HarvestSettings, names: list[str]) -> dict[str, Figures]:
    if not settings.database.exists():
        return {}
    with Store(settings.database, prefix=settings.table_prefix, readonly=True) as store:
        articles = {(site.site, site.origin): site.articles for site in store.stats().sites}
        lately = yields.crawled_since(store.database, datetime.now(UTC) - LATELY)
        return {
            name: Figures(
                next(iter(store.runs.latest(1, site=name)), None), articles.get((name, "crawl"), 0), lately.get(name, 0)
            )
            for name in names
        }


def _row(name: str, spider: type, figures: Figures | None) -> tuple[str, ...]:
    sources = [source for source, _ in list_sources(spider)]
    known: tuple[object, ...] = ("", "", None, None)
    if figures is not None:
        run = figures.run
        when = format_time(run.started_at) if run else "never"
        known = (when, (run.outcome or "not finished") if run else "", figures.lately, figures.articles)
    verified = sum(source.verified for source in sources)
    return tuple(map(format_cell, (name, ", ".join(spider.hosts), len(sources), verified, *known)))


def _source_lines(spider: type) -> list[str]:
    lines = []
    for source, is_fallback in list_sources(spider):
        notes = [note for note, holds in (("fallback", is_fallback), ("not verified", not source.verified)) if holds]
        note = f"  ({', '.join(notes)})" if notes else ""
        lines.append(f"    - {_NAMES.get(source.kind, source.kind)}  {source.url}{note}")
    return lines


def _print_list(rows: Sequence[tuple[str, ...]], below: Sequence[Sequence[str]]) -> None:
    """Print a line a site under the headers, with the sources below it; there is nothing but ASCII in them."""
    widths = [max(map(len, column)) for column in zip(_HEADERS, *rows, strict=True)]
    for index, row in enumerate((_HEADERS, *rows)):
        cells = zip(_HEADERS, row, widths, strict=True)
        line = "  ".join(cell.rjust(n) if header in _NUMBERS else cell.ljust(n) for header, cell, n in cells).rstrip()
        click.echo(click.style(line, bold=True) if index == 0 or below else line)
        for source in below[index - 1] if index and below else ():
            click.echo(source)


def _find_gaps(sites: dict[str, type]) -> tuple[list[str], list[str]]:
    """Return the spiders that have no site file, and the site files that have no spider."""
    from cleaners.sites import load_all

    known = {file.slug for file in load_all()}
    return [name for name in sites if name not in known], sorted(known - sites.keys())


def _print_gaps(sites: dict[str, type]) -> None:
    without_file, without_spider = _find_gaps(sites)
    if without_file:
        click.echo(f"\nNo file in cleaners/data/sites, so read by general means: {', '.join(without_file)}")
    if without_spider:
        click.echo(f"\nA file in cleaners/data/sites, but no spider: {', '.join(without_spider)}")


def _describe(sites: dict[str, type], figures: dict[str, Figures]) -> dict[str, Any]:
    without_file, without_spider = _find_gaps(sites)
    return {
        "sites": [
            {
                "site": name,
                "hosts": list(spider.hosts),
                "has_site_file": name not in without_file,
                "sources": [
                    {"kind": _NAMES.get(it.kind, it.kind), "url": it.url, "verified": it.verified, "fallback": is_other}
                    for it, is_other in list_sources(spider)
                ],
                **_describe_figures(figures.get(name)),
            }
            for name, spider in sites.items()
        ],
        "site_files_without_spider": without_spider,
    }


def _describe_figures(figures: Figures | None) -> dict[str, Any]:
    """Return the last run and the yield; None where there is no database, and no run."""
    if figures is None:
        return {"last_run": None, "articles": None, "articles_7_days": None}
    run = figures.run
    last = run and {"started_at": run.started_at.isoformat(timespec="seconds"), "outcome": run.outcome}
    return {"last_run": last, "articles": figures.articles, "articles_7_days": figures.lately}
