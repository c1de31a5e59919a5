"""`newsharvest clean`: the path of every page, for files, without a database."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime

import click

from cleaners.model import Article
from newsharvest.commands.terminal import make_safe, make_safe_line, print_json_line, show_progress
from newsharvest.flow import harvest
from newsharvest.formats import Skipped, Unreadable, find, read
from newsharvest.formats.files import LARGEST_DOCUMENT, sniff
from newsharvest.formats.records import is_web_address, site_of
from newsharvest.formats.whole import page_of
from newsharvest.items import Page, Rejected

METADATA = (
    "url", "title", "summary", "authors", "agency", "published_at", "modified_at", "language", "truncated",
)  # fmt: skip


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...|-")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="Print one JSON object a document.")
@click.option("--url", help="The address of the one document given, for the rules of its site.")
@click.option("--gate", is_flag=True, help="Reject what is not Hindi, as a crawl does.")
def command(paths: tuple[str, ...], as_jsonl: bool, url: str | None, gate: bool) -> None:
    """Clean text and HTML files, without a database.

    PATH is a file or a folder; `-` reads standard input. Text dumps (.txt), pages (.html) and WordPress posts (.json)
    are read, and what else `newsharvest import` reads. A file that cannot be read is named on standard error, the
    others are cleaned, and the exit status is 1.
    """
    if url is not None:
        _check_url(url, paths)
    is_single = len(paths) == 1 and not os.path.isdir(paths[0])
    failed = 0
    # A bar between the lines of a terminal would only disturb them.
    with nullcontext() if sys.stdout.isatty() else show_progress("cleaning", None) as progress:
        for path, document in _documents(paths):
            if isinstance(document, Unreadable):
                failed += 1
                click.echo(make_safe_line(str(document)), err=True)
                continue
            page = dataclasses.replace(document, url=url, site=site_of(url, document.fetched_at)) if url else document
            outcome = harvest(page, gate=gate)
            if as_jsonl:
                print_json_line(describe(path, outcome))
            else:
                _print_text(path, outcome, is_single)
            if progress:
                progress.advance()
    if failed:
        sys.exit(1)


def describe(path: str, outcome: Article | Rejected) -> dict[str, object]:
    """Return the JSON object of one cleaned document; every key is always there."""
    described: dict[str, object] = {"path": path}
    if isinstance(outcome, Rejected):
        described |= dict.fromkeys(METADATA) | {"url": outcome.url, "authors": [], "truncated": False}
        rejected = {"stage": outcome.stage, "reason": outcome.reason}
        return described | {"text": None, "removals": [], "rejected": rejected}
    for name in METADATA:
        value = getattr(outcome, name)
        described[name] = value.isoformat() if isinstance(value, datetime) else value
    removals = [dataclasses.asdict(removal) for removal in outcome.removals]
    return described | {"text": outcome.text, "removals": removals, "rejected": None}


def _documents(paths: tuple[str, ...]) -> Iterator[tuple[str, Page | Unreadable]]:
    for path in paths:
        if path == "-":
            yield path, _read_standard_input()
            continue
        for file in find([path]):
            if isinstance(file, Unreadable):
                yield file.path, file
            elif not isinstance(file, Skipped):
                for document in read(file):
                    if not isinstance(document, Skipped):
                        yield _place(file.shown, file.name, document), document


def _place(shown: str, name: str, document: Page | Unreadable) -> str:
    """Return what names a document: its file as the user gave it, and its line or row where it is one of several."""
    return shown + document.provenance.removeprefix(name) if isinstance(document, Page) else shown


def _read_standard_input() -> Page | Unreadable:
    body = sys.stdin.buffer.read(LARGEST_DOCUMENT + 1)
    if len(body) > LARGEST_DOCUMENT:
        return Unreadable("-", f"larger than {LARGEST_DOCUMENT >> 20} MB: not one document")
    kind = sniff(body[:4096])
    if kind not in ("text", "html", "json"):
        return Unreadable("-", "not text, HTML or a JSON post")
    return page_of(body, kind, site=None, provenance="-", fetched_at=datetime.now(UTC))


def _check_url(url: str, paths: tuple[str, ...]) -> None:
    if not is_web_address(url):
        raise click.BadParameter(f"{url!r} is not an http address", param_hint="--url")
    if len(paths) != 1 or os.path.isdir(paths[0]):
        raise click.UsageError("--url is the address of one document: give one file")


def _print_text(path: str, outcome: Article | Rejected, is_single: bool) -> None:
    if isinstance(outcome, Rejected):
        click.echo(make_safe_line(f"{path}: rejected ({outcome.stage}: {outcome.reason})"), err=True)
        return
    if not is_single:
        click.echo(click.style(f"== {make_safe_line(path)} ==", fg="cyan"))
    if outcome.title is not None:
        click.echo(click.style(make_safe_line(outcome.title), bold=True) + "\n")
    click.echo(make_safe(outcome.text) + ("" if is_single else "\n"))
