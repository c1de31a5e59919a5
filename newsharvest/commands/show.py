"""`newsharvest show`: one stored article, what is known of it and its text."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path

import click

from newsharvest.commands.database import choose_settings, database_option, open_to_read
from newsharvest.commands.terminal import format_time, make_safe, make_safe_line, print_json
from newsharvest.store import Cluster, Rejection, Store, StoredArticle

SHOWN = (
    "id", "url", "site", "origin", "provenance", "authors", "agency", "section", "image_url", "published_at",
    "published_source", "modified_at", "language", "truncated", "first_seen", "last_seen", "revision", "duplicate_of",
    "withdrawn_at", "withdrawn_reason",
)  # fmt: skip
NAMED = 20  # other articles of a story


@click.command()
@click.argument("wanted", metavar="URL|ID|PATH")
@database_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with all that was removed.")
def command(wanted: str, db: Path | None, as_json: bool) -> None:
    """Show one article.

    It is named by its address, its id (`newsharvest search` shows it as #12), or the path it was imported from.
    """
    with open_to_read(choose_settings(db)) as store:
        article = store.article(wanted)
        if article is None:
            raise click.ClickException(describe_absence(store, wanted))
        cluster = store.cluster(article.cluster) if article.cluster is not None else None
        tellers = store.tellers(cluster.id) if cluster is not None else []
        alike = store.nearly_same(article.id)
    if as_json:
        print_json({**_describe(article), "nearly_same": alike, "story": _story(cluster, tellers)})
    else:
        _print(article, cluster, tellers, alike)


def find_rejection(store: Store, wanted: str) -> Rejection | None:
    """Return the latest rejection of a page, by its address or provenance."""
    return next((refused for refused in store.rejections() if wanted in (refused.url, refused.provenance)), None)


def describe_absence(store: Store, wanted: str) -> str:
    """Return why the database has no such article: it was rejected, or it was never there."""
    refused = find_rejection(store, wanted)
    if refused is None:
        return f"no article {make_safe_line(wanted)!r} in {store.database.path}"
    return (
        f"{make_safe_line(wanted)} was rejected on {format_time(refused.seen_at)} ({refused.stage}: {refused.reason}); "
        "`newsharvest explain` shows its lines"
    )


def _describe(article: StoredArticle) -> dict[str, object]:
    described = dataclasses.asdict(article)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in described.items()}


def _story(cluster: Cluster | None, tellers: list[tuple[int, str]]) -> dict[str, object] | None:
    if cluster is None:
        return None
    told = {"first_at": cluster.first_at.isoformat(), "articles": [{"id": it, "site": site} for it, site in tellers]}
    return {**dataclasses.asdict(cluster), **told}


def _print(article: StoredArticle, cluster: Cluster | None, tellers: list[tuple[int, str]], alike: list[int]) -> None:
    if article.title:
        click.echo(click.style(make_safe_line(article.title), bold=True))
    if article.summary:
        click.echo(click.style(make_safe_line(article.summary), italic=True))
    for name in SHOWN:
        value = getattr(article, name)
        if value in (None, (), False):
            continue
        click.echo(click.style(f"{name.replace('_', ' ')}: ", dim=True) + make_safe_line(_text(value)))
    if alike:
        click.echo(click.style("nearly the same: ", dim=True) + ", ".join(f"#{number}" for number in alike))
    if cluster is not None:
        agency = f", {make_safe_line(cluster.agency)}" if cluster.agency else ""
        click.echo(
            click.style("story: ", dim=True) + f"{cluster.size:,} articles of {cluster.outlets:,} outlets{agency}, "
            f"first {make_safe_line(cluster.site)} (#{cluster.first}) on {format_time(cluster.first_at)} IST"
        )
        others = [f"{make_safe_line(site)} (#{it})" for it, site in tellers if it != article.id]
        more = f" and {len(others) - NAMED:,} more" if len(others) > NAMED else ""
        click.echo(click.style("told also by: ", dim=True) + ", ".join(others[:NAMED]) + more)
    removed = len(article.removals)
    click.echo(click.style("removed: ", dim=True) + f"{removed} lines (`newsharvest explain {article.id}` shows them)")
    click.echo("\n" + make_safe(article.text))


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return format_time(value) + " IST"
    if isinstance(value, tuple):
        return ", ".join(value)
    return "yes" if value is True else str(value)
