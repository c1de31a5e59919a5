"""Finding and opening input files: folders, odd names, gzip, byte order marks, damage."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime

import pytest
import zstandard

from newsharvest.formats import files
from newsharvest.formats.files import DamagedStream, InputFile, Skipped, Unreadable, find

PROSE = "बाढ़ का पानी उतरने के बाद गांव में सफाई का काम शुरू हुआ।\n"


def found(*paths, **options):
    return list(find(paths, **options))


def names(*paths):
    return [file.name for file in found(*paths) if isinstance(file, InputFile)]


def test_a_folder_is_walked_in_sorted_order_with_names_relative_to_it(tmp_path):
    for name in ("b/2.txt", "b/1.html", "a.txt", "c.jsonl.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(PROSE, encoding="utf-8")
    files_found = found(tmp_path)
    assert [(f.name, f.kind, f.compression) for f in files_found] == [
        ("a.txt", "text", ""),
        ("b/1.html", "html", ""),
        ("b/2.txt", "text", ""),
        ("c.jsonl.gz", "jsonl", ".gz"),
    ]
    assert files_found[1].shown == f"{tmp_path}/b/1.html"


def test_paths_are_shown_as_they_were_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("x")
    assert [file.shown for file in (*found("./a.txt"), *found("."), *found(f"{tmp_path}/"))] == [
        "./a.txt", "./a.txt", f"{tmp_path}/a.txt",
    ]  # fmt: skip


def test_the_time_of_a_file_is_its_modification_time_in_utc(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(PROSE, encoding="utf-8")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert found(path)[0].changed_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_hidden_files_and_unknown_extensions_are_skipped_and_named(tmp_path):
    for name in (".hidden.txt", "photo.jpg", "README", "data.db.gz"):
        (tmp_path / name).write_text("x")
    skipped = found(tmp_path)
    assert all(isinstance(file, Skipped) for file in skipped)
    assert {os.path.basename(file.path): file.reason for file in skipped} == {
        ".hidden.txt": "hidden",
        "photo.jpg": "unknown extension '.jpg'",
        "README": "unknown extension ''",
        "data.db.gz": "unknown extension '.gz'",
    }


def test_the_database_being_written_is_passed_over_in_folders_but_not_where_named(tmp_path):
    database = tmp_path / "news.db"
    database.write_bytes(b"SQLite format 3\0")
    assert found(tmp_path, skip={database.resolve()}) == [Skipped(str(database), "the database being written")]
    assert names(database) == ["news.db"]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"SQLite format 3\0....", "sqlite"),
        (b"WARC/1.0\r\n", "warc"),
        (b"\n <!DOCTYPE html><p>", "html"),
        (b"\xef\xbb\xbf<html>", "html"),
        (b'{"content": 1}', "json"),
        (PROSE.encode(), "text"),
        (PROSE.encode("utf-16"), "text"),
    ],
)
def test_a_file_named_directly_is_read_whatever_its_extension(tmp_path, head, kind):
    path = tmp_path / "story.php"
    path.write_bytes(head)
    assert found(path)[0].kind == kind


def test_a_picture_named_directly_is_no_text(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\x00\x10JFIF\0")
    assert found(path) == [Unreadable(str(path), "not a text file")]


def test_missing_files_and_pipes_are_named(tmp_path):
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    (tmp_path / "broken.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "circle.txt").symlink_to(tmp_path / "circle.txt")
    reasons = {os.path.basename(file.path): file.reason for file in found(tmp_path)}
    assert reasons["pipe.txt"] == "not a regular file"
    assert reasons["broken.txt"] == "No such file or directory"
    assert "circle.txt" in reasons
    assert str(found(tmp_path / "absent.txt")[0]) == f"{tmp_path}/absent.txt: No such file or directory"


def test_a_link_back_to_a_folder_above_ends_the_walk_there(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text("x")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    assert names(tmp_path) == ["sub/a.txt"]
    assert found(tmp_path)[-1] == Skipped(f"{tmp_path}/sub/up", "a link back to a folder above it")


def test_a_linked_folder_is_followed(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "a.txt").write_text("x")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "2018").symlink_to(tmp_path / "far")
    assert names(tmp_path / "root") == ["2018/a.txt"]


def test_odd_file_names_can_be_stored_as_text(tmp_path):
    os.makedirs(os.fsencode(tmp_path) + b"/odd")
    for name in (b"caf\xe9.txt", b"two\nlines.txt", "हिंदी\u0921\u093c.txt".encode(), "e\u0301.txt".encode()):
        with open(os.fsencode(tmp_path) + b"/odd/" + name, "w") as stream:
            stream.write("x")
    stored = names(tmp_path / "odd")
    assert set(stored) == {"caf\\xe9.txt", "two\nlines.txt", "हिंदी\u0921\u093c.txt", "\u00e9.txt"}
    assert all(name.encode("utf-8") for name in stored)


def test_equal_relative_names_under_two_roots_are_not_taken_for_one_document(tmp_path):
    for root in ("2018", "2019"):
        (tmp_path / root).mkdir()
        (tmp_path / root / "001.txt").write_text(root)
    first, second = found(tmp_path / "2018", tmp_path / "2019")
    assert first.name == "001.txt"
    assert isinstance(second, Unreadable) and "same relative name" in second.reason and "2018" in second.reason


def test_names_that_differ_in_unicode_form_only_are_not_taken_for_one_document(tmp_path):
    (tmp_path / "\u00e9.txt").write_text("x")
    (tmp_path / "e\u0301.txt").write_text("y")
    assert sorted(type(file).__name__ for file in found(tmp_path)) == ["InputFile", "Unreadable"]


def test_the_same_path_twice_is_read_once(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("x")
    assert names(path, path) == ["a.txt"]


def test_text_is_read_by_its_byte_order_mark(tmp_path):
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes(PROSE.encode(encoding))
        with files.open_text(found(path)[0], newline="\n") as stream:
            assert stream.read() == PROSE


def test_bytes_that_are_no_utf8_are_told_from_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"caf\xe9\n" + PROSE.encode())
    with files.open_text(found(path)[0], newline="\n") as stream:
        assert [files.is_decoded(line) for line in stream] == [False, True]


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-20], lambda data: data[:30] + b"\0" * 20 + data[50:], lambda _: b"no"]
)
def test_a_damaged_gzip_stream_is_an_os_error(tmp_path, damage):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(damage(gzip.compress(os.urandom(200) + PROSE.encode() * 50)))
    with files.open_bytes(found(path)[0]) as stream, pytest.raises(DamagedStream, match="damaged gzip"):
        stream.read()


def test_a_zstd_stream_of_several_frames_is_read_to_its_end(tmp_path):
    path = tmp_path / "a.jsonl.zst"
    body = os.urandom(300_000) + PROSE.encode() * 5000
    path.write_bytes(zstandard.compress(body) + zstandard.compress(b"") + zstandard.compress(body[:10]))
    (file,) = found(path)
    assert (file.kind, file.compression) == ("jsonl", ".zst")
    with files.open_bytes(file) as stream:
        assert stream.read() == body + body[:10]


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-20], lambda data: data[:30] + b"\0" * 20 + data[50:], lambda _: b"no"]
)
def test_a_damaged_zstd_stream_is_an_os_error(tmp_path, damage):
    path = tmp_path / "a.txt.zst"
    path.write_bytes(
        damage(zstandard.ZstdCompressor(write_checksum=True).compress(os.urandom(200) + PROSE.encode() * 50))
    )
    with files.open_bytes(found(path)[0]) as stream, pytest.raises(DamagedStream, match="damaged zstd"):
        stream.read()
