"""News agencies and desks: who is credited by a line that names no person."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from cleaners.devanagari import match_key, words

_BRACKETS = re.compile(r"[(\[{]\s*([^()\[\]{}]{1,60}?)\s*[)\]}]")
_DASH_TAIL = re.compile(r"(?:^|[\s।.|])[-–—―]+\s*([^-–—―।|]{1,40})$")
_INPUT = re.compile(
    r"(?:इनपुट|input|inputs from|with inputs from|source|सोर्स|स्रोत|साभार|agency|एजेंसी)\s*[-–—:]*\s*([^।|]{1,40})$"
)
_INPUT_AFTER = re.compile(r"^[(\[]?\s*(.{2,30}?)\s+(?:के\s+)?इनपुट(?:\s+(?:के साथ|से))?\s*[)\]]?[।.]?$")
_LIST = re.compile(r"[/,]|\s(?:and|और|व|एवं)\s")
_DATELINE = re.compile(r"^[^।|,]{2,40},\s*([^।|,]{2,20}?)\s*(?:[।|:]|$)")
_LEADING = re.compile(r"^([^।|,]{2,30}),\s*([^।|,]{2,30}?)\s*[।|:.]?$")  # the agency before the town
_SIGNED_WORDS = 6  # "हिन्दुस्थान समाचार / first name, surname"
_EDGES = " \t-–—―.,;:।|*()[]{}/"


@dataclass(frozen=True, slots=True)
class _Names:
    plain: dict[str, str]  # key of a spelling -> name
    common: dict[str, str]
    desks: frozenset[str]
    places: frozenset[str]


@cache
def _names() -> _Names:
    source = resources.files("cleaners").joinpath("data", "agencies.toml")
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    plain = {_key(word): entry["name"] for entry in table["agency"] for word in entry.get("spellings", ())}
    common = {_key(word): entry["name"] for entry in table["agency"] for word in entry.get("common", ())}
    desks, places = (frozenset(map(match_key, table[name]["words"])) for name in ("desks", "places"))
    return _Names(plain, common, desks, places)


def find(text: str) -> str | None:
    """Return the normalised name (``"IANS"``, ``"PTI"`` …) of the agency that a line credits, None where there is none.

    A credit is the whole line, a bracket, the end after a dash, ``इनपुट: …``, or the second part of a dateline
    (``नई दिल्ली, एएनआई।``). In running prose भाषा, वार्ता and even पीटीआई are just words and do not count.
    """
    key = match_key(text)
    if (name := _name(key)) is not None:
        return name
    if "/" in key and (name := _names().plain.get(_key(key.partition("/")[0]))) and len(key.split()) <= _SIGNED_WORDS:
        return name
    for bracket in _BRACKETS.finditer(key):
        if (name := _signed(bracket[1])) is not None:
            return name
        if (inputs := _INPUT_AFTER.match(bracket[1])) and (name := _name(inputs[1])) is not None:
            return name
    if (tail := _DASH_TAIL.search(key)) and (name := _signed(tail[1])) is not None:
        return name
    for pattern in (_INPUT, _INPUT_AFTER):
        if (match := pattern.search(key)) and (name := _name(match[1])) is not None:
            return name
    if (leading := _LEADING.match(key)) and is_place(leading[2]):
        return _names().plain.get(_key(leading[1]))
    dateline = _DATELINE.match(key)
    return _names().plain.get(_key(dateline[1])) if dateline else None


def is_desk(author: str) -> bool:
    """Say whether the name of an author is a desk, a bureau or an outlet rather than a person."""
    return any(match_key(word) in _names().desks for word in words(author))


def is_place(name: str) -> bool:
    """Say whether a credited name is a town, as bylines put it beside the author's."""
    return _key(name) in _names().places


def _name(part: str) -> str | None:
    """Return the agency called exactly ``part``."""
    names, key = _names(), _key(part)
    return names.plain.get(key) or names.common.get(key)


def _signed(part: str) -> str | None:
    """Return the agency of a bracket or dash-led tail, where it may stand in a list or before the desk's initials."""
    for item in _LIST.split(part):
        if (name := _name(item)) is not None:
            return name
        first, *initials = _key(item).split()[:4] or [""]
        if len(initials) in (1, 2) and first in _names().plain:
            return _names().plain[first]
    return None


def _key(text: str) -> str:
    return match_key(text).strip(_EDGES).replace(".", "")
