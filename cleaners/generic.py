"""The body of a page that no site file knows: its own run of prose, with JSON-LD and Trafilatura as witnesses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lxml import html

from cleaners import beside, opinion
from cleaners.beside import Page
from cleaners.blocks import Found, is_block
from cleaners.devanagari import latin_share
from cleaners.prose import PROSE_SIZE, ends_sentence, is_sentence, link_share, size
from cleaners.witness import Witness, squeeze

NOT_BODY = "trafilatura/not-body"
APART = "generic/apart"
REPEATED = "beside/repeated"

_HALF = 0.5
_LINKED = 0.6
_LABEL = -12.0
_AGREED = 0.6  # of the prose of the page's own run: less, and the two do not mean the same element
_CERTAIN_LINES = 3
_CERTAIN_SHARE = 0.9
_WITNESS_ABSENT = 0.25
_REPEATED_SIZE = 40
_GAP = 4
_ONLY_LINK = 0.9
_FOREIGN = 0.9
_AT_HOME = 0.4
_MARGIN = 3
_SHORT = 24
_QUOTES = "\"'“”„‘’«»"


@dataclass(frozen=True, slots=True)
class Choice:
    """The lines that are the body, and for every other line without strip the id of why it is not."""

    body: frozenset[int]
    reasons: Mapping[int, str]


def choose(root: html.HtmlElement, found: Sequence[Found], witness: str | None = None) -> Choice:
    """Return which lines of a page are its body.

    Only lines without strip are chosen. ``witness`` is JSON-LD's articleBody: it is asked which lines it holds and is
    never a source of text. The tree is changed: it is of no use afterwards.
    """
    free = [index for index, item in enumerate(found) if item.strip is None]
    page = Page.of(found, free)
    reasons = dict.fromkeys(free, APART)
    off = beside.find(page)
    reasons.update(off)
    offered = [index for index in free if index not in off]
    container = _container(page, offered)
    own = _within(page, offered, container)
    own = _main_run(page, _after_title(page, own), off)
    said = Witness(witness)
    prose = [index for index in own if index in page.prose]
    if said.is_trusted([page.found[index].line for index in prose]):
        body = {
            index
            for index in own
            if said.share(page.found[index].line) > _WITNESS_ABSENT or _may_be_unsaid(page, index)
        }
        body = _trimmed(page, body, {index for index in body if said.share(page.found[index].line) > _HALF})
    elif _is_certain(page, offered, own):
        body = _trimmed(page, set(own), _alike(page, own))
    else:
        body = _with_opinion(root, page, offered, own)
        reasons.update((index, NOT_BODY) for index in own if index not in body)
    body = _without_links(page, body)
    for index in _repeated(page, body):
        body.discard(index)
        reasons[index] = REPEATED
    body = _without_idle_headings(page, body)
    return Choice(frozenset(body), {index: rule for index, rule in reasons.items() if index not in body})


def _container(page: Page, offered: Sequence[int]) -> html.HtmlElement | None:
    """Return the element with the most running text for the fewest links and labels, None where there is no text."""
    weights = {}
    for index in offered:
        line, weight = page.found[index].line, page.sizes[index]
        if index in page.prose:
            weights[index] = weight * (1 - link_share(line))
        elif link_share(line) > _LINKED:
            weights[index] = -max(20.0, weight)
        elif is_sentence(line):
            weights[index] = weight * _HALF
        elif line.kind in ("paragraph", "heading"):
            weights[index] = _LABEL
    sums = page.sums(weights)
    best = max(sums.values(), default=0.0)
    if best <= 0:
        return None
    # Ties go to the innermost; it must hold all that a bit more margin would add as well.
    tied = [element for element, weight in sums.items() if weight >= best]
    return max(tied, key=lambda element: sum(1 for _ in page.path(element)))


def _within(page: Page, offered: Sequence[int], container: html.HtmlElement | None) -> list[int]:
    if container is None:
        return []
    inside: dict[html.HtmlElement, bool] = {}
    lines = []
    for index in offered:
        place = page.places[index]
        if place not in inside:
            inside[place] = any(element is container for element in page.path(place))
        if inside[place]:
            lines.append(index)
    return lines


def _after_title(page: Page, own: list[int]) -> list[int]:
    """Return the lines without those before the headline, where there is one and most prose follows it."""
    titles = [index for index in page.free if page.found[index].is_title]
    if len(titles) != 1:
        return own
    after = [index for index in own if index > titles[0]]
    behind = sum(page.sizes[index] for index in after if index in page.prose)
    whole = sum(page.sizes[index] for index in own if index in page.prose)
    return after if behind > _HALF * whole else own


def _main_run(page: Page, own: list[int], off: Mapping[int, str]) -> list[int]:
    """Return the lines without the prose that stands behind a gap of labels and links and looks unlike the story.

    Imprints and disclaimers are prose, too; on old pages nothing but what lies between tells them from the story.
    """
    prose = [index for index in own if index in page.prose]
    if len(prose) < 2:
        return own
    alike = _alike(page, own)
    foreign = _foreign(page, prose)
    runs = [[prose[0]]]
    for before, index in pairwise(prose):
        if _is_gap(page, before, index, off) or (foreign and index in foreign):
            runs.append([])
        runs[-1].append(index)
    if len(runs) == 1:
        return own
    weights = [sum(page.sizes[index] for index in run) for run in runs]
    best = weights.index(max(weights))
    main = {shape for index in runs[best] if index in alike for shape in [_shape(page, index)]}
    first, last = best, best
    for number, run in enumerate(runs):
        if number != best and any(_shape(page, index) in main for index in run):
            first, last = min(first, number), max(last, number)
    low = runs[first - 1][-1] if first else -1
    stop = len(page.found)
    if last + 1 < len(runs):
        stop = min(runs[last + 1][0], _end(page, own, runs[last][-1]))
    return [index for index in own if low < index < stop]


def _end(page: Page, own: list[int], last: int) -> int:
    """Return the index behind the last paragraph of a run and the sentences and items that close it."""
    for index in own:
        line = page.found[index].line
        if index > last and line.kind != "item" and not is_sentence(line):
            return index
    return len(page.found)


def _foreign(page: Page, prose: list[int]) -> set[int]:
    """Return the paragraphs in Latin letters on a page that is mostly written in others: notices of the site."""
    shares = {index: latin_share(page.found[index].line.text) for index in prose}
    latin = sum(page.sizes[index] * share for index, share in shares.items())
    if latin > _AT_HOME * sum(page.sizes[index] for index in prose):
        return set()
    return {index for index, share in shares.items() if share > _FOREIGN}


def _is_gap(page: Page, before: int, index: int, off: Mapping[int, str]) -> bool:
    """Say whether between two paragraphs stand several labels or links, of a menu rather than of a story."""
    labels = 0
    for between in range(before + 1, index):
        item = page.found[between]
        is_apart = item.strip is not None or between in off or link_share(item.line) > _LINKED
        labels += is_apart or (item.line.kind == "paragraph" and not is_sentence(item.line))
    return labels >= _GAP


def _may_be_unsaid(page: Page, index: int) -> bool:
    """Say whether a line may be part of the body though articleBody lacks it: it leaves out headings, lists, tables."""
    return page.found[index].line.kind in ("heading", "item", "row", "quote")


def _shape(page: Page, index: int) -> tuple[object, ...]:
    """Return what the paragraphs of one story have in common: tag and class of the block and of what holds it."""
    block = _block(page, index)
    parent = page.parents[block]
    holder = (None, None) if parent is None else (parent.tag, parent.get("class"))
    return block.tag, block.get("class"), *holder


def _block(page: Page, index: int) -> html.HtmlElement:
    element = page.places[index]
    while not is_block(element.tag) and (parent := page.parents[element]) is not None:
        element = parent
    return element


def _parent(page: Page, index: int) -> html.HtmlElement | None:
    return page.parents[_block(page, index)]


def _alike(page: Page, own: Sequence[int]) -> set[int]:
    """Return the lines shaped like most of the prose, and all prose where no shape has a majority."""
    weights: Counter[tuple[object, ...]] = Counter()
    shapes = {index: _shape(page, index) for index in own}
    for index in own:
        if index in page.prose:
            weights[shapes[index]] += page.sizes[index]
    if not weights:
        return set(own)
    whole = sum(weights.values())
    usual = {shape for shape, weight in weights.items() if weight >= 0.25 * whole}
    if sum(weights[shape] for shape in usual) < _HALF * whole:
        return {index for index in own if index in page.prose}
    return {index for index in own if shapes[index] in usual}


def _is_certain(page: Page, offered: Sequence[int], own: Sequence[int]) -> bool:
    """Say whether the page's own run needs no second opinion: nearly all its prose, in paragraphs of one shape."""
    prose = [index for index in own if index in page.prose]
    if len(prose) < _CERTAIN_LINES:
        return False
    whole = sum(page.sizes[index] for index in offered if index in page.prose)
    weight = sum(page.sizes[index] for index in prose)
    alike = _alike(page, own)
    same = sum(page.sizes[index] for index in prose if index in alike)
    return weight >= _CERTAIN_SHARE * whole and same >= _CERTAIN_SHARE * weight


