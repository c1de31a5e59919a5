"""Fingerprints of an article: when two texts count as the same or nearly the same, and when any field has changed."""

from __future__ import annotations

import hashlib
import json
import re
import struct
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import starmap
from operator import eq

import regex
from rensa import RMinHash

from cleaners.devanagari import match_key, words
from cleaners.model import Article

# What is no letter, mark or digit. The visarga goes too: at the end of a word it is often typed for a colon.
_TYPOGRAPHY = regex.compile(r"[^\p{L}\p{M}\p{N}]+|\u0903+")
# The same for nearly every text, at a tenth of the cost: these taken out, nothing but these is left.
_FREQUENT = " \u0964,.-'\":()?!"
_PLAIN = re.compile("[a-z0-9\u0900-\u0902\u0904-\u0963\u0966-\u096f\u0971-\u097f]*")


def text_hash(text: str) -> str:
    """Return 32 hex digits, equal for texts that differ only in spacing, punctuation, case, or spelling of nukta and
    nasal sign. A text without a letter or a digit has no fingerprint: "", which equals nothing.
    """
    key = match_key(text)
    for mark in _FREQUENT:
        key = key.replace(mark, "")
    if not _PLAIN.fullmatch(key):
        key = _TYPOGRAPHY.sub("", key)
    return _digest(key) if key else ""


def content_hash(article: Article) -> str:
    """Return 32 hex digits that change with any stored field of the article: all but blocks' kinds and positions,
    removals and the counts of what lay outside the body.
    """
    fields = (
        article.url,
        article.site,
        article.title,
        article.summary,
        article.authors,
        article.agency,
        article.section,
        article.image_url,
        _second(article.published_at),
        article.published_source,
        _second(article.modified_at),
        article.language,
        article.truncated,
        article.text,
    )
    return _digest(json.dumps(fields, ensure_ascii=True))  # a lone surrogate from a page must not end a crawl


# --- texts that are nearly the same ---

SHORTEST = 20  # words; a shorter text is compared as a whole only: in it nothing tells an edited copy from a formula
SLOTS = 64  # of a signature, four bytes each
BANDS = 24
LEAST_CONTAINMENT = 0.5
LEAST_JACCARD = 0.2
FEWEST_COMMON = 60  # shingles; where less is in common it must be nearly all of the shorter text
NEARLY_ALL = 0.8
FEWEST_CHANGED = 3
MOST_CHANGED = 0.25

_LONGEST = 3000  # words: what follows adds nothing to the comparison but memory
_SHINGLE = 4  # words
_SEED = 1

