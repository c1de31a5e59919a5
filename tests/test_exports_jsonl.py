"""JSON Lines, plain and compressed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import zstandard
from exporting import export, fill, ids, read_lines
from store_pages import keep

from newsharvest.exports import jsonl
from newsharvest.exports.compression import open_to_write
from newsharvest.store import Store


def test_the_compressions_hold_the_same_lines(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        fill(store, 3)
        for name in ("a.jsonl", "a.jsonl.gz", "a.jsonl.zst"):
            assert export(store, tmp_path / name).documents == 3
    plain = (tmp_path / "a.jsonl").read_bytes()
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()) == plain
    packed = (tmp_path / "a.jsonl.zst").read_bytes()
    assert zstandard.ZstdDecompressor().stream_reader(packed).read() == plain
    assert ids(read_lines(tmp_path / "a.jsonl")) == [1, 2, 3]
    assert "शीर्षक 1" in plain.decode("utf-8")  # Hindi as Hindi


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_nothing_at_all_is_a_valid_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.jsonl{suffix}"
    with jsonl.open_writer(path, suffix):
        pass
    assert read_lines(path) == []
    assert path.stat().st_size == 0 or suffix


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_equal_content_is_an_equal_file(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        with open_to_write(tmp_path / name, suffix) as stream:
            for _ in range(3):
                stream.write(b"x" * 100_000)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_line_is_one_line_for_every_reader(tmp_path: Path) -> None:
    text = "एक\u2028दो\u2029तीन\x85चार\x0bपांच\x0cछह"
    with Store(tmp_path / "news.db") as store:
        keep(store, "https://news.example/1", text)
        export(store, tmp_path / "a.jsonl")
    (line,) = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["text"] == text
