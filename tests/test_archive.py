"""The archive keeps every version, each body once, and says clearly what is not an archive."""

import gzip
import json
import multiprocessing
import os
import sqlite3
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from newsharvest import archive as archive_module
from newsharvest.archive import Archive, ArchiveError, Stored

NOW = datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)
URL = "https://a.example/khabar"


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "archive.db") as opened:
        yield opened


def put(archive, url=URL, *, body=b"<p>body</p>", at=NOW, status=200, headers=(), **more):
    return archive.put(url, status=status, headers=headers, body=body, fetched_at=at, **more)


def count(archive, table):
    with sqlite3.connect(archive.path) as db:
        (number,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    db.close()
    return number


def test_gives_back_what_was_put(archive):
    headers = [(b"Set-Cookie", b"a=1"), ("Content-Type", "text/html"), (b"set-cookie", b"b=\xe9")]
    body = bytes(range(256)) * 10
    key = put(archive, body=body, headers=headers, status=503, method="POST")
    pairs = (("Set-Cookie", "a=1"), ("Content-Type", "text/html"), ("set-cookie", "b=\xe9"))
    assert archive.get(key) == Stored(key, URL, "POST", 503, pairs, body, NOW, "response")
    assert archive.get(key).header("CONTENT-TYPE") == "text/html"
    assert archive.get(key).header("etag") is None
    assert archive.get("0" * 16) is None


def test_key_is_the_same_on_every_machine(archive, tmp_path):
    key = put(archive)
    assert key == "4780d322a458c7fa"
    with Archive(tmp_path / "other.db") as other:
        india = timezone(timedelta(hours=5, minutes=30))
        assert put(other, at=NOW.astimezone(india), headers=[("A", "b")]) == key
        assert other.get(key).fetched_at == NOW
    changed = {
        put(archive, URL + "2"),
        put(archive, at=NOW + timedelta(microseconds=1)),
        put(archive, body=b"other"),
        put(archive, status=404),
    }
    assert len(changed | {key}) == 5


def test_same_version_again_changes_nothing(archive):
    assert put(archive) == put(archive)
    assert count(archive, "responses") == 1


def test_identical_bodies_are_kept_once_and_compressed(archive):
    body = "एक ही पंक्ति बार-बार। ".encode() * 5000
    keys = [put(archive, f"{URL}/{n}", body=body, at=NOW + timedelta(seconds=n)) for n in range(5)]
    assert (count(archive, "responses"), count(archive, "bodies")) == (5, 1)
    assert all(archive.get(key).body == body for key in keys)
    with sqlite3.connect(archive.path) as db:
        assert db.execute("SELECT length(zstd) FROM bodies").fetchone()[0] < len(body) / 50
    db.close()


def test_every_version_is_kept_and_the_newest_found(archive):
    put(archive, body=b"second", at=NOW + timedelta(days=1))
    put(archive, body=b"first")
    put(archive, body=b"", status=304, at=NOW + timedelta(days=2))
    put(archive, body=b"posted", method="POST", at=NOW + timedelta(days=3))
    assert [stored.body for stored in archive.versions(URL)] == [b"first", b"second", b"", b"posted"]
    assert archive.latest(URL).body == b"second"
    assert archive.latest("https://a.example/never") is None


def test_documents_and_responses_are_told_apart(archive):
    put(archive, body=b"page")
    put(archive, body=b"file", status=None, kind="document", at=NOW + timedelta(days=1))
    assert archive.latest(URL).body == b"file"
    assert archive.latest(URL).status is None
    assert archive.latest(URL, kind="response").body == b"page"
    assert archive.newest() == NOW + timedelta(days=1)
    assert archive.newest(kind="response") == NOW


def test_a_url_is_found_whichever_way_it_is_written(archive):
    put(archive, "https://a.example/खबर/एक#टिप्पणी")
    escaped = "https://a.example/%E0%A4%96%E0%A4%AC%E0%A4%B0/%E0%A4%8F%E0%A4%95"
    assert archive.urls() == [escaped]
    assert archive.latest(escaped + "#x") == archive.latest("https://a.example/खबर/एक")
    put(archive, "samples/एक.txt", kind="document", status=None)
    assert "samples/एक.txt" in archive.urls()


def test_newest_of_an_empty_archive_is_none(archive):
    assert archive.newest() is None
    assert archive.urls() == []


def test_a_naive_time_is_refused(archive):
    with pytest.raises(ValueError, match="aware"):
        put(archive, at=NOW.replace(tzinfo=None))


def test_body_is_what_the_spider_saw(archive):
    coded = [("Content-Encoding", "gzip")]
    key = put(archive, body=gzip.compress(b"<p>plain</p>"), headers=coded)
    assert archive.get(key).body != b"<p>plain</p>"
    assert archive.body(key) == b"<p>plain</p>"
    broken = put(archive, body=b"not gzip", headers=coded)
    with pytest.raises(ArchiveError, match=f"{archive.path}.*{broken}.*{URL}"):
        archive.body(broken)


def test_pointer_gives_one_value_of_a_json_response(archive):
    posts = [{"title": "पहली"}, {"title": "दूसरी", "a/b": {"~": [7, 8]}}]
    key = put(archive, body=gzip.compress(json.dumps(posts).encode()), headers=[("Content-Encoding", "gzip")])
    assert archive.body(f"{key}#/0") == '{"title": "पहली"}'.encode()
    assert archive.body(f"{key}#/1/a~1b/~0/1") == b"8"
    assert archive.body(f"{key}#/1/a~1b/%7E0/0") == b"7"
    assert archive.body(f"{key}#") == json.dumps(posts, ensure_ascii=False).encode()
    other = put(archive, body=b'["other"]')
    assert archive.body(f"{other}#/0") == b'"other"'


def test_half_a_surrogate_survives(archive):
    key = put(archive, body=rb'["\ud83d"]')
    assert json.loads(archive.body(f"{key}#/0")) == "\ud83d"


@pytest.mark.parametrize("pointer", ["/2", "/-1", "/01", "/x", "/0/a/b", "0", "/²"])
def test_pointer_to_nothing_is_named(archive, pointer):
    key = put(archive, body=b'[{"a": 1}, 2]')
    with pytest.raises(ArchiveError, match=f"{archive.path}: {key} has nothing at"):
        archive.body(f"{key}#{pointer}")


def test_missing_document_and_no_json_are_named(archive):
    with pytest.raises(ArchiveError, match=f"{archive.path}: there is no document feedfeedfeedfeed"):
        archive.body("feedfeedfeedfeed")
    key = put(archive)
    with pytest.raises(ArchiveError, match=f"{key} is not JSON"):
        archive.body(f"{key}#/0")


def test_readonly_reads_and_never_writes(tmp_path):
    path = tmp_path / "archive.db"
    with Archive(path) as writer:
        key = put(writer)
    before = path.read_bytes()
    with Archive(path, readonly=True) as reader:
        assert reader.get(key).url == URL
        with pytest.raises(ArchiveError, match="readonly"):
            put(reader, URL + "/2")
    assert path.read_bytes() == before


def test_reader_sees_what_a_writer_commits(tmp_path):
    path = tmp_path / "archive.db"
    with Archive(path) as writer, Archive(path, readonly=True) as reader:
        key = put(writer)
        assert reader.get(key) is not None


def test_readonly_in_a_folder_that_cannot_be_written():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        with Archive(path) as writer:
            key = put(writer)
        path.chmod(0o444)
        path.parent.chmod(0o555)
        root = os.geteuid() == 0
        try:
            if root:  # root may write anywhere
                os.seteuid(65534)
            with Archive(path, readonly=True) as reader:
                assert reader.get(key) is not None
            with pytest.raises(ArchiveError, match=f"{path}: .*readonly"):
                Archive(path)
        finally:
            if root:
                os.seteuid(0)
            path.parent.chmod(0o755)


def test_folder_is_made(tmp_path):
    with Archive(tmp_path / "deep" / "er" / "archive.db") as made:
        assert made.path.is_file()


@pytest.mark.parametrize("readonly", [True, False])
def test_what_is_not_an_archive_is_named_and_left_alone(tmp_path, readonly):
    text = tmp_path / "notes.db"
    text.write_text("not a database, just a long enough file\n" * 100)
    other = tmp_path / "theirs.db"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE responses (id)")
    db.close()
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(ArchiveError, match=f"{path}: this is not an archive"):
            Archive(path, readonly=readonly)
        assert path.read_bytes() == before


def test_missing_file_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArchiveError, match=f"{tmp_path}/none.db: there is no such archive"):
        Archive("none.db", readonly=True)
    (tmp_path / "empty.db").touch()
    with pytest.raises(ArchiveError, match="not an archive"):
        Archive("empty.db", readonly=True)
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveError, match=f"{tmp_path}/file/archive.db"):
        Archive("file/archive.db")


