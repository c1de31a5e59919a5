"""Titles: what a page says of itself, without outlet, section, kicker and double escapes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import html

from cleaners import jsonld, metadata, titles

NOW = datetime(2022, 1, 20, 6, tzinfo=UTC)
LONG = "घराट की आवाज गांव में लौटी"
OG = f"<meta property='og:title' content='{LONG}'>"


def title_of(head: str, body: str) -> str | None:
    root = html.document_fromstring(f"<html><head>{head}</head><body>{body}<p>।</p></body></html>")
    return metadata.read(root, jsonld.read(root), metadata.Context(None, NOW)).title


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        (
            f"<title>{LONG} | साइट</title><meta property='og:title' content='{LONG}'>",
            f"<h1>साइट</h1><h2>{LONG}</h2>",
            LONG,
        ),
        (f"<title>{LONG} - साइट</title>", f"<div>साइट</div><h2>{LONG}</h2>", LONG),
        (OG, f"<h1><span>टिहरी</span> {LONG}</h1>", LONG),
        (
            "<title>राहत &amp;amp; मदद पर बैठक हुई</title>",
            "<h1>राहत &amp;amp; मदद पर बैठक हुई</h1>",
            "राहत & मदद पर बैठक हुई",
        ),
        (f"<title>{LONG}</title>", f"<h1>एक बहुत लंबा और पुराना नाम इस अखबार का है</h1><h1>{LONG}</h1>", LONG),
    ],
    ids=["logo in h1", "h2 alone", "kicker", "escaped twice", "two h1"],
)
def test_title(head: str, body: str, title: str) -> None:
    assert title_of(head, body) == title


def test_what_the_page_title_adds_is_the_frame() -> None:
    assert titles.choose(None, ["A story of the mill"], "A story of the mill :: News", ()) == "A story of the mill"
    assert titles.choose("News", ["A story of the mill"], "A story of the mill | News", ()) == "A story of the mill"


def test_heading_held_by_a_name() -> None:
    assert titles.is_held("The mill", ["The mill | Example"])
    assert not titles.is_held("The river", ["The mill | Example"])
    assert not titles.is_held("…", ["The mill"])
