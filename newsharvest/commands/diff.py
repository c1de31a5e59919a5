"""`newsharvest diff`: the revisions of an article, and what changed from one to another."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import click

from newsharvest.commands.database import choose_settings, database_option, open_to_read
from newsharvest.commands.show import describe_absence
from newsharvest.commands.terminal import format_time, make_safe_line, print_json, print_table
from newsharvest.store import Revision

# What a reader sees first comes first.
FIELDS = (
    "title", "summary", "published_at", "modified_at", "authors", "agency", "section", "image_url", "language",
    "truncated", "published_source",
)  # fmt: skip
CONTEXT = 1  # unchanged lines shown beside a changed one


@click.command()
@click.argument("wanted", metavar="URL|ID|PATH")
@click.argument("first", metavar="[N", type=click.IntRange(1), required=False)
@click.argument("second", metavar="[M]]", type=click.IntRange(1), required=False)
@database_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(wanted: str, first: int | None, second: int | None, db: Path | None, as_json: bool) -> None:
    """Show what changed between two revisions of an article.

    Without numbers these are the last two; N alone is revision N and the one before it. A revision is written when a
    page brings another field or text than before, and when newer rules read it otherwise.
    """
    with open_to_read(choose_settings(db)) as store:
        article = store.article(wanted)
        if article is None:
            raise click.ClickException(describe_absence(store, wanted))
        revisions = store.revisions(article.id)
    if len(revisions) == 1 and first in (None, 1) and second in (None, 1):
        _print_only(revisions[0], as_json)
        return
    old, new = _choose(revisions, first, second)
    if as_json:
        print_json(_describe(revisions, old, new))
    else:
        _print(revisions, old, new)


def find_changes(old: Revision, new: Revision) -> dict[str, tuple[object, object]]:
    """Return the fields that differ, headline first, each with its value before and after; the text is not among them.

    Times are aware, authors a tuple; None is absent.
    """
    pairs = {name: (getattr(old, name), getattr(new, name)) for name in FIELDS}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def compare_texts(old: str, new: str) -> list[str]:
    """Return the lines that differ with one line around them: each begins with ``-``, ``+`` or a space; ``…`` is a gap.
    Nothing where the texts are the same.
    """
    lines = difflib.unified_diff(old.split("\n"), new.split("\n"), n=CONTEXT, lineterm="")
    return ["…" if line.startswith("@@") else line for line in list(lines)[2:]]


def _choose(revisions: Sequence[Revision], first: int | None, second: int | None) -> tuple[Revision, Revision]:
    if first is None:
        return revisions[-2], revisions[-1]
    if second is None:
        if first == 1:
            raise click.UsageError("revision 1 is the first, so there is none before it; name two revisions")
        first, second = first - 1, first
    known = {revision.n: revision for revision in revisions}
    for number in (first, second):
        if number not in known:
            raise click.UsageError(f"there is no revision {number}; the article has {len(revisions)}")
    return known[first], known[second]


def _print_only(revision: Revision, as_json: bool) -> None:
    if as_json:
        print_json(_describe([revision], revision, revision))
    else:
        click.echo(f"There is one revision only, of {format_time(revision.seen_at)} IST: nothing has changed.")


def _print(revisions: Sequence[Revision], old: Revision, new: Revision) -> None:
    print_table(("revision", "seen", "changed"), [(it.n, it.seen_at, what) for it, what in _list_changes(revisions)])
    click.echo(f"\nFrom revision {old.n} to {new.n}:")
    changes, lines = find_changes(old, new), compare_texts(old.text, new.text)
    for name, (before, after) in changes.items():
        click.echo(click.style(name.replace("_", " "), bold=True))
        for mark, value in (("-", before), ("+", after)):
            if value is not None and value != ():
                _print_line(mark, _text(value))
    if lines:
        click.echo(click.style("text", bold=True))
    for line in lines:
        _print_line(line[0], line[1:])
    if not changes and not lines:
        click.echo("no field and no line differs")


def _print_line(mark: str, text: str) -> None:
    colour = {"-": "red", "+": "green"}.get(mark)
    click.echo(click.style(f"{mark} {make_safe_line(text)}".rstrip(), fg=colour, dim=None if colour else True))


def _list_changes(revisions: Sequence[Revision]) -> Iterator[tuple[Revision, str]]:
    """Yield each revision with the names of what it changed."""
    yield revisions[0], ""
    for old, new in pairwise(revisions):
        names = [*find_changes(old, new), *(["text"] if old.text != new.text else [])]
        yield new, ", ".join(name.replace("_", " ") for name in names)


def _describe(revisions: Sequence[Revision], old: Revision, new: Revision) -> dict[str, object]:
    changes = find_changes(old, new)
    return {
        "revisions": [{"n": it.n, "seen_at": it.seen_at.isoformat(), "changed": what} for it, what in
                      _list_changes(revisions)],
        "from": old.n,
        "to": new.n,
        "fields": {name: [_plain(value) for value in pair] for name, pair in changes.items()},
        "text": compare_texts(old.text, new.text),
    }  # fmt: skip


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return format_time(value) + " IST"
    if isinstance(value, tuple):
        return ", ".join(value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
