"""The labelled set of near-duplicates: pairs of texts made from the stories and formulas in tests/near/.

What counts as one story: copy of an agency however it was cut, led in, added to, restyled or put in another order, and
a later version that keeps most of its text. What does not: another story of the same event, even one that repeats a
paragraph of background; a formula with other values; anything else.
"""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent / "near"

# Spellings of one desk and of another; typing mistakes corrected; a synonym that a sub-editor prefers.
_STYLE = {
    "गई": "गयी", "गए": "गये", "लिए": "लिये", "रुपये": "रुपए", "अंतर": "अन्तर", "संबंध": "सम्बन्ध", "पांच": "पाँच",
    "कहा कि": "कहा, कि", "जिससे": "जिस से", "ज्यादा": "ज़्यादा", "करीब": "क़रीब", "नजर": "नज़र", "0": "०", "1": "१",
    "2": "२", "3": "३",
}  # fmt: skip
_WORDING = {
    "बताया": "जानकारी दी", "लोगों": "व्यक्तियों", "घोषणा": "ऐलान", "शुक्रवार": "आज", "सोमवार": "आज", "सबसे": "सर्वाधिक",
    "लेकिन": "मगर", "अधिकारियों": "अफसरों",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, whether they are one story, and the kind of pair."""

    kind: str
    one: str
    other: str
    is_near: bool


@cache
def pairs() -> tuple[Pair, ...]:
    """Return the whole set."""
    stories = _read("stories.toml")["story"]
    made = [pair for story in stories for pair in _of_story(story)]
    made += [
        Pair(f"formula {formula['name']}", one, other, False)
        for formula in _read("formulas.toml")["formula"]
        for one, other in itertools.combinations([formula["text"].format(**row) for row in formula["rows"]], 2)
    ]
    made += [
        Pair("unrelated", _join(one["paragraphs"]), _join(other["paragraphs"]), False)
        for one, other in itertools.combinations(stories, 2)
    ]
    return tuple(made)


def stories() -> dict[str, dict[str, str]]:
    """Return the copies of each story by its name."""
    return {story["name"]: copies(story) for story in _read("stories.toml")["story"]}


def copies(story: dict) -> dict[str, str]:
    """Return an agency's story and what outlets make of it, by what they did."""
    text = story["paragraphs"]
    dateline, _, rest = text[0].partition(") ")
    place = dateline.split(",")[0]
    styled, worded, brief = _join(text), _join(text[:-1]), _join(text[:2])
    for old, new in _STYLE.items():
        styled = styled.replace(old, new)
    for old, new in _WORDING.items():
        worded = worded.replace(old, new, 2)
        brief = brief.replace(old, new, 1)
    updated = _join([story["update"], *text[:-1]])
    for old, new in story["figures"].items():
        assert old in updated, old
        updated = updated.replace(old, new)
    return {
        "agency": _join(text),
        "cut by two": _join(text[:-2]),
        "cut to half": _join(text[:3]),
        "other dateline": _join([f"कार्यालय संवाददाता, {place}। {rest}", *text[1:-1]]),
        "other lead": _join([story["lead"], *text[1:]]),
        "other lead, cut": _join([story["lead"], *text[1:-1]]),
        "own paragraph": _join([*text[:4], story["added"], text[4]]),
        "restyled": styled,
        "reworded": worded,
        "reordered": _join([text[0], text[2], text[1], text[4], text[3]]),
        "background dropped": _join([text[0], text[2], text[3]]),
        "update": updated,
        "brief": _join(text[:2]),
        "brief, reworded": brief,
    }


def _of_story(story: dict) -> list[Pair]:
    made = copies(story)
    agency = made["agency"]
    kinds = [*((name, "agency") for name in list(made)[1:])]
    kinds += [
        ("other lead, cut", "cut by two"), ("own paragraph", "restyled"), ("reworded", "reordered"),
        ("update", "other lead"), ("brief, reworded", "brief"), ("brief", "cut by two"),
        ("cut to half", "other dateline"),
    ]  # fmt: skip
    near = [Pair(f"{one} / {other}", made[one], made[other], True) for one, other in kinds]
    event = _join(story["other"])
    mixed = _join([story["update"], *story["other"][:2], story["paragraphs"][-1]])
    far = [
        Pair("same event / agency", event, agency, False),
        Pair("same event / cut to half", event, made["cut to half"], False),
        Pair("same event / own paragraph", event, made["own paragraph"], False),
        Pair("follow-up with one old paragraph / agency", mixed, agency, False),
        Pair("rewritten / agency", _join([story["lead"], story["added"], story["update"]]), agency, False),
    ]
    return near + far


def _join(paragraphs: list[str]) -> str:
    return "\n".join(paragraphs)


def _read(name: str) -> dict:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))
