"""`newsharvest export`: its words, its messages, its exit status, and the way back by `newsharvest import`."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from console import command, run, write_corpus
from exporting import HOSTILE, fields, fill, read_lines, text_of, url_of, withdraw
from store_pages import NOON, keep

from newsharvest.exports import record
from newsharvest.store import Store
from newsharvest.store.reading import StoredArticle


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "news.db"


def told(*arguments: object) -> str:
    result = run("export", *arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_what_it_says(db: Path, tmp_path: Path) -> None:
    with Store(db) as store:
        fill(store, 3)
        withdraw(store, 1)
    first = tmp_path / "1.jsonl"
    assert told("jsonl", first, "--db", db) == f"exported 2 articles to {first}\n"
    second = tmp_path / "2.jsonl.gz"
    assert told("jsonl", second, "--new", "--db", db) == f"exported 2 articles and 1 withdrawn to {second}\n"
    third = tmp_path / "3.txt"
    result = run("export", "txt", third, "--sentences", "--new", "--cursor", "words", "--db", db)
    assert "sentences bear no ids" in result.stderr and result.exit_code == 0


def test_nothing_new_is_an_empty_file_and_no_error(db: Path, tmp_path: Path) -> None:
    with Store(db) as store:
        fill(store, 1)
    told("jsonl", tmp_path / "1.jsonl", "--new", "--db", db)
    assert told("jsonl", tmp_path / "2.jsonl", "--new", "--db", db).startswith("exported 0 articles to")
    assert (tmp_path / "2.jsonl").read_bytes() == b""


def test_choices_go_by_days_in_india(db: Path, tmp_path: Path) -> None:
    with Store(db) as store:
        fill(store, 5)
        keep(store, url_of(6), text_of(6), site="a", published_at=NOON.replace(hour=18, minute=30, day=20))  # the 21st
        keep(store, url_of(7), "छोटा", site="a", published_at=NOON.replace(hour=18, minute=29, day=20))  # the 20th
        keep(store, url_of(8), text_of(6), site="a", published_at=NOON)
    words = ("--db", db, "--site", "a", "--from", "2026-11-20", "--to", "2026-11-21")
    told("jsonl", tmp_path / "1.jsonl", *words)
    assert [row["id"] for row in read_lines(tmp_path / "1.jsonl")] == [2, 6, 7]
    told("jsonl", tmp_path / "2.jsonl", *words, "--from", "2026-11-21", "--min-words", "2")
    assert [row["id"] for row in read_lines(tmp_path / "2.jsonl")] == [2, 6]
    told("jsonl", tmp_path / "3.jsonl", "--db", db, "--site", "a", "--dedupe", "exact")
    assert [row["id"] for row in read_lines(tmp_path / "3.jsonl")] == [2, 4, 6, 7]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["csv", "a.csv"], 2, "is not one of 'jsonl', 'parquet', 'txt', 'dataset', 'warc'"),
        (["jsonl", "a.json"], 1, "name a file that ends in .jsonl or .jsonl.gz or .jsonl.zst"),
        (["jsonl", "a.jsonl", "--cursor", "x"], 2, "--cursor names the reader that --new is for"),
        (["jsonl", "a.jsonl", "--new", "--cursor", " "], 2, "--cursor names the reader"),
        (["jsonl", "a.jsonl", "--sentences"], 2, "--sentences goes with txt"),
        (["txt", "a.txt"], 1, "is written to a folder"),
        (["jsonl", "a.jsonl", "--from", "yesterday"], 2, "--from"),
        (["jsonl", "there.jsonl"], 1, "exists already"),
        (["warc", "a.warc"], 1, "there is no such archive"),
        (["jsonl", "/proc/a.jsonl"], 1, "cannot write /proc/a.jsonl"),
    ],
)
def test_a_wrong_command_is_told(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], status: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with Store(db) as store:
        fill(store, 1)
    (tmp_path / "there.jsonl").write_text("x")
    before = sorted(os.listdir(tmp_path))
    result = run("export", *words, "--db", db)
    assert (result.exit_code, message in result.stderr) == (status, True), result.stderr
    assert [name for name in sorted(os.listdir(tmp_path)) if not name.startswith("news.db")] == [
        name for name in before if not name.startswith("news.db")
    ]


@pytest.mark.parametrize("words", [[], ["--new"]])
def test_no_database_is_made_to_be_exported(tmp_path: Path, words: list[str]) -> None:
    result = run("export", "jsonl", tmp_path / "a.jsonl", "--db", tmp_path / "none.db", *words)
    assert result.exit_code == 1 and "there is no database at" in result.stderr
    assert os.listdir(tmp_path) == []


def test_a_file_is_replaced_by_force(db: Path, tmp_path: Path) -> None:
    with Store(db) as store:
        fill(store, 1)
    (tmp_path / "a.jsonl").write_text("x")
    told("jsonl", tmp_path / "a.jsonl", "--force", "--db", db)
    assert len(read_lines(tmp_path / "a.jsonl")) == 1


def test_a_full_disk_is_told_and_leaves_nothing(db: Path, tmp_path: Path) -> None:
    with Store(db) as store:
        fill(store, 200)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    words = command("export", "jsonl", tmp_path / "a.jsonl", "--db", db)
    code = f"import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); {words[2]}"
    done = subprocess.run([sys.executable, "-c", code, *words[3:]], preexec_fn=limit, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, f"Error: cannot write {tmp_path}/a.jsonl: File too large\n")
    assert [name for name in os.listdir(tmp_path) if "jsonl" in name] == []


# --- and back ---


def comparable(article: StoredArticle | None) -> tuple[object, ...]:
    assert article is not None
    return (
        article.url, article.site, article.origin, article.title, article.summary, article.text, article.authors,
        article.agency, article.section, article.image_url, article.published_at, article.published_source,
        article.modified_at, article.language, article.truncated, article.first_seen, article.last_seen,
        article.content_hash, article.text_hash,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"])
def test_what_was_exported_is_imported_as_it_was(db: Path, tmp_path: Path, name: str) -> None:
    run("import", write_corpus(tmp_path / "corpus"), "--db", db)
    with Store(db) as store:
        # A line that a rule would take, were it cleaned again; a language that the gate would refuse.
        keep(store, url_of(1), f"{text_of(1)}\nयह भी पढ़ें: दूसरी खबर\n{text_of(2)}", title=HOSTILE, truncated=True)
        keep(store, url_of(2), "Only English words stand in here.", language="en")
        keep(store, url_of(2), "Only English words stand in here.", language="en", seen_at=NOON.replace(day=25))
        keep(store, url_of(3), text_of(1), published_at=None)
        withdraw(store, 1)
        told("jsonl", tmp_path / name, "--new", "--db", db)
        exported = {row["id"] for row in read_lines(tmp_path / name) if "text" in row}
        originals = {number: store.article(number) for number in exported}
    other = tmp_path / "other" / "news.db"
    result = run("import", tmp_path / name, "--db", other)
    assert result.exit_code == 0 and "skipped" in result.stdout
    with Store(other) as store:
        for article in originals.values():
            assert article is not None
            found = store.article(article.url or article.provenance)
            assert comparable(found) == comparable(article)
        total = store.stats().total
        assert total.articles == len(originals) and total.rejected_pages == 0
        before = [dict(row) for row in store.database.rows("SELECT * FROM {articles} ORDER BY id")]
    run("import", tmp_path / name, "--db", other)
    with Store(other) as store:
        assert [dict(row) for row in store.database.rows("SELECT * FROM {articles} ORDER BY id")] == before
    # What came as it is stays so when the rules are run again, and can be explained.
    result = run("reclean", "--all", "--db", other)
    assert result.exit_code == 0, result.stderr
    with Store(other) as store:
        assert comparable(store.article(url_of(2))) == comparable(originals[max(originals) - 1])
    assert run("explain", url_of(2), "--db", other).exit_code == 0


def test_an_import_into_the_same_database_changes_nothing(db: Path, tmp_path: Path) -> None:
    run("import", write_corpus(tmp_path / "corpus"), "--db", db)
    with Store(db) as store:
        fill(store, 2, start=10)
        before = [dict(row) for row in store.database.rows("SELECT * FROM {articles} ORDER BY id")]
    told("jsonl", tmp_path / "a.jsonl", "--db", db)
    assert run("import", tmp_path / "a.jsonl", "--db", db).exit_code == 0
    with Store(db) as store:
        assert [dict(row) for row in store.database.rows("SELECT * FROM {articles} ORDER BY id")] == before


def test_a_record_may_go_to_another_site_or_be_cleaned_again(db: Path, tmp_path: Path) -> None:
    with Store(db) as store:
        fill(store, 1)
    told("jsonl", tmp_path / "a.jsonl", "--db", db)
    run("import", tmp_path / "a.jsonl", "--site", "mine", "--db", tmp_path / "1.db")
    with Store(tmp_path / "1.db") as store:
        found = store.article(url_of(1))
        assert found is not None and (found.site, found.origin) == ("mine", "crawl")
    run("import", tmp_path / "a.jsonl", "--text", "text", "--db", tmp_path / "2.db")
    with Store(tmp_path / "2.db") as store:
        found = store.article(url_of(1))
        assert found is None or found.origin == "corpus"


def test_a_spoilt_record_is_named_and_the_others_are_imported(db: Path, tmp_path: Path) -> None:
    with Store(db) as store:
        fill(store, 2)
    told("jsonl", tmp_path / "a.jsonl", "--db", db)
    first, second = read_lines(tmp_path / "a.jsonl")
    lines = (first | {"first_seen": "कल"}, second, first | {"schema_version": 99})
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    result = run("import", tmp_path / "a.jsonl", "--db", tmp_path / "other.db")
    assert result.exit_code == 1
    assert "a.jsonl, line 1: a record whose 'first_seen' is no time" in result.stderr
    assert "line 3: a record of schema_version 99, this newsharvest reads 1" in result.stderr
    with Store(tmp_path / "other.db") as store:
        assert store.article(url_of(1)) is None and store.article(url_of(2)) is not None


def test_clean_prints_a_record_as_it_is(db: Path, tmp_path: Path) -> None:
    with Store(db) as store:
        keep(store, url_of(1), "यह भी पढ़ें: दूसरी खबर\nपाठ।")
        withdraw(store, 1)
        told("jsonl", tmp_path / "1.jsonl", "--new", "--db", db)
        keep(store, url_of(2), "यह भी पढ़ें: दूसरी खबर\nपाठ।")
        told("jsonl", tmp_path / "2.jsonl", "--db", db)
    assert run("clean", tmp_path / "1.jsonl").exit_code == 0
    result = run("clean", tmp_path / "2.jsonl", "--jsonl")
    assert json.loads(result.stdout)["text"] == "यह भी पढ़ें: दूसरी खबर\nपाठ।"
    (line,) = read_lines(tmp_path / "2.jsonl")
    assert fields(record.read(line).article)[-1] == line["text"]
