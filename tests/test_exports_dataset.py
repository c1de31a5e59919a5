"""A dataset: Parquet files of bounded size, and a card that says what they hold."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from exporting import export, fill, ids, read_lines, text_of, url_of, withdraw
from store_pages import NOON, keep, reject

from cleaners.model import Removal
from newsharvest.exports import dataset
from newsharvest.store import Store

pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed (newsharvest[parquet])")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "news.db") as store:
        yield store


def rows(folder: Path) -> list[int]:
    return [number for file in sorted((folder / "data").iterdir()) for number in pq.read_table(file)["id"].to_pylist()]


def test_the_data_and_its_card(store: Store, tmp_path: Path) -> None:
    fill(store, 3)
    removal = Removal("line", "also-read/labelled-headline", ("also-read/labelled-headline",), "यह भी पढ़ें", 0)
    keep(store, url_of(9), "नया लेख।", site="x|<b>", removals=(removal,), truncated=True,
         published_at=datetime(2026, 10, 31, 20, 0, tzinfo=UTC))  # fmt: skip
    keep(store, url_of(10), text_of(1), site="b", published_at=None)
    reject(store, url_of(11))
    export(store, tmp_path / "out", kind="dataset")
    assert sorted(os.listdir(tmp_path / "out")) == ["README.md", "data"]
    assert rows(tmp_path / "out") == [1, 2, 3, 4, 5]
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\n") and "    path: data/train-*.parquet\n" in card and "- n<1K\n" in card
    for line in (
        "| a | 1 |", "| b | 3 |", "| x\\|&lt;b&gt; | 1 |",  # by site
        "| 2026-11 | 4 |", "| no date | 1 |",  # by month, in India
        "| b | no date | 1 |", "| x\\|&lt;b&gt; | 2026-11 | 1 |",
        "| exact duplicates | 1 |", "| pages rejected | 1 |", "| lines removed within articles | 1 |",
        "| articles here that their page cut short | 1 |",
        "| rules-1 | 5 |", "| also-read/labelled-headline | 1 |", "| language: marathi | 1 |",
        "Chosen: every article that stands.", "## Licence",
    ):  # fmt: skip
        assert line in card, line


def test_files_are_of_bounded_size(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "CHARACTERS_A_FILE", 250)
    for number in range(7):
        keep(store, url_of(number), f"{number:0100d}")
    export(store, tmp_path / "out", kind="dataset")
    assert sorted(os.listdir(tmp_path / "out" / "data")) == [f"train-0000{number}.parquet" for number in range(3)]
    assert rows(tmp_path / "out") == [1, 2, 3, 4, 5, 6, 7]


def test_what_is_new_with_what_was_withdrawn_beside_it(store: Store, tmp_path: Path) -> None:
    fill(store, 3)
    export(store, tmp_path / "one", kind="dataset", cursor="x", site="a", dedupe="exact", min_words=2, since=NOON)
    assert rows(tmp_path / "one") == []
    fill(store, 1, start=4)
    withdraw(store, 2)
    export(store, tmp_path / "two", kind="dataset", cursor="y")
    assert rows(tmp_path / "two") == [1, 3, 4]
    assert ids(read_lines(tmp_path / "two" / "withdrawn.jsonl")) == [2]
    card = (tmp_path / "two" / "README.md").read_text(encoding="utf-8")
    assert "1 articles that are no longer to be used are named in `withdrawn.jsonl`." in card
    assert "Only what was new" not in card
    export(store, tmp_path / "three", kind="dataset", cursor="y")
    assert "Only what was new" in (tmp_path / "three" / "README.md").read_text(encoding="utf-8")
    chosen = (tmp_path / "one" / "README.md").read_text(encoding="utf-8")
    assert "Chosen: site a; published from 2026-11-22T12:00:00+00:00 on; at least 2 words; no duplicates." in chosen
