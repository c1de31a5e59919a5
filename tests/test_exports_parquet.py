"""Parquet: the same records as JSON Lines, in groups of bounded size."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import pytest
from exporting import export, fill, read_lines, withdraw
from store_pages import keep

from newsharvest.exports import parquet, record
from newsharvest.exports.target import TargetError
from newsharvest.store import Store

pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed (newsharvest[parquet])")


def as_records(path: Path) -> list[dict]:
    rows = pq.read_table(path).to_pylist()
    return [{name: it.isoformat() if isinstance(it, datetime) else it for name, it in row.items()} for row in rows]


def test_the_columns_hold_the_record(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        fill(store, 3)
        keep(store, None, "बिना पते का लेख", published_at=None)
        export(store, tmp_path / "a.parquet", kind="parquet")
        export(store, tmp_path / "a.jsonl")
    assert as_records(tmp_path / "a.parquet") == read_lines(tmp_path / "a.jsonl")
    schema = pq.read_schema(tmp_path / "a.parquet")
    assert schema.names == ["schema_version", *record.FIELDS]
    assert str(schema.field("authors").type) == "list<element: string>"
    assert {str(schema.field(name).type) for name in record.TIMES} == {"timestamp[us, tz=UTC]"}
    assert schema.metadata[b"newsharvest.schema_version"] == b"1"


def test_a_withdrawn_article_is_a_row_of_its_id_and_time(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        fill(store, 2)
        withdraw(store, 1)
        export(store, tmp_path / "a.parquet", kind="parquet", cursor="x")
    article, gone = as_records(tmp_path / "a.parquet")
    assert article["id"] == 2
    assert {name: value for name, value in gone.items() if value is not None} == {
        "id": 1,
        "withdrawn_at": "2026-11-23T06:00:00+00:00",
    }


def test_nothing_at_all_is_a_valid_file(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        export(store, tmp_path / "a.parquet", kind="parquet")
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 0


@pytest.mark.parametrize(
    ("limit", "value", "groups"), [("ROWS_A_GROUP", 4, [4, 4, 2]), ("CHARACTERS_A_GROUP", 250, [3, 3, 3, 1])]
)
def test_groups_are_bounded_by_rows_and_by_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, groups: list[int]
) -> None:
    monkeypatch.setattr(parquet, limit, value)
    with Store(tmp_path / "news.db") as store:
        for number in range(10):
            keep(store, f"https://news.example/{number}", f"{number:0100d}")
        export(store, tmp_path / "a.parquet", kind="parquet")
    metadata = pq.read_metadata(tmp_path / "a.parquet")
    assert [metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)] == groups


@pytest.mark.parametrize("kind", ["parquet", "dataset"])
def test_without_pyarrow_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with (
        Store(tmp_path / "news.db") as store,
        pytest.raises(TargetError, match=r"pip install 'newsharvest\[parquet\]'"),
    ):
        export(store, tmp_path / ("a.parquet" if kind == "parquet" else "a"), kind=kind)
    assert not list(tmp_path.glob("*a*.parquet")) and not (tmp_path / "a").exists()
