"""Archives joined, relieved and looked through; what is forgotten is not kept again, in whatever coding it comes."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scrapy.http import Request
from scrapy.settings import Settings

from newsharvest import archive as archive_module
from newsharvest.archive import Archive
from newsharvest.httpcache import ArchiveStorage
from newsharvest.store import archives

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
GONE = "https://a.example/khabar/1"
STAYS = "https://a.example/khabar/2"
POSTS = "https://a.example/wp-json/wp/v2/posts"
JSON = [("Content-Type", "application/json"), ("Content-Encoding", "gzip"), ("X-Kept", "1")]


@pytest.fixture
def archive(tmp_path: Path):
    with Archive(tmp_path / "archive.db") as opened:
        yield opened


def put(archive: Archive, url: str, body: bytes = b"<p>body</p>", headers=(), **more) -> str:
    return archive.put(url, status=200, headers=headers, body=body, fetched_at=NOW, **more)


def posts(*urls: str) -> bytes:
    return gzip.compress(json.dumps([{"link": url, "text": f"text of {url}"} for url in urls]).encode(), mtime=0)


def drain(archive: Archive, other: Archive) -> int:
    return sum(copied for _, copied in archives.merge(archive, other))


def test_a_merge_brings_what_is_missing_under_the_same_keys(archive: Archive, tmp_path: Path) -> None:
    put(archive, STAYS)
    with Archive(tmp_path / "other.db") as other:
        keys = [put(other, f"https://a.example/{n}", f"body {n // 2}".encode()) for n in range(120)]
        keys.append(put(other, STAYS))
    with Archive(tmp_path / "other.db", readonly=True) as other:
        assert drain(archive, other) == 120
        assert [archive.get(key) for key in keys] == [other.get(key) for key in keys]
        assert drain(archive, other) == 0
    assert archive.connection.execute("SELECT count(*) FROM bodies").fetchone() == (61,)


def test_an_archive_of_the_first_format_is_read_as_it_is(archive: Archive, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "first.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        for statement in archive_module.MIGRATIONS[0]:
            old.execute(statement)
        old.execute(f"PRAGMA application_id = {archive_module.APPLICATION_ID}")
        old.execute("PRAGMA user_version = 1")
        key = put(archive, GONE)
        old.execute("ATTACH ? AS new", (str(archive.path),))
        old.execute("INSERT INTO bodies SELECT * FROM new.bodies")
        columns = "key, url, method, status, headers, body, fetched_at, kind"
        old.execute(f"INSERT INTO responses SELECT {columns} FROM new.responses")
    before = path.read_bytes()
    with Archive(path, readonly=True) as old_one, Archive(tmp_path / "third.db") as third:
        assert not old_one.is_forgotten(GONE)
        assert list(archives.findings(old_one, is_quick=False)) == [("", None)]
        assert drain(third, old_one) == 1
        assert third.get(key) == archive.get(key)
    assert path.read_bytes() == before
    with Archive(path) as upgraded:
        assert upgraded.get(key) == archive.get(key)
        archives.erase(upgraded, [GONE])
        assert upgraded.get(key) is None


def test_what_is_forgotten_is_not_merged(archive: Archive, tmp_path: Path) -> None:
    archives.erase(archive, [GONE])
    with Archive(tmp_path / "other.db") as other:
        put(other, GONE + "?utm_source=x")
        key = put(other, POSTS, posts(GONE, STAYS), JSON)
        drain(archive, other)
    assert archive.urls() == [POSTS]
    assert [it and it["link"] for it in json.loads(archive.body(key))] == [None, STAYS]
    assert archive.get(key).header("content-encoding") is None
    assert archive.get(key).header("x-kept") == "1"


def test_nothing_of_it_is_kept_again(archive: Archive) -> None:
    archives.erase(archive, [GONE])
    for address in (GONE, GONE + "#a", GONE + "/amp/", "http://www.a.example/khabar/1"):
        assert len(put(archive, address)) == 16
    key = put(archive, POSTS, posts(STAYS, GONE), JSON)
    assert put(archive, POSTS, posts(STAYS, GONE), JSON) == key
    page = put(archive, STAYS, f'<a href="{GONE}">'.encode(), [("Content-Type", "text/html")])
    assert archive.urls() == [STAYS, POSTS]
    assert archive.body(f"{key}#/0") != b"null"
    assert archive.body(f"{key}#/1") == b"null"
    assert GONE.encode() in archive.body(page)
    assert list(archives.findings(archive, is_quick=False))[-1] == ("", None)


def test_erasing_again_changes_nothing(archive: Archive) -> None:
    put(archive, GONE, b"same")
    stays = put(archive, "https://b.example/copy", b"same")
    key = put(archive, POSTS, posts(STAYS, GONE), JSON)
    listing = put(archive, "https://a.example/", f'<a href="{GONE}">title</a>'.encode())
    other = put(archive, "https://a.example/khabar/3", f'<a href="{GONE}">title</a>'.encode())
    options = {"places": [f"{key}#/0"], "listings": ["https://a.example/"]}
    assert archives.erase(archive, [GONE], **options) == archives.Erased(1, 3)
    assert archive.body(key) == b"[null, null]"
    assert archive.body(stays) == b"same"
    assert archive.body(listing) == b""
    assert b"title" in archive.body(other)
    assert archives.erase(archive, [GONE], **options) == archives.Erased(0, 0)
    archives.lift(archive, [archive_module.erasing.fold_address(GONE)])
    assert archive.get(put(archive, GONE)) is not None


def test_a_feed_elsewhere_is_one_of_the_sources(archive: Archive) -> None:
    feed = f"<rss><channel><item><link>{GONE}</link></item></channel></rss>".encode()
    rss = [("Content-Type", "application/rss+xml")]
    here, elsewhere = put(archive, "https://a.example/feed", feed, rss), put(archive, "https://f.example/a", feed, rss)
    unknown = put(archive, "https://g.example/a", feed, rss)
    assert archives.erase(archive, [GONE], sources=["https://f.example/a"]).cut == 2
    assert [GONE.encode() in archive.body(key) for key in (here, elsewhere, unknown)] == [False, False, True]


def test_a_replay_does_not_serve_what_is_forgotten(archive: Archive, tmp_path: Path) -> None:
    with Archive(tmp_path / "replay.db") as replay:
        put(replay, GONE), put(replay, STAYS)
    archives.erase(archive, [GONE])
    settings = Settings({"HARVEST_ARCHIVE": archive.path, "HARVEST_REPLAY": tmp_path / "replay.db"})
    storage = ArchiveStorage(settings)
    assert storage.retrieve_response(None, Request(GONE)) is None
    assert storage.retrieve_response(None, Request(STAYS)).body == b"<p>body</p>"
    storage.close_spider(None)
