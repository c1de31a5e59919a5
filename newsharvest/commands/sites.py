"""`newsharvest sites`: the spiders there are, their sources, and how their last runs went."""

from __future__ import annotations

from pathlib import Path

import click

from newsharvest.commands.database import choose_settings, database_option
from newsharvest.commands.terminal import format_time, print_table
from newsharvest.configuration import HarvestSettings
from newsharvest.store import Store


@click.command()
@database_option
def command(db: Path | None) -> None:
    """List the sites that can be crawled.

    Sources are feeds, sitemaps and WordPress sites; a source is verified where its address was seen to work. The last
    run and the number of articles come from the database, if there is one.
    """
    spiders = _load_spiders()
    figures = _read_figures(choose_settings(db), [name for name, spider in spiders.items() if spider.sources])
    rows = []
    for name, spider in spiders.items():
        if spider.sources:
            verified = sum(source.verified for source in spider.sources)
            rows.append(
                (name, ", ".join(spider.hosts), len(spider.sources), verified, *figures.get(name, ("", "", None)))
            )
    print_table(("site", "hosts", "sources", "verified", "last run", "outcome", "articles"), rows)
    generic = [name for name, spider in spiders.items() if not spider.sources]
    if generic:
        click.echo(f"\nAny other site: scrapy crawl {'|'.join(generic)} -a url=https://... [-a site=NAME]")


def _load_spiders() -> dict[str, type]:
    from scrapy.settings import Settings  # a second to import, for this command only
    from scrapy.spiderloader import SpiderLoader

    from newsharvest.settings import SPIDER_MODULES

    loader = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": SPIDER_MODULES}))
    return {name: loader.load(name) for name in sorted(loader.list())}


def _read_figures(settings: HarvestSettings, names: list[str]) -> dict[str, tuple[str, str, int | None]]:
    if not settings.database.exists():
        return {}
    figures = {}
    with Store(settings.database, prefix=settings.table_prefix, readonly=True) as store:
        articles = {(site.site, site.origin): site.articles for site in store.stats().sites}
        for name in names:
            runs = store.runs.latest(1, site=name)
            when = format_time(runs[0].started_at) if runs else "never"
            outcome = (runs[0].outcome or "not finished") if runs else ""
            figures[name] = (when, outcome, articles.get((name, "crawl"), 0))
    return figures
