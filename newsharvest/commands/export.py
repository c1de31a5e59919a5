"""`newsharvest export`: the corpus as files that other programs read, all of it or what is new."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsharvest.commands.database import choose_settings, database_option, open_to_read
from newsharvest.commands.terminal import INDIA, make_safe_line, show_progress
from newsharvest.store import Store

if TYPE_CHECKING:
    from newsharvest.exports.delivery import Delivered, Order

_DAY = click.DateTime(["%Y-%m-%d"])
_DEFAULT_CURSOR = "default"


@click.command()
@click.argument("kind", metavar="FORMAT", type=click.Choice(["jsonl", "parquet", "txt", "dataset", "warc"]))
@click.argument("dest", metavar="DEST", type=click.Path(path_type=Path))
@click.option(
    "--new", "is_new", is_flag=True, help="Only what is new, changed or withdrawn since the last such export."
)
@click.option("--cursor", metavar="NAME", help=f"The reader that --new is for.  [default: {_DEFAULT_CURSOR}]")
@click.option("--site", metavar="NAME", help="Articles of this site only.")
@click.option("--from", "first", type=_DAY, metavar="YYYY-MM-DD", help="Published on this day (in India) or later.")
@click.option("--to", "last", type=_DAY, metavar="YYYY-MM-DD", help="Published on this day (in India) or earlier.")
@click.option(
    "--dedupe", type=click.Choice(["none", "exact", "cluster"]), default="none", show_default=True,
    help="Leave out duplicates, or keep one article a cluster of copies: its earliest.",
)  # fmt: skip
@click.option("--min-words", type=click.IntRange(min=0), default=0, metavar="N", help="Articles of so many words.")
@click.option("--sentences", is_flag=True, help="With txt: one file, one sentence a line.")
@click.option("--force", "is_forced", is_flag=True, help="Replace the file at DEST.")
@database_option
def command(
    kind: str,
    dest: Path,
    is_new: bool,
    cursor: str | None,
    site: str | None,
    first: datetime | None,
    last: datetime | None,
    dedupe: str,
    min_words: int,
    sentences: bool,
    is_forced: bool,
    db: Path | None,
) -> None:
    """Write articles to files for other programs.

    FORMAT is jsonl (DEST ends in .jsonl, .jsonl.gz or .jsonl.zst), parquet, txt (a folder with one document a file;
    with --sentences one file), dataset (a folder that `datasets.load_dataset` reads, with a card) or warc (the
    archived pages that the articles were read from; .warc or .warc.gz). DEST gets its name when it is whole.

    With --new a daily job gets each article once when it is new and again when it changed, and {"id", "withdrawn_at"}
    when it was withdrawn: exactly once, also where the export was killed half-way and is run again. With nothing new
    the file is empty and the exit status 0. Give each reader a --cursor of its own, and each export a DEST with the
    date in its name. Without --new, withdrawn articles are left out.
    """
    if cursor is not None and not (is_new and cursor.strip()):
        raise click.UsageError("--cursor names the reader that --new is for: give both")
    if sentences and kind != "txt":
        raise click.UsageError("--sentences goes with txt")
    from newsharvest.exports.delivery import Order
    from newsharvest.store.exporting import Choice

    settings = choose_settings(db)
    choice = Choice(
        site=site,
        since=first.replace(tzinfo=INDIA) if first else None,
        until=last.replace(tzinfo=INDIA) + timedelta(days=1) if last else None,
        dedupe=dedupe,  # type: ignore[arg-type]
        min_words=min_words,
    )
    order = Order(
        kind="sentences" if sentences else kind,
        dest=Path(os.path.abspath(dest)),
        choice=choice,
        archive=settings.archive,
        cursor=(cursor or _DEFAULT_CURSOR) if is_new else None,
        replace=is_forced,
    )
    with open_to_read(settings) as store:
        if not is_new:
            _report(_export(store, order), order)
            return
    with Store(settings.database, prefix=settings.table_prefix) as store:
        _report(_export(store, order), order)


def _export(store: Store, order: Order) -> Delivered:
    from newsharvest.exports.delivery import deliver
    from newsharvest.exports.target import TargetError

    try:
        with show_progress("exporting", None) as progress:
            return deliver(store, order, progress.advance)
    except TargetError as error:
        raise click.ClickException(make_safe_line(str(error))) from error
    except OSError as error:
        raise click.ClickException(
            f"cannot write {make_safe_line(str(order.dest))}: {error.strerror or error}"
        ) from error


def _report(done: Delivered, order: Order) -> None:
    if done.resumed is not None:
        click.echo(f"{_shown(done.resumed)} was whole when an export was killed: it counts as delivered", err=True)
        if done.resumed == done.dest:
            return
    if done.repeated is not None:
        click.echo(f"{_shown(done.repeated)}, of an export that was killed, is gone: exported again", err=True)
    if done.missing:
        click.echo(f"{done.missing:,} documents are missing in {order.archive}", err=True)
    if done.withdrawn and order.kind == "sentences":
        click.echo("sentences bear no ids: the withdrawn articles are not told in the file", err=True)
    what = f"{done.documents:,} {'documents' if order.kind == 'warc' else 'articles'}"
    withdrawn = f" and {done.withdrawn:,} withdrawn" if done.withdrawn else ""
    click.echo(f"exported {what}{withdrawn} to {_shown(done.dest)}")


def _shown(path: Path) -> str:
    return make_safe_line(os.fsencode(path).decode("utf-8", "backslashreplace"))
