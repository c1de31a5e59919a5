"""Stage 2: which lines of a document or dump are its text. Rules and structure report, ``decide`` acts.

The lines are gone over until nothing more goes, so that cleaning what was kept changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from cleaners import agencies, dates, listing, structure, topic  # noqa: F401 (two add functions to the registry)
from cleaners.devanagari import match_key_offsets, normalise
from cleaners.heading import Heading, take_heading
from cleaners.layout import Layout, View, view_line
from cleaners.model import Block, Line, Metadata, Removal, Signal
from cleaners.rules import Rule, RuleSet, shared
from cleaners.sites import SiteFile


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The result of stage 2: metadata completed by what the lines told, kept blocks, signed removals.

    ``truncated``: a rule recognised the wall at which the page was cut.
    """

    metadata: Metadata
    blocks: tuple[Block, ...]
    removals: tuple[Removal, ...]
    truncated: bool = False


_ZONES = {"head": ("head",), "tail": ("tail",), "edge": ("head", "tail"), "below": ("body", "tail")}


@lru_cache(maxsize=256)
def rules_for(site: SiteFile | None) -> RuleSet:
    """Return the shared rules and, behind them, those of a site file."""
    return RuleSet((*shared(), *(site.rules if site else ())))


def clean(
    lines: Sequence[Line],
    metadata: Metadata,
    *,
    site: SiteFile | None = None,
    guess_title: bool = False,
    base: datetime | None = None,
) -> Cleaned:
    """Return the lines that are the article's text, and every other line or part of one as a signed removal.

    ``metadata`` is what stage 1 knows; a title or summary in it is never guessed again. With ``guess_title`` (dumps)
    title and summary are taken from the first lines where the text begins with them. ``base``, the aware time of the
    fetch, lets dates in removed bylines be read.
    """
    rules = rules_for(site)
    views = _view(lines, rules)
    names_known = bool(metadata.authors)
    removals: list[Removal] = []
    heading = Heading()
    if guess_title and metadata.title is None:
        views, heading = take_heading(views, with_summary=metadata.summary is None)
        metadata = replace(metadata, title=heading.title, summary=metadata.summary or heading.summary)
    while True:
        page = Layout(
            views,
            metadata.title,
            metadata.summary,
            summary_taken=heading.summary is not None,
            title_index=heading.index,
            authors=metadata.authors,
        )
        views, gone = _step(page, rules)
        if not gone:
            break
        removals.extend(gone)
        removals.sort(key=lambda removal: removal.position)
        if not names_known and any(removal.rule.startswith("bylines/") for removal in gone):
            metadata = replace(metadata, authors=_authors(removals, rules))
    blocks = tuple(Block(view.kind, view.text, view.index) for view in views)
    # A bare date above the title of a dump is the day of the visit, not that of publication.
    above = heading.index or 0
    credits = [r for r in removals if r.rule != "bylines/date-only" or r.position >= above]
    metadata = _read_bylines(metadata, credits, blocks, base)
    truncated = any(rules.walls.intersection(removal.because) for removal in removals)
    return Cleaned(metadata, blocks, tuple(removals), truncated)


def decide(signals: Iterable[Signal], length: int) -> tuple[Signal, tuple[str, ...]] | None:
    """Return the signal by which a line, or a span of it, goes and the ids of all signals; None where it stays.

    One decisive or two supporting signals remove; a protecting one outweighs the supporting. Of several decisive
    signals the one that takes the whole line (``length`` characters) wins.
    """
    signals = list(signals)
    because = tuple(dict.fromkeys(signal.id for signal in signals if signal.strength != "protecting"))
    decisive = [signal for signal in signals if signal.strength == "decisive"]
    if decisive:
        return next((signal for signal in decisive if signal.span == (0, length)), decisive[0]), because
    if any(signal.strength == "protecting" for signal in signals):
        return None
    return (signals[0], because) if len(because) >= 2 else None


def _view(lines: Iterable[Line], rules: RuleSet) -> list[View]:
    """Return the features of all lines that hold any text, with the rules that match each."""
    views = [
        view_line(position, Line(line.kind, text, line.links))
        for position, line in enumerate(lines)
        if (text := normalise(line.text))
    ]
    rules = rules.narrowed([(view.key, view.count) for view in views])
    for view in views:
        view.matches = rules.match(view.key, view.count)
    return views


