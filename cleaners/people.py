"""Who wrote a page: the persons among the names that it credits, and the agency."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cleaners import agencies
from cleaners.devanagari import match_key, normalise, words

_BY = re.compile(
    r"^(?:(?:written|edited|reported|posted|published|translated|curated|compiled|authored?)\s+by|by|author|लेखक|रिपोर्टर|"
    r"रिपोर्ट|संपादन|द्वारा|von|par|por|di|автор|текст)\s*[:\-–]?\s+|"
    r"^(?:by|author|लेखक|रिपोर्ट|reported by|edited by)\s*[:\-–]\s*",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"\s*(?:[;/|&]|\s(?:and|और|एवं|तथा|व|und|et|y|e|и)\s)\s*")
_COMMA = re.compile(r"\s*[,،、]\s*")
_BRACKET = re.compile(r"(?<=\S)\s*[(\[][^)\]]*[)\]]?$")
_NO_NAME = re.compile(r"www\.|@|\d")
_NAME_LENGTH = 60
_TITLES = frozenset({"jr", "sr", "ii", "iii", "phd", "md", "एमडी", "पीएचडी"})


def persons(names: Iterable[str], outlets: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the persons among credited names, each once: no desks, agencies, outlets, places or addresses."""
    barred = {match_key(name) for name in outlets if name}
    found: dict[str, str] = {}
    for credit in names:
        if "://" in credit:
            continue
        for group in _SEVERAL.split(uncredited(normalise(credit))):
            for name in _COMMA.split(group):
                if _NO_NAME.search(name):
                    continue
                name = _BRACKET.sub("", uncredited(name)).strip(" .:-–।()[]")
                key = match_key(name)
                if agencies.is_desk(name) or agencies.find(name):
                    break  # what follows a desk is its town or its outlet
                is_name = 1 < len(name) <= _NAME_LENGTH and words(name)
                if is_name and key not in barred and key not in _TITLES and not agencies.is_place(name):
                    found.setdefault(key, name)
    return tuple(found.values())


def agency(names: Iterable[str]) -> str | None:
    """Return the agency that one of the credited names is, None where none is."""
    for name in names:
        if found := agencies.find(name) or agencies.find(uncredited(normalise(name))):
            return found
    return None


def uncredited(name: str) -> str:
    """Return a name without the words that introduce it: "By", "Edited by:", "रिपोर्ट:"."""
    return _BY.sub("", name)
