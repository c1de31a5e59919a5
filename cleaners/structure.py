"""Signals that need arithmetic: repeats, runs, pairs, tails, what follows a label, words shared with the neighbours.

Each function looks at a whole layout and yields the offsets of the lines that it speaks of, with the strength of what
it says. Why each exists, with examples, stands in ``data/structure.toml``; a test holds the two together.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from cleaners.agencies import is_desk, is_place
from cleaners.devanagari import fold, match_key_offsets, words
from cleaners.layout import STOP_WORDS, Layout, View
from cleaners.model import Link, Strength
from cleaners.rules import compile_expression, vocabulary

# The offset of a line, what is said of it, and the span of it that is meant (None: the whole line).
Report = Iterator[tuple[int, Strength] | tuple[int, Strength, tuple[int, int]]]
REGISTRY: dict[str, Callable[[Layout], Report]] = {}
ANY_SCRIPT: set[str] = set()
"""Functions that hold for pages in any script; the others know how Hindi prose looks."""

LONG_HEADLINE = 9
LONE_HEADLINE = 11
"""Words from which a line without a full stop is more often a headline of another story than a sub-heading: in a run
of such lines, and alone between paragraphs."""
TEASER_SHARE = 0.7
"""Share of a headline's content words that its own teaser holds."""
MENU_RUN = 4
MENU_WORDS = 3


def structure(
    name: str, *, any_script: bool = False
) -> Callable[[Callable[[Layout], Report]], Callable[[Layout], Report]]:
    """Register a structure function under the id ``structure/<name>``."""

    def register(function: Callable[[Layout], Report]) -> Callable[[Layout], Report]:
        REGISTRY[f"structure/{name}"] = function
        if any_script:
            ANY_SCRIPT.add(f"structure/{name}")
        return function

    return register


@cache
def catalogue() -> Mapping[str, Mapping[str, Any]]:
    """Return, by full id, the ``why`` and the examples of every structure function."""
    table = tomllib.loads((files("cleaners") / "data" / "structure.toml").read_text(encoding="utf-8"))
    return {f"structure/{name}": entry for name, entry in table.items()}


@structure("repeated-title", any_script=True)
def repeated_title(page: Layout) -> Report:
    if not page.title:
        return
    for offset, view in enumerate(page.views):
        if view.squashed == page.title:
            yield offset, "decisive"
        elif page.zone(offset) == "head" and view.count >= 3 and len(view.squashed) >= 12 and not view.full:
            is_part = page.title.startswith(view.squashed) or page.title.endswith(view.squashed)
            if is_part:
                yield offset, "decisive"


@structure("repeated-summary", any_script=True)
def repeated_summary(page: Layout) -> Report:
    if not page.summary:
        return
    offsets = [offset for offset, view in enumerate(page.views) if view.squashed == page.summary]
    for offset in offsets if page.summary_taken else offsets[1:]:
        yield offset, "decisive"


@structure("repeated-line", any_script=True)
def repeated_line(page: Layout) -> Report:
    seen: set[str] = set()
    for offset, view in enumerate(page.views):
        if view.squashed and view.squashed in seen and (view.count >= 8 or (view.full and view.count >= 5)):
            yield offset, "decisive"
        if offset not in page.junk:
            seen.add(view.squashed)


@structure("doubled-line", any_script=True)
def doubled_line(page: Layout) -> Report:
    for offset in range(1, len(page.views)):
        view, before = page.views[offset], page.views[offset - 1]
        if view.squashed and view.squashed == before.squashed and not view.full and not view.is_item:
            yield offset - 1, "decisive"
            yield offset, "decisive"
            teaser = page.views[offset + 1] if offset + 1 < len(page.views) else None
            told = view.stems & teaser.stems if teaser is not None else frozenset()
            if len(view.stems) >= 5 and len(told) >= TEASER_SHARE * len(view.stems):
                yield offset + 1, "decisive"  # what the other story tells, below its headline


@structure("cut-repeat", any_script=True)
def cut_repeat(page: Layout) -> Report:
    whole = sorted({view.squashed for view in page.views if not view.cut})
    for offset, view in enumerate(page.views):
        if view.cut and view.count >= 6:
            at = bisect_left(whole, view.squashed)
            if at < len(whole) and whole[at].startswith(view.squashed):
                yield offset, "decisive"


@structure("after-end", any_script=True)
def after_end(page: Layout) -> Report:
    for offset, then in page.opened.items():
        before = page.prose_words(0, offset)
        if then == "end" and before >= 15 and page.prose_words(offset + 1, len(page.views)) < before:
            for later in range(offset + 1, len(page.views)):
                yield later, "decisive"
            return


