"""`newsharvest merge`: join another database, with its archive, into this one."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import click

from newsharvest.archive import Archive, is_same_file
from newsharvest.commands.database import choose_settings, database_option
from newsharvest.commands.terminal import make_safe_line, print_table, show_progress
from newsharvest.configuration import HarvestSettings
from newsharvest.store import Store, archives, forgetting, merging
from newsharvest.store.database import Database

_FILE = click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path)
_ROWS = (
    ("responses", "responses archived"), ("new", "new articles"), ("revised", "changed articles"),
    ("unchanged", "known articles"), ("forgotten", "forgotten before"), ("rejections", "rejections"),
    ("links", "links"), ("erased", "forgotten as there"),
)  # fmt: skip


@click.command()
@click.argument("other", type=_FILE, metavar="OTHER.db")
@click.option("--archive", type=_FILE, metavar="FILE", help="The other's archive.  [default: archive.db beside it]")
@click.option("--no-archive", is_flag=True, help="Leave the other's raw pages out.")
@database_option
def command(other: Path, archive: Path | None, no_archive: bool, db: Path | None) -> None:
    """Join another database into this one, with its history.

    Articles are the same where their address, their key, or their site and path are. Their revisions are put in the
    order in which their pages were seen; what both have is there once, and the revision seen last is the current one.
    Rejections, links and raw pages come too; runs and cursors of exports do not. What was forgotten on either side
    stays forgotten. OTHER is only read; one of an older newsharvest is brought up to date in a copy.

    Merging again changes nothing, and what was interrupted goes on with the same command.
    """
    if archive and no_archive:
        raise click.UsageError("either --archive or --no-archive")
    settings = choose_settings(db)
    theirs = None if no_archive else archive or other.with_name("archive.db")
    with ExitStack() as stack:
        if theirs is not None and not theirs.exists():
            theirs = None
        source = stack.enter_context(Archive(theirs, readonly=True)) if theirs else None
        store = stack.enter_context(Store(settings.database, prefix=settings.table_prefix))
        read = stack.enter_context(merging.open_other(other, store.database))
        own = stack.enter_context(Archive(settings.archive)) if source or settings.archive.exists() else None
        counts: Counter[str] = Counter()
        run, outcome = store.runs.start("merge"), "failed"
        try:
            _merge(store.database, own, read, source, counts)
            outcome = "finished"
        except KeyboardInterrupt:
            outcome = "interrupted"
            click.echo("interrupted: what came is stored, the same command goes on", err=True)
            raise
        finally:
            store.runs.finish(run, outcome, counts)
    _report(counts, settings, other, with_archive=source is not None or no_archive)


def _merge(
    database: Database, own: Archive | None, other: Database, source: Archive | None, counts: Counter[str]
) -> None:
    """Merge in an order in which every page is archived before its article is stored."""
    for url in merging.merge_tombstones(database, own, other):
        counts["erased"] += 1
        click.echo(f"forgotten in the other: {make_safe_line(url)}", err=True)
    if counts["erased"] or forgetting.is_unswept(database):
        forgetting.sweep(database, own)
    is_same = source is None or own is None or is_same_file(source.path, own.path)
    total = merging.count(other) + (0 if is_same or source is None else archives.count(source))
    with show_progress("merging", total, unit="documents") as progress:
        if source is not None and own is not None and not is_same:
            for looked, copied in archives.merge(own, source):
                counts["responses"] += copied
                progress.advance(looked)
        for state in merging.merge_articles(database, own, other):
            counts[state] += 1
            progress.advance()
        for is_new in merging.merge_rejections(database, own, other):
            counts["rejections"] += is_new
            progress.advance()
        for is_new in merging.merge_frontier(database, other):
            counts["links"] += is_new
            progress.advance()
    merging.merge_pauses(database, other)


def _report(counts: Counter[str], settings: HarvestSettings, other: Path, *, with_archive: bool) -> None:
    always = ("responses", "new", "revised", "unchanged")
    print_table(
        ("merge", "count"), [(name, counts[state]) for state, name in _ROWS if counts[state] or state in always]
    )
    if not with_archive:
        click.echo(f"no archive beside {other}: its articles come without raw pages (--archive names one)", err=True)
    click.echo(f"database: {settings.database}")
