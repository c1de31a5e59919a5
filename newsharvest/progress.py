"""What a run shows while it works: a table with a line a site in a terminal, a line now and then in a log."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Protocol

from newsharvest.tally import Tally, add

if TYPE_CHECKING:
    from newsharvest.fleet import Crawl

logger = logging.getLogger(__name__)

INDIA = timezone(timedelta(hours=5, minutes=30), "IST")
COUNTS = ("found", "fetched", "stored", "unchanged", "rejected", "errors")
_SECONDS_BETWEEN_LINES = 60.0


class Progress(Protocol):
    """Something that shows how the crawls of a fleet go."""

    def show(self, crawls: Sequence[Crawl]) -> None:
        """Show their present state; called a few times a second."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def choose_progress(*, is_quiet: bool) -> Progress:
    """Return a table on standard error if that is a terminal, else log lines; nothing where ``is_quiet``.

    The table must be made before anything opens standard error for its log: it shows what is logged above itself.
    """
    if is_quiet:
        return _Silence()
    return _Table() if sys.stderr.isatty() else _Lines()


class _Silence:
    def show(self, crawls: Sequence[Crawl]) -> None:
        """Nothing is shown."""

    def close(self) -> None:
        """Nothing is open."""


class _Lines:
    """Logs a line for a site that ended, and every minute one for each that moved."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _SECONDS_BETWEEN_LINES
        self._shown: dict[str, str] = {}
        self._ended: set[str] = set()

    def show(self, crawls: Sequence[Crawl]) -> None:
        is_time = time.monotonic() >= self._next
        for crawl in crawls:
            if crawl.outcome is not None and crawl.site not in self._ended:
                self._ended.add(crawl.site)
                told = crawl.error or describe(crawl.tally)
                logger.info("%s: %s after %d s: %s", crawl.site, crawl.outcome, crawl.seconds, told)
            elif is_time and crawl.outcome is None and self._shown.get(crawl.site) != (line := describe(crawl.tally)):
                self._shown[crawl.site] = line
                logger.info("%s: %s", crawl.site, line)
        if is_time:
            self._next = time.monotonic() + _SECONDS_BETWEEN_LINES

    def close(self) -> None:
        """A log stays open."""


class _Table:
    """A live table; where the terminal is too low for all sites, those that are under way come first."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._live = Live(console=Console(stderr=True), auto_refresh=False, transient=False)
        self._live.start()

    def show(self, crawls: Sequence[Crawl]) -> None:
        self._live.update(build_table(crawls, self._live.console.height), refresh=True)

    def close(self) -> None:
        self._live.stop()


def build_table(crawls: Sequence[Crawl], height: int) -> Any:
    """Return a rich table of at most so many lines, the last of which sums up all sites."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("site")
    table.add_column("state")
    for name in COUNTS:
        table.add_column(name, justify="right")
    table.add_column("newest article")
    room = max(1, height - 4)  # the header, the sum, a line for those left out, the cursor
    by_need = sorted(crawls, key=lambda crawl: crawl.outcome is not None)  # stable: under way first
    for crawl in crawls if len(crawls) <= room else by_need[:room]:
        table.add_row(crawl.site, crawl.outcome or "…", *_cells(crawl.tally), format_newest(crawl.tally.newest))
    if len(crawls) > room:
        table.add_row(f"and {len(crawls) - room} more", style="dim")
    under_way = sum(crawl.outcome is None for crawl in crawls)
    sums = add(crawl.tally for crawl in crawls)
    table.add_row("all", f"{under_way} under way", *(f"{sums[name]:,}" for name in COUNTS), style="bold")
    return table


def describe(tally: Tally) -> str:
    """Return the figures of a crawl as a phrase."""
    phrase = ", ".join(f"{getattr(tally, name)} {name}" for name in COUNTS)
    return f"{phrase}, newest {format_newest(tally.newest)}" if tally.newest else phrase


def format_newest(moment: datetime | None) -> str:
    """Return an aware time as it is read in India, or nothing."""
    return moment.astimezone(INDIA).strftime("%Y-%m-%d %H:%M") if moment else ""


def _cells(tally: Tally) -> list[str]:
    return [f"{getattr(tally, name):,}" for name in COUNTS]
