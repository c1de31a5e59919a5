"""Scoring a cleaned text against labelled gold: words wanted and found, lines lost, junk left; pure arithmetic.

The measures are those of the field: groups of four words counted as multisets, after Zyte's article-extraction-
benchmark, with the groups of lines that may stay or go (label O) excused; and whole lines, as a reader sees them.
"""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from statistics import median

from cleaners import devanagari
from newsharvest.gold import Gold, GoldLine

GRAM = 4
SURVIVES = 0.9  # of a kept line's groups
LEAKS = 0.8  # of a dropped line's groups
PERFECT = 0.98  # F1
UNSAID = "not said"  # the category of junk whose gold names none
RESAMPLES = 1000
_INDIA = timezone(timedelta(hours=5, minutes=30))
_JOINERS = str.maketrans("", "", "\u200c\u200d")

Groups = Counter[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Score:
    """One document: shares from 0 to 1, the lines that went wrong, and whether title and time are right.

    ``title`` and ``published`` are None where the gold gives none.
    """

    precision: float
    recall: float
    f1: float
    kept: int
    dropped: tuple[GoldLine, ...]
    lost: tuple[str, ...]
    leaked: tuple[GoldLine, ...]
    title: bool | None = None
    published: bool | None = None

    @property
    def is_perfect(self) -> bool:
        return not self.lost and not self.leaked and self.f1 >= PERFECT


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool made of one document: its score, the time it took, and how it failed, if it did."""

    name: str
    site: str
    kind: str
    score: Score
    milliseconds: float
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Many documents: macro means of P, R and F1, the median of milliseconds; of all else (how many, of how many).

    ``intervals`` hold 95 % of the means, or shares, of resampled documents.
    """

    documents: int
    precision: float
    recall: float
    f1: float
    lost: tuple[int, int]
    leaked: tuple[int, int]
    perfect: tuple[int, int]
    titles: tuple[int, int]
    published: tuple[int, int]
    failed: int
    milliseconds: float
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)


def score(gold: Gold, text: str, *, title: str | None = None, published: datetime | date | None = None) -> Score:
    """Score a text (one paragraph a line) and what was found with it against the gold of the document."""
    kept, dropped, either = (gold.labelled(label) for label in "KDO")
    lines = [line for line in text.splitlines() if line.strip()]
    precision, recall = _precision_recall(*([line.text for line in some] for some in (kept, either)), lines)
    return Score(
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        kept=len(kept),
        dropped=tuple(dropped),
        lost=tuple(find_lost([line.text for line in kept], lines)),
        leaked=tuple(find_leaked(dropped, [line.text for line in (*kept, *either)], lines)),
        title=None if gold.title is None else key(gold.title) == key(title or ""),
        published=None if gold.published is None else is_same_time(gold.published, published),
    )


def _precision_recall(kept: list[str], either: list[str], lines: list[str]) -> tuple[float, float]:
    spare = Counter(map(key, either))
    judged = []
    for line in lines:
        if spare[key(line)] > 0:
            spare[key(line)] -= 1
        else:
            judged.append(line)
    want, have = groups(kept), groups(judged)
    right = (want & have).total()
    wrong = (have - want - groups(either)).total()
    missed = (want - have).total()
    precision = right / (right + wrong) if right + wrong else float(not want)
    return precision, right / (right + missed) if right + missed else 1.0


def find_lost(kept: Iterable[str], lines: Sequence[str]) -> Iterator[str]:
    """Yield the kept lines under nine tenths of whose groups stand in the text; of short ones, all words in order."""
    have, flat = groups(lines), f" {' '.join(map(key, lines))} "
    for line in kept:
        wanted = groups([line])
        if not wanted:
            continue
        if len(words(line)) <= GRAM:
            survived = f" {key(line)} " in flat
        else:
            survived = share(wanted, have) >= SURVIVES
        if not survived:
            yield line


def find_leaked(dropped: Iterable[GoldLine], known: Sequence[str], lines: Sequence[str]) -> Iterator[GoldLine]:
    """Yield the dropped lines that stand in the text: as a line more often than kept lines account for, or, of long
    ones, with four fifths of their groups beyond those of kept lines. A line of symbols alone is compared as it is.
    """
    allowed, present = Counter(map(key, known)), Counter(map(key, lines))
    spare, symbols = groups(lines) - groups(known), {line.strip() for line in lines}
    for line in dropped:
        name = key(line.text)
        if not name:
            if line.text.strip() in symbols:
                yield line
        elif present[name] > allowed[name]:
            present[name] -= 1
            yield line
        elif len(words(line.text)) > GRAM and share(groups([line.text]), spare) >= LEAKS:
            yield line


