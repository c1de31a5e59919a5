"""What can be seen of each line and of where it stands: the features that structure functions reason about."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cleaners.devanagari import devanagari_share, fold, match_key, words
from cleaners.model import Kind, Line, Link
from cleaners.rules import Rule, bare, compile_expression, vocabulary

# A paragraph of the body ends as a sentence and has at least this many words; the shortest paragraphs of real
# briefs have 8 to 10, the longest related headlines that end in a full stop have 6 or 7.
PROSE_WORDS = 8
# A line this long is prose however it ends: headlines of Hindi outlets stay below 28 words.
LONG_WORDS = 30
# Text wrapped at a margin fills nearly every line to within a word of it; headlines and paragraphs vary far more.
WRAPPED_LINES, WRAPPED_FILL, WRAPPED_SHARE = 8, 0.8, 0.7

_FULL_STOP = re.compile("[।॥|.]['\")\\]}*_/ ]*$")
_CUT = re.compile("(?:\\.{2,}|\\[\\.{2,}\\])['\")\\] ]*$")
_SENTENCE_END = re.compile("[।॥?!.|](?:(?<![.|])|(?=\\s|$))")
_FINITE_END = compile_expression(r" {finite}$", "layout.py")
_GOES_ON = compile_expression(r" (?:कि (?!\S+$)|(?:है|हैं|था|थी|थे)[,:;] |{goes_on}$)", "layout.py")
_VOWEL_SIGNS = "".join(map(chr, (*range(0x901, 0x904), *range(0x93E, 0x94E))))

STOP_WORDS = frozenset(map(match_key, vocabulary()["stop_words"]))


def squash(key: str) -> str:
    """Return a match key without spaces and punctuation: equal for two printings of one line."""
    return "".join(words(key))


def stem(word: str) -> str:
    """Return a word's match key without its ending in vowel signs: cases and numbers of a noun fall together."""
    if word.isascii():
        return word[:-1] if len(word) > 3 and word.endswith("s") else word
    short = word.rstrip(_VOWEL_SIGNS)
    if len(short) > 3 and short[-1] in "ओएयई":
        short = short[:-1].rstrip(_VOWEL_SIGNS)
    return short or word


def content_stems(found: Iterable[str]) -> frozenset[str]:
    """Return the stems of the content words among the words of a match key, numbers left out."""
    return frozenset([stem(word) for word in found if word not in STOP_WORDS and not word.isdecimal()])


@dataclass(slots=True)
class View:
    """One line with all that can be said of it alone. ``index`` is its position among the lines that came in."""

    index: int
    kind: Kind
    text: str
    links: tuple[Link, ...]
    linked: float
    """Share of its characters that are links."""
    key: str
    bare: str
    words: list[str]
    squashed: str
    count: int
    full: bool
    """Ends as a sentence does, with danda or full stop."""
    cut: bool
    """Ends in an ellipsis."""
    sentences: int
    finite: bool
    """Ends with a finite verb, as a sentence without its stop does and a headline rarely."""
    script: float
    """Share of Devanagari among its letters, of the first 300 characters."""
    is_headline: bool
    """Shaped like a headline: some words, no full stop, no clause that goes on. Sub-headings are, too."""
    is_figure: bool
    """Opens or closes with a number, as the rows of a list of facts do."""
    is_item: bool
    """Part of a list, a table or a quotation in the document, or numbered like one in a dump."""
    matches: list[tuple[Rule, tuple[int, int]]] = field(default_factory=list)
    """The rules that match it wherever it stands, each with the span of the key that it speaks of."""
    _stems: frozenset[str] | None = None

    @property
    def stems(self) -> frozenset[str]:
        """The stems of its content words, numbers left out."""
        if self._stems is None:
            self._stems = content_stems(self.words)
        return self._stems


