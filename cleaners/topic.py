"""Signals of what a line is about: words shared with the paragraph below it, with its neighbours, with the page.

A sub-heading is about the paragraph that it leads; a related headline that stands between paragraphs is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from cleaners.layout import Layout
from cleaners.structure import Report, structure

TOPIC_WORDS = 80
"""Words of prose from which a page says what it is about."""
OFF_TOPIC, ON_TOPIC = 0.5, 0.75
"""Shares of a headline's content words that stand in the page. Of 167 sub-headings of three words and more in real
dumps one is above the paragraph it leads without sharing a word with it and with less than this share known."""
UNKNOWN_WORDS = 4


@structure("unrelated")
def unrelated(page: Layout) -> Report:
    for offset, view in page.headlines:
        is_telling = view.count >= 5 and len(view.stems) >= 3
        if is_telling and 10 * page.shared_stems(offset) <= len(view.stems):
            yield offset, "supporting"


@structure("leads-nothing")
def leads_nothing(page: Layout) -> Report:
    for offset in _topical(page):
        if not _led_by(page, offset):
            yield offset, "supporting"


@structure("off-topic")
def off_topic(page: Layout) -> Report:
    for offset in _topical(page):
        if _known_share(page, offset) <= OFF_TOPIC and len(_led_by(page, offset)) <= 1:
            yield offset, "supporting"


@structure("on-topic")
def on_topic(page: Layout) -> Report:
    for offset in _topical(page):
        below = page.below(offset)
        if below is not None and page.prose[below] and _known_share(page, offset) >= ON_TOPIC:
            yield offset, "protecting"


@structure("unknown-names")
def unknown_names(page: Layout) -> Report:
    for offset in _topical(page):
        unknown = page.views[offset].stems - page.prose_stems - page.title_stems
        if len(unknown) >= UNKNOWN_WORDS and len(_led_by(page, offset)) <= 1:
            yield offset, "supporting"


def _led_by(page: Layout, offset: int) -> frozenset[str]:
    """Return the content words that a line shares with the paragraph below it and not with most of the page."""
    below = page.next_prose(offset)
    if below is None:
        return frozenset()
    return page.views[offset].stems & page.views[below].stems - page.frequent_stems


def _known_share(page: Layout, offset: int) -> float:
    """Return the share of a line's content words that stand in the title or in any paragraph."""
    stems = page.views[offset].stems
    return len(stems & (page.prose_stems | page.title_stems)) / len(stems)


def _topical(page: Layout) -> Iterator[int]:
    """Yield the headline-shaped lines between paragraphs that say enough to be compared with a page that does."""
    if page.headlines and page.prose_words(0, len(page.views)) >= TOPIC_WORDS:
        for offset, view in page.headlines:
            if not (view.finite or view.is_figure) and len(view.stems) >= 4:
                yield offset