def is_same_time(wanted: datetime | date, found: datetime | date | None) -> bool:
    """Say whether a time is right to the minute, or, where the gold gives a day only, on that day in India."""
    if isinstance(wanted, datetime):
        return isinstance(found, datetime) and _minute(found) == _minute(wanted)
    if isinstance(found, datetime):
        found = found.astimezone(_INDIA).date() if found.tzinfo else found.date()
    return found == wanted


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def words(text: str) -> list[str]:
    """Return the words of a text as they are compared: NFC, without joiners, case folded; spelling as it is."""
    plain = text if text.isascii() else unicodedata.normalize("NFC", text).translate(_JOINERS)
    return [word.casefold() for word in devanagari.words(plain)]


def key(text: str) -> str:
    """Return the words of a line as one string: two lines of equal keys are the same line."""
    return " ".join(words(text))


def groups(lines: Iterable[str]) -> Groups:
    """Return the groups of four words of each line, counted; a shorter line is one group."""
    found: Groups = Counter()
    for line in lines:
        if tokens := words(line):
            found.update(tuple(tokens[i : i + GRAM]) for i in range(max(1, len(tokens) - GRAM + 1)))
    return found


def share(wanted: Groups, have: Groups) -> float:
    """Return the share of the groups wanted that are there. ``wanted`` is not empty."""
    return (wanted & have).total() / wanted.total()


def summarise(results: Sequence[Result], *, resamples: int = RESAMPLES) -> Summary:
    """Return the figures of at least one result; the intervals are the same for the same results."""
    titles = [result.score.title for result in results if result.score.title is not None]
    dates = [result.score.published for result in results if result.score.published is not None]
    rows = [_countable(result.score) for result in results]
    return Summary(
        documents=len(results),
        precision=_mean(result.score.precision for result in results),
        recall=_mean(result.score.recall for result in results),
        f1=_mean(result.score.f1 for result in results),
        lost=(sum(row[1] for row in rows), sum(row[2] for row in rows)),
        leaked=(sum(row[3] for row in rows), sum(row[4] for row in rows)),
        perfect=(sum(row[5] for row in rows), len(rows)),
        titles=(sum(titles), len(titles)),
        published=(sum(dates), len(dates)),
        failed=sum(result.failure is not None for result in results),
        milliseconds=median(result.milliseconds for result in results),
        intervals=_intervals(rows, resamples),
    )


def ratio(part: tuple[int, int]) -> float:
    """Return how many of how many as a share; of none, nought."""
    return part[0] / part[1] if part[1] else 0.0


def f1_by_site(results: Sequence[Result]) -> dict[str, float]:
    """Return the mean F1 of each site's documents, by the site's name."""
    found: dict[str, list[float]] = {}
    for result in sorted(results, key=lambda result: result.site):
        found.setdefault(result.site, []).append(result.score.f1)
    return {site: _mean(values) for site, values in found.items()}


def count_junk(results: Sequence[Result]) -> dict[str, tuple[int, int]]:
    """Return, for each category of junk, how many lines of it were left, of how many; the most frequent first."""
    there = Counter(line.category or UNSAID for result in results for line in result.score.dropped)
    left = Counter(line.category or UNSAID for result in results for line in result.score.leaked)
    return {category: (left[category], count) for category, count in there.most_common()}


def _countable(score: Score) -> tuple[float, ...]:
    return score.f1, len(score.lost), score.kept, len(score.leaked), len(score.dropped), score.is_perfect


def _intervals(rows: Sequence[tuple[float, ...]], resamples: int) -> dict[str, tuple[float, float]]:
    """Return the 95 % bootstrap interval of each share: documents drawn with replacement, always the same draws."""
    draw = random.Random(len(rows))
    found: dict[str, list[float]] = {"f1": [], "loss": [], "leak": [], "perfect": []}
    for _ in range(resamples):
        f1, lost, kept, leaked, dropped, perfect = map(sum, zip(*draw.choices(rows, k=len(rows)), strict=True))
        found["f1"].append(f1 / len(rows))
        found["loss"].append(lost / kept if kept else 0.0)
        found["leak"].append(leaked / dropped if dropped else 0.0)
        found["perfect"].append(perfect / len(rows))
    cut = resamples // 40  # a fortieth on each side leaves 95 %
    return {name: (values[cut], values[-1 - cut]) for name, some in found.items() if (values := sorted(some))}


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values)
