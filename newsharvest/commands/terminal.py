"""Speaking to a terminal, a pipe or a log: text made safe, JSON lines, plain tables, progress."""

from __future__ import annotations

import json
import re
import sys
import time
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Protocol

import click

INDIA = timezone(timedelta(hours=5, minutes=30), "IST")

# What moves the cursor, colours or reorders a terminal: C0 but tab and newline, DEL, C1, and bidirectional controls.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SECONDS_BEFORE_PROGRESS = 2.0
_SECONDS_BETWEEN_LINES = 10.0


def make_safe(text: str) -> str:
    """Return text of others without the characters that could command a terminal."""
    return _UNSAFE.sub("", text)


def make_safe_line(text: str) -> str:
    """Return text of others as one safe line."""
    return make_safe(" ".join(text.split()))


def print_json_line(value: object) -> None:
    """Print one JSON object on one line, in UTF-8, also for readers that break lines at U+2028."""
    line = json.dumps(value, ensure_ascii=False)
    click.echo(line.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085"))


def print_json(value: object) -> None:
    """Print one JSON value for a machine, indented for a reader."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their headers, aligned; numbers to the right."""
    cells = [[make_safe_line(format_cell(cell)) for cell in row] for row in rows]
    columns = list(zip(headers, *cells, strict=True))
    widths = [max(map(_width, column)) for column in columns]
    are_numbers = [all(not cell or cell.replace(",", "").isdecimal() for cell in column[1:]) for column in columns]
    for index, row in enumerate([headers, *cells]):
        line = "  ".join(map(_pad, row, widths, are_numbers)).rstrip()
        click.echo(click.style(line, bold=True) if index == 0 else line)


def format_cell(value: object) -> str:
    """Return a value as a cell: nothing for None, thousands apart, times in India to the minute."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return format_time(value) if isinstance(value, datetime) else str(value)


def format_time(moment: datetime) -> str:
    """Return an aware time as a reader in India knows it."""
    return moment.astimezone(INDIA).strftime("%Y-%m-%d %H:%M")


def group_reason(stage: str, reason: str) -> str:
    """Return why a page was rejected without what is of this page alone: ``language: Marathi (mr)``."""
    if stage == "language" or reason.startswith("error: "):
        return f"{stage}: {reason.partition(': ')[0]}"
    return f"{stage}: {reason.partition(' (')[0]}"


class Progress(Protocol):
    """What a long command tells while it works."""

    def advance(self, documents: int = 1) -> None:
        """Say that so many more documents were read."""

    def finish_file(self) -> None:
        """Say that one more file was read to its end."""


@contextmanager
def show_progress(verb: str, total: int | None, *, unit: str = "files") -> Iterator[Progress]:
    """Show progress on stderr once two seconds have passed: a bar in a terminal, a line now and then in a log.

    ``total`` counts files, or with another ``unit`` (documents, pages) those; None where it is not known.
    """
    progress = _Bar(verb, total, unit) if sys.stderr.isatty() else _Lines(verb, unit)
    try:
        yield progress
    finally:
        progress.close()


class _Lines:
    def __init__(self, verb: str, unit: str) -> None:
        self._verb = verb
        self._unit = "documents" if unit == "files" else unit
        self._count = 0
        self._next = time.monotonic() + _SECONDS_BETWEEN_LINES

    def advance(self, documents: int = 1) -> None:
        self._count += documents
        if time.monotonic() >= self._next:
            click.echo(f"{self._verb} {self._count:,} {self._unit}", err=True)
            self._next = time.monotonic() + _SECONDS_BETWEEN_LINES

    def finish_file(self) -> None:
        """A log counts documents only."""

    def close(self) -> None:
        """Nothing is open."""


class _Bar:
    def __init__(self, verb: str, total: int | None, unit: str) -> None:
        self._verb, self._total, self._unit = verb, total, unit
        self._count = self._files = 0
        self._start = time.monotonic() + _SECONDS_BEFORE_PROGRESS
        self._bar = None

    def advance(self, documents: int = 1) -> None:
        self._count += documents
        self._draw()

    def finish_file(self) -> None:
        self._files += 1
        self._draw()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _draw(self) -> None:
        if self._bar is None:
            if time.monotonic() < self._start:
                return
            self._bar, self._task = _open_bar(self._verb, self._total, self._unit)
        completed = self._files if self._unit == "files" else self._count
        self._bar.update(self._task, completed=completed, documents=f"{self._count:,}")


def _open_bar(verb: str, total: int | None, unit: str):
    from rich import progress
    from rich.console import Console

    files = (progress.MofNCompleteColumn(), progress.TextColumn("files,")) if total is not None else ()
    counts = (*files, progress.TextColumn("{task.fields[documents]} documents"))
    if total is not None and unit != "files":
        counts = (progress.MofNCompleteColumn(), progress.TextColumn(unit))
    bar = progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        *counts,
        progress.TimeElapsedColumn(),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    bar.start()
    return bar, bar.add_task(verb, total=total, documents="0")


def _width(text: str) -> int:
    """Return the columns that a text takes: marks and joiners none, wide characters two."""
    shown = [char for char in text if unicodedata.category(char) not in ("Mn", "Me", "Cf")]
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in shown)


def _pad(cell: str, width: int, to_right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if to_right else cell + space
