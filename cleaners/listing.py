"""Signals of a list that belongs to the story, though its rows look like the headlines of others. They protect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, partial
from itertools import groupby, takewhile

from cleaners.layout import Layout
from cleaners.rules import compile_expression
from cleaners.structure import Report, structure

LEAST_MARKED = 3
"""Rows that open with one mark, from which they are a list: two links of a box may well bear the same arrow."""
LEAST_ROWS = 2
INTRODUCING_WORDS = 3

_MARK = re.compile("^[^A-Za-z0-9\u0900-\u097f\\s\"'‘’“”(\\[{<#@]")
_COLON = re.compile(":[\\s\\-]*$")


@structure("marked-list")
def marked_list(page: Layout) -> Report:
    marks = [mark[0] if (mark := _MARK.match(view.text)) else None for view in page.views]
    for mark, group in groupby(range(len(marks)), marks.__getitem__):
        rows = [offset for offset in group if page.zone(offset) == "body"]
        if mark is not None and len(rows) >= LEAST_MARKED:
            heading = [rows[0] - 1] if _is_row(page, rows[0] - 1) else []
            for offset in heading + rows:
                yield offset, "protecting"


@structure("introduced-list")
def introduced_list(page: Layout) -> Report:
    for offset, view in enumerate(page.views):
        is_label = offset in page.opened or offset in page.junk
        if is_label or view.count < INTRODUCING_WORDS or not _COLON.search(view.key) or page.zone(offset) != "body":
            continue
        rows = list(takewhile(partial(_is_row, page), range(offset + 1, len(page.views))))
        if len(rows) >= LEAST_ROWS:
            for row in rows:
                yield row, "protecting"


@structure("instructions")
def instructions(page: Layout) -> Report:
    for rows in _rows(page):
        if len(rows) < LEAST_ROWS:
            continue
        told = sum(bool(_imperative().search(" " + page.views[offset].bare[-20:])) for offset in rows)
        if told >= LEAST_ROWS and 2 * told >= len(rows):
            for offset in rows:
                yield offset, "protecting"


def _rows(page: Layout) -> Iterator[list[int]]:
    """Yield the runs of lines below the first paragraph that are shaped like headlines and that no rule removes."""
    for is_row, group in groupby(range(len(page.views)), lambda offset: _is_row(page, offset)):
        if is_row:
            yield list(group)


def _is_row(page: Layout, offset: int) -> bool:
    view = page.views[offset]
    if page.prose[offset] or view.full or view.cut or view.kind != "paragraph" or offset in page.junk:
        return False
    return page.zone(offset) in ("body", "tail")


@cache
def _imperative() -> re.Pattern[str]:
    return compile_expression(r" {do}$", "listing.py: instructions")
