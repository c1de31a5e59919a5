"""Title and summary of a dump: taken from its first lines where it begins with them, else left alone."""

from __future__ import annotations

from dataclasses import dataclass

from cleaners.layout import LONG_WORDS, Layout, View

MAX_SUMMARY_WORDS = 60
# A standfirst tells in one sentence what the first paragraph tells again: it shares most of its content words.
SUMMARY_OVERLAP = 0.6


@dataclass(frozen=True, slots=True)
class Heading:
    """Title and summary as they stand in a dump, and the index of the title's line; None where there is none."""

    title: str | None = None
    summary: str | None = None
    index: int | None = None


def take_heading(views: list[View], *, with_summary: bool) -> tuple[list[View], Heading]:
    """Return the lines without title and summary, and these.

    A title is the first line that is not boilerplate and more than a few words, if it does not end as a sentence and
    prose follows it. ``with_summary=False`` where the summary is known already: then none is taken.
    """
    page = Layout(views, None, None)
    menu = _menu(views)
    start = next((at for at, view in enumerate(views) if not (_is_chrome(view) or _is_label(view) or at in menu)), None)
    if start is None or page.first is None or page.first < start:
        return views, Heading()
    title_at = start
    summary_at: int | None = None
    if not _is_title(page, start):
        # Summary first, title second: only where the summary is printed once more further down.
        repeated = with_summary and any(view.squashed == views[start].squashed for view in views[start + 1 :])
        if not (repeated and views[start].sentences <= 1 and start + 1 < len(views) and _is_title(page, start + 1)):
            return views, Heading()
        title_at, summary_at = start + 1, start
    elif with_summary and _is_summary(page, start + 1):
        summary_at = start + 1
    summary = views[summary_at].text if summary_at is not None else None
    left = [view for offset, view in enumerate(views) if offset not in (title_at, summary_at)]
    return left, Heading(views[title_at].text, summary, views[title_at].index)


def _is_label(view: View) -> bool:
    """Whether a line above the title is too short to be one: a place, a section, a name."""
    return view.count < 3 and not view.full


def _menu(views: list[View]) -> frozenset[int]:
    """Return the offsets of lines of a few words that stand in a run of such lines: menus, not titles."""
    short = [offset for offset, view in enumerate(views) if view.count <= 4 and not view.full]
    runs = {offset for offset in short if {offset - 1, offset - 2} <= set(short)}
    return frozenset(runs | {offset - 1 for offset in runs} | {offset - 2 for offset in runs})


def _is_chrome(view: View) -> bool:
    drops = [rule for rule, _ in view.matches if rule.strength == "decisive" and rule.action == "drop"]
    return any(rule.where in ("anywhere", "head", "edge") for rule in drops)


def _is_title(page: Layout, offset: int) -> bool:
    view = page.views[offset]
    if view.full or view.cut or not 3 <= view.count < LONG_WORDS or page.is_firm(offset):
        return False
    if page.is_hindi and view.script < 0.15 and view.count < 5:
        return False
    below = page.next_prose(offset)
    return below is not None and page.views[below].count >= view.count


def _is_summary(page: Layout, offset: int) -> bool:
    if offset + 1 >= len(page.views):
        return False
    view = page.views[offset]
    if not (view.full and 6 <= view.count <= MAX_SUMMARY_WORDS and view.sentences <= 2):
        return False
    if any(other.squashed == view.squashed for other in page.views[offset + 1 :]):
        return True
    body = page.views[offset + 1]
    if not page.prose[offset + 1] or view.sentences > 1 or body.count < 1.5 * view.count or not view.stems:
        return False
    return len(view.stems & body.stems) >= SUMMARY_OVERLAP * len(view.stems)
