"""Choose the title of a page among what it says of itself, without the outlet's name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from cleaners.devanagari import devanagari_share, match_key, words

# A separator that stands free; a bar also where it is glued to a word.
_SEPARATOR = re.compile(r"\s+[-–—:|»›•·]+\s+|\s*(?:\|\|?|»)\s*")
_SLUG = re.compile(r"[a-z0-9' ,.&-]+")
_SECTION_TAIL = re.compile(r"(?:[a-z&.-]+ ){0,3}(?:hindi )?(?:news|samachar)(?: (?:in )?hindi| live| today)?")
_LONG_SLUG = 4
_SHOWN_WORDS = 3
_FRAME_WORDS = 4


def choose(
    shown: str | None, named: Iterable[str | None], page_title: str | None, outlets: Collection[str]
) -> str | None:
    """Return the title, None where there is none.

    ``shown`` is the page's h1, ``named`` what metadata calls it, best first (JSON-LD, og:title), ``page_title`` the
    <title>; all normalised. ``outlets`` are names of the site, its publisher and sections, dropped from the ends.
    """
    names = frozenset(_squeeze(name) for name in outlets if name)
    named = [title for title in named if title]
    names |= _framing(page_title, named)
    known = [without_outlet(title, names) for title in named]
    if page_title:
        known.append(without_outlet(page_title, names))
    known = [title for title in known if title and _squeeze(title) not in names]
    shown = without_outlet(shown, names) if shown else None
    if not shown or _squeeze(shown) in names:
        return next(iter(known), None)
    key = _squeeze(shown)
    for title in known:
        if _squeeze(title) == key:
            return title  # the same words: an h1 of several elements may lack a space
    if any(key in _squeeze(title) or _squeeze(title) in key for title in known) or len(words(shown)) > _SHOWN_WORDS:
        return shown
    return next(iter(known), shown)


def _framing(page_title: str | None, named: Iterable[str]) -> frozenset[str]:
    """Return what a <title> puts around the title that metadata gives: the outlet and the section."""
    parts = _SEPARATOR.split(page_title) if page_title else []
    keys = [_squeeze(part) for part in parts if part]
    titles = {_squeeze(title) for title in named}
    if len(keys) < 2 or titles.isdisjoint(keys):
        return frozenset()
    return frozenset(_squeeze(part) for part in parts if 0 < len(words(part)) <= _FRAME_WORDS) - titles


def is_held(shown: str, named: Iterable[str]) -> bool:
    """Say whether a heading stands in one of the names of a page, or nearly: the words of the name in it."""
    key = _squeeze(shown)
    return bool(key) and any(key in name or (name and name in key) for name in map(_squeeze, named))


def is_same(one: str, other: str) -> bool:
    """Say whether two titles have the same words, spaces and punctuation aside."""
    return _squeeze(one) == _squeeze(other)


def without_outlet(title: str, names: Collection[str]) -> str | None:
    """Return a title without parts at its ends that name the outlet or repeat the address in English."""
    title = title.strip()
    while True:
        cuts = list(_SEPARATOR.finditer(title))
        if not cuts:
            return title or None
        head, tail = title[: cuts[-1].start()], title[cuts[-1].end() :]
        first, rest = title[: cuts[0].start()], title[cuts[0].end() :]
        if not tail or _squeeze(tail) in names or _is_slug(tail, beside=head):
            title = head
        elif not first or _squeeze(first) in names or _is_slug(first, beside=rest):
            title = rest
        else:
            return title


@lru_cache(maxsize=256)  # the names of a page are compared with each of its headings
def _squeeze(text: str) -> str:
    return "".join(words(match_key(text)))


def _is_slug(part: str, *, beside: str) -> bool:
    """Say whether a part is English words of the address beside a Hindi headline, or a section's name."""
    if devanagari_share(part) or devanagari_share(beside) < 0.3:
        return False
    key = match_key(part)
    return bool(_SECTION_TAIL.fullmatch(key)) or (len(part.split()) >= _LONG_SLUG and bool(_SLUG.fullmatch(key)))
