"""Finding the terms of a query in the original text, and cutting the piece around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import regex

from cleaners.devanagari import match_key
from newsharvest.store.query import TOKEN, Term, fold

Span = tuple[int, int]

# A word of the original: what the index takes for a word, with the invisible signs that a match key drops.
_WORD = regex.compile(r"[\p{L}\p{N}\p{Co}\p{Mn}\p{Mc}\u200b-\u200f\u00ad\ufeff\u2060\u202a-\u202e]+")
_LEAD = 40  # characters shown before the first hit

# First letters of a folded word, and what each may be in the original. Those that get a nukta of their own when they
# are composed are not among them.
_STEADY = {chr(code): chr(code) for code in (*range(0x904, 0x915), *range(0x915, 0x93A), *range(0x966, 0x970))}
for _letter in "\u0929\u0931\u0934":
    del _STEADY[_letter]
for _letter, _dotted in zip("\u0915\u0916\u0917\u091c\u0921\u0922\u092b\u092f", range(0x958, 0x960), strict=True):
    _STEADY[_letter] += chr(_dotted)
# Words that fold to themselves: none of the signs that are written in several ways.
_PLAIN = re.compile("(?:[\u0902\u0904-\u0928\u092a-\u0930\u0932\u0933\u0935-\u0939\u093e-\u094c]|"
                    "(?<![\u0919\u091e\u0923\u0928\u092e])\u094d)+")  # fmt: skip
# A visarga that is taken for a colon inside what looks like one word parts it.
_PARTED = regex.compile(r"\u0903[^\s\u0900-\u097f]")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of the original on one line; ``spans`` are the hits as offsets into ``text``."""

    text: str
    spans: tuple[Span, ...]


def find(text: str, terms: Sequence[Term]) -> tuple[Span, ...]:
    """Return where the terms stand in a text: offsets of its characters, in order, not overlapping."""
    if all(len(term.words) == 1 and term.words[0][:1] in _STEADY for term in terms) and not _PARTED.search(text):
        return _find_words(text, terms)
    words = _words(text)
    by_first = [(term, term.words[0]) for term in terms]
    spans: list[Span] = []
    for index, (key, start, _) in enumerate(words):
        if spans and start < spans[-1][1]:
            continue
        ends = [
            words[index + len(term.words) - 1][2]
            for term, first in by_first
            if key.startswith(first) and _stands(words, index, term)
        ]
        if ends:
            spans.append((start, max(ends)))
    return tuple(spans)


def _find_words(text: str, terms: Sequence[Term]) -> tuple[Span, ...]:
    """Do the same for single words without reading all others: only those with the right letter at their beginning."""
    starts: set[int] = set()
    for first in {term.words[0][0] for term in terms}:
        for letter in _STEADY[first]:
            at = text.find(letter)
            while at >= 0:
                before = at
                while before and _is_invisible(text[before - 1]):
                    before -= 1
                if not (before and _is_inside(text[before - 1])):
                    starts.add(before)
                at = text.find(letter, at + 1)
    spans = []
    for start in sorted(starts):
        word = _WORD.match(text, start)
        assert word is not None
        keys = (word[0],) if _PLAIN.fullmatch(word[0]) else _keys(word[0])
        if any(_is_of(key, term) for key in keys for term in terms):
            spans.append((start, word.end()))
    return tuple(spans)


def _is_of(key: str, term: Term) -> bool:
    return key.startswith(term.words[0]) if term.prefix else key == term.words[0]


def cut(text: str, terms: Sequence[Term], width: int = 200) -> Snippet:
    """Return about ``width`` characters of a text around the place with most hits, with … where it was cut."""
    spans = find(text, terms)
    start, end = _window(text, spans, width)
    head = "…" if start else ""
    tail = "…" if end < len(text) else ""
    piece = text[start:end].replace("\n", " ")
    shift = len(head) - start
    inside = tuple((a + shift, b + shift) for a, b in spans if start <= a and b <= end)
    return Snippet(head + piece + tail, inside)


def _window(text: str, spans: Sequence[Span], width: int) -> Span:
    if not spans or len(text) <= width:
        start = 0
    else:
        starts = [max(0, span[0] - _LEAD) for span in spans]
        best = max(starts, key=lambda at: (sum(at <= a and b <= at + width for a, b in spans), -at))
        start = max(0, min(best, len(text) - width))
    end = min(len(text), max(start + width, next((b for a, b in spans if a >= start), 0)))
    if start and (space := _first_space(text, start, start + _LEAD // 2)) is not None:
        hit = min((a for a, _ in spans if a >= start), default=space + 1)
        start = min(space + 1, hit)  # cut between words, but not into a hit
    if end < len(text) and (space := text.rfind(" ", max(start, end - _LEAD), end)) > 0:
        end = max(space, max((b for _, b in spans if start < b <= end), default=0))
    return start, end


def _first_space(text: str, start: int, end: int) -> int | None:
    found = regex.compile(r"\s").search(text, start - 1, end)
    return found.start() if found else None


def _stands(words: list[tuple[str, int, int]], index: int, term: Term) -> bool:
    if index + len(term.words) > len(words):
        return False
    keys = [word[0] for word in words[index : index + len(term.words)]]
    last = keys[-1].startswith(term.words[-1]) if term.prefix else keys[-1] == term.words[-1]
    return last and keys[:-1] == list(term.words[:-1])


def _words(text: str) -> list[tuple[str, int, int]]:
    """Words as the index has them, folded, with where they stand in the original."""
    words = []
    for found in _WORD.finditer(text):
        for key in _keys(found[0]):
            words.append((key, found.start(), found.end()))
    return words


@lru_cache(maxsize=4096)
def _is_inside(char: str) -> bool:
    return _WORD.match(char) is not None


def _is_invisible(char: str) -> bool:
    return not ("\u0900" <= char <= "\u097f") and char != " " and _is_inside(char) and TOKEN.match(char) is None


@lru_cache(maxsize=65536)
def _keys(word: str) -> tuple[str, ...]:
    return tuple(fold(key) for key in TOKEN.findall(match_key(word)))
