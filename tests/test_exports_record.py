"""The record: as the view `corpus` has it, held to its schema, and read back as the same article."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from exporting import HOSTILE, export, fields, fill, read_lines, withdraw
from store_pages import NOON, keep, make_article

from newsharvest.exports import record
from newsharvest.store import Store

VALIDATOR = jsonschema.Draft202012Validator(
    record.schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
FULL = {
    "title": HOSTILE, "summary": "सार", "authors": ("रमेश कुमार", "सीमा"), "agency": "भाषा", "section": "देश",
    "image_url": "https://news.example/1.jpg", "published_source": "json-ld", "modified_at": NOON + timedelta(hours=1),
    "truncated": True,
}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "news.db") as store:
        yield store


def records(store: Store, path: Path) -> list[dict]:
    export(store, path)
    return read_lines(path)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(record.schema())
    properties = record.schema()["$defs"]["article"]["properties"]
    assert tuple(properties) == ("schema_version", *record.FIELDS)
    assert properties["schema_version"]["const"] == record.SCHEMA_VERSION
    nullable = {name for name, it in properties.items() if "null" in it.get("type", ())}
    assert set(record.FIELDS) - nullable == set(record.REQUIRED)


def test_the_fields_are_the_columns_of_the_view(store: Store) -> None:
    columns = [row["name"] for row in store.database.rows("SELECT name FROM pragma_table_info('corpus')")]
    assert list(record.FIELDS) == columns


def test_real_output_is_as_the_schema_says(store: Store, tmp_path: Path) -> None:
    keep(store, "https://news.example/1", "पहली पंक्ति\nदूसरी पंक्ति", **FULL)
    keep(store, None, "बिना पते का लेख", title=None, published_at=None, provenance="फ़ोल्डर/1.txt")
    keep(store, "https://news.example/2", "पहली पंक्ति\nदूसरी पंक्ति")
    withdraw(store, 1)
    export(store, tmp_path / "new.jsonl", cursor="a")
    lines = [*records(store, tmp_path / "a.jsonl"), *read_lines(tmp_path / "new.jsonl")]
    assert [sorted(line) == ["id", "withdrawn_at"] for line in lines].count(True) == 1
    for line in lines:
        VALIDATOR.validate(line)


@pytest.mark.parametrize(
    "change",
    [{"text": None}, {"published_at": "2026-11-22 12:00"}, {"truncated": 1}, {"extra": 1}, {"authors": "रमेश"},
     {"schema_version": 2}, {"title": ""}],
)  # fmt: skip
def test_the_schema_refuses_what_is_none(store: Store, tmp_path: Path, change: dict) -> None:
    fill(store, 1)
    (good,) = records(store, tmp_path / "a.jsonl")
    VALIDATOR.validate(good)
    assert not VALIDATOR.is_valid(good | change)


def test_a_record_is_read_as_the_article_that_it_was(store: Store, tmp_path: Path) -> None:
    keep(store, "https://news.example/1", "पहली पंक्ति\nदूसरी पंक्ति", seen_at=NOON + timedelta(hours=2), **FULL)
    (line,) = records(store, tmp_path / "a.jsonl")
    exported = record.read(line)
    assert fields(exported.article) == fields(make_article("https://news.example/1", "पहली पंक्ति\nदूसरी पंक्ति", **FULL))
    assert (exported.origin, exported.provenance) == ("crawl", "key")
    assert exported.first_seen == exported.last_seen == NOON + timedelta(hours=2)
    assert record.read(line, site="other").article.site == "other"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 2}, "schema_version 2"),
        ({"text": None}, "without 'text'"),
        ({"authors": "रमेश"}, "'authors'"),
        ({"authors": [1]}, "'authors'"),
        ({"truncated": 1}, "'truncated'"),
        ({"revision": True}, "'revision'"),
        ({"origin": "elsewhere"}, "'origin'"),
        ({"title": ""}, "'title'"),
        ({"first_seen": "yesterday"}, "'first_seen' is no time"),
        ({"published_at": "2026-11-22T12:00:00"}, "no time zone"),
    ],
)
def test_a_record_that_is_none_is_refused_by_the_name_of_its_field(
    store: Store, tmp_path: Path, change: dict, message: str
) -> None:
    fill(store, 1)
    (good,) = records(store, tmp_path / "a.jsonl")
    with pytest.raises(record.BadRecord, match=message):
        record.read(good | change)


def test_records_and_withdrawals_are_told_from_what_others_write() -> None:
    assert not record.is_record({"schema_version": 1, "text": "क", "title": "ख"})
    assert not record.is_record({"provenance": "a", "first_seen": "b", "revision": 1})
    assert record.is_withdrawal({"id": 1, "withdrawn_at": "2026-11-22T12:00:00+00:00"})
    assert not record.is_withdrawal({"id": 1, "withdrawn_at": None, "text": "क"})
    assert json.dumps(record.withdrawal(1, "x")) == '{"id": 1, "withdrawn_at": "x"}'
