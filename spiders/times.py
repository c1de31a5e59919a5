"""Times as feeds, sitemaps and WordPress write them, and the window of days that a crawl looks at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime

INDIA = timezone(timedelta(hours=5, minutes=30), "IST")

_IST = re.compile(r"\s*\(?\bIST\b\)?\s*$", re.IGNORECASE)
_SHORT_OFFSET = re.compile(r"([+-]\d{2})$")
_MONTHS = {name: n for n, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
)}  # fmt: skip
_MONTH = f"(?:{'|'.join(_MONTHS)})[a-z]{{0,6}}"
# A year, and a month and a day behind it where they are named; or the month in letters before its year.
_SPAN_IN_ADDRESS = re.compile(
    rf"(?<![\da-z])(?P<year>20\d{{2}})(?:[-_/.]?(?P<month>0[1-9]|1[0-2]|{_MONTH})(?:[-_/.]?(?P<day>[0-3]\d))?)?(?![\da-z])"
    rf"|(?<![a-z])(?P<name>{_MONTH})[-_/.]?(?P<its_year>20\d{{2}})(?!\d)",
    re.IGNORECASE,
)
_SPAN_IN_QUERY = re.compile(r"[?&](?:yyyy|year)=(20\d{2})(?:&(?:mm|month)=(\d{1,2}))?(?:&(?:dd|day)=(\d{1,2}))?(?!\d)")
_DATE_IN_ADDRESS = re.compile(r"(?<!\d)(20\d{2})([-/])(\d{2})\2(\d{2})(?!\d)")


def read_time(text: str | None, zone: timezone = INDIA) -> datetime | None:
    """Read an ISO 8601 or RFC 822 time; return it in UTC, or None where it is none.

    A time without an offset is of ``zone`` (the sites are Indian), and so is a plain date: the start of that day.
    """
    text = (text or "").strip()
    if not text:
        return None
    text = _IST.sub("+05:30", text) if text[:1].isdigit() else _IST.sub(" +0530", text)
    try:
        moment = _read_iso(text) if text[:1].isdigit() and text[4:5] == "-" else parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _read_iso(text: str) -> datetime:
    if "T" in text.upper() or " " in text:
        text = _SHORT_OFFSET.sub(r"\1:00", text) if text.count(":") else text
    return datetime.fromisoformat(text.replace(" +", "+"))


def date_in(address: str) -> datetime | None:
    """Return the start (UTC) of the Indian day that a URL names (``…-2026-09-14``, ``/2026/09/14/``), if any."""
    found = _DATE_IN_ADDRESS.search(address)
    if not found:
        return None
    try:
        day = date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None
    return _start_of(day)


def days_in(address: str) -> tuple[date, date] | None:
    """Return the first and the last day of the year, month or day that the name of a sitemap gives, if it gives one:
    ``sitemap-2024.xml``, ``/2024/01/``, ``post-202401.xml``, ``news-jan-2024.xml``, ``?yyyy=2024&mm=01``.
    """
    path = address.partition("://")[2].partition("/")[2]
    if asked := _SPAN_IN_QUERY.search(address):
        year, month, day = (int(part) if part else None for part in asked.groups())
    elif found := _SPAN_IN_ADDRESS.search(path):
        year, day = int(found["year"] or found["its_year"]), int(found["day"]) if found["day"] else None
        name = (found["month"] or found["name"] or "").lower()
        month = int(name) if name.isdecimal() else _MONTHS.get(name[:3])
    else:
        return None
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return first, first
    following = date(year + 1, 1, 1) if month in (None, 12) else date(year, month + 1, 1)
    return first, following - timedelta(days=1)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), INDIA).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """The days that a crawl looks at, in Indian time; ``last`` is the day of the clock unless the user named one."""

    first: date
    last: date
    is_given: bool = False
    is_closed: bool = False

    @classmethod
    def of(cls, clock: datetime, days: int, since: date | None = None, until: date | None = None) -> Window:
        """Return the last ``days`` days before ``clock`` (aware), or the days from ``since`` to ``until``.

        Raises ValueError where the window would be empty.
        """
        today = clock.astimezone(INDIA).date()
        last = until or today
        first = since or min(today, last) - timedelta(days=days)
        if first > last:
            raise ValueError(f"since={first} is after {f'until={last}' if until else f'the clock, {last}'}")
        return cls(first, last, is_given=since is not None, is_closed=until is not None)

    @property
    def start(self) -> datetime:
        """The first moment of the window, UTC."""
        return _start_of(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after the window, UTC."""
        return _start_of(self.last + timedelta(days=1))

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of the window, oldest first."""
        return tuple(self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))

    def lies_apart(self, days: tuple[date, date]) -> bool:
        """Tell whether a span of days lies outside of the window."""
        return days[1] < self.first or days[0] > self.last

    def holds(self, days: tuple[date, date]) -> bool:
        """Tell whether a span of days lies wholly within the window."""
        return self.first <= days[0] and days[1] <= self.last

    def misses(self, moment: datetime) -> bool:
        """Tell whether ``moment`` (aware) lies before the window, or after the end that the user named."""
        return moment < self.start or (self.is_closed and moment >= self.end)