@structure("label-headline", any_script=True)
def label_headline(page: Layout) -> Report:
    for offset, then in page.opened.items():
        if then != "headlines":
            continue
        following = []
        for later in range(offset + 1, len(page.views)):
            view = page.views[later]
            if page.is_firm(later) or view.is_item or (view.kind == "heading" and view.linked < 0.5):
                break
            if later not in page.junk:
                following.append(later)
        ends_in_prose = bool(following) and following[-1] + 1 < len(page.views) and page.prose[following[-1] + 1]
        if ends_in_prose and len(following) > 1 and _leads(page, following[-1]):
            following.pop()
        before = page.views[offset - 1] if offset and page.zone(offset) == "body" else None
        if before is not None and before.is_headline and before.count >= 5 and not page.is_firm(offset - 1):
            following = [offset - 1]  # the label stands under its headline
        for other in following:
            yield other, "decisive"


def _leads(page: Layout, offset: int) -> bool:
    """Whether a headline-shaped line is about the paragraph just below it, as a sub-heading is."""
    below = page.below(offset)
    if below is None or not page.prose[below]:
        return False
    view = page.views[offset]
    return view.count < LONG_HEADLINE or bool(view.stems & page.views[below].stems)


@structure("teaser-pair")
def teaser_pair(page: Layout) -> Report:
    for offset in page.tail:
        view, before = page.views[offset], page.views[offset - 1]
        if view.cut and view.count >= 8 and before.is_headline and not before.cut:
            yield offset - 1, "decisive"
            yield offset, "decisive"


@structure("menu-run")
def menu_run(page: Layout) -> Report:
    for run in _runs(range(len(page.views)), lambda offset: _is_short(page, offset)):
        if len(run) >= MENU_RUN:
            for offset in run:
                yield offset, "decisive" if page.zone(offset) in ("head", "tail") else "supporting"


def _is_short(page: Layout, offset: int) -> bool:
    view = page.views[offset]
    plain = not (view.full or view.is_item or view.is_figure)
    return view.count <= MENU_WORDS and plain and view.kind != "heading"


def _runs(offsets: Iterable[int], belongs: Callable[[int], bool]) -> Iterator[list[int]]:
    run: list[int] = []
    for offset in offsets:
        if belongs(offset):
            run.append(offset)
        elif run:
            yield run
            run = []
    if run:
        yield run


@structure("linked-line", any_script=True)
def linked_line(page: Layout) -> Report:
    for offset, view in enumerate(page.views):
        elsewhere = any(link.href and not link.href.startswith("#") for link in view.links)
        if view.linked > 0.85 and elsewhere and view.count >= 4 and not view.full and view.kind != "row":
            yield offset, "decisive"


@structure("glued-link", any_script=True)
def glued_link(page: Layout) -> Report:
    for offset, view in enumerate(page.views):
        for link in view.links if view.linked <= 0.85 else ():
            before, text = fold(view.text[: link.start]), fold(view.text[link.start : link.end])
            label = _label().search(before)
            if label and len(words(text)) >= 3:
                _, offsets = match_key_offsets(view.text[: link.start])
                yield offset, "decisive", (offsets[label.start(1)], link.end)
            elif _is_glued_headline(view.text, before, text, link):
                yield offset, "decisive", (link.start, len(view.text))


def _is_glued_headline(line: str, before: str, text: str, link: Link) -> bool:
    """Whether a link closes a line as a headline of its own: behind a full stop, without one itself."""
    elsewhere = bool(link.href) and not (link.href or "").startswith("#")
    ends_line = not line[link.end :].strip() and before.endswith(("।", ".", "?", "!", "|"))
    return elsewhere and ends_line and len(words(text)) >= 5 and not text.endswith(("।", ".", "|"))


@cache
def _label() -> re.Pattern[str]:
    """The label of a related link at the end of a text, with its delimiter: in group 1."""
    cue = r"{also}\s*भी\s+{read}|also read|read also|read more|हे (?:देखील|ही) वाचा"
    return compile_expression(r"(?:^|[।.?!|\"')\]]\s*)({lead}(?:" + cue + r"){mark}?)$", "structure.py: glued-link")


@structure("headline-run")
def headline_run(page: Layout) -> Report:
    shaped = {offset for offset, view in page.headlines if view.count >= 4 and not view.is_item} - page.junk
    for run in _runs(range(len(page.views)), shaped.__contains__):
        if len(run) < 2:
            continue
        for offset in run:
            if offset != run[-1] or not _leads(page, offset):
                yield offset, "supporting"


