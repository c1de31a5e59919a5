"""The five laws of cleaning, over every golden page and over generated lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from goldens import Case, cases
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cleaners import lines, sites
from cleaners.devanagari import normalise
from cleaners.lines import Cleaned
from cleaners.model import Article, Document, Line, Link, Metadata
from cleaners.rules import shared
from newsharvest.flow import harvest, read_document

TESTS = Path(__file__).resolve().parent
BASE = datetime(2026, 11, 20, 6, tzinfo=UTC)
CASES = cases()


def characters(texts: Iterable[str | None]) -> Counter[str]:
    """Count the characters that are not space."""
    return Counter(character for text in texts if text for character in text if not character.isspace())


def check_conservation(given_lines: list[Line], known: Metadata, cleaned: Cleaned) -> None:
    """What came in is what was taken as title and summary, what stayed and what went."""
    taken = [
        after
        for before, after in (
            (known.title, cleaned.metadata.title),
            (known.summary, cleaned.metadata.summary),
        )
        if before is None
    ]
    went = [removal.text for removal in cleaned.removals]
    stayed = [block.text for block in cleaned.blocks]
    assert characters(normalise(line.text) for line in given_lines) == characters([*taken, *stayed, *went])


def check_idempotence(cleaned: Cleaned, **options: object) -> None:
    """Cleaning what stayed, with title and summary known, changes nothing."""
    stayed = [Line(block.kind, block.text) for block in cleaned.blocks]
    again = lines.clean(stayed, cleaned.metadata, **options)
    assert [(block.kind, block.text) for block in again.blocks] == [(line.kind, line.text) for line in stayed]
    assert again.metadata.title == cleaned.metadata.title
    assert again.removals == ()


def check_order(given_lines: list[Line], cleaned: Cleaned) -> None:
    """Blocks stand in the order of the lines that they were, each line at most once; so do removals."""
    positions = [block.position for block in cleaned.blocks]
    assert positions == sorted(set(positions))
    assert [removal.position for removal in cleaned.removals] == sorted(r.position for r in cleaned.removals)
    for block in cleaned.blocks:
        line = given_lines[block.position]
        assert block.kind == line.kind
        assert not characters([block.text]) - characters([normalise(line.text)])


def read(case: Case) -> tuple[Document, dict[str, object]]:
    """Return what stage 1 makes of a golden page, and the options that the path gives stage 2."""
    page = case.page
    document = read_document(page)
    assert isinstance(document, Document)
    return document, {
        "site": sites.find(page.site, page.url, page.fetched_at),
        "guess_title": page.media_type == "text/plain" or document.metadata.title is None,
        "base": page.fetched_at,
    }


@pytest.mark.parametrize("case", [c for c in CASES if not c.gold.rejected], ids=lambda case: case.name)
def test_golden_page_obeys_conservation_idempotence_and_order(case: Case) -> None:
    document, options = read(case)
    cleaned = lines.clean(document.lines, document.metadata, **options)
    check_conservation(list(document.lines), document.metadata, cleaned)
    check_order(list(document.lines), cleaned)
    check_idempotence(cleaned, **options)
    article = harvest(case.page)
    assert isinstance(article, Article)
    assert article.blocks == cleaned.blocks


PROSE = (
    "जिला प्रशासन ने मंगलवार को बताया कि राहत शिविरों में अब तक बारह सौ परिवार पहुंच चुके हैं और भोजन का इंतजाम किया गया है।",
    "किसानों का कहना है कि नहर में पानी देर से आया. इससे गेहूं की बुआई दो हफ्ते पीछे चली गई.",
    "उन्होंने कहा, ‘मैं अभी कुछ नहीं बोलूंगा, वक्त आने पर सब पता चलेगा...’",
    "पटना । राज्य सरकार ने गुरुवार को नई योजना की घोषणा की, जिससे दो लाख छात्रों को लाभ मिलेगा।",
)
HEADLINES = (
    "बाढ़ राहत शिविरों में पहुंचे बारह सौ परिवार",
    "शहर में खुलेगा नया पुस्तकालय, बच्चों को मिलेगी मुफ्त सदस्यता",
    "Weather Update: अगले तीन दिन चलेगी ठंडी हवा",
    "कब आएगा परिणाम",
)
OWN_RULES = shared()
BOILERPLATE = tuple(dict.fromkeys(text for rule in OWN_RULES for text in rule.removes))
TRAPS = tuple(dict.fromkeys(text for rule in OWN_RULES for text in rule.keeps))
ODD = st.text(
    alphabet=st.one_of(
        st.sampled_from("कखगढड़ढ़नमरसहाीेोंँः़्।|.,:-–…»()[] 0१२\u200c\u200d\u200b\ufeff\u00ad\u00a0\u0301"),
        st.characters(codec="utf-8", exclude_characters="\n\r"),
    ),
    max_size=40,
)
PIECE = st.one_of(*(st.sampled_from(texts) for texts in (PROSE, HEADLINES, BOILERPLATE, TRAPS)), ODD)
TEXT = st.one_of(PIECE, st.builds("{} {}".format, PIECE, PIECE), st.builds("{}{}".format, PIECE, PIECE))


@st.composite
def a_line(draw: st.DrawFn) -> Line:
    text = draw(TEXT)
    kind = draw(st.sampled_from(["paragraph", "paragraph", "paragraph", "heading", "item", "quote", "row"]))
    links: tuple[Link, ...] = ()
    if text and draw(st.integers(0, 3)) == 0:
        start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        links = (Link(start, end, "https://example.com/a"),)
    return Line(kind, text, links)


METADATA = st.builds(
    Metadata,
    title=st.one_of(st.none(), st.sampled_from(HEADLINES)),
    summary=st.one_of(st.none(), st.sampled_from(PROSE)),
)
thorough = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@thorough
@given(st.lists(a_line(), max_size=14), METADATA, st.booleans())
@example([Line("paragraph", text) for text in (PROSE[0], "–आईएएनएस", HEADLINES[1])], Metadata(), True)
@example([Line("paragraph", text) for text in (HEADLINES[0], PROSE[1], PROSE[1])], Metadata(summary=PROSE[0]), True)
def test_generated_lines_obey_conservation_and_order(some: list[Line], known: Metadata, guess: bool) -> None:
    cleaned = lines.clean(some, known, guess_title=guess, base=BASE)
    check_conservation(some, known, cleaned)
    check_order(some, cleaned)
    assert cleaned == lines.clean(some, known, guess_title=guess, base=BASE)


@thorough
@given(st.lists(a_line(), max_size=14), METADATA, st.booleans())
def test_cleaning_of_generated_lines_is_idempotent(some: list[Line], known: Metadata, guess: bool) -> None:
    cleaned = lines.clean(some, known, guess_title=guess, base=BASE)
    check_idempotence(cleaned, guess_title=guess, base=BASE)


def harvest_elsewhere(offset_years: float, seed: int, zone: str) -> subprocess.Popen[str]:
    """Start to harvest every golden in a process of another clock, hash seed and time zone, without sockets."""
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "TZ": zone, "PYTHONPATH": str(TESTS.parent)}
    command = [sys.executable, str(TESTS / "elsewhere.py"), str(offset_years)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


def test_outcome_depends_on_no_clock_no_network_no_hash_seed_and_no_time_zone() -> None:
    started = [harvest_elsewhere(-5, 1, "America/Los_Angeles"), harvest_elsewhere(+5, 2, "Asia/Kolkata")]
    said = [process.communicate() for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    past, future = (json.loads(out) for out, _ in said)
    assert future.pop("year")[0] - past.pop("year")[0] in (9, 10, 11)
    assert past.keys() == {case.name for case in CASES}
    assert past == future
