"""Splitting a line of Hindi news into sentences: at danda, full stop, question and exclamation mark.

What looks like an end and is none: a decimal, a time or date in digits, an address, an abbreviation, an initial, the
number that opens a list item, dots that trail off within a sentence.
"""

from __future__ import annotations

import tomllib
from importlib import resources

import regex

# A mark, repeated or not, with the quotation marks and brackets that close behind it, before space or the line's end.
# A bar is a danda where it is typed for one: right behind a Devanagari word.
_END = regex.compile(
    r"(?:[।॥]+|[?!]+|(?<=[\u0900-\u0963\u0970-\u097f])\|{1,2}|(?<!\.)\.(?!\.))[।॥?!.]*[\"'”’»)\]]*(?=\s|$)"
    # A danda ends a sentence also where the space behind it is missing.
    r"|[।॥]+[\"'”’»)\]]*(?=[\p{L}\p{N}“‘(])"
)
_LAST_WORD = regex.compile(r"[^\s(\[“‘\"'/-]*$")

_DATA = tomllib.loads((resources.files("newsharvest") / "data" / "abbreviations.toml").read_text(encoding="utf-8"))
_LETTERS = frozenset(_DATA["letters"])
_WORDLIKE_LETTERS = frozenset(_DATA["wordlike_letters"])
_ABBREVIATIONS = frozenset(_DATA["abbreviations"])


def split(line: str) -> list[str]:
    """Return the sentences of one line in order, without the space between them; none for an empty line."""
    found, start = [], 0
    for end in _END.finditer(line):
        if end[0].startswith(".") and _is_inside(line, start, end.start()):
            continue
        found.append(line[start : end.end()].strip())
        start = end.end()
    found.append(line[start:].strip())
    return [sentence for sentence in found if sentence]


def _is_inside(line: str, start: int, dot: int) -> bool:
    """Whether the full stop at ``dot`` belongs to the word before it, in a sentence that began at ``start``."""
    before = line[start:dot]
    match = _LAST_WORD.search(before)
    assert match is not None  # an empty word is one too
    word = match[0].casefold()
    earlier = before[: match.start()].split()
    if word.isdecimal():
        return not earlier  # "1." opens an item of a list
    if word in _ABBREVIATIONS or word in _LETTERS or (len(word) == 1 and word.isascii() and word.isalpha()):
        return True
    if word in _WORDLIKE_LETTERS:
        return not earlier or earlier[-1].endswith(".")
    return "." in word and all(_is_initial(part) for part in word.split("."))


def _is_initial(part: str) -> bool:
    """Whether a part of a dotted word is an initial or an abbreviation (एस.पी, कि.मी, u.s), not a word (है.उन्होंने)."""
    return part in _LETTERS | _WORDLIKE_LETTERS | _ABBREVIATIONS or (len(part) <= 2 and part.isascii())