@structure("long-headline")
def long_headline(page: Layout) -> Report:
    for offset, view in page.headlines:
        is_statement = view.finite or view.is_figure or view.key.endswith("?")
        if not is_statement and view.count >= (LONE_HEADLINE if _is_lone(page, offset) else LONG_HEADLINE):
            yield offset, "supporting"


def _is_lone(page: Layout, offset: int) -> bool:
    around = (offset - 1, offset + 1)
    return all(not 0 <= other < len(page.views) or page.prose[other] for other in around)


@structure("after-body")
def after_body(page: Layout) -> Report:
    for offset in page.tail:
        view = page.views[offset]
        if not view.is_item and view.kind != "quote":
            yield offset, "supporting"


@structure("before-body")
def before_body(page: Layout) -> Report:
    for offset in page.head:
        view = page.views[offset]
        short = view.count <= 4 or (page.is_hindi and view.script < 0.2)
        if short and not view.is_item and view.kind != "heading":
            yield offset, "supporting"


@structure("known-author", any_script=True)
def known_author(page: Layout) -> Report:
    for offset in (*page.head, *page.tail):
        view = page.views[offset]
        is_name = view.squashed in page.authors or (2 <= view.count <= 5 and is_desk(view.bare.split()[-1]))
        if (is_name and not view.full) or (page.zone(offset) == "head" and _is_credit(view)):
            yield offset, "decisive"


def _is_credit(view: View) -> bool:
    """Whether a line is a desk or a person and the town: a desk before any comma, a name before a known town."""
    who, comma, town = view.bare.rpartition(",")
    if not comma or view.finite or view.count > 7:
        return False
    named, placed = words(who), words(town)
    if not 1 <= len(placed) <= 2 or not 2 <= len(named) <= 5:
        return False
    is_person = len(named) <= 3 and is_place(town) and STOP_WORDS.isdisjoint(named)
    return is_person or is_desk(" ".join(named[-2:]))


@structure("above-title")
def above_title(page: Layout) -> Report:
    for offset, view in enumerate(page.views):
        if page.title_index is not None and view.index < page.title_index and view.count <= 6 and not view.full:
            yield offset, "supporting"


@structure("beside-junk")
def beside_junk(page: Layout) -> Report:
    for offset in (*page.head, *page.tail):
        view = page.views[offset]
        is_short = view.count <= 4 and offset not in page.junk and not view.full
        is_beside = offset - 1 in page.junk or offset + 1 in page.junk
        if is_short and is_beside:
            yield offset, "supporting"


@structure("tail-headline")
def tail_headline(page: Layout) -> Report:
    for offset in page.tail:
        view = page.views[offset]
        if view.count >= 5 and not view.full:
            yield offset, "supporting"


@structure("foreign-script")
def foreign_script(page: Layout) -> Report:
    if not page.is_hindi:
        return
    for offset in (*page.head, *page.tail):
        view = page.views[offset]
        if view.script < 0.2 and view.kind != "row":
            yield offset, "supporting"


@structure("short-tail-run")
def short_tail_run(page: Layout) -> Report:
    for run in _runs(page.tail, lambda offset: page.views[offset].count <= 4):
        if len(run) >= 3:
            for offset in run:
                yield offset, "supporting"


@structure("attribution")
def attribution(page: Layout) -> Report:
    offices = vocabulary()["office"]
    for offset, view in enumerate(page.views):
        if not offset or view.count > 12 or not page.prose[offset - 1] or "," not in view.bare:
            continue
        parts = [part.strip() for part in view.bare.split(",")]
        short = all(1 <= len(part.split()) <= 4 for part in parts)
        named = len(parts) >= 3 or parts[-1].endswith(offices)
        in_hindi = view.script >= 0.9 or not page.is_hindi
        if short and named and in_hindi:
            yield offset, "protecting"


@structure("numbered-line")
def numbered_line(page: Layout) -> Report:
    for offset, view in enumerate(page.views):
        if view.is_item and view.linked < 0.5:
            yield offset, "protecting"


@structure("list-of-facts")
def list_of_facts(page: Layout) -> Report:
    for run in _runs(range(len(page.views)), lambda offset: _may_be_row(page, offset)):
        rows = [offset for offset in run if page.views[offset].is_item or page.views[offset].is_figure]
        if len(rows) >= 3 and 2 * len(rows) >= len(run):
            for offset in run:
                yield offset, "protecting"


def _may_be_row(page: Layout, offset: int) -> bool:
    view = page.views[offset]
    return offset not in page.junk and not page.is_firm(offset) and view.linked < 0.5 and view.kind != "heading"
