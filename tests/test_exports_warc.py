"""WARC: the archived documents come out as they came in, and go in again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from exporting import export, withdraw
from store_pages import make_article, make_page
from warcio.archiveiterator import ArchiveIterator

from newsharvest.archive import Archive, ArchiveError
from newsharvest.formats import find, read
from newsharvest.items import Page
from newsharvest.store import Store

FETCHED = datetime(2026, 11, 22, 6, 30, 0, 123456, tzinfo=UTC)
HTML = "<p>नहर की सफाई शुरू हुई।</p>".encode()
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"),
           ("Content-Length", "7"), ("Transfer-Encoding", "chunked"), ("X-Odd", "a\r\n  b")]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "news.db") as store, Archive(tmp_path / "archive.db") as archive:
        for number in (1, 2, 3):
            url = f"https://news.example/{number}"
            headers, status = (HEADERS, 200) if number < 3 else ([("Content-Type", "text/plain")], None)
            key = archive.put(url, status=status, headers=headers, body=HTML, fetched_at=FETCHED)
            pages = [url, f"{url}/twin"] if number == 1 else [url]  # a response that holds two articles
            for place, page in enumerate(pages):
                store.keep(
                    make_page(page, provenance=f"{key}#/{place}"), make_article(page, f"पाठ {number} {place}"),
                    origin="crawl", rules_version="r", archive_key=key,
                )  # fmt: skip
        yield store


def records(path: Path) -> list[tuple]:
    with path.open("rb") as stream:
        return [
            (it.rec_type, it.rec_headers.get_header("WARC-Target-URI"), it.content_stream().read())
            for it in ArchiveIterator(stream)
        ]


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_documents_come_out_once_each(store: Store, tmp_path: Path, name: str) -> None:
    done = export(store, tmp_path / name, kind="warc")
    assert (done.documents, done.missing) == (3, 0)
    info, *documents = records(tmp_path / name)
    assert info[0] == "warcinfo"
    assert sorted(documents) == [
        ("resource", "https://news.example/3", HTML),
        ("response", "https://news.example/1", HTML),
        ("response", "https://news.example/2", HTML),
    ]
    assert (tmp_path / name).read_bytes().startswith(b"\x1f\x8b" if name.endswith(".gz") else b"WARC/1.0")


def test_headers_tell_of_the_body_that_is_there(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "a.warc", kind="warc")
    with (tmp_path / "a.warc").open("rb") as stream:
        record = next(it for it in ArchiveIterator(stream) if it.rec_type == "response")
        assert record.rec_headers.get_header("WARC-Date") == "2026-11-22T06:30:00.123456Z"
        assert record.http_headers.statusline == "200 OK"
        assert record.http_headers.headers == [
            ("Content-Type", "text/html; charset=utf-8"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"),
            ("Content-Length", str(len(HTML))), ("X-Archive-Orig-Transfer-Encoding", "chunked"), ("X-Odd", "a b"),
        ]  # fmt: skip


def test_our_own_reader_gets_the_pages_back(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "a.warc.gz", kind="warc")
    (file,) = find([tmp_path / "a.warc.gz"])
    pages = list(read(file))
    assert all(isinstance(page, Page) for page in pages)
    assert sorted((page.url, page.body, page.encoding, page.fetched_at) for page in pages) == [
        (f"https://news.example/{number}", HTML, "utf-8", FETCHED) for number in (1, 2)
    ]


def test_only_what_is_new_and_stands(store: Store, tmp_path: Path) -> None:
    withdraw(store, 3)
    assert export(store, tmp_path / "1.warc", kind="warc", cursor="x").documents == 2
    assert export(store, tmp_path / "2.warc", kind="warc", cursor="x").documents == 0
    assert [it[0] for it in records(tmp_path / "2.warc")] == ["warcinfo"]


def test_what_the_archive_lacks_is_counted(store: Store, tmp_path: Path) -> None:
    store.database.execute("UPDATE {revisions} SET archive_key = 'lost' WHERE article = 3")
    done = export(store, tmp_path / "a.warc", kind="warc")
    assert (done.documents, done.missing) == (2, 1)


def test_without_an_archive_there_is_no_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(ArchiveError, match="there is no such archive"):
        export(store, tmp_path / "elsewhere" / "a.warc", kind="warc")
    assert list((tmp_path / "elsewhere").iterdir()) == []
