"""The other tools: which are there, what they are given, and that each reads a page."""

from __future__ import annotations

import importlib.util
import json
import warnings
from dataclasses import replace

import pytest
from goldens import ROOT

from newsharvest import contenders, gold, peers

PAGE = gold.read_folder(ROOT / "bhaskar" / "exam-time-table-list")
POST = gold.read_folder(ROOT / "theprintlines" / "memu-rake-rest")
DUMP = gold.read_folder(ROOT / "dumps" / "lake-cleaning-prose-first")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what they warn of while they are loaded is theirs
    FOUND, MISSING = peers.find()


def test_every_tool_is_either_there_or_named_as_missing():
    modules = {"jusText": "justext", "readability-lxml": "readability", "newspaper4k": "newspaper"}
    absent = [name for name in peers.NAMES if importlib.util.find_spec(modules.get(name, name)) is None]
    assert [name.partition(" (")[0] for name in MISSING if name in absent] == absent
    found = {contender.name for contender in FOUND}
    assert {"trafilatura", "trafilatura, precision", "trafilatura, recall"} <= found
    assert len(found) == len(FOUND) and all(contender.version and not contender.is_ours for contender in FOUND)


def test_a_tool_that_does_not_start_is_missing_with_its_reason(monkeypatch):
    def load():
        raise ImportError("no tokenizer\nfor Hindi")

    monkeypatch.setitem(peers._PEERS, "jusText", ("justext", load, ()))
    monkeypatch.setitem(peers._PEERS, "goose3", ("a_module_that_is_not_there", load, ()))
    found, missing = peers.find()
    assert "jusText (no tokenizer for Hindi)" in missing and "goose3" in missing
    assert not any(contender.name.startswith(("jusText", "goose3")) for contender in found)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("contender", FOUND, ids=lambda contender: contender.name)
def test_each_tool_reads_a_page_a_post_and_a_dump(contender):
    for document in (PAGE, POST, DUMP):
        result, reading = contenders.measure(contender, document)
        assert result.failure is None
        if document is DUMP or not contender.name.startswith(("jusText", "goose3")):
            assert result.score.recall > 0.6, document.name
        assert not reading.title or "title" in contender.finds


@pytest.mark.filterwarnings("ignore")
def test_the_modes_of_trafilatura_differ():
    modes = [contender for contender in FOUND if contender.name.startswith("trafilatura")]
    page = gold.read_folder(ROOT / "amarujala" / "weavers-museum-doubled-body")
    assert len({contenders.measure(mode, page)[1].text for mode in modes}) == 3


def test_a_page_is_given_as_it_is_but_for_a_declaration_of_its_encoding():
    page = replace(PAGE.page, body='<?xml version="1.0" encoding="utf-8"?>\n<html><p>कल</p></html>'.encode())
    assert peers.as_html(page) == "\n<html><p>कल</p></html>"
    assert peers.as_html(PAGE.page) == PAGE.page.body.decode()


def test_the_lines_of_a_dump_are_given_as_paragraphs():
    page = replace(DUMP.page, body="एक <b>\n\nदो & तीन\n".encode())
    assert "<article>\n<p>एक &lt;b&gt;</p>\n<p>दो &amp; तीन</p>\n</article>" in peers.as_html(page)


@pytest.mark.parametrize(
    ("post", "title", "body"),
    [
        ({"title": {"rendered": "नहर"}, "content": {"rendered": "<p>कल</p>"}}, "<h1>नहर</h1>", "<p>कल</p>"),
        ({"title": "नहर", "html": "<p>कल</p>"}, "<title>नहर</title>", "<p>कल</p>"),
        ({"text": "कल"}, "<title></title>", "कल"),
        ({"content": {"rendered": None}}, "<title></title>", "<article>\n</article>"),
    ],
)
def test_a_post_is_given_as_a_plain_page(post, title, body):
    page = replace(POST.page, body=json.dumps(post).encode())
    assert title in peers.as_html(page) and body in peers.as_html(page)


@pytest.mark.parametrize("body", [b"{broken", b"[1]"])
def test_what_is_no_post_is_given_as_it_is(body):
    assert peers.as_html(replace(POST.page, body=body)) == body.decode()


def test_markup_becomes_a_line_a_block():
    markup = "<div>एक <b>दो</b><p>तीन</p>चार<br>पांच<ul><li>छह</li><li>सात\n आठ</li></ul></div>"
    assert peers.to_lines(markup).split("\n") == ["एक दो", "तीन", "चार", "पांच", "छह", "सात आठ"]
    assert peers.to_lines("") == ""
