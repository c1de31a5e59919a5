"""An article as it was read: its lines and what was removed between them, each in its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from cleaners.model import Article, Block, Removal
from newsharvest.store import StoredArticle

_LONGEST_COMPARED = 4000  # characters of a line that is compared word by word

Change = Literal["same", "gone", "new"]


@dataclass(frozen=True, slots=True)
class Unfolded:
    """Lines in the order of the page. ``is_exact``: else the places of the removals are a guess."""

    lines: tuple[Block | Removal, ...]
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """A line of a comparison, in pieces: those that differ are marked."""

    change: Change
    pieces: tuple[tuple[str, bool], ...]


def unfold(stored: StoredArticle, read_again: Article | None) -> Unfolded:
    """Put the removals of an article between its lines.

    The database keeps no places of the lines that stayed: ``read_again`` is what the page is by the present rules.
    Where that is not what is stored, the lines that stayed take the places that no removed line has.
    """
    if read_again is not None and read_again.text == stored.text and read_again.removals == stored.removals:
        return Unfolded(tuple(_in_order(read_again.blocks, stored.removals)), True)
    taken = {removal.position for removal in stored.removals if removal.stage == "line"}
    blocks, position = [], 0
    for line in stored.text.split("\n"):
        while position in taken:
            position += 1
        blocks.append(Block("paragraph", line, position))
        position += 1
    return Unfolded(tuple(_in_order(blocks, stored.removals)), not stored.removals)


def compare(old: str, new: str) -> list[Compared]:
    """Return the lines of two texts, those that stayed the same once; changed words are marked."""
    before, after = old.split("\n"), new.split("\n")
    compared: list[Compared] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag == "equal":
            compared += [Compared("same", ((line, False),)) for line in before[first:last]]
        elif tag == "replace" and last - first == end - start:
            for gone, came in zip(before[first:last], after[start:end], strict=True):
                compared += _compare_words(gone, came)
        else:
            compared += [Compared("gone", ((line, False),)) for line in before[first:last]]
            compared += [Compared("new", ((line, False),)) for line in after[start:end]]
    return compared


def _in_order(blocks: Iterable[Block], removals: Iterable[Removal]) -> list[Block | Removal]:
    """What went in stage 1 stood before the line whose position it bears; what was cut from a line comes after it."""
    return sorted((*blocks, *removals), key=lambda line: (line.position, _rank(line)))


def _rank(line: Block | Removal) -> int:
    if isinstance(line, Block):
        return 1
    return 0 if line.stage == "document" else 2


def _compare_words(old: str, new: str) -> list[Compared]:
    if max(len(old), len(new)) > _LONGEST_COMPARED:
        return [Compared("gone", ((old, False),)), Compared("new", ((new, False),))]
    before, after = old.split(" "), new.split(" ")
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    gone: list[tuple[str, bool]] = []
    came: list[tuple[str, bool]] = []
    for tag, first, last, start, end in matcher.get_opcodes():
        _add(gone, before[first:last], tag != "equal")
        _add(came, after[start:end], tag != "equal")
    return [Compared("gone", tuple(gone)), Compared("new", tuple(came))]


def _add(pieces: list[tuple[str, bool]], words: Sequence[str], is_changed: bool) -> None:
    if words:
        pieces.append((" ".join(words), is_changed))
