"""Sources that stamp their own time on what they list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from spiders.answers import Link, SourceError
from spiders.stamps import SAMPLE, stamped_since, tell_stamped

NOW = datetime(2026, 9, 14, 6, 7, 8, tzinfo=UTC)


def links(*minutes: float | None, kind: str = "page") -> list[Link]:
    """Return links that changed so many minutes ago (None: no word of it)."""
    times = (None if ago is None else NOW - timedelta(minutes=ago) for ago in minutes)
    return [Link(f"https://khabar.example/{n}", kind, lastmod=time) for n, time in enumerate(times)]


def stamped(found: list[Link]) -> list[int]:
    return [n for n, (_, is_stamped) in enumerate(tell_stamped(found)) if is_stamped]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ([0] * 20, range(20)),  # the same on all
        ([90] * 20, range(20)),  # the same on all, when it was written
        ([n / 2 for n in range(20)], range(20)),  # it took its time to be written
        ([0] * 11 + [600 + n for n in range(9)], range(11)),  # those that are stamped, the others are not
        ([0] * 10 + [600 + n for n in range(10)], []),  # half of them is not most
        ([0] * 9, []),  # too few to tell
        ([0] * 10 + [None] * 10, []),  # most bear nothing
        ([n * 15 for n in range(50)], []),  # news, as it comes
        ([0, 1, 2] + [600] * 17, []),  # three edits; the rest were imported at once, and that is long known
    ],
)
def test_what_is_a_stamp(minutes: list[float | None], expected: range) -> None:
    assert stamped(links(*minutes)) == list(expected)


@pytest.mark.parametrize("start", ["2026-09-14T00:00:00+00:00", "2026-09-14T00:00:00+05:30"])
def test_a_day_is_no_stamp(start: str) -> None:
    day = datetime.fromisoformat(start)
    assert stamped_since([Link("https://khabar.example/", "page", lastmod=day)] * 20) is None


def test_sitemaps_of_an_index_are_none_of_it() -> None:
    assert stamped(links(*[0] * 20, kind="sitemap")) == []
    mixed = links(*[0] * 20) + links(0, kind="sitemap")
    assert stamped(mixed) == list(range(20))


def test_what_comes_behind_the_sample_is_told_by_it() -> None:
    assert stamped(links(*[0] * (SAMPLE + 2), 600)) == list(range(SAMPLE + 2))


def test_a_source_is_not_read_ahead_of_its_sample() -> None:
    read: list[int] = []

    def reading() -> Iterator[Link]:
        for link in links(*range(SAMPLE * 3)):
            read.append(1)
            yield link

    next(tell_stamped(reading()))
    assert len(read) == SAMPLE


def test_what_stands_before_a_fault_is_good() -> None:
    def broken() -> Iterator[Link]:
        yield from links(*[0] * 12)
        raise SourceError("sitemap: broken XML")

    found = []
    with pytest.raises(SourceError, match="broken"):
        for link in tell_stamped(broken()):
            found.append(link)
    assert len(found) == 12 and all(is_stamped for _, is_stamped in found)
