"""The body of a page that no site file knows: Trafilatura chooses among the lines of our own block reader."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from lxml import etree, html

from cleaners.blocks import ROW_SEPARATOR, Found
from cleaners.devanagari import devanagari_share, match_key
from cleaners.markup import SHALLOW, depth
from cleaners.model import Line

# Each line gets one of these rare ideographs (CJK extension B) before its text; those that come back name the lines
# that Trafilatura kept. Nothing has to be compared, so repeated lines, lists and links are told apart exactly.
_FIRST_MARK = 0x20000
_LAST_MARK = 0x2A6D6
_MOST_LINES = _LAST_MARK - _FIRST_MARK + 1
_MOST_CHARACTERS = 1_000_000  # beyond it Trafilatura may take minutes, and it knows no timeout

# What HTML can hold (by a number like &#1;) and lxml does not take back.
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_PROSE_LENGTH = 80
_LONG_PROSE = 160
_SAMPLE = 400  # characters from which the script of a line is told
_SENTENCE_ENDS = tuple("।.?!|…")
_CLOSING = "\"'”’»)] "
_COVERAGE = 0.85
_ONLY_LINK = 0.9
_INLINE = frozenset({
    "p", "span", "a", "b", "i", "em", "strong", "font", "u", "li", "h1", "h2", "h3", "h4", "h5", "h6",
    "blockquote", "q", "small", "label", "tr", "tbody", "ul", "ol", "dl", "dd", "dt",
})  # fmt: skip
_ASIDE_NAMES = (
    "relat", "teaser", "promo", "sidebar", "widget", "comment", "recommend", "trending", "popular", "newsletter",
    "also",
)  # fmt: skip


def choose(root: html.HtmlElement, found: Sequence[Found]) -> tuple[frozenset[int], frozenset[int]]:
    """Return the indexes of the lines that are the body, and of those that Trafilatura kept but that stand apart.

    Only lines without strip are chosen. The tree is changed: it is of no use afterwards.
    """
    free = [index for index, item in enumerate(found) if item.strip is None]
    kept = _by_trafilatura(root, found, free)
    prose = {index for index in free if is_prose(found[index].line)}
    container = _container(found, kept, prose & kept or prose)
    if container is None:
        return frozenset(kept), frozenset()
    around = {index for index in free if _is_within(found[index].element, container)}
    body = kept & around
    if body:
        first, last = min(body), max(body)
        known = {match_key(found[index].line.text) for index in body}
        body |= {
            index
            for index in (prose & around) - kept
            if first < index < last
            and match_key(found[index].line.text) not in known
            and not _is_aside(found[index].element, container)
        }
    story = min(prose & body, default=0)
    body = {index for index in body if index >= story or link_share(found[index].line) < _ONLY_LINK}  # breadcrumbs
    return frozenset(body), frozenset(kept - body)


def is_prose(line: Line) -> bool:
    """Say whether a line is certainly running Hindi text: long, mostly not link, and a sentence or longer than one."""
    text = line.text
    if len(text) < _PROSE_LENGTH or not _is_hindi_text(line):
        return False
    return len(text) >= _LONG_PROSE or text.rstrip(_CLOSING).endswith(_SENTENCE_ENDS)


def link_share(line: Line) -> float:
    """Return the share of a line's characters that are links."""
    return sum(link.end - link.start for link in line.links) / len(line.text)


def _is_hindi_text(line: Line) -> bool:
    return link_share(line) <= 0.5 and devanagari_share(line.text[:_SAMPLE]) >= 0.5


def _by_trafilatura(root: html.HtmlElement, found: Sequence[Found], free: Sequence[int]) -> set[int]:
    """Return the lines that Trafilatura keeps: all of them where the page is too big or too deep for it."""
    size = sum(len(found[index].line.text) for index in free)
    is_deep = any(depth(found[index].element) >= SHALLOW for index in free)
    if not free or len(found) > _MOST_LINES or size > _MOST_CHARACTERS or is_deep:
        return set(free)
    from trafilatura import bare_extraction

    # Its "discarding data" says less than our own refusal, which comes next.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    marks = _mark(found)
    # The text must come from the page that was shown: not from JSON-LD, which also holds what a wall hides.
    etree.strip_elements(root, "script", "style", with_tail=False)
    result = bare_extraction(root, include_comments=False, include_tables=True, with_metadata=False, deduplicate=False)
    text = (result.text if result else None) or ""
    back = Counter(ord(char) - _FIRST_MARK for char in text if char >= chr(_FIRST_MARK))
    return {index for index in free if 0 < marks[index] <= 2 * back[index]}


def _mark(found: Sequence[Found]) -> Counter[int]:
    """Put the mark of its line before every piece of text, empty the stripped ones; return the marks set by line."""
    marks: Counter[int] = Counter()
    for index, item in enumerate(found):
        mark = chr(_FIRST_MARK + index)
        for segment in item.segments:
            if not segment.text.strip() or segment.text is ROW_SEPARATOR:
                continue
            text = (segment.node.tail if segment.is_tail else segment.node.text) or ""
            text = "" if item.strip else mark + _NO_XML.sub("", text)
            marks[index] += 1
            if segment.is_tail:
                segment.node.tail = text
            else:
                segment.node.text = text
    return marks


def _container(found: Sequence[Found], kept: Iterable[int], prose: Iterable[int]) -> html.HtmlElement | None:
    """Return the smallest element around all prose and most of the other Hindi text, None where there is no prose."""
    common: list[html.HtmlElement] | None = None
    for index in prose:
        element = found[index].element
        path = [*reversed(list(element.iterancestors())), element]
        if common is None:
            common = path
        else:
            common = [one for one, other in zip(common, path, strict=False) if one is other]
    if not common:
        return None
    container = common[-1]
    weights = [
        (found[index].element, len(found[index].line.text)) for index in kept if _is_hindi_text(found[index].line)
    ]
    total = sum(weight for _, weight in weights)
    while container.getparent() is not None:
        within = sum(weight for element, weight in weights if _is_within(element, container))
        if container.tag not in _INLINE and within >= _COVERAGE * total:
            break
        container = container.getparent()
    return container


def _is_within(element: html.HtmlElement, container: html.HtmlElement) -> bool:
    return element is container or any(ancestor is container for ancestor in element.iterancestors())


def _is_aside(element: html.HtmlElement, container: html.HtmlElement) -> bool:
    """Say whether an element below the container is named for something that is beside the story."""
    while element is not None and element is not container:
        names = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
        if any(name in names for name in _ASIDE_NAMES):
            return True
        element = element.getparent()
    return False