_ENUMERATED = re.compile(
    "^(?:[([]?[0-9\u0966-\u096f]{1,3}[.)\\]:\\-]+\\s*\\S|[•●▪*✓✔➤-]\\s+\\S|.{0,40}\\([0-9\u0966-\u096f]{1,3}\\)|"
    "[^।]{1,40}\\s*(?:--+|[:=])\\s*[0-9\u0966-\u096f₹$]|[^।:]{2,40}\\s*:\\s*[^।:,]{2,18}(?:,[^।:,]{2,18}){2,}|"
    "[0-9\u0966-\u096f]{1,2}\\s+\\S+\\s+[0-9\u0966-\u096f]{4}\\s*[-:]\\s*\\S)"
)
_FIGURE = re.compile("[0-9\u0966-\u096f]")
_FIGURE_END = re.compile("(?:^|\\s)[0-9\u0966-\u096f]+(?:[.,][0-9\u0966-\u096f]+)?$")


def view_line(index: int, line: Line) -> View:
    """Return the features of one (normalised) line; which rules match it is left open."""
    key = fold(line.text)
    found = words(key)
    count = len(found)
    linked = sum(link.end - link.start for link in line.links) / max(1, len(line.text))
    stripped = bare(key)
    cut = bool(_CUT.search(key[-20:]))
    full = bool(_FULL_STOP.search(key[-20:])) and not cut
    ended = full or cut or "।" in key or not 3 <= count < LONG_WORDS
    return View(
        index=index,
        kind=line.kind,
        text=line.text,
        linked=min(1.0, linked),
        links=line.links,
        key=key,
        bare=stripped,
        words=found,
        squashed="".join(found),
        count=count,
        full=full,
        cut=cut,
        sentences=len(_SENTENCE_END.findall(key)),
        finite=bool(_FINITE_END.search(" " + stripped[-60:])),
        script=devanagari_share(line.text[:300]),
        is_headline=not ended and not _GOES_ON.search(key),
        is_figure=bool(_FIGURE.match(key) or _FIGURE_END.search(key[-30:])),
        is_item=line.kind in ("item", "row", "quote") or bool(_ENUMERATED.match(key)),
    )