def _trimmed(page: Page, body: set[int], firm: set[int]) -> set[int]:
    """Return the body from its first to its last firm prose, with what closes it: sentences, items, quotes."""
    anchors = [index for index in body & firm if index in page.prose or is_sentence(page.found[index].line)]
    if not anchors:
        return body
    first, last = min(anchors), max(anchors)
    kept = {index for index in body if first <= index <= last and not _is_label(page, index, firm)}
    around = _parent(page, last)
    for index in sorted(body):
        line = page.found[index].line
        is_like = line.kind in ("item", "row") or index in firm
        is_beside = is_like and any(element is around for element in page.path(page.places[index]))
        is_close = first - _MARGIN <= index < first and not page.found[index].is_title
        leads = is_close and (line.kind == "heading" or index in page.prose)
        if leads or (index > last and is_beside and link_share(line) <= _HALF):
            kept.add(index)
    return kept


def _is_label(page: Page, index: int, firm: set[int]) -> bool:
    """Say whether a line among paragraphs is a time, a counter or a credit: short, no sentence, shaped otherwise."""
    line = page.found[index].line
    plain = line.kind == "paragraph" and index not in page.prose and index not in firm
    return plain and page.sizes[index] < PROSE_SIZE and not is_sentence(line)


def _with_opinion(
    root: html.HtmlElement,
    page: Page,
    offered: Sequence[int],
    own: list[int],
) -> set[int]:
    """Return the body that our own run and Trafilatura agree on, or the better of the two where they do not."""
    theirs = opinion.kept(root, page.found, offered, precise=True)
    if theirs is None:
        return set(own or offered)
    mine = {index for index in own if index in page.prose}
    if not mine:
        said = {index for index in own if is_sentence(page.found[index].line)}
        links = {index for index in offered if link_share(page.found[index].line) > _ONLY_LINK}
        return (theirs & set(own)) | said or theirs or links
    weight = sum(page.sizes[index] for index in mine)
    agreed = sum(page.sizes[index] for index in mine & theirs)
    if agreed < _AGREED * weight:
        far = sum(page.sizes[index] for index in theirs - set(own) if index in page.prose)
        if far > weight:
            return theirs
        return _trimmed(page, set(own), _alike(page, own) | theirs)
    alike = _alike(page, own)
    inside = set(own)
    body = theirs & inside
    first, last = min(mine & theirs), max(mine & theirs)
    for index in own:
        line = page.found[index].line
        is_text = index in page.prose or is_sentence(line)
        if (first < index < last and (is_text or line.kind != "paragraph")) or (index in alike and is_text):
            body.add(index)
    return body


