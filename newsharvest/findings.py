"""What a check found of a site: facts of each source and of a sample article, and one word for each source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from cleaners.model import Article

STALE_AFTER = timedelta(days=14)

WORKS, EMPTY, STALE, MOVED, DEAD, FORBIDDEN = "works", "empty", "stale", "moved", "dead", "forbidden"
UNREADABLE = "unreadable"  # it answers, but not with what it is declared as
REFUSED = "refused"  # it lists pages, and the spider takes none of them
UNREAD = "unread"  # its links are taken, and none of those tried is an article
UNREACHABLE, WAITING, TIMEOUT = "unreachable", "waiting", "timeout"  # for now: these tell nothing of the address
MISSING = "missing"  # not in the archive that was read
UNCHECKED = "unchecked"  # the check itself failed, on the spider or on what it read

TIME_UP = "the time was up"
BROKEN_OFF = "the check broke off"

Robots = Literal["allowed", "forbidden", "unreachable"]
_DENIED = frozenset({"http 401", "http 403", "http 451"})
_WAIT = frozenset({"http 408", "http 425", "http 429"})
_GONE = re.compile(r"http [34]\d\d$|.*host not found|too many redirects")


@dataclass
class Sample:
    """One article that a spider takes from a source. ``fault`` says why there is none; then ``article`` is None.

    ``bodies`` tells of each ``body`` expression of the site's file whether it found text, ``is_titled`` whether its
    ``title`` did; both None where they were not asked (no file, no such key, a WordPress post).
    """

    url: str
    robots: Robots | None = None
    fault: str | None = None
    article: Article | None = None
    bodies: tuple[bool, ...] | None = None
    is_titled: bool | None = None
    site_file: str | None = None  # the path of the file that its page was read by
    is_post: bool = False  # it came within the answer of a WordPress interface

    @property
    def is_no_article(self) -> bool:
        """Whether its page came and was refused: ``stage: reason``."""
        return (self.fault or "").startswith(("fetch: ", "document: ", "line: ", "language: "))

    @property
    def is_forbidden(self) -> bool:
        """Whether the site will not have it read."""
        return self.robots == "forbidden" or self.fault in _DENIED or (self.fault or "").startswith("tdm:")


@dataclass
class SourceFinding:
    """What a source answered. ``status`` is the last HTTP status, ``fault`` why nothing could be read of it (at the
    address ``fault_at``, where that is a sitemap below it), ``defect`` why it could not be read to its end.

    ``landed`` is where redirects led, ``is_moved`` that all of them were for good. ``refused`` counts the page links
    that the spider leaves, by why, with two examples of each; ``newest`` is aware UTC, ``at`` when it was asked.
    """

    kind: str
    url: str
    verified: bool
    is_fallback: bool = False
    asked: str | None = None
    at: datetime | None = None
    status: int | None = None
    fault: str | None = None
    fault_at: str | None = None
    defect: str | None = None
    landed: str | None = None
    is_moved: bool = False
    robots: Robots | None = None
    sitemaps: int = 0
    pages: int = 0
    taken: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    newest: datetime | None = None
    samples: list[Sample] = field(default_factory=list)

    @property
    def age(self) -> timedelta | None:
        """How old the newest page was when the source was asked."""
        return self.at - self.newest if self.at and self.newest else None

    @property
    def sample(self) -> Sample | None:
        """The sample that became an article, else the last that was tried."""
        return next((it for it in self.samples if it.article), self.samples[-1] if self.samples else None)

    @property
    def verdict(self) -> str:
        """One word."""
        if self.fault is not None:
            return _word_for(self.fault, self.status)
        if self.at is None:
            return TIMEOUT
        if self.is_moved:
            return MOVED
        if not self.pages:
            return EMPTY
        if not self.taken:
            return REFUSED
        if self.age is not None and self.age > STALE_AFTER:
            return STALE
        return self._word_for_samples()

    def _word_for_samples(self) -> str:
        if any(sample.article for sample in self.samples):
            return WORKS
        if not self.samples:
            return TIMEOUT
        if all(sample.is_forbidden for sample in self.samples):
            return FORBIDDEN
        words = {UNREAD if sample.is_no_article else _word_for(sample.fault or "", None) for sample in self.samples}
        return words.pop() if len(words) == 1 and words <= {MISSING, UNREACHABLE, WAITING, TIMEOUT} else UNREAD


@dataclass
class SiteFinding:
    """A checked site. ``fault`` is what kept the check from its end; ``crawl_delay`` is in seconds."""

    site: str
    sources: list[SourceFinding] = field(default_factory=list)
    fault: str | None = None
    crawl_delay: float | None = None
    seconds: float = 0.0

    @property
    def works(self) -> bool:
        """Whether every source does."""
        return bool(self.sources) and all(source.verdict == WORKS for source in self.sources)

    @property
    def samples(self) -> list[Sample]:
        """The samples of all sources, each once."""
        return list({sample.url: sample for source in self.sources for sample in source.samples}.values())


def list_sources(spider: type) -> Iterator[tuple[Any, bool]]:
    """Yield every source that a spider declares, and whether it only stands in for another."""
    for source in spider.sources:
        yield source, False
        yield from ((each, True) for each in getattr(source, "fallback", ()))


def _word_for(fault: str, status: int | None) -> str:
    """Return the word for what kept a source from being read."""
    if fault.startswith(("told to wait", "asked to be left alone")) or fault in _WAIT:
        return WAITING
    if fault == "not in the archive":
        return MISSING
    if fault in (TIME_UP, BROKEN_OFF):
        return TIMEOUT if fault == TIME_UP else UNCHECKED
    if fault == "robots.txt forbids it" or fault in _DENIED or fault.startswith("tdm:"):
        return FORBIDDEN
    if fault.endswith(("no entries", "robots.txt names none")):
        return EMPTY
    if _GONE.match(fault):
        return DEAD
    return UNREADABLE if status is not None and status < 400 else UNREACHABLE
