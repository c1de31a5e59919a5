"""`newsharvest backup`: a whole copy of the database, and of the archive, while a crawl goes on."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import click

from newsharvest.archive import Archive, is_same_file
from newsharvest.commands.database import choose_settings, database_option, open_to_read
from newsharvest.commands.terminal import show_progress
from newsharvest.store.backup import back_up


@click.command()
@click.argument("name", type=click.Path(), metavar="FILE|FOLDER")
@click.option("--archive", "with_archive", is_flag=True, help="The archive too, beside FILE.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@database_option
def command(name: str, with_archive: bool, force: bool, db: Path | None) -> None:
    """Copy the database, whole, while a crawl may go on.

    FILE is the database as of one moment. Of a FOLDER (one that is there, or a name that ends in /), both the database
    and the archive get a copy in it, under their own names; so they do with --archive, the archive beside FILE. The
    archive is copied last: it holds every page of the copied database. A copy gets its name when it is complete and was
    checked; to restore it, stop what writes and copy it back.
    """
    settings = choose_settings(db)
    file = Path(name)
    is_folder = file.is_dir() or name.endswith(os.sep)
    pairs = [(settings.database, file / settings.database.name if is_folder else file.absolute())]
    if with_archive or (is_folder and settings.archive.exists()):
        pairs.append((settings.archive, pairs[0][1].with_name(settings.archive.name)))
    targets = [target for _, target in pairs]
    for source, target in pairs:
        if target == source or is_same_file(target, source) or len(set(targets)) < len(targets):
            raise click.UsageError(f"{target} is what is to be copied: choose another folder")
        if target.exists() and not force:
            raise click.ClickException(f"{target} is there already (--force replaces it)")
    with ExitStack() as stack:
        connections = [stack.enter_context(open_to_read(settings)).database.connection]
        if len(pairs) > 1:
            connections.append(stack.enter_context(Archive(settings.archive, readonly=True)).connection)
        for connection, (_, target) in zip(connections, pairs, strict=True):
            _copy(connection, target, force)


def _copy(connection, target: Path, force: bool) -> None:
    done, (pages,) = 0, connection.execute("PRAGMA page_count").fetchone()
    with show_progress("copying", pages, unit="pages") as progress:

        def advance(left: int, total: int) -> None:
            nonlocal done
            progress.advance(total - left - done)
            done = total - left

        back_up(connection, target, force=force, advance=advance)
    click.echo(f"{target}  ({target.stat().st_size / 1e6:,.1f} MB)")