def _without_links(page: Page, body: set[int]) -> set[int]:
    """Return the body without breadcrumbs, links to other stories and lone labels before the first prose."""
    left = {
        index
        for index in body
        if link_share(page.found[index].line) <= _ONLY_LINK or ends_sentence(page.found[index].line.text)
    }
    return left or body  # a page of nothing but links is told as such later


def _repeated(page: Page, body: set[int]) -> list[int]:
    """Return the lines of the body that stand further up, and quotes set apart that are part of a paragraph."""
    lines = {index: page.found[index].line for index in sorted(body)}
    keys = {index: squeeze(line.text) for index, line in lines.items() if link_share(line) <= _ONLY_LINK}
    seen: set[str] = set()
    twice = []
    for index, key in keys.items():
        long = page.sizes[index] >= _REPEATED_SIZE
        if (long and key in seen) or (len(key) >= _SHORT and _is_quoted(page, index, keys)):
            twice.append(index)
        elif long:
            seen.add(key)
    return twice


def _is_quoted(page: Page, index: int, keys: Mapping[int, str]) -> bool:
    """Say whether a line set apart (aside, quote, figure) repeats a part of a line that is not."""
    if not _is_set_apart(page, index):
        return False
    key = keys[index].strip(_QUOTES)
    return any(key in other and not _is_set_apart(page, there) for there, other in keys.items() if there != index)


def _is_set_apart(page: Page, index: int) -> bool:
    return any(element.tag in ("aside", "blockquote", "figure") for element in page.path(page.places[index]))


def _without_idle_headings(page: Page, body: set[int]) -> set[int]:
    """Return the body without the headings that no text follows."""
    order = sorted(body)
    idle = set()
    follower = None
    for index in reversed(order):
        line = page.found[index].line
        if line.kind == "heading" and not page.found[index].is_title:
            if follower is None:
                idle.add(index)
        elif size(line.text) > _SHORT or line.kind in ("item", "row", "quote"):
            follower = index
    return body - idle
