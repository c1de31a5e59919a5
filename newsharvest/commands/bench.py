"""`newsharvest bench`: how well documents with labelled gold are cleaned, beside other tools."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from cleaners.model import Document, Removal
from cleaners.rules import rules_version
from newsharvest import __version__, contenders, gold, peers, quality, scorecard
from newsharvest.commands.terminal import make_safe_line, print_table, show_progress
from newsharvest.contenders import Contender, Reading
from newsharvest.flow import read_document
from newsharvest.gold import GoldError, GoldSet, Labelled
from newsharvest.quality import Result
from newsharvest.scorecard import Row, Sheet

_FILE = click.Path(dir_okay=False, path_type=Path)
# Of the tables by site (the worst first) and by junk (the most frequent first); what it is, how many, three tools.
_SHOWN_ROWS, _SHOWN_COLUMNS = 15, 5


@dataclass(frozen=True, slots=True)
class Miss:
    """A line of prose that was lost, or of junk that was left; ``rule`` says what took it, if anything did."""

    kind: Literal["lost", "left"]
    document: str
    text: str
    rule: str | None = None


@click.group()
def command() -> None:
    """Measure how well documents are cleaned."""


@command.command("quality")
@click.argument("paths", nargs=-1, required=True, metavar="GOLD...", type=click.Path(path_type=Path))
@click.option("--peers/--no-peers", "with_peers", default=True, show_default=True, help="Beside other tools.")
@click.option("--json", "json_file", type=_FILE, metavar="FILE", help="Write every figure of every document there.")
@click.option("--html", "html_file", type=_FILE, metavar="FILE", help="Write a page with charts and tables there.")
@click.option("--verbose", is_flag=True, help="List every line that we lost or left, and the rule that took it.")
def measure_quality(
    paths: tuple[Path, ...], with_peers: bool, json_file: Path | None, html_file: Path | None, verbose: bool
) -> None:
    """Score our cleaning of labelled documents, beside other tools.

    GOLD is a folder of documents (page.html, page.json or page.txt, each with its gold.tsv) or a .jsonl file;
    docs/gold-format.md says how to label your own. Other tools take part where they are installed:
    pip install 'newsharvest[bench]'.
    """
    for file in (json_file, html_file):
        if file and not file.parent.is_dir():
            raise click.UsageError(f"{file}: there is no folder {file.parent}")
    try:
        sets = [found for path in paths for found in gold.read(path)]
    except GoldError as error:
        raise click.ClickException(make_safe_line(str(error))) from error
    others, missing = peers.find() if with_peers else ([], [])
    sheets = []
    for found in sets:
        sheet, misses = _score(found, (*contenders.ours(), *others), with_misses=verbose)
        sheets.append(sheet)
        _print_sheet(sheet)
        _print_misses(misses)
    if missing:
        click.echo(f"Not installed: {', '.join(map(make_safe_line, missing))}. pip install 'newsharvest[bench]'")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    run = {"newsharvest": __version__, "rules": rules_version(), "python": platform.python_version(), "run_at": now}
    if json_file:
        found = scorecard.as_json(sheets, missing, run)
        _write(json_file, json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    if html_file:
        _write(html_file, scorecard.as_html(sheets, missing, run))


def _score(found: GoldSet, tools: Sequence[Contender], *, with_misses: bool) -> tuple[Sheet, list[Miss]]:
    documents = [document for document in found.documents if document.gold.rejected is None]
    if not documents:
        raise click.ClickException(f"{found.name}: every document in it is to be refused, so none can be scored")
    rows: list[Row] = []
    misses: dict[Miss, None] = {}
    with show_progress("scored", None) as progress:
        for tool in tools:
            _measure(tool, documents[0])  # what a tool loads at its first use is not the cost of a document
            results = []
            for document in documents:
                result, reading = _measure(tool, document)
                results.append(result)
                if with_misses and tool.is_ours:
                    misses |= dict.fromkeys(find_misses(tool, document, result, reading))
                progress.advance()
            rows.append(Row(tool.name, tool.version, tool.is_ours, tuple(results)))
    return Sheet(found.name, len(found.documents) - len(documents), tuple(rows)), list(misses)


def _measure(tool: Contender, document: Labelled) -> tuple[Result, Reading]:
    try:
        return contenders.measure(tool, document)
    except OSError as error:
        raise click.ClickException(f"{document.body}: {error.strerror}") from error


def find_misses(tool: Contender, document: Labelled, result: Result, reading: Reading) -> list[Miss]:
    """Return the lines that we lost, with the rule that took each, and those that we left."""
    misses = [Miss("left", document.name, line.text) for line in result.score.leaked]
    if not result.score.lost:
        return misses
    removals = [*reading.removals, *_outside(tool, document)]
    for line in result.score.lost:
        misses.append(Miss("lost", document.name, line, result.failure or find_rule(line, removals)))
    return misses


def find_rule(line: str, removals: Iterable[Removal]) -> str | None:
    """Return the id of the rule that took most of a line, None where none took any of it."""
    wanted = quality.groups([line])
    taken = [(quality.share(wanted, quality.groups([removal.text])), removal.rule) for removal in removals]
    most, rule = max(taken, default=(0.0, ""))
    return rule if most else None


def _outside(tool: Contender, document: Labelled) -> tuple[Removal, ...]:
    """Return what lay outside the body, which an article only counts."""
    found = read_document(tool.prepare(document.page))
    return (*found.removals, *found.outside) if isinstance(found, Document) else ()


def _print_sheet(sheet: Sheet) -> None:
    left_out = f"; {sheet.left_out} more are to be refused, and not scored" if sheet.left_out else ""
    click.echo(f"{make_safe_line(sheet.name)}: {sheet.documents} documents{left_out}\n")
    print_table(["tool", *scorecard.HEADERS], [[row.tool, *scorecard.cells(row.summary)] for row in sheet.rows])
    for headers, rows in (scorecard.site_table(sheet), scorecard.junk_table(sheet)):
        if len(rows) > 1:
            click.echo()
            print_table(headers[:_SHOWN_COLUMNS], [row[:_SHOWN_COLUMNS] for row in rows[:_SHOWN_ROWS]])
        if len(rows) > _SHOWN_ROWS:
            click.echo(f"… and {len(rows) - _SHOWN_ROWS} more, in the page that --html writes")
    click.echo()


def _print_misses(misses: Sequence[Miss]) -> None:
    for miss in misses:
        click.echo(f"{miss.kind}  {make_safe_line(miss.document)}: {make_safe_line(miss.text)}")
        if miss.kind == "lost":
            click.echo(click.style(f"      {make_safe_line(miss.rule or 'no rule took it')}", dim=True))
    if misses:
        click.echo()


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error
