"""Read the dates that Hindi and English pages write: Indian time unless they say otherwise, never the clock."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from importlib import resources

from cleaners.devanagari import match_key

IST = timezone(timedelta(hours=5, minutes=30), "IST")
_LONGEST = 120
_LONGEST_BYLINE = 160
_SKIPPED = 12  # words before a date in a byline
_TRAILING = 6  # words behind it
_AHEAD = timedelta(days=2)  # a date without year is never further ahead of the base than this
_UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}

_DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:t|\s)\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(z|utc|gmt|ist|[+-]\d{2}:?\d{2})?)?"
)
_TIME = re.compile(r"(?<!\d)(\d{1,2})[:.](\d{2})(?::(\d{2}))?(?:\.\d+)?(?!\d)")
_HOUR = re.compile(r"(?<!\d)(\d{1,2})\s*(?=बजे|[ap]m(?![a-z]))")
_ZONE = re.compile(r"\(?(?:gmt|utc)?\s*([+-])(\d{2}):?(\d{2})\)?|(?<![a-z])(ist|gmt|utc|z)(?![a-z])")
_NUMERIC = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)(?![a-z])")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_PIECES = re.compile(
    r"[•·\n]|\|(?=\D*[a-z\u0900-\u097f]{4})|"
    r"(?=(?:(?<!last )(?<!first ))(?:last |first )?(?:updated|published|posted|modified))|(?=अपडेट|प्रकाशित)"
)
_UPDATED = re.compile(r"updated|modified|अपडेट")
_PUBLISHED = re.compile(r"publish|posted|प्रकाशित|पब्लिश")
_NOISE = re.compile(r"[\s,;|()\[\]/.॰:–—-]+")


@dataclass(frozen=True, slots=True)
class _Words:
    months: dict[str, int]
    weekdays: frozenset[str]
    labels: re.Pattern[str]
    morning: frozenset[str]
    afternoon: frozenset[str]
    night: frozenset[str]
    now: frozenset[str]
    today: frozenset[str]
    yesterday: frozenset[str]
    ago: re.Pattern[str]
    units: dict[str, str]


@cache
def _words() -> _Words:
    source = resources.files("cleaners").joinpath("data", "dates.toml")
    table = tomllib.loads(source.read_text(encoding="utf-8"))

    def keys(words: list[str]) -> list[str]:
        return sorted({match_key(word) for word in words}, key=len, reverse=True)

    def one_of(words: list[str]) -> str:
        return "|".join(map(re.escape, keys(words)))

    relative = table["relative"]
    units = {key: unit for unit, words in table["units"].items() for key in keys(words)}
    return _Words(
        months={key: int(number) for number, words in table["months"].items() for key in keys(words)},
        weekdays=frozenset(key for words in table["weekdays"].values() for key in keys(words)),
        labels=re.compile(rf"^(?:(?:{one_of(table['labels']['words'])})\s*(?:[:\-–—|]\s*|\s+|(?=[a-z0-9])))+"),
        **{name: frozenset(keys(words)) for name, words in table["parts_of_day"].items()},
        **{name: frozenset(keys(relative[name])) for name in ("now", "today", "yesterday")},
        ago=re.compile(rf"(\d+|{one_of(relative['one'])})\s*({one_of(list(units))})\s*(?:{one_of(relative['ago'])})"),
        units=units,
    )


def parse(text: str, *, base: datetime, guess: bool = True) -> datetime | None:
    """Return the moment that ``text`` names, as aware UTC, or None where it names none (or more than a date).

    In: one date as printed, labels and weekday allowed (``Updated: Sat, 28 Nov 2020 01:34 PM (IST)``,
    ``प्रकाशित: २१ सितम्बर 2023, शाम 5:30 बजे``, ``2 घंटे पहले``). A date without zone is Indian time, without a time
    of day midnight there, without a year the one nearest before ``base`` (aware; also what relative times count from).
    Without ``guess`` only the forms known here are read, and dateparser is not asked about others.
    """
    key = match_key(text).translate(_DIGITS)
    if not key or len(key) > _LONGEST:
        return None
    if (match := _ISO.fullmatch(key)) is not None:
        return _from_iso(match)
    key = _words().labels.sub("", key).strip(" :-–—|,.")
    if (match := _ISO.fullmatch(key)) is not None:
        return _from_iso(match)
    if (moment := _relative(key, base)) is not None:
        return moment
    if not any(char.isdigit() for char in key):
        return None
    return _written(key, base) or (_guess(key, base) if guess else None)


def find(text: str, *, base: datetime) -> datetime | None:
    """Return the moment that a byline names among other words, None where it names none.

    In: one line (``By Ravi | Published: 10 Jan 2022, 05:30 PM | Updated: …``). What is labelled as published comes
    first, then what has no label, then what is labelled as updated. Relative times are not looked for.
    """
    key = match_key(text).translate(_DIGITS)
    if len(key) > _LONGEST_BYLINE or not _YEAR.search(key):
        return None
    for piece in sorted(filter(None, _PIECES.split(key)), key=_rank):
        tokens = piece.split()
        for start in range(min(len(tokens), _SKIPPED)):
            for stop in range(len(tokens), max(start + 2, len(tokens) - _TRAILING), -1):
                moment = parse(" ".join(tokens[start:stop]), base=base, guess=False)
                if moment is not None and any(_YEAR.search(token) for token in tokens[start:stop]):
                    return moment
    return None


def is_update(text: str) -> bool:
    """Say whether a byline is labelled as the time of a change only."""
    key = match_key(text)
    return bool(_UPDATED.search(key)) and not _PUBLISHED.search(key)


def _rank(piece: str) -> int:
    """Return where a piece of a byline stands among others: published, unlabelled, updated."""
    return 2 if _UPDATED.search(piece) else 0 if _PUBLISHED.search(piece) else 1


def _from_iso(match: re.Match[str]) -> datetime | None:
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    zone = match[7] or "ist"
    return _moment(year, month, day, hour, minute, second, _zone(zone))


def _zone(text: str) -> timezone:
    if text == "ist":
        return IST
    if text in ("z", "gmt", "utc"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=min(int(text[1:3]), 23), minutes=min(int(text[-2:]), 59)))


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int, zone: timezone) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):  # the 31st of February, the 14th month
        return None


def _relative(key: str, base: datetime) -> datetime | None:
    words = _words()
    if key in words.now:
        return base.astimezone(UTC)
    if key in words.today or key in words.yesterday:
        midnight = base.astimezone(IST).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight - timedelta(days=key in words.yesterday)).astimezone(UTC)
    if (match := words.ago.fullmatch(key)) is None:
        return None
    count, unit = int(match[1]) if match[1].isdigit() else 1, words.units[match[2]]
    try:
        if unit in _UNIT_DAYS:
            return (base - timedelta(days=count * _UNIT_DAYS[unit])).astimezone(UTC)
        return (base - timedelta(**{f"{unit}s": count})).astimezone(UTC)
    except OverflowError:
        return None


def _written(key: str, base: datetime) -> datetime | None:
    """Read a date of day, month and year in any order; every other word must be one that dates are written with."""
    zone, clock = IST, (0, 0, 0)
    numeric = _NUMERIC.search(key)
    rest = key if numeric is None else key[: numeric.start()] + " " + key[numeric.end() :]
    if (match := _TIME.search(rest)) or (match := _HOUR.search(rest)):
        clock = tuple(int(part or 0) for part in (*match.groups(), 0, 0)[:3])
        rest = rest[: match.start()] + " " + rest[match.end() :]
    if (match := _ZONE.search(rest)) and (match[4] or clock != (0, 0, 0)):
        zone = _zone(match[4] or "".join(match.groups()[:3]))
        rest = rest[: match.start()] + " " + rest[match.end() :]
    rest, clock = _day_part(rest, clock)
    day, month, year = (int(part) for part in numeric.groups()) if numeric else (0, 0, 0)
    for word in _NOISE.split(_ORDINAL.sub("", rest)):
        if word in _words().months and not month:
            month = _words().months[word]
        elif word.isascii() and word.isdigit() and len(word) == 4 and not year:
            year = int(word)
        elif word.isascii() and word.isdigit() and len(word) < 3 and not day:
            day = int(word)
        elif word and word not in _words().weekdays and word not in ("बजे", "at", "on", "को", "of", "the", "hrs", "t"):
            return None
    if not (day and month):
        return None
    return _moment(year or _year(day, month, base), month, day, *clock, zone)


def _day_part(text: str, clock: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Return the text without its part of the day, and the clock set by it."""
    words, (hour, minute, second) = _words(), clock
    for kind in ("morning", "afternoon", "night"):
        for word in getattr(words, kind):
            cut = re.sub(rf"(?<![a-z\u0900-\u097f]){re.escape(word)}(?![a-z\u0900-\u097f])", " ", text)
            if cut == text:
                continue
            if kind == "morning":
                hour %= 12 if hour == 12 else 24
            elif (kind == "afternoon" and hour < 12) or (kind == "night" and 6 <= hour < 12):
                hour += 12
            elif kind == "night" and hour == 12:
                hour = 0
            return cut, (hour, minute, second)
    return text, clock


def _year(day: int, month: int, base: datetime) -> int:
    latest = base.astimezone(IST).date() + _AHEAD
    try:
        return latest.year if date(latest.year, month, day) <= latest else latest.year - 1
    except ValueError:
        return latest.year


def _guess(key: str, base: datetime) -> datetime | None:
    """Ask dateparser, where a month or a numeric date shows that there is something to ask about."""
    spoken = _NOISE.split(key)
    if not (_NUMERIC.search(key) or any(word in _words().months for word in spoken) or _words().ago.search(key)):
        return None
    import dateparser

    found = dateparser.parse(
        re.sub(r"(?<![a-z])ist(?![a-z])", "+0530", key),
        languages=["hi", "en"],
        settings={
            "RELATIVE_BASE": base.astimezone(IST).replace(tzinfo=None),
            "TIMEZONE": "Asia/Kolkata",
            "RETURN_AS_TIMEZONE_AWARE": True,
            "DATE_ORDER": "DMY",
            "PREFER_DATES_FROM": "past",
        },
    )
    return found.astimezone(UTC) if found else None