# Spellings that agencies and outlets change into each other: nasal consonant or anusvara, yi or i, ye or e.
_NASAL = re.compile(
    "\u0919\u094d(?=[\u0915-\u0918])|\u091e\u094d(?=[\u091a-\u091d])|\u0923\u094d(?=[\u091f-\u0922])"
    "|\u0928\u094d(?=[\u0924-\u0927])|\u092e\u094d(?=[\u092a-\u092d])"
)
_GLIDE = re.compile("\u092f(?<=[\u0904-\u094d]\u092f)([\u0940\u0947])(?=\u0902?(?![\u0900-\u097f]))")
_VOWELS = {"\u0940": "\u0908", "\u0947": "\u090f"}
_GROUPED = re.compile(",(?<=[0-9],)(?=[0-9])")
_DIGIT = re.compile("[0-9]")
_OWN_DIGIT = re.compile("[\u0966-\u096f]")
_DIGITS = {0x966 + digit: str(digit) for digit in range(10)}
_NUMERALS = {
    "दो": "2", "तीन": "3", "चार": "4", "पांच": "5", "छह": "6", "छः": "6", "सात": "7", "आठ": "8", "नौ": "9", "दस": "10",
    "ग्यारह": "11", "बारह": "12",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a text is compared by.

    ``signature`` is a MinHash of its word shingles that may be stored; ``shingles`` and ``numbered`` hold hashes that
    mean something within this process only. ``numbered`` holds, for each number in the text, the shingles that it
    stands in, and beside each the same whatever its numbers.
    """

    signature: bytes
    words: int
    shingles: frozenset[int]
    numbered: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def bands(self) -> list[int]:
        """The keys of the text in an index: two texts are compared where they have one in common."""
        return bands(self.signature)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much two texts have in common.

    ``common`` counts the shingles in common, ``jaccard`` is their share in all, ``containment`` in those of the shorter
    text. Of the numbers
    that stand in the same words in both, ``changed`` counts those that differ and ``same`` those that do not.
    """

    common: int
    jaccard: float
    containment: float
    changed: int
    same: int

    @property
    def is_formula(self) -> bool:
        """Whether the two are a desk's form with other figures, as prices and results are: another story each time."""
        return self.changed > self.same or (
            self.changed >= FEWEST_CHANGED and self.changed > MOST_CHANGED * (self.changed + self.same)
        )

    @property
    def is_near(self) -> bool:
        """Whether the two are one story: half of the shorter stands in the longer, with the same figures. Of short
        texts that is too little: a message of condolence has half its words in common with the next.
        """
        needed = LEAST_CONTAINMENT if self.common >= FEWEST_COMMON else NEARLY_ALL
        return self.containment >= needed and self.jaccard >= LEAST_JACCARD and not self.is_formula


@lru_cache(maxsize=64)
def sketch(text: str) -> Sketch | None:
    """Return what a text is compared by, None for one of fewer than 20 words. The last few texts are remembered."""
    tokens = _tokens(text)
    if len(tokens) < SHORTEST:
        return None
    runs = list(zip(*(tokens[start:] for start in range(_SHINGLE)), strict=False))
    minhash = RMinHash(num_perm=SLOTS, seed=_SEED)
    minhash.update([" ".join(run) for run in runs])
    signature = struct.pack(f"<{SLOTS}I", *minhash.digest())
    places = [place for place, token in enumerate(tokens) if _DIGIT.search(token)]
    for place in places:
        tokens[place] = "#"
    hashes = list(map(hash, runs))
    numbered = tuple(
        tuple(
            (hashes[run], hash(tuple(tokens[run : run + _SHINGLE])))
            for run in range(max(0, place - _SHINGLE + 1), min(place + 1, len(runs)))
        )
        for place in places
    )
    return Sketch(signature, len(tokens), frozenset(hashes), numbered)


def compare(one: Sketch, other: Sketch) -> Likeness:
    """Return how much two texts have in common, by all their shingles."""
    common = len(one.shingles & other.shingles)
    shorter = min(len(one.shingles), len(other.shingles))
    changed, same = _compare_numbers(one, other)
    return Likeness(
        common=common,
        jaccard=common / (len(one.shingles) + len(other.shingles) - common),
        containment=common / shorter,
        changed=changed,
        same=same,
    )


def _compare_numbers(one: Sketch, other: Sketch) -> tuple[int, int]:
    """Return how many numbers stand in the same words in both texts and differ, and how many are the same."""
    blind = {masked for runs in other.numbered for _, masked in runs}
    changed = same = 0
    for runs in one.numbered:
        if any(run in other.shingles for run, _ in runs):
            same += 1
        elif any(masked in blind for _, masked in runs):
            changed += 1
    return changed, same


def estimate(one: bytes, other: bytes) -> float:
    """Return about which share of the shingles of two texts is common, from their signatures."""
    pairs = zip(memoryview(one).cast("I"), memoryview(other).cast("I"), strict=True)
    return sum(starmap(eq, pairs)) / SLOTS


def bands(signature: bytes) -> list[int]:
    """Return the keys of a signature in an index. A band is one slot: a copy cut to a third must be found too."""
    return [band << 32 | int.from_bytes(signature[4 * band : 4 * band + 4], "little") for band in range(BANDS)]


@lru_cache(maxsize=1)
def near_key() -> str:
    """Return a digest of how texts are compared: what was stored under another one must be computed anew."""
    probe = sketch(" ".join(f"हिन्दी में गयी क़लम और लिये {number} पन्ने, गाँव {number * 7}" for number in range(30)))
    assert probe is not None
    limits = (
        LEAST_CONTAINMENT,
        LEAST_JACCARD,
        FEWEST_COMMON,
        NEARLY_ALL,
        FEWEST_CHANGED,
        MOST_CHANGED,
        SHORTEST,
        BANDS,
        probe.words,
        len(probe.shingles),
    )
    return _digest(f"{limits} {probe.signature.hex()}")[:16]


def _tokens(text: str) -> list[str]:
    """Return the words of a text as they are compared: the spellings that desks change into each other are one."""
    key = _NASAL.sub("\u0902", match_key(text))
    key = _GLIDE.sub(lambda found: _VOWELS[found[1]], key)
    if _OWN_DIGIT.search(key):
        key = key.translate(_DIGITS)
    key = _GROUPED.sub("", key)
    return [_NUMERALS.get(word, word) for word in words(key)[:_LONGEST]]


def _second(when: datetime | None) -> int | None:
    return None if when is None else int(when.timestamp())  # times are kept to the second, whatever their zone


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