def _step(page: Layout, rules: RuleSet) -> tuple[list[View], list[Removal]]:
    """Go over the lines once: report, decide, and return what is left with what went."""
    signals: list[list[Signal]] = [[] for _ in page.views]
    for offset, view in enumerate(page.views):
        for rule, span in view.matches:
            if _holds(rule, page.zone(offset)):
                signals[offset].append(_signal(rule, span, view))
                if rule.then and rule.strength == "decisive":
                    page.opened[offset] = rule.then
        if any(s.strength == "decisive" and s.span == (0, len(view.text)) for s in signals[offset]):
            page.junk.add(offset)
    for name, function in structure.REGISTRY.items():
        if not page.is_hindi and name not in structure.ANY_SCRIPT:
            continue
        for offset, strength, *span in function(page):
            if strength == "supporting" and page.is_wrapped:
                continue  # lines that are no paragraphs have no shape to tell headlines by
            signals[offset].append(Signal(name, span[0] if span else (0, len(page.views[offset].text)), strength))
    left: list[View] = []
    gone: list[Removal] = []
    for offset, view in enumerate(page.views):
        verdict = decide(signals[offset], len(view.text)) if signals[offset] else None
        if verdict is None:
            left.append(view)
            continue
        signal, because = verdict
        start, end = signal.span
        gone.append(Removal("line", signal.id, because, view.text[start:end].strip(), view.index))
        rest = normalise(view.text[:start] + " " + view.text[end:])
        if rest:
            links = tuple(link for link in view.links if link.end <= start)
            changed = view_line(view.index, Line(view.kind, rest, links))
            changed.matches = rules.match(changed.key, changed.count)
            left.append(changed)
    return left, gone


def _holds(rule: Rule, zone: str) -> bool:
    """Whether a rule holds in a zone: "edge" is head and tail, "below" all that follows the first paragraph."""
    return rule.where == "anywhere" or zone in _ZONES[rule.where]


def _signal(rule: Rule, span: tuple[int, int], view: View) -> Signal:
    if rule.action == "drop":
        return Signal(rule.id, (0, len(view.text)), rule.strength)
    _, offsets = match_key_offsets(view.text)
    return Signal(rule.id, (offsets[span[0]], offsets[span[1]]), rule.strength)


def _read_bylines(
    metadata: Metadata, removals: Sequence[Removal], blocks: Sequence[Block], base: datetime | None
) -> Metadata:
    """Fill what stage 1 did not know from the bylines and sign-offs that were removed, and from the dateline."""
    agency, published = metadata.agency, metadata.published_at
    for removal in removals:
        family = removal.rule.partition("/")[0]
        if family == "bylines" and published is None and base is not None:
            published = dates.parse(removal.text, base=base, guess=False)
        if family in ("agency", "bylines") and agency is None:
            agency = agencies.find(removal.text)
    if agency is None and blocks:
        agency = agencies.find(_dateline(blocks[0].text))
    source = metadata.published_source
    if published is not None and metadata.published_at is None:
        source = "byline"
    return replace(metadata, agency=agency, published_at=published, published_source=source)


def _authors(removals: Iterable[Removal], rules: RuleSet) -> tuple[str, ...]:
    """Return the persons whom removed bylines name, in their order, each once."""
    bylines = (removal for removal in removals if removal.rule.startswith("bylines/"))
    return tuple(dict.fromkeys(name for removal in bylines for name in _named(removal, rules)))


def _named(removal: Removal, rules: RuleSet) -> list[str]:
    """Return the author that a byline rule captured, as it is written; desks are no persons."""
    rule = rules.rules.get(removal.rule)
    if rule is None or rule.regex is None:
        return []
    key, offsets = match_key_offsets(removal.text)
    found = [removal.text[offsets[a] : offsets[b]].strip(" -–—:|,") for a, b in rule.groups(key).values()]
    return [name for name in found if name and not agencies.is_desk(name)]


def _dateline(text: str) -> str:
    """Return the part of a first paragraph that may name place, day and agency: up to its first stop, 70 characters."""
    head = text[:70]
    for stop in (")", "।", "|"):
        if stop in head:
            return head[: head.index(stop) + 1]
    return head
