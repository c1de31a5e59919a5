"""`newsharvest import`: files that the user has become articles of origin corpus, by the path of every page."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import click

from cleaners.model import Article
from cleaners.rules import rules_version
from newsharvest.archive import Archive
from newsharvest.commands.database import choose_settings, database_option
from newsharvest.commands.terminal import Progress, group_reason, make_safe_line, print_table, show_progress
from newsharvest.configuration import HarvestSettings
from newsharvest.exports import record
from newsharvest.flow import harvest
from newsharvest.formats import Columns, InputFile, Skipped, Unreadable, find, read
from newsharvest.items import Page, Rejected
from newsharvest.store import Store

FAILURES_SHOWN = 20


@dataclass
class Tally:
    """What an import did, as it goes on."""

    files: int = 0
    states: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    skipped: int = 0
    named: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    is_interrupted: bool = False

    def note(self, thing: Unreadable | Skipped, is_verbose: bool) -> None:
        """Count what was not read, and keep its name as far as it will be shown."""
        if isinstance(thing, Unreadable):
            self.unreadable += 1
            if is_verbose or self.unreadable <= FAILURES_SHOWN:
                self.named.append(str(thing))
        else:
            self.skipped += 1
            if is_verbose:
                self.named.append(f"{thing.path}: skipped ({thing.reason})")

    def counts(self) -> dict[str, int]:
        """Return all counts by name, as they stand in the table of runs."""
        return {"files": self.files, **self.states, "unreadable": self.unreadable, "skipped": self.skipped}


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--site", metavar="NAME", help="The site of all documents.  [default: that of a document's URL, else corpus]"
)
@database_option
@click.option("--table", metavar="NAME", help="The table of a SQLite database.")
@click.option("--text", metavar="COLUMN", help="The column of the text (or its HTML).")
@click.option("--title", metavar="COLUMN", help="The column of the title.")
@click.option("--url", metavar="COLUMN", help="The column of the address.")
@click.option("--date", metavar="COLUMN", help="The column of the time of publication.")
@click.option("--summary", metavar="COLUMN", help="The column of the summary.")
@click.option("--author", metavar="COLUMN", help="The column of the authors.")
@click.option("--verbose", is_flag=True, help="Name every file that was skipped or could not be read.")
def command(paths: tuple[str, ...], site: str | None, db: Path | None, verbose: bool, **columns: str | None) -> None:
    """Read a corpus that you have into the database.

    PATH is a folder or a file: .txt, .html, .json, .jsonl, .csv, .tsv (each also as .gz or .zst), .warc, .warc.gz, or
    a SQLite database. Columns of tables are found by their usual names (text, body, headline, link, ...) unless you
    name them. Every document is kept raw in the archive, cleaned as a crawled page is, and stored with its site and
    its path below PATH; importing it again changes nothing but the time it was last seen. Articles that `newsharvest
    export jsonl` wrote are not cleaned again: they are stored as they are. What cannot be read is named, and the exit
    status is 1.
    """
    if site is not None and not re.fullmatch(r"[^\s/#?]+", site):
        raise click.BadParameter(f"{site!r} is not a name: no spaces, /, # or ?", param_hint="--site")
    if not any(map(os.path.exists, paths)):  # before a database is made for nothing
        raise click.ClickException(f"no such file or folder: {make_safe_line(', '.join(paths))}")
    settings = choose_settings(db)
    with (
        Store(settings.database, prefix=settings.table_prefix) as store,
        Archive(settings.archive) as archive,
    ):
        tally = _import(paths, site, Columns(**columns), store, archive, verbose, _skipped_files(settings))
    _report(tally, settings)
    if tally.is_interrupted:
        sys.exit(130)
    if tally.unreadable or tally.faults:
        sys.exit(1)


def _import(
    paths: tuple[str, ...],
    site: str | None,
    columns: Columns,
    store: Store,
    archive: Archive,
    verbose: bool,
    skip: set[Path],
) -> Tally:
    tally, outcome = Tally(), "failed"
    run = store.runs.start("import", site)
    # Only a bar has use for the number of files; counting them reads the folders once more.
    total = sum(isinstance(file, InputFile) for file in find(paths, skip)) if sys.stderr.isatty() else None
    try:
        with show_progress("importing", total) as progress:
            for page in _pages(paths, site, columns, tally, verbose, skip, progress):
                kept = _keep(page, store, archive, tally)
                tally.states[kept] += 1
                progress.advance()
        outcome = "finished"
    except KeyboardInterrupt:
        tally.is_interrupted, outcome = True, "interrupted"
    finally:
        store.runs.finish(run, outcome, tally.counts())
    return tally


def _pages(
    paths: tuple[str, ...],
    site: str | None,
    columns: Columns,
    tally: Tally,
    verbose: bool,
    skip: set[Path],
    progress: Progress,
) -> Iterator[Page]:
    for file in find(paths, skip):
        if not isinstance(file, InputFile):
            tally.note(file, verbose)
            continue
        tally.files += 1
        for document in read(file, site=site, columns=columns):
            if isinstance(document, Page):
                yield document
            else:
                tally.note(document, verbose)
        progress.finish_file()


def _keep(page: Page, store: Store, archive: Archive, tally: Tally) -> str:
    """Archive, clean and store one document; return what became of it."""
    media_type = f"{page.media_type}; charset={page.encoding}" if page.encoding else page.media_type
    key = archive.put(
        page.url or f"file:{quote(page.site)}/{quote(page.provenance)}",
        status=None,
        headers=[("Content-Type", media_type)],
        body=page.body,
        fetched_at=page.fetched_at,
        kind="document",
    )
    if page.media_type == record.MEDIA_TYPE:
        return store.adopt(record.read(json.loads(page.body), site=page.site), rules_version(), key).state
    outcome = _harvest(page, tally)
    if isinstance(outcome, Rejected):
        tally.rejected[group_reason(outcome.stage, outcome.reason)] += 1
    kept = store.keep(
        page, outcome, origin="corpus", rules_version=rules_version(), archive_key=key, seen_at=datetime.now(UTC)
    )
    return kept.state


def _harvest(page: Page, tally: Tally) -> Article | Rejected:
    """Clean a document. A fault of ours costs that document only: it is named, counted, and its bytes are archived."""
    try:
        return harvest(page)
    except Exception as error:
        reason = f"error: {type(error).__name__}: {error}"
        tally.faults.append(f"{page.provenance}: {reason}")
        return Rejected(page.url, "document", reason)


def _skipped_files(settings: HarvestSettings) -> set[Path]:
    return {settings.database.resolve(), settings.archive.resolve()}


def _report(tally: Tally, settings: HarvestSettings) -> None:
    for line in (*tally.named, *tally.faults):
        click.echo(make_safe_line(line), err=True)
    hidden = tally.unreadable - FAILURES_SHOWN
    if hidden > 0 and len(tally.named) == FAILURES_SHOWN:
        click.echo(f"... and {hidden:,} more that could not be read (--verbose names all)", err=True)
    if tally.is_interrupted:
        click.echo("interrupted: what is counted here is stored, the same command goes on", err=True)
    rows = [("files read", tally.files)]
    rows += [(name, tally.states[state]) for name, state in STATES]
    if tally.states["forgotten"]:
        rows.append(("forgotten before", tally.states["forgotten"]))
    rows.append(("rejected", tally.states["rejected"]))
    rows += [(f"  {reason}", count) for reason, count in tally.rejected.most_common()]
    rows.append(("unreadable", tally.unreadable))
    if tally.skipped:
        rows.append(("skipped", tally.skipped))
    print_table(("import", "count"), rows)
    click.echo(f"database: {settings.database}")


STATES = (("stored", "stored"), ("revised", "revised"), ("unchanged", "unchanged"), ("duplicates", "duplicate"))
