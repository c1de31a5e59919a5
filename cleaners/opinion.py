"""What Trafilatura would keep of a page: a second opinion about the lines that our own block reader found."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Collection, Sequence

from lxml import etree, html

from cleaners.blocks import ROW_SEPARATOR, Found
from cleaners.markup import SHALLOW, depth

# Each line gets one of these rare ideographs (CJK extension B) before its text; those that come back name the lines
# that Trafilatura kept. Nothing has to be compared, so repeated lines, lists and links are told apart exactly.
_FIRST_MARK = 0x20000
_LAST_MARK = 0x2A6D6
_MOST_LINES = _LAST_MARK - _FIRST_MARK + 1
_MOST_CHARACTERS = 1_000_000  # beyond it Trafilatura may take minutes, and it knows no timeout

# What HTML can hold (by a number like &#1;) and lxml does not take back.
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def kept(root: html.HtmlElement, found: Sequence[Found], offered: Collection[int], *, precise: bool) -> set[int] | None:
    """Return which of the offered lines Trafilatura keeps, None where the page is too big or too deep for it.

    The tree is changed: it is of no use afterwards.
    """
    size = sum(len(found[index].line.text) for index in offered)
    if len(found) > _MOST_LINES or size > _MOST_CHARACTERS:
        return None
    if any(depth(found[index].element) >= SHALLOW for index in offered):
        return None
    from trafilatura import bare_extraction

    # Its "discarding data" says less than our own refusal, which comes next.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    marks = _mark(found, offered)
    # The text must come from the page that was shown: not from JSON-LD, which also holds what a wall hides.
    etree.strip_elements(root, "script", "style", with_tail=False)
    result = bare_extraction(
        root,
        include_comments=False,
        include_tables=True,
        with_metadata=False,
        deduplicate=False,
        favor_precision=precise,
        fast=True,  # without its fallbacks, which swell briefs: what is missing is in our own run
    )
    text = (result.text if result else None) or ""
    back = Counter(ord(char) - _FIRST_MARK for char in text if char >= chr(_FIRST_MARK))
    return {index for index in offered if 0 < marks[index] <= 2 * back[index]}


def _mark(found: Sequence[Found], offered: Collection[int]) -> Counter[int]:
    """Put the mark of its line before every piece of text, empty the others; return the marks set by line."""
    marks: Counter[int] = Counter()
    offered = frozenset(offered)
    for index, item in enumerate(found):
        mark = chr(_FIRST_MARK + index)
        for segment in item.segments:
            if not segment.text.strip() or segment.text is ROW_SEPARATOR:
                continue
            text = (segment.node.tail if segment.is_tail else segment.node.text) or ""
            text = mark + _NO_XML.sub("", text) if index in offered else ""
            marks[index] += 1
            if segment.is_tail:
                segment.node.tail = text
            else:
                segment.node.text = text
    return marks
