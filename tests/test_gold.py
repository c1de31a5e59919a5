"""Labelled gold: folders, JSON lines, and what is said of gold that is none."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from newsharvest import gold
from newsharvest.gold import GoldError, GoldLine

PROSE = "नहर विभाग ने सोमवार को रजवाहे की सफाई शुरू की।"
ROWS = (
    f"title\tनहर की सफाई\npublished\t2026-11-20T06:00:00+05:30\nO\tनहर की सफाई\ttitle\nK\t{PROSE}\nD\tशेयर करें\tshare\n"
)
RECORD = {"id": "a", "lines": [{"t": PROSE, "l": "K"}, {"t": "शेयर करें", "l": "D", "c": "share"}]}


def write_folder(folder: Path, *, page: str = "page.txt", rows: str = ROWS, meta: str | None = None) -> Path:
    folder.mkdir(parents=True)
    (folder / page).write_text(PROSE, encoding="utf-8")
    (folder / "gold.tsv").write_text(rows, encoding="utf-8")
    if meta is not None:
        (folder / "meta.toml").write_text(meta, encoding="utf-8")
    return folder


def write_lines(path: Path, *records: object) -> Path:
    path.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records) + "\n", encoding="utf-8")
    return path


def test_a_folder_is_a_document_with_its_gold(tmp_path):
    meta = 'url = "https://nahar.example/a"\nfetched_at = 2026-11-20T06:00:00+05:30\nencoding = "utf-8"\n'
    document = gold.read_folder(write_folder(tmp_path / "nahar" / "a", page="page.html", meta=meta))
    assert (document.name, document.site, document.kind) == ("nahar/a", "nahar", "page")
    assert document.gold.title == "नहर की सफाई"
    assert document.gold.published == datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
    assert document.gold.labelled("D") == [GoldLine("D", "शेयर करें", "share")]
    assert document.gold.labelled("K") == [GoldLine("K", PROSE, None)]
    page = document.page
    assert (page.url, page.encoding, page.media_type) == ("https://nahar.example/a", "utf-8", "text/html")
    assert page.fetched_at == datetime(2026, 11, 20, 0, 30, tzinfo=UTC) and page.fetched_at.tzinfo is UTC
    assert page.body.decode() == PROSE


def test_everything_but_page_and_gold_may_be_missing(tmp_path):
    folder = write_folder(tmp_path / "site" / "a", rows=f"K\t{PROSE}\n")
    os.utime(folder / "page.txt", (1_790_000_000, 1_790_000_000))
    document = gold.read_folder(folder)
    assert (document.gold.title, document.gold.published, document.gold.rejected) == (None, None, None)
    assert (document.kind, document.page.url) == ("dump", None)
    assert document.page.fetched_at == datetime.fromtimestamp(1_790_000_000, UTC)


def test_a_folder_of_folders_is_one_set_whatever_their_depth(tmp_path):
    write_folder(tmp_path / "b" / "nahar" / "x")
    write_folder(tmp_path / "a", page="page.json", meta='url = "https://www.nahar.example/a"')
    (found,) = gold.read(tmp_path)
    assert found.name == str(tmp_path)
    assert [(document.name, document.kind) for document in found.documents] == [
        (f"{tmp_path.name}/a", "rest"),
        ("nahar/x", "dump"),
    ]
    assert [document.site for document in found.documents] == ["nahar.example", "nahar"]


def test_a_page_that_is_to_be_refused(tmp_path):
    folder = write_folder(tmp_path / "s" / "a", rows="rejected\tlanguage/Marathi\n")
    assert gold.read_folder(folder).gold.rejected == ("language", "Marathi")


def test_rows_may_end_as_in_windows_and_hold_odd_separators(tmp_path):
    folder = write_folder(tmp_path / "s" / "a", rows="K\tएक\u2028दो\r\nD\tतीन\tnav\r\n")
    assert [line[1:] for line in gold.read_folder(folder).gold.lines] == [("एक\u2028दो", None), ("तीन", "nav")]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("X\tपाठ\n", "line 1: 'X' is none of D, K, O"),
        ("K\tपाठ\n\n", "line 2: ''"),
        ("K\n", "line 1: a row is"),
        ("K\t \n", "line 1: a row is"),
        ("K\tपाठ\tnav\tnav\n", "line 1: a row is"),
        ("title\tएक\ntitle\tदो\n", "line 2: a second 'title'"),
        ("published\t2026-11-20T06:00:00\n", "'published' is '2026-11-20T06:00:00', not a time with its offset"),
        ("published\tकल\n", "'published' is 'कल'"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, rows, message):
    folder = write_folder(tmp_path / "s" / "a", rows=rows)
    with pytest.raises(GoldError) as caught:
        gold.read_folder(folder)
    assert f"{folder}/gold.tsv" in str(caught.value) and message in str(caught.value)


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ("adress = 'x'", "unknown key 'adress' (known: url, fetched_at"),
        ("url = 3", "'url' is not a text"),
        ("fetched_at = 2026-11-20T06:00:00", "'fetched_at' is not a time with its offset"),
        ("fetched_at = 2026-11-20", "'fetched_at' is not a time with its offset"),
        ("url =", "meta.toml: "),
    ],
)
def test_wrong_meta_is_named(tmp_path, meta, message):
    folder = write_folder(tmp_path / "s" / "a", meta=meta)
    with pytest.raises(GoldError) as caught:
        gold.read_folder(folder)
    assert f"{folder}/meta.toml" in str(caught.value) and message in str(caught.value)


def test_a_folder_holds_one_page(tmp_path):
    folder = write_folder(tmp_path / "s" / "a")
    (folder / "page.html").write_text("x")
    with pytest.raises(GoldError, match=r"both page\.html and page\.txt"):
        gold.read_folder(folder)
    for name in ("page.html", "page.txt"):
        (folder / name).unlink()
    with pytest.raises(GoldError, match=r"no page\.html, page\.json or page\.txt"):
        gold.read_folder(folder)


def test_gold_that_is_not_utf8(tmp_path):
    folder = write_folder(tmp_path / "s" / "a")
    (folder / "gold.tsv").write_bytes(b"K\t\xe9\n")
    with pytest.raises(GoldError, match=r"gold\.tsv: not UTF-8"):
        gold.read_folder(folder)


def test_json_lines_without_pages_are_dumps_of_their_lines(tmp_path):
    record = RECORD | {"domain": "nahar.example", "title": "नहर", "published": "2026-11-20"}
    (found,) = gold.read(write_lines(tmp_path / "dumps.jsonl", record))
    (document,) = found.documents
    assert (document.name, document.site, document.kind) == ("a", "nahar.example", "dump")
    assert document.page.body.decode() == f"{PROSE}\nशेयर करें"
    assert (document.gold.title, document.gold.published) == ("नहर", date(2026, 11, 20))
    assert document.gold.lines[1] == GoldLine("D", "शेयर करें", "share")


def test_json_lines_with_a_folder_of_their_name_have_pages(tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.html").write_text("<p>x</p>")
    record = RECORD | {"url": "https://www.nahar.example/a", "fetched_at": "2026-11-20T06:00:00+05:30"}
    path = write_lines(tmp_path / "pages.jsonl", record)
    (document,) = gold.read(path)[0].documents
    assert (document.kind, document.site) == ("page", "nahar.example")
    assert document.page.body == b"<p>x</p>" and document.page.url == record["url"]
    assert document.page.fetched_at == datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
    write_lines(path, RECORD | {"id": "b"})
    with pytest.raises(GoldError, match=r"line 1: .*pages holds no page b\.html"):
        gold.read(path)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ([], "'id' is missing"),
        (RECORD | {"id": "../a"}, "'id' is missing, or no name of a file"),
        (RECORD | {"id": ".."}, "'id' is missing, or no name of a file"),
        ({"id": "a"}, "'lines' is missing"),
        ({"id": "a", "lines": "K"}, "'lines' is missing, or no list"),
        ({"id": "a", "lines": [{"t": "x"}]}, "a line is"),
        ({"id": "a", "lines": [{"t": 3, "l": "K"}]}, "a line is"),
        (RECORD | {"url": "nahar"}, "'url' is no web address"),
        (RECORD | {"published": 2026}, "'published' is 2026"),
        (RECORD | {"fetched_at": "2026-11-20"}, "'fetched_at' is not a time"),
        (RECORD | {"title": 3}, "'title' is no text"),
    ],
)
def test_a_wrong_record_is_named(tmp_path, record, message):
    path = write_lines(tmp_path / "x.jsonl", RECORD, record)
    with pytest.raises(GoldError) as caught:
        gold.read(path)
    assert f"{path}, line 2: {message}" in str(caught.value)


def test_what_is_no_gold_is_said(tmp_path):
    with pytest.raises(GoldError, match="there is no such file or folder"):
        gold.read(tmp_path / "none")
    with pytest.raises(GoldError, match="neither a folder with"):
        gold.read(tmp_path)
    (tmp_path / "x.jsonl").write_text("\n{x}\n")
    with pytest.raises(GoldError, match=r"x\.jsonl, line 2: not JSON"):
        gold.read(tmp_path / "x.jsonl")
    (tmp_path / "x.jsonl").write_text("\n")
    with pytest.raises(GoldError, match="no documents in it"):
        gold.read(tmp_path / "x.jsonl")


def test_a_folder_gives_its_documents_and_each_file_of_json_lines(tmp_path):
    write_folder(tmp_path / "s" / "a")
    write_lines(tmp_path / "two.jsonl", RECORD)
    assert [found.name for found in gold.read(tmp_path)] == [str(tmp_path), str(tmp_path / "two.jsonl")]