def test_newer_format_is_refused(tmp_path):
    path = tmp_path / "archive.db"
    Archive(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    for readonly in (True, False):
        with pytest.raises(ArchiveError, match=f"{path}.*newer newsharvest.*99"):
            Archive(path, readonly=readonly)


def test_migrations_bring_an_old_archive_up_to_date(tmp_path, monkeypatch):
    path = tmp_path / "archive.db"
    with Archive(path) as old:
        key = put(old)
    later = (*archive_module.MIGRATIONS, ("ALTER TABLE bodies ADD COLUMN note TEXT",))
    monkeypatch.setattr(archive_module, "MIGRATIONS", later)
    for _ in range(2):
        with Archive(path) as new:
            assert new.get(key) is not None
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(later),)
        db.execute("SELECT note FROM bodies")
    db.close()


def test_a_damaged_body_is_named(archive):
    key = put(archive)
    with sqlite3.connect(archive.path) as db:
        db.execute("UPDATE bodies SET zstd = x'00'")
    db.close()
    with pytest.raises(ArchiveError, match=str(archive.path)):
        archive.get(key)


def write_many(path, name):
    with Archive(path) as archive:
        for n in range(150):
            put(archive, f"{URL}/{name}/{n}", body=b"shared %d" % n)


def test_processes_write_at_once(tmp_path):
    path = tmp_path / "archive.db"
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_many, args=(path, name)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    with Archive(path, readonly=True) as archive:
        assert len(archive.urls()) == 300
        assert count(archive, "bodies") == 150


def test_put_waits_for_a_lock_and_what_is_known_needs_none(archive):
    known = put(archive)
    other = sqlite3.connect(archive.path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    assert put(archive) == known
    assert time.monotonic() - start < 0.2
    release = threading.Timer(0.4, other.execute, ["ROLLBACK"])
    release.start()
    assert put(archive, body=b"new")
    assert time.monotonic() - start > 0.3
    release.join()
    other.close()


def test_a_failed_put_leaves_no_half(archive):
    with sqlite3.connect(archive.path) as db:
        db.execute("CREATE TRIGGER no BEFORE INSERT ON responses BEGIN SELECT raise(ABORT, 'no'); END")
    db.close()
    with pytest.raises(ArchiveError, match="no"):
        put(archive)
    assert count(archive, "bodies") == 0
    with sqlite3.connect(archive.path) as db:
        db.execute("DROP TRIGGER no")
    db.close()
    assert put(archive)
