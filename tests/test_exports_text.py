"""Plain text: a document a file, under names that are safe, or a sentence a line."""

from __future__ import annotations

import gzip
import unicodedata
from pathlib import Path

import pytest
from exporting import HOSTILE, export, fill, ids, read_lines, withdraw
from store_pages import keep

from newsharvest.exports import text
from newsharvest.store import Store


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_document_a_file(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        keep(store, "https://news.example/1", "पहली पंक्ति\nदूसरी पंक्ति", title="मंडी में प्याज सस्ता!")
        keep(store, None, "बिना शीर्षक", title=None, site="b")
        export(store, tmp_path / "out", kind="txt")
    assert files(tmp_path / "out") == {
        "example/00000001-मंडी-में-प्याज-सस्ता.txt": "मंडी में प्याज सस्ता!\n\nपहली पंक्ति\nदूसरी पंक्ति\n",
        "b/00000002.txt": "बिना शीर्षक\n",
    }


def test_withdrawn_articles_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        fill(store, 3)
        withdraw(store, 1)
        withdraw(store, 2)
        export(store, tmp_path / "out", kind="txt", cursor="x")
    assert ids(read_lines(tmp_path / "out" / "withdrawn.jsonl")) == [1, 2]
    assert len(files(tmp_path / "out")) == 2


@pytest.mark.parametrize(
    ("title", "name"),
    [
        (HOSTILE, "00000007-cmd-C-calc-A0-etc-passwd-script-alert-1-script-img-src-x-onerror-alert-1-31m.txt"),
        ("../../etc/passwd", "00000007-etc-passwd.txt"),
        ("CON", "00000007-CON.txt"),
        ("a\x00b\nc\\d:e", "00000007-a-b-c-d-e.txt"),
        (".", "00000007.txt"),
        ("", "00000007.txt"),
        (None, "00000007.txt"),
        ("-rf", "00000007-rf.txt"),
        ("\u202egpj.exe", "00000007-gpj-exe.txt"),
    ],
)
def test_names_of_files_are_safe(title: str | None, name: str) -> None:
    assert text.file_name(7, title) == name


@pytest.mark.parametrize("title", ["क्षि" * 200, "a" * 500, "👩‍👩‍👧" * 100, "किसानों ने मंडी में " * 40])
def test_names_of_files_are_short_and_cut_between_letters(title: str) -> None:
    name = text.file_name(123_456_789, title)
    assert len(name.encode("utf-8")) <= 120
    assert name.endswith(".txt") and not name.endswith("-.txt")
    slug = name.removesuffix(".txt").partition("-")[2]
    letters = "".join(title.split()).replace("\u200d", "")
    assert letters.startswith(slug.replace("-", "")) or not slug
    following = letters[len(slug.replace("-", "")) :][:1]
    assert not following or unicodedata.category(following)[0] != "M"


@pytest.mark.parametrize(
    ("site", "name"),
    [("abplive", "abplive"), ("news.example", "news.example"), ("..", "site"), ("a\\..\\b", "a-..-b"), (".x", "x"),
     ("नगर", "नगर"), ("~", "site")],
)  # fmt: skip
def test_names_of_folders_are_safe(site: str, name: str) -> None:
    assert text.site_name(site) == name


def test_a_sentence_a_line(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        keep(store, "https://news.example/1", "डॉ. शर्मा ने 3.5 लाख रु. दिए। वे घर\tगए।\nउप-शीर्षक", title="शीर्षक")
        keep(store, "https://news.example/2", "दूसरा लेख।", title=None)
        withdraw(store, 2)
        export(store, tmp_path / "a.txt", kind="sentences")
        done = export(store, tmp_path / "a.txt.gz", kind="sentences", cursor="x")
    assert done.withdrawn == 1
    lines = ["शीर्षक", "डॉ. शर्मा ने 3.5 लाख रु. दिए।", "वे घर गए।", "उप-शीर्षक"]
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "\n".join(lines) + "\n"
    assert gzip.decompress((tmp_path / "a.txt.gz").read_bytes()) == (tmp_path / "a.txt").read_bytes()
