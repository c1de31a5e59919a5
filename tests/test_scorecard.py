"""The figures of a run as JSON and as a page that needs nothing else."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from newsharvest import scorecard
from newsharvest.gold import GoldLine
from newsharvest.quality import Result, Score
from newsharvest.scorecard import Row, Sheet

NAV = GoldLine("D", "होम", "nav")
RUN = {"newsharvest": "0.1.0", "run_at": "2026-11-20T06:00:00+00:00"}


def row(tool: str, *values: float, is_ours: bool = False, sites: tuple[str, ...] = ("a", "नहर")) -> Row:
    results = tuple(
        Result(
            f"{tool}-{number}", sites[number], "page",
            Score(value, value, value, 4, (NAV, NAV), ("कल",) if value < 1 else (), (NAV,) if value < 1 else (), True),
            10.0 * number, None if value else "ValueError: <b>",
        )
        for number, value in enumerate(values)
    )  # fmt: skip
    return Row(tool, "1.0", is_ours, results)


SHEET = Sheet("gold/<नहर>", 3, (row("newsharvest", 1.0, 0.5, is_ours=True), row("other <tool>", 0.0, 1.0)))


def test_figures_stand_under_their_headers():
    figures = dict(zip(scorecard.HEADERS, scorecard.cells(SHEET.rows[0].summary), strict=True))
    assert figures == {
        "F1": "0.7500", "95 %": "0.500–1.000", "P": "0.7500", "R": "0.7500", "lost": "1/8", "left": "1/4",
        "perfect": "1/2", "titles": "2/2", "times": "–", "failed": "0", "ms": "5.0",
    }  # fmt: skip


def test_sites_come_with_the_worst_first_and_junk_by_category():
    assert scorecard.site_table(SHEET) == (
        ["site", "documents", "newsharvest", "other <tool>"],
        [["नहर", "1", "0.5000", "1.0000"], ["a", "1", "1.0000", "0.0000"]],
    )
    assert scorecard.junk_table(SHEET) == (["junk", "lines", "newsharvest", "other <tool>"], [["nav", "4", "1", "1"]])


def test_json_holds_every_document():
    found = json.loads(json.dumps(scorecard.as_json([SHEET], ["goose3"], RUN)))
    assert found["not_installed"] == ["goose3"] and found["run_at"] == RUN["run_at"]
    (one,) = found["sets"]
    assert (one["name"], one["documents"], one["left_out"]) == ("gold/<नहर>", 2, 3)
    ours, other = one["tools"]
    assert (ours["f1"], ours["loss"], ours["leak"], ours["perfect"]) == (0.75, 0.125, 0.25, 0.5)
    assert ours["titles"] == {"count": 2, "of": 2} and ours["junk"] == {"nav": {"count": 1, "of": 4}}
    assert ours["sites"] == {"a": 1.0, "नहर": 0.5} and set(ours["intervals"]) == {"f1", "loss", "leak", "perfect"}
    assert (ours["milliseconds"], other["failed"]) == (5.0, 1)
    good, bad = ours["results"]
    assert (
        good["perfect"] and not bad["perfect"] and (bad["lost"], bad["leaked"], bad["dropped"]) == (["कल"], ["होम"], 2)
    )
    assert other["results"][0]["failure"] == "ValueError: <b>"


class Tags(HTMLParser):
    """Whether every element is closed in its order, and which addresses it refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.references += [value for name, value in attrs if name in ("src", "href", "xlink:href", "action")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def page() -> str:
    return scorecard.as_html([SHEET], ["goose3 (<b>)"], RUN)


def test_the_page_is_whole_and_asks_for_nothing(page):
    tags = Tags()
    tags.feed(page)
    tags.close()
    assert tags.open == [] and tags.references == []
    assert not re.search(r"https?:|url\(|@import|<script|<img|<link", page)
    text = "".join(tags.text)
    assert "gold/<नहर>" in text and "other <tool>" in text and "goose3 (<b>)" in text
    assert "2 documents, 3 more that are to be refused" in text and "run at 2026-11-20T06:00:00+00:00" in text


def test_text_of_others_is_escaped(page):
    assert "<b>)" not in page and "<tool>" not in page and "<नहर>" not in page


def test_our_rows_are_marked(page):
    assert page.count("<tr class=ours>") == 1 and page.count('<rect class="ours"') == 3


def test_bars_are_as_long_as_their_figures():
    drawn = scorecard.chart(SHEET)
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)" height="18"', drawn)]
    assert widths == [142.5, 47.5, 95.0, 95.0, 47.5, 95.0]
    assert re.findall(r'<text class="faint"[^>]*>([^<]+)<', drawn) == [
        "0.750", "25%", "50%", "0.500", "25%", "50%",
    ]  # fmt: skip
    whisker = re.search(r'<line class="whisker" x1="([\d.]+)" x2="([\d.]+)"', drawn)
    assert float(whisker[2]) - float(whisker[1]) == pytest.approx(95.0)
