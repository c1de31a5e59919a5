"""Every kind of input file, read from real files: pages and named failures, one at a time."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from newsharvest.formats import Columns, Unreadable, find, read
from newsharvest.items import Page

TEXT = "पुलिस ने बताया कि चोरी की दो मोटरसाइकिलें बरामद हुईं।"
OTHER = "मौसम विभाग ने अगले दो दिन बारिश का अनुमान जताया।"


def documents(path, **options):
    (file,) = find([path])
    return list(read(file, **options))


def records(path, **options):
    return [json.loads(page.body) for page in documents(path, **options) if isinstance(page, Page)]


def failures(path, **options):
    return [(item.place, item.reason) for item in documents(path, **options) if isinstance(item, Unreadable)]


# --- whole files


@pytest.mark.parametrize("encoding", [None, "utf-8-sig", "utf-16"])
def test_a_text_dump_is_one_page_of_plain_text(tmp_path, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT.encode(encoding or "utf-8"))
    (page,) = documents(path)
    assert (page.url, page.site, page.media_type, page.encoding) == (None, "corpus", "text/plain", encoding)
    assert (page.provenance, page.body) == ("a.txt", path.read_bytes())


def test_an_html_file_keeps_its_bytes(tmp_path):
    path = tmp_path / "a.htm"
    path.write_bytes(b"<p>caf\xe9</p>")
    (page,) = documents(path, site="mine")
    assert (page.site, page.media_type, page.body) == ("mine", "text/html", b"<p>caf\xe9</p>")


def test_a_compressed_text_is_read(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(TEXT.encode()))
    assert documents(path)[0].body == TEXT.encode()


def test_a_file_too_large_for_one_document_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("newsharvest.formats.whole.LARGEST_DOCUMENT", 1 << 20)
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * ((1 << 20) + 1))
    assert failures(path) == [(None, "larger than 1 MB: not one document")]


def test_a_file_that_may_not_be_read_is_named(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(TEXT, encoding="utf-8")
    (file,) = find([path])
    path.unlink()
    (tmp_path / "a.txt").mkdir()
    (failure,) = read(file)
    assert str(failure) == f"{path}: Is a directory"


def test_a_json_post_and_a_list_of_them(tmp_path):
    post = {"link": "https://example.com/p", "title": {"rendered": "x"}, "content": {"rendered": f"<p>{TEXT}</p>"}}
    (tmp_path / "one.json").write_text(json.dumps(post), encoding="utf-8")
    (page,) = documents(tmp_path / "one.json")
    assert (page.url, page.provenance, json.loads(page.body)) == ("https://example.com/p", "one.json", post)
    (tmp_path / "many.json").write_text(json.dumps([post, 7, {"text": TEXT}]), encoding="utf-8")
    pages = documents(tmp_path / "many.json")
    assert [page.provenance for page in pages if isinstance(page, Page)] == ["many.json#/0", "many.json#/2"]
    assert failures(tmp_path / "many.json") == [("item 1", "not a JSON object but int")]


@pytest.mark.parametrize(
    ("body", "place", "reason"),
    [
        (b'{"a":\n 1,}', "line 2", "not JSON: "),
        (b'{"a": "\xff"}', None, "not UTF-8"),
        (b"[" * 100_000, None, "not JSON: "),
        (b'{"a": 1}', None, "no column of text"),
    ],
)
def test_a_broken_json_file_is_named_with_its_line(tmp_path, body, place, reason):
    (tmp_path / "a.json").write_bytes(body)
    ((got_place, got_reason),) = failures(tmp_path / "a.json")
    assert got_place == place and got_reason.startswith(reason)


# --- JSON Lines


def test_json_lines_are_pages_named_by_line(tmp_path):
    path = tmp_path / "sub" / "a.jsonl"
    path.parent.mkdir()
    rows = [{"url": "https://example.com/1", "text": TEXT}, {"text": OTHER}]
    path.write_text("\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    (file,) = find([tmp_path])
    pages = list(read(file, site="mine"))
    assert [page.provenance for page in pages] == ["sub/a.jsonl#1", "sub/a.jsonl#3"]
    assert [json.loads(page.body) for page in pages] == rows


def test_a_bad_line_is_named_and_the_others_are_read(tmp_path):
    lines = [
        json.dumps({"text": TEXT}), '{"text": ', "[1]", '{"title": "x"}',
        '{"text": "' + "9" * 10 + '", "n": ' + "9" * 5000 + "}", json.dumps({"text": OTHER}),
    ]  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_bytes("\n".join(lines).encode() + b'\n{"text": "\xe9"}\n')
    assert [page["text"] for page in records(path)] == [TEXT, OTHER]
    places = dict(failures(path))
    assert list(places) == ["line 2", "line 3", "line 4", "line 5", "line 7"]
    assert places["line 2"].startswith("not JSON: Expecting value at column")
    assert places["line 7"] == "not UTF-8"


def test_line_separators_inside_a_string_do_not_end_the_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": f"{TEXT}\u2028{OTHER}\x85"}, ensure_ascii=False) + "\n", encoding="utf-8")
    assert records(path) == [{"text": f"{TEXT}\u2028{OTHER}\x85"}]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_json_lines_with_a_byte_order_mark(tmp_path, encoding):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress((json.dumps({"text": TEXT}, ensure_ascii=False) + "\n").encode(encoding)))
    assert records(path) == [{"text": TEXT}]


def test_a_stream_cut_short_keeps_what_came_before(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    lines = b"".join(json.dumps({"text": os.urandom(3000).hex()}).encode() + b"\n" for _ in range(50))
    path.write_bytes(gzip.compress(lines)[:-5000])
    pages = documents(path)
    assert len(pages) > 10 and all(isinstance(page, Page) for page in pages[:-1])
    assert "damaged gzip" in pages[-1].reason


def test_a_line_too_long_is_named_and_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr("newsharvest.formats.jsonl.LARGEST_DOCUMENT", 200)
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"text": "{"क" * 500}"}}\n{{"text": "{TEXT}"}}\n', encoding="utf-8")
    assert records(path) == [{"text": TEXT}]
    assert failures(path) == [("line 1", "too long to be one document")]


# --- CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t")])
def test_csv_rows_are_pages_named_by_line(tmp_path, encoding, name, delimiter):
    rows = [["Headline", "body", "link"], ["शीर्षक", f'"{TEXT}\n{OTHER}"', "https://example.com/1"], ["", OTHER, ""]]
    path = tmp_path / name
    path.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    pages = documents(path)
    assert [page.provenance for page in pages] == [f"{name}#2", f"{name}#4"]
    assert records(path) == [
        {"url": "https://example.com/1", "title": "शीर्षक", "text": f"{TEXT}\n{OTHER}"},
        {"text": OTHER},
    ]


def test_a_very_long_cell_is_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"text\n{'क' * 300_000}\n", encoding="utf-8")
    assert len(records(path)[0]["text"]) == 300_000


def test_csv_columns_by_name(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"shirshak,khabar\nशीर्षक,{TEXT}\n", encoding="utf-8")
    assert records(path, columns=Columns(text="khabar", title="shirshak")) == [{"title": "शीर्षक", "text": TEXT}]
    assert failures(path) == [(None, "no column of text, name it with --text; there are: shirshak, khabar")]
    ((_, reason),) = failures(path, columns=Columns(text="khabar", url="pata"))
    assert reason == "no column 'pata'; there are: shirshak, khabar"


def test_a_bad_row_is_named_and_the_others_are_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(
        b"title,text\n"
        + f"x,{TEXT}\n".encode()
        + b'y,"quoted" stray\n'
        + b"z,one,two\n"
        + b"w,caf\xe9\n"
        + f"v,{OTHER}\n".encode()
    )
    assert [record["text"] for record in records(path)] == [TEXT, OTHER]
    assert [place for place, _ in failures(path)] == ["line 3", "line 4", "line 5"]
    assert [reason for _, reason in failures(path)][1:] == ["3 cells under 2 column names", "not UTF-8"]


def test_an_open_quote_is_named_not_swallowed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f'title,text\nx,"{TEXT}\ny,{OTHER}\n', encoding="utf-8")
    assert failures(path) == [("line 2", "not CSV: unexpected end of data")]


def test_an_empty_csv_is_named(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"")
    assert failures(tmp_path / "a.csv") == [(None, "no column of text, name it with --text; there are: none")]


def test_a_short_row_lacks_its_last_fields(tmp_path):
    (tmp_path / "a.csv").write_text(f"text,title\n{TEXT}\n", encoding="utf-8")
    assert records(tmp_path / "a.csv") == [{"text": TEXT}]


# --- WARC


def warc_record(kind, url, body, http=""):
    block = http.encode() + body
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2024-05-06T07:08:09Z\r\n"
    return head.encode() + f"Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


def http_head(status, media_type, more=""):
    return f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\n{more}\r\n"


def write_warc(path):
    packed = gzip.compress(f"<p>{OTHER}</p>".encode())
    pack = gzip.compress if path.name.endswith(".gz") else bytes
    page = f"<p>{TEXT}</p>".encode()
    records = (
        warc_record("warcinfo", "urn:info", b"software: test\r\n"),
        warc_record("response", "https://example.com/1", page, http_head("200 OK", "text/html; charset=utf-8")),
        warc_record("response", "https://example.com/x.png", b"\x89PNG", http_head("200 OK", "image/png")),
        warc_record("response", "https://example.com/2", b"<p>no</p>", http_head("404 Not Found", "text/html")),
        warc_record(
            "response", "https://example.com/3", packed, http_head("200 OK", "text/html", "Content-Encoding: gzip\r\n")
        ),
    )
    path.write_bytes(b"".join(map(pack, records)))
    return path


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_html_responses_of_a_warc_are_pages(tmp_path, name):
    first, second = documents(write_warc(tmp_path / name))
    assert (first.url, first.site, first.media_type, first.encoding) == (
        "https://example.com/1", "example.com", "text/html", "utf-8",
    )  # fmt: skip
    assert (first.body, first.provenance) == (f"<p>{TEXT}</p>".encode(), f"{name}#2")
    assert first.fetched_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert (second.url, second.body) == ("https://example.com/3", f"<p>{OTHER}</p>".encode())


def test_a_warc_cut_short_is_named_after_the_pages_before(tmp_path):
    whole = write_warc(tmp_path / "a.warc.gz").read_bytes()
    (tmp_path / "a.warc.gz").write_bytes(whole[:-30])
    first, failure = documents(tmp_path / "a.warc.gz")
    assert first.url == "https://example.com/1" and "damaged gzip" in failure.reason
    plain = write_warc(tmp_path / "b.warc").read_bytes()
    (tmp_path / "b.warc").write_bytes(plain[:-30])
    assert failures(tmp_path / "b.warc") == [("record 5", "the record ends early")]


def test_what_is_no_warc_is_named(tmp_path):
    (tmp_path / "a.warc").write_text("just text\n")
    ((_, reason),) = failures(tmp_path / "a.warc")
    assert reason.startswith("not a WARC file")


def test_a_response_without_target_is_named(tmp_path):
    record = warc_record("response", "https://example.com/1", b"<p>x</p>", http_head("200 OK", "text/html"))
    (tmp_path / "a.warc").write_bytes(record.replace(b"WARC-Target-URI: https://example.com/1\r\n", b""))
    assert failures(tmp_path / "a.warc") == [(None, "a response without WARC-Target-URI: not read further")]


# --- SQLite


def write_database(path, *statements):
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement, *parameters in statements:
            connection.execute(statement, parameters)
    return path


def test_rows_of_a_table_are_pages_named_by_rowid(tmp_path):
    path = write_database(
        tmp_path / "corpus.db",
        ("create table documents (headline text, body text, link text, photo blob)",),
        ("insert into documents values ('शीर्षक', ?, 'https://example.com/1', x'8900')", TEXT),
        ("insert into documents (rowid, body) values (900, ?)", OTHER.encode()),
        ("create table other (id integer primary key, name text)",),
    )
    columns = Columns(table="documents", text="body", title="headline", url="link")
    pages = documents(path, columns=columns)
    assert [page.provenance for page in pages] == ["corpus.db#1", "corpus.db#900"]
    assert (
        records(path, columns=columns)
        == records(path)
        == [
            {"url": "https://example.com/1", "title": "शीर्षक", "text": TEXT},
            {"text": OTHER},
        ]
    )


def test_more_rows_than_one_portion_come_once_each(tmp_path, monkeypatch):
    monkeypatch.setattr("newsharvest.formats.sqlite._ROWS_AT_A_TIME", 7)
    path = write_database(
        tmp_path / "a.db",
        ("create table t (text text)",),
        *[("insert into t (rowid, text) values (?, ?)", number, f"पंक्ति {number}") for number in range(-3, 30)],
    )
    assert [record["text"] for record in records(path)] == [f"पंक्ति {number}" for number in range(-3, 30)]


def test_tables_without_rowid_and_views_are_read(tmp_path):
    path = write_database(
        tmp_path / "a.db",
        ("create table t (slug text primary key, text text) without rowid",),
        ("insert into t values ('x', ?)", TEXT),
        ("create view v as select 77 as id, text from t",),
    )
    assert [page.provenance for page in documents(path, columns=Columns(table="t"))] == ["a.db#1"]
    assert [page.provenance for page in documents(path, columns=Columns(table="V"))] == ["a.db#77"]


def test_the_table_must_be_told_where_several_fit(tmp_path):
    path = write_database(tmp_path / "a.db", ("create table a (text)",), ("create table b (body)",))
    ((_, reason),) = failures(path)
    assert reason.startswith("more than one table") and reason.endswith("there are: a, b")
    ((_, reason),) = failures(path, columns=Columns(table="c"))
    assert reason == "no table 'c'; there are: a, b"


def test_a_database_of_our_own_is_read_by_its_view(tmp_path):
    path = write_database(
        tmp_path / "a.db",
        ("create table revisions (text)",),
        ("insert into revisions values ('alt')",),
        ("create view corpus as select 5 as id, 'https://example.com/5' as url, ? as text".replace("?", "'neu'"),),
    )
    (page,) = documents(path)
    assert (page.url, page.provenance) == ("https://example.com/5", "a.db#5")


def test_what_is_no_database_is_named(tmp_path):
    (tmp_path / "a.db").write_text("no database at all, only text that goes on for a while\n" * 40)
    assert failures(tmp_path / "a.db") == [(None, "file is not a database")]


def test_a_value_that_is_no_utf8_spoils_its_row_only(tmp_path):
    path = write_database(
        tmp_path / "a.db",
        ("create table t (text text)",),
        ("insert into t values (cast(x'636166e9' as text))",),
        ("insert into t values (?)", TEXT),
    )
    assert records(path) == [{"text": TEXT}] and failures(path) == [("row 1", "not UTF-8")]


def test_reading_changes_nothing_in_the_database(tmp_path):
    path = write_database(tmp_path / "a.db", ("create table t (text)",), ("insert into t values ('x')",))
    before = path.read_bytes()
    path.chmod(0o444)
    documents(path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["a.db"]
