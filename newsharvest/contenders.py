"""The tools that the quality benchmark compares, one row of its table each; ours are with and without site files."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from cleaners import sites
from cleaners.model import Removal
from newsharvest import __version__, quality
from newsharvest.flow import harvest
from newsharvest.gold import Labelled
from newsharvest.items import Page, Rejected
from newsharvest.quality import Result

OURS = "newsharvest"
OURS_ALONE = "newsharvest, no site files"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tool made of a document: its text, one paragraph a line, and what else it found."""

    text: str
    title: str | None = None
    published: datetime | date | None = None
    failure: str | None = None
    removals: tuple[Removal, ...] = ()


@dataclass(frozen=True, slots=True)
class Contender:
    """One row of the table. ``read`` takes what ``prepare`` makes of a page; only ``read`` is timed. ``finds`` says
    what it looks for beside the text: a tool is not judged by what it does not try.
    """

    name: str
    version: str
    prepare: Callable[[Page], Any]
    read: Callable[[Any], Reading]
    finds: tuple[str, ...] = ("title", "published")

    @property
    def is_ours(self) -> bool:
        return self.name in (OURS, OURS_ALONE)


def ours() -> tuple[Contender, Contender]:
    """Return our path as it is, and as it is on a site that no file knows."""
    return (
        Contender(OURS, __version__, lambda page: page, read_ours),
        Contender(OURS_ALONE, __version__, make_unknown, read_ours),
    )


def measure(contender: Contender, document: Labelled) -> tuple[Result, Reading]:
    """Let a tool read one document, and score it. A peer that raises gave an empty text; how it failed is kept.

    Raises OSError where the document's file went.
    """
    given = contender.prepare(document.page)
    start = time.perf_counter()
    try:
        reading = contender.read(given)
    except Exception as error:
        if contender.is_ours:
            raise
        reading = Reading("", failure=f"{type(error).__name__}: {error}")
    milliseconds = (time.perf_counter() - start) * 1000
    score = quality.score(document.gold, reading.text, title=reading.title, published=reading.published)
    score = replace(score, **{name: None for name in ("title", "published") if name not in contender.finds})
    return Result(document.name, document.site, document.kind, score, milliseconds, reading.failure), reading


def read_ours(page: Page) -> Reading:
    """Return what our path makes of a page, whatever its language."""
    outcome = harvest(page, gate=False)
    if isinstance(outcome, Rejected):
        return Reading("", failure=f"rejected: {outcome.stage}: {outcome.reason}")
    return Reading(outcome.text, outcome.title, outcome.published_at, removals=outcome.removals)


def make_unknown(page: Page) -> Page:
    """Return the same page of a site that no file knows: in all its addresses, the hosts of sites that we know end
    in .example, so that the site's own links are still its own.
    """
    url = _rename_hosts(page.url.encode()).decode() if page.url else None
    return replace(page, site="unknown", url=url, body=_rename_hosts(page.body))


def _rename_hosts(text: bytes) -> bytes:
    return _hosts().sub(lambda found: found[1] + found[2].rpartition(b".")[0] + b".example", text)


@cache
def _hosts() -> re.Pattern[bytes]:
    """Slashes may be escaped, as in JSON; what is no address (a name in the text) stays as it is."""
    hosts = sorted({host for file in sites.load_all() for host in file.hosts})
    names = "|".join(map(re.escape, hosts))
    return re.compile(rf"(//|\\/\\/)((?:[a-z0-9-]+\.)*(?:{names}))(?![a-z0-9.-])".encode(), re.IGNORECASE)