class Layout:
    """The lines of one page as they stand now, with the zones that prose divides them into.

    ``first`` and ``last`` are the list offsets of the first and last paragraph of prose (None where there is none);
    what stands before is the head, what stands behind the tail.
    """

    def __init__(
        self,
        views: Sequence[View],
        title: str | None,
        summary: str | None,
        *,
        summary_taken: bool = False,
        title_index: int | None = None,
        authors: Iterable[str] = (),
    ) -> None:
        self.views = views
        self.title_index = title_index
        """Index of the line that was taken as the title; None where it did not stand among the lines."""
        self.authors = frozenset(squash(match_key(author)) for author in authors)
        title_words = words(match_key(title or ""))
        self.title = "".join(title_words)
        self.title_stems = content_stems(title_words)
        self.summary = squash(match_key(summary or ""))
        self.summary_taken = summary_taken
        self.prose = [self._is_prose(view) for view in views]
        if not any(self.prose):
            # A brief of one cut paragraph, or a page in a script of its own: its longest line is all the prose it has.
            longest = max(range(len(views)), key=lambda offset: views[offset].count, default=None)
            if longest is not None and views[longest].count >= 15:
                self.prose[longest] = True
        self.paragraphs = [offset for offset, is_prose in enumerate(self.prose) if is_prose]
        self.first = self.paragraphs[0] if self.paragraphs else None
        self.last = self.paragraphs[-1] if self.paragraphs else None
        size = len(views)
        self._zones = ["whole"] * size
        if self.first is not None and self.last is not None:
            between = self.last + 1 - self.first
            self._zones = ["head"] * self.first + ["body"] * between + ["tail"] * (size - self.last - 1)
        self.junk: set[int] = set()
        """Offsets of lines that a decisive rule removes as a whole (set once the zones are known)."""
        self.opened: dict[int, str] = {}
        """Offsets of lines whose rule says what follows them: "end" or "headlines"."""

    @cached_property
    def is_hindi(self) -> bool:
        """Enough of the page is written in Devanagari for a line in another script to stand out."""
        length = sum(len(view.text) for view in self.views)
        return sum(view.script * len(view.text) for view in self.views) > 0.3 * max(1, length)

    @cached_property
    def is_wrapped(self) -> bool:
        """The lines are those of a page set to one width, not paragraphs: most end at the margin, in mid-sentence."""
        lines = [view for view in self.views if view.count >= 5]
        if len(lines) < WRAPPED_LINES or 2 * sum(view.full for view in lines) > len(lines):
            return False
        margin = max(len(view.text) for view in lines)
        return sum(len(view.text) >= WRAPPED_FILL * margin for view in lines) >= WRAPPED_SHARE * len(lines)

    def _is_prose(self, view: View) -> bool:
        if view.cut:
            return False
        if view.matches and any(rule.strength == "decisive" and rule.action == "drop" for rule, _ in view.matches):
            return False
        if self.is_hindi and view.script < 0.25:
            return False
        if view.linked > 0.85 and view.sentences < 2:
            return False
        if view.full:
            return view.count >= PROSE_WORDS
        return view.count >= 12 and (view.sentences >= 2 or view.finite)

    @cached_property
    def headlines(self) -> tuple[tuple[int, View], ...]:
        """The lines between paragraphs that are shaped like headlines and that no markup calls otherwise."""
        body = range(self.first or 0, (self.last or 0) + 1) if self.paragraphs else ()
        lines = ((offset, self.views[offset]) for offset in body if not self.prose[offset])
        return tuple((offset, view) for offset, view in lines if view.kind == "paragraph" and view.is_headline)

    @property
    def head(self) -> range:
        """The offsets of the lines before the first paragraph of prose; none where there is no prose."""
        return range(self.first or 0)

    @property
    def tail(self) -> range:
        """The offsets of the lines behind the last paragraph of prose; none where there is no prose."""
        return range(len(self.views) if self.last is None else self.last + 1, len(self.views))

    def is_firm(self, offset: int) -> bool:
        """Whether a line is prose beyond doubt: it ends in a full stop or holds several sentences."""
        return self.prose[offset] and (self.views[offset].full or self.views[offset].sentences > 1)

    def zone(self, offset: int) -> str:
        """Return "head", "body" or "tail" for a line; "whole" where there is no prose to divide the page."""
        return self._zones[offset]

    def prose_words(self, start: int, stop: int) -> int:
        """Return how many words of prose stand between two offsets."""
        return sum(self.views[i].count for i in range(start, stop) if self.prose[i] and i not in self.junk)

    def below(self, offset: int) -> int | None:
        """Return the offset of the next line that no rule removes."""
        return next((other for other in range(offset + 1, len(self.views)) if other not in self.junk), None)

    def next_prose(self, offset: int) -> int | None:
        """Return the offset of the nearest paragraph of prose after a line."""
        at = bisect_right(self.paragraphs, offset)
        return self.paragraphs[at] if at < len(self.paragraphs) else None

    def previous_prose(self, offset: int) -> int | None:
        """Return the offset of the nearest paragraph of prose before a line."""
        at = bisect_left(self.paragraphs, offset)
        return self.paragraphs[at - 1] if at else None

    @cached_property
    def prose_stems(self) -> frozenset[str]:
        """The content words of all prose."""
        return frozenset().union(*self._paragraphs())

    @cached_property
    def frequent_stems(self) -> frozenset[str]:
        """The content words of more than half of the paragraphs: what the whole page is about."""
        paragraphs = self._paragraphs()
        counts = Counter(stem for stems in paragraphs for stem in stems)
        return frozenset(stem for stem, count in counts.items() if count > max(1, len(paragraphs) / 2))

    def _paragraphs(self) -> list[frozenset[str]]:
        return [self.views[offset].stems for offset in self.paragraphs]

    def shared_stems(self, offset: int) -> int:
        """Return how many content words a line shares with the title and the paragraphs just before and after it."""
        around = set(self.title_stems)
        for neighbour in (self.previous_prose(offset), self.next_prose(offset)):
            if neighbour is not None:
                around |= self.views[neighbour].stems
        return len(self.views[offset].stems & around)
