"""Our block reader: one pass over an HTML tree gives its lines in document order, each with its kind and its links."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

from lxml import etree, html

from cleaners.devanagari import normalise
from cleaners.model import Kind, Line, Link
from cleaners.strips import Strip

SILENT = frozenset({
    "script", "style", "template", "svg", "math", "head", "title", "link", "meta",
})  # fmt: skip
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_BLOCKS = _HEADINGS | frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "html",
    "iframe", "legend", "li", "main", "menu", "nav", "noscript", "ol", "optgroup", "option", "p", "pre", "section",
    "select", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "video",
})  # fmt: skip
_NO_PART_OF_HEADING = (*_HEADINGS, "ul", "ol", "table", "article", "section", "blockquote", "pre")
_KINDS: dict[str, Kind] = {"li": "item", "dt": "item", "dd": "item", "blockquote": "quote"}
_KINDS |= dict.fromkeys(_HEADINGS, "heading")
_OPENING = frozenset(_KINDS) | {"p", "table", "tr", "td", "th", "pre"}  # blocks within which something changes

# Noncharacters: they mark the ends of a link while its line is normalised, and never occur in text.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_MARKS = re.compile(f"[{_OPEN}{_CLOSE}]")
ROW_SEPARATOR = " | "
_CELL_LIMIT = 600


class Segment(NamedTuple):
    """A piece of a line: the text of ``node``, or its tail, inside the anchor ``link`` if there is one."""

    text: str
    link: html.HtmlElement | None
    node: html.HtmlElement
    is_tail: bool


class Found(NamedTuple):
    """A line of the page: the strip that takes it, if any; whether it lies in a body; what it was made of."""

    line: Line
    strip: Strip | None
    inside: bool
    is_title: bool
    segments: tuple[Segment, ...]

    @property
    def element(self) -> html.HtmlElement:
        """The innermost element around the beginning of the line."""
        first = self.segments[0]
        parent = first.node.getparent() if first.is_tail else None
        return first.node if parent is None else parent


def is_block(tag: object) -> bool:
    """Say whether an element of this tag makes lines of its own."""
    return tag in _BLOCKS


def read(
    root: html.HtmlElement,
    *,
    strips: Mapping[html.HtmlElement, Strip] = MappingProxyType({}),
    bodies: Collection[html.HtmlElement] = (),
) -> list[Found]:
    """Return every line of text under ``root`` in document order, empty ones left out.

    A line is a block element's text, cut at <br>; a table row is one line, its cells joined by " | ". Text of the
    elements that go by ``strips`` comes as lines of their own, also from the middle of a paragraph. ``inside`` is true
    for lines within one of ``bodies``; where there are some, the lines outside come without links. Iterative: no depth
    of nesting is too deep for it.
    """
    walk = _Walk(strips, bodies)
    events = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in events:
        tag = element.tag
        if event == "start":
            if tag in SILENT:
                events.skip_subtree()
            else:
                walk.enter(element, tag)
            continue
        if event == "end" and tag not in SILENT:
            walk.leave(element, tag)
        if (tail := element.tail) and element is not root:
            walk.add(tail, element, True)
    walk.flush()
    return walk.found


class _State(NamedTuple):
    """What holds at a place of the tree; restored when the element that changed it is left."""

    kind: Kind = "paragraph"
    strip: Strip | None = None
    inside: bool = False
    is_title: bool = False  # in an h1
    whole: bool = False  # in a heading or a table row: inner blocks and breaks do not cut the line
    data: bool = False  # in a table of data, not of layout
    verbatim: bool = False  # in a pre: ends of lines count


class _Walk:
    def __init__(self, strips: Mapping[html.HtmlElement, Strip], bodies: Collection[html.HtmlElement]) -> None:
        self.found: list[Found] = []
        self._strips = strips
        self._bodies = frozenset(bodies)
        self._state = _State()
        self._link: html.HtmlElement | None = None
        self._buffer: list[Segment] = []
        self._cell = 0  # where the present cell begins in the buffer
        # Elements that changed the state, the state before, and the buffer to go on with (None: the same).
        self._frames: list[tuple[html.HtmlElement, _State, list[Segment] | None, html.HtmlElement | None]] = []

    def enter(self, element: html.HtmlElement, tag: str) -> None:
        changed = state = self._state
        kept = None
        is_block = tag in _BLOCKS
        if state.strip is None and (strip := self._strips.get(element)) is not None:
            changed = _State(strip=strip, inside=state.inside)
            if not is_block or state.whole:  # the line around it goes on behind it
                kept, self._buffer = self._buffer, []
        if not state.inside and element in self._bodies:
            changed = changed._replace(inside=True)
        if is_block:
            if self._buffer and kept is None:
                self._boundary()
            if tag in _OPENING:
                changed = self._opened(element, changed)
        elif tag == "br":
            self._boundary()
        if changed is not state:
            if not is_block and kept is None:
                self.flush()
            self._frames.append((element, state, kept, self._link))
            self._state = changed
            if changed.strip is not state.strip:
                self._link = None
        if tag == "a" and element.get("href"):
            self._link = element
        if text := element.text:
            self.add(text, element, False)

    def leave(self, element: html.HtmlElement, tag: str) -> None:
        if element is self._link:
            self._link = None
        if self._buffer and tag in _BLOCKS and not (self._state.data and tag in ("td", "th")):
            self._boundary()  # but the end of a cell says nothing: the next one sets the separator
        if self._frames and self._frames[-1][0] is element:
            _, state, kept, link = self._frames.pop()
            if kept is not None or not (self._state.whole and state.whole):
                self.flush()
            self._state = state
            if kept is not None:
                self._buffer = kept
                self._link = link

    def add(self, text: str, node: html.HtmlElement, is_tail: bool) -> None:
        if self._state.verbatim and "\n" in text:
            for part in text.split("\n"):
                self._buffer.append(Segment(part, self._link, node, is_tail))
                self.flush()
        elif self._buffer or not text.isspace():
            self._buffer.append(Segment(text, self._link, node, is_tail))

    def flush(self) -> None:
        if not self._buffer:
            return
        buffer, self._buffer, self._cell = self._buffer, [], 0
        state = self._state
        while buffer and not buffer[0].text.strip():
            del buffer[0]
        while buffer and (not buffer[-1].text.strip() or (state.kind == "row" and buffer[-1].text is ROW_SEPARATOR)):
            del buffer[-1]
        make = _line if state.inside or not self._bodies else _plain_line
        if buffer and (line := make(state.kind, buffer)):
            self.found.append(Found(line, state.strip, state.inside, state.is_title, tuple(buffer)))

    def _boundary(self) -> None:
        if not self._buffer:
            return
        if not self._state.whole:
            self.flush()
        else:
            self._buffer.append(self._buffer[-1]._replace(text=" ", link=None))

    def _opened(self, element: html.HtmlElement, state: _State) -> _State:
        """Return the state within a block element, ``state`` itself where it changes nothing."""
        tag = element.tag
        if tag in _KINDS and not state.whole:
            whole = tag in _HEADINGS and not _is_unclosed(element)
            state = _State(_KINDS[tag], state.strip, state.inside, tag == "h1", whole, state.data, state.verbatim)
        elif tag == "p" and state.kind == "heading" and not state.whole:
            state = state._replace(kind="paragraph", is_title=False)
        elif tag == "table":
            if (data := _is_data(element)) != state.data:
                state = state._replace(data=data)
        elif tag == "tr" and state.data and not state.whole:
            state = state._replace(kind="row", whole=True)
        elif tag in ("td", "th") and state.kind == "row":
            if any(segment.text.strip() for segment in self._buffer[self._cell :]):
                self._buffer.append(self._buffer[-1]._replace(text=ROW_SEPARATOR, link=None))
            self._cell = len(self._buffer)
        elif tag == "pre":
            state = state._replace(verbatim=True)
        return state


def _is_unclosed(heading: html.HtmlElement) -> bool:
    """Say whether a heading holds what none can: it was never closed, and the parser put the rest of the page in it."""
    return next(heading.iterdescendants(*_NO_PART_OF_HEADING), None) is not None


def _is_data(table: html.HtmlElement) -> bool:
    """Say whether a table holds data: rows of several short cells, and nothing that only pages are laid out with."""
    if next(table.iter("h1", "h2", "form", "article", "section"), None) is not None:
        return False
    if sum(1 for _ in table.iter("table")) > 1:
        return False
    has_columns = False
    for row in table.iter("tr"):
        filled = 0
        for cell in row.iterchildren("td", "th"):
            length = len("".join(cell.itertext()).strip())
            if length > _CELL_LIMIT:
                return False
            filled += length > 0
        has_columns = has_columns or filled > 1
    return has_columns


def _plain_line(kind: Kind, segments: list[Segment]) -> Line:
    """Return the line outside the body: to be counted and shown, not to be cleaned."""
    text = segments[0].text if len(segments) == 1 else "".join([segment.text for segment in segments])
    return Line(kind, " ".join(text.split()))


def _line(kind: Kind, segments: list[Segment]) -> Line | None:
    """Return the line of these segments with its links, None where nothing is left of it."""
    raw = "".join([segment.text for segment in segments])
    if all(segment.link is None for segment in segments):
        text = normalise(raw)
        return Line(kind, text) if text else None
    marked: list[str] = []
    cores: list[tuple[int, str, html.HtmlElement]] = []  # where in raw, what, which anchor
    offset = index = 0
    while index < len(segments):
        link, text = segments[index].link, segments[index].text
        index += 1
        while index < len(segments) and segments[index].link is link:
            text += segments[index].text
            index += 1
        core = text.strip()
        if link is None or not core:
            marked.append(text)
        else:
            lead = text.index(core)
            marked.append(f"{text[:lead]}{_OPEN}{core}{_CLOSE}{text[lead + len(core) :]}")
            cores.append((offset + lead, core, link))
        offset += len(text)
    return _with_links(kind, normalise(raw), raw, normalise("".join(marked)), cores)


def _with_links(
    kind: Kind, text: str, raw: str, marked: str, cores: list[tuple[int, str, html.HtmlElement]]
) -> Line | None:
    if not text:
        return None
    if _MARKS.sub("", marked) == text and marked.count(_OPEN) == len(cores):
        ends = [match.start() - index for index, match in enumerate(_MARKS.finditer(marked))]
        spans = list(zip(ends[::2], ends[1::2], strict=True))
    else:  # a letter of the link's edge was joined with its neighbour: measure the text before it by itself
        spans = []
        for start, core, _ in cores:
            before = normalise(raw[:start] + "\u0915")  # any letter, so that the space before it counts
            first = min(len(before) - 1, len(text))
            spans.append((first, min(first + len(normalise(core)), len(text))))
    links = [
        Link(start, end, link.get("href").strip())
        for (start, end), (_, _, link) in zip(spans, cores, strict=True)
        if start < end
    ]
    return Line(kind, text, tuple(links))
