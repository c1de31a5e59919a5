"""Sources that stamp their own time on every entry: what they call a change of the entry is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import islice

from spiders.answers import Link, SourceError
from spiders.times import INDIA

SAMPLE = 200  # entries by which a source is judged
FEWEST = 10  # of fewer entries nothing is concluded: one edit may be half of them
SPAN = timedelta(minutes=10)  # what writing a source, or asking for it, may take


def tell_stamped(links: Iterable[Link]) -> Iterator[tuple[Link, bool]]:
    """Yield each link, and whether its ``lastmod`` is a stamp of the source. Raises what reading the links raises."""
    rest, sample, error = iter(links), [], None
    try:
        for link in islice(rest, SAMPLE):
            sample.append(link)
    except SourceError as caught:
        error = caught
    since = stamped_since(sample)
    for link in sample:
        yield link, _is_stamped(link, since)
    if error:
        raise error
    for link in rest:
        yield link, _is_stamped(link, since)


def stamped_since(links: Iterable[Link]) -> datetime | None:
    """Return the time from which on the changes of pages are stamps of the source, or None where it stamps none.

    More than half of ten pages or more do not change within the same ten minutes, and those the last. Days without a
    time of day are left as they are: they call a page changed once a day at most.
    """
    pages = [link for link in links if link.kind == "page"]
    changes = [link.lastmod for link in pages if link.lastmod]
    newest = max(changes, default=None)
    if newest is None or len(pages) < FEWEST or _is_day(newest):
        return None
    return newest - SPAN if sum(newest - change <= SPAN for change in changes) > len(pages) / 2 else None


def _is_day(moment: datetime) -> bool:
    """Say whether a time is the start of a day, Indian or of Greenwich."""
    return any(moment.astimezone(zone).time() == time() for zone in (INDIA, UTC))


def _is_stamped(link: Link, since: datetime | None) -> bool:
    return link.kind == "page" and None not in (since, link.lastmod) and link.lastmod >= since
