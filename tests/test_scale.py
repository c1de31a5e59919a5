"""The benchmark of scale runs from generating articles to the page that tells of it; its articles are what it says."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from newsharvest.fingerprint import compare, sketch

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def corpus(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from generator import Corpus

    return Corpus(1000)


def run(*words: str) -> str:
    command = [sys.executable, str(BENCHMARKS / "scale.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_measures_everything_and_tells_of_it(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    shown = run(str(tmp_path / "work"), "--articles", "300", "--dumps", "3", "--docs", str(docs))
    assert "300" in shown
    figures = json.loads((tmp_path / "work" / "figures.json").read_text(encoding="utf-8"))
    assert figures["stored"] == sum(figures["states"].values()) == 300
    assert 0 < figures["states"]["duplicate"] < 60
    (mark,) = figures["marks"]
    assert mark["articles"] == 300
    assert mark["rate"] > 0
    assert 0 < mark["lookup"]["median"] <= mark["lookup"]["p95"]
    assert mark["search"]["found"] > 0.9
    assert [(it["name"], it["documents"]) for it in figures["commands"]] == [
        ("export jsonl", 300), ("export parquet", 300), ("import", 3),
    ]  # fmt: skip
    assert all(it["peak_megabytes"] > 10 and it["megabytes"] > 0 for it in figures["commands"])
    page = (docs / "scale.md").read_text(encoding="utf-8")
    assert "300 articles" in page
    assert "(scale.svg)" in page
    ElementTree.parse(docs / "scale.svg")


@pytest.mark.slow
def test_what_was_not_reached_is_said_and_the_next_run_goes_on(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    words = [str(tmp_path / "work"), "--articles", "5000", "--minutes", "0.0001", "--dumps", "0", "--docs", str(docs)]
    run(*words)
    page = (docs / "scale.md").read_text(encoding="utf-8")
    assert "**500 articles**" in page
    assert "Asked for were 5,000" in page
    run(*words)
    page = (docs / "scale.md").read_text(encoding="utf-8")
    assert "**1,000 articles**" in page
    assert "interrupted at 500 articles" in page
    assert "Import with cleaning was not measured" in page


def test_articles_are_the_same_whenever_they_are_asked_for(corpus) -> None:
    late = [corpus.article(n) for n in (700, 3)]
    assert [type(corpus)(1000).article(n) for n in (700, 3)] == late


def test_copies_are_as_many_and_as_like_as_is_said(corpus) -> None:
    texts: dict[str, int] = {}
    exact = edited = 0
    stories = [corpus.article(n)[1] for n in range(600)]
    for n, article in enumerate(stories):
        exact += article.text in texts
        texts.setdefault(article.text, n)
        source = corpus.descent(n)[1]
        if source != n and article.text != stories[source].text:
            one, other = sketch(article.text), sketch(stories[source].text)
            edited += one is not None and other is not None and compare(one, other).is_near
    assert 0.05 < exact / 600 < 0.12
    assert 0.03 < edited / 600 < 0.1
    assert len({article.site for article in stories}) > 30
    words = sorted(len(article.text.split()) for article in stories)
    assert 250 < words[300] < 400


def test_dumps_hold_what_cleaning_takes_away(corpus) -> None:
    page, article = corpus.article(5)
    lines = corpus.dump(5).splitlines()
    assert {block.text for block in article.blocks} < set(lines)
    assert "शेयर करें" in lines
    assert page.url == article.url
