"""`newsharvest verify`: whether the database and its archive are as they must be, and making right what can be."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import click

from newsharvest.archive import Archive
from newsharvest.commands.database import choose_settings, database_option, open_to_read
from newsharvest.commands.terminal import make_safe_line, print_json, show_progress
from newsharvest.store import Store, verifying
from newsharvest.store.verifying import Files, Finding

# What is rebuilt later goes by what was rebuilt before.
_ORDER: tuple[verifying.Repair, ...] = (
    "orphans", "duplicates", "clusters", "hits", "index", "tombstones", "bodies", "sweep",
)  # fmt: skip
_ROWS_A_STEP = 200


@click.command()
@click.option("--repair", is_flag=True, help="Make anew what can be made from the rest, then check again.")
@click.option("--quick", is_flag=True, help="Do not read every text and every page.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@database_option
def command(repair: bool, quick: bool, as_json: bool, db: Path | None) -> None:
    """Check that the database and its archive are sound.

    Looked at: the files themselves, the numbers of revisions, fingerprints against fields, duplicates, groups and
    clusters, the counters of rules, the search index against the articles, what was forgotten, the archive's bodies,
    and that every page an article came from is there. One line a finding. --repair rebuilds links of duplicates,
    clusters, counters, index and leftovers; texts and pages cannot be rebuilt: take them from a backup.

    Exit status: 0 all is sound, 1 something is not.
    """
    settings = choose_settings(db)
    with ExitStack() as stack:
        open_to_read(settings).close()  # says so where there is no database yet
        store = stack.enter_context(Store(settings.database, prefix=settings.table_prefix))
        archive = None
        if settings.archive.exists():
            archive = stack.enter_context(Archive(settings.archive, readonly=not repair))
        files = Files(store.database, archive, quick)
        before = _look(files)
        findings = before
        if repair and (wanted := {finding.repair for finding in before if finding.repair}):
            for what in _ORDER:
                if what in wanted:
                    verifying.repair(files, what)
            findings = _look(files)
    repaired = [finding for finding in before if finding not in findings]
    if as_json:
        print_json({"sound": not findings, "repaired": _describe(repaired), "findings": _describe(findings)})
    else:
        _print(repaired, findings, is_without_archive=archive is None, can_repair=not repair)
    if findings:
        sys.exit(1)


def _look(files: Files) -> list[Finding]:
    found = []
    with show_progress("checking", None) as progress:
        for finding in verifying.verify(files):
            if finding is None:
                progress.advance(_ROWS_A_STEP)
            else:
                found.append(finding)
    return found


def _describe(findings: list[Finding]) -> list[dict[str, str | None]]:
    return [{"check": it.check, "what": it.what, "repair": it.repair} for it in findings]


def _print(repaired: list[Finding], findings: list[Finding], *, is_without_archive: bool, can_repair: bool) -> None:
    for finding in repaired:
        click.echo(f"repaired  {finding.check}: {make_safe_line(finding.what)}")
    for finding in findings:
        click.echo(f"{finding.check}: {make_safe_line(finding.what)}")
    if is_without_archive:
        click.echo("there is no archive beside the database: pages were not checked", err=True)
    if not findings:
        click.echo("sound")
        return
    count = sum(finding.repair is not None for finding in findings)
    hint = f", {count} of them --repair can make right" if can_repair and count else ""
    click.echo(f"{len(findings)} findings{hint}", err=True)
