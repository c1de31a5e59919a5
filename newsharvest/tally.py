"""What a crawl's counters say: how much it found and stored, and whether it failed and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

PREFIX = "newsharvest/"
SOURCES_READ = f"{PREFIX}sources/read"
NEWEST = f"{PREFIX}newest"
SOURCE_KINDS = ("feed", "sitemap", "wordpress", "listing")

# Ends that are no failure of the site; Scrapy's own limits (closespider_itemcount and its like) are none either.
ORDERLY = frozenset({"finished", "time_budget", "shutdown", "retry_after"})
CUT_SHORT = frozenset({"time_budget", "shutdown"})
DATABASE_ERROR = "database_error"

_WORDS = {
    "locked": "another process is crawling it",
    "sources_failed": "every source failed",
    DATABASE_ERROR: "the database could not be written",
    "start_error": "its spider could not begin",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of one crawl. ``found`` counts listed links, known ones too; ``fetched`` answers of every kind;
    ``errors`` requests without an answer, answers of 500 and above, and faults of ours. ``newest`` (aware UTC) is the
    publication time of the newest article that it met.
    """

    found: int = 0
    fetched: int = 0
    stored: int = 0
    revised: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0
    errors: int = 0
    newest: datetime | None = None
    sources_read: int = 0
    source_failures: tuple[str, ...] = ()

    @classmethod
    def of(cls, stats: Mapping[str, Any]) -> Tally:
        """Read the stats of a crawler."""
        states = ("stored", "revised", "unchanged", "duplicate", "rejected")
        return cls(
            found=stats.get(f"{PREFIX}links/found", 0),
            fetched=stats.get("response_received_count", 0),
            errors=_errors(stats),
            newest=stats.get(NEWEST),
            sources_read=stats.get(SOURCES_READ, 0),
            source_failures=source_failures(stats),
            **{state: stats.get(PREFIX + state, 0) for state in states},
        )

    @property
    def has_no_source(self) -> bool:
        """Whether sources failed and none was read."""
        return bool(self.source_failures) and not self.sources_read


def source_failures(stats: Mapping[str, Any]) -> tuple[str, ...]:
    """Return why sources could not be read, the most frequent reason first: ``feed: http 503``."""
    start = f"{PREFIX}rejected/"
    reasons = {key.removeprefix(start): count for key, count in stats.items() if key.startswith(start)}
    found = [reason for reason in reasons if reason.partition(": ")[0] in SOURCE_KINDS and ": " in reason]
    return tuple(sorted(found, key=lambda reason: (-reasons[reason], reason)))


def is_failure(outcome: str, tally: Tally) -> bool:
    """Whether a site failed: its crawl ended by an error, or no source of it could be read. No page fails a site."""
    return not (outcome in ORDERLY or outcome.startswith("closespider_")) or tally.has_no_source


def explain_failure(outcome: str, tally: Tally, error: str | None = None) -> str:
    """Say in words why a site failed."""
    if tally.has_no_source:
        return f"every source failed: {tally.source_failures[0]}"
    return error or _WORDS.get(outcome, outcome)


def add(tallies: Iterable[Tally]) -> dict[str, int]:
    """Return the sums of the figures, by name."""
    names = ("found", "fetched", "stored", "revised", "unchanged", "duplicate", "rejected", "errors")
    known = list(tallies)
    return {name: sum(getattr(tally, name) for tally in known) for name in names}


def _errors(stats: Mapping[str, Any]) -> int:
    exceptions = "downloader/exception_type_count/"
    refusals = sum(n for key, n in stats.items() if key.startswith(exceptions) and _is_refusal(key))
    statuses = "downloader/response_status_count/5"
    answers = sum(n for key, n in stats.items() if key.startswith(statuses))
    faults = stats.get("spider_exceptions/count", 0) + stats.get(f"{PREFIX}rejected/error", 0)
    return stats.get("downloader/exception_count", 0) - refusals + answers + faults


def _is_refusal(key: str) -> bool:
    """Whether an exception only says that we do not ask: robots.txt, a private address, the end of the crawl."""
    return key.endswith(".IgnoreRequest") or "/newsharvest." in key
