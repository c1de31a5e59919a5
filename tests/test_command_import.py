"""`newsharvest import`: a corpus into the database, once, with an account of everything."""

from __future__ import annotations

import gzip
import json
import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest
from console import DUMP, MARATHI, PROSE, command, run, run_process, write_corpus

from newsharvest.archive import Archive


@pytest.fixture
def corpus(tmp_path):
    return write_corpus(tmp_path / "corpus")


@pytest.fixture
def db(tmp_path):
    return tmp_path / "news.db"


def rows(db, query):
    with closing(sqlite3.connect(db)) as connection:
        return connection.execute(query).fetchall()


def figures(result):
    """Return the closing table as a mapping."""
    lines = [line.rsplit(None, 1) for line in result.stdout.splitlines() if line[-1:].isdigit()]
    return {name.strip(): int(number.replace(",", "")) for name, number in lines}


def test_every_document_is_accounted_for(corpus, db):
    (corpus / "photo.jpg").write_bytes(b"\xff\xd8")
    result = run("import", corpus, "--db", db)
    assert result.exit_code == 0
    told = figures(result)
    assert told == {
        "files read": 4, "stored": 2, "revised": 0, "unchanged": 0, "duplicates": 1, "rejected": 1,
        "language: Marathi (mr)": 1, "unreadable": 0, "skipped": 1,
    }  # fmt: skip
    assert result.stdout.endswith(f"database: {db}\n")


def test_what_is_stored(corpus, db):
    run("import", corpus, "--db", db)
    query = "select provenance, url, site, origin, text, duplicate_of from corpus order by provenance"
    first, second, copy = rows(db, query)
    assert first == ("a.txt", None, "corpus", "corpus", "\n".join(PROSE), None)
    assert second[0] == "b.txt"
    assert copy[0] == "copy.txt" and copy[4] == first[4] and copy[5] is not None
    assert rows(db, "select provenance, stage, origin from rejections") == [("marathi.txt", "language", "corpus")]


def test_every_document_is_archived_as_it_came(corpus, db):
    run("import", corpus, "--db", db)
    keys = rows(db, "select archive_key from revisions union select archive_key from rejections")
    with Archive(db.with_name("archive.db"), readonly=True) as archive:
        bodies = {archive.body(key) for (key,) in keys}
        assert bodies == {path.read_bytes() for path in corpus.iterdir()}
        assert archive.urls() == [f"file:corpus/{name}.txt" for name in ("a", "b", "copy", "marathi")]
        stored = archive.latest("file:corpus/a.txt")
        assert (stored.kind, stored.header("content-type")) == ("document", "text/plain")


def test_a_second_import_changes_only_last_seen_and_adds_a_run(corpus, db):
    run("import", corpus, "--db", db)
    fields = "id, provenance, first_seen, revision, text, change"
    before = rows(db, f"select {fields.replace('text, change', 'duplicate_of, change')} from articles")
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("update articles set last_seen = '2020-01-01T00:00:00+00:00'")
    told = figures(run("import", corpus, "--db", db))
    assert (told["unchanged"], told["stored"], told["duplicates"], told["revised"]) == (3, 0, 0, 0)
    assert rows(db, "select id, provenance, first_seen, revision, duplicate_of, change from articles") == before
    assert rows(db, "select count(*) from articles where last_seen < '2021'") == [(0,)]
    assert rows(db, "select count(*) from revisions") == [(3,)]
    runs = rows(db, "select command, outcome, json_extract(counts, '$.unchanged') from runs")
    assert runs == [("import", "finished", None), ("import", "finished", 3)]


def test_a_changed_file_is_a_revision(corpus, db):
    run("import", corpus, "--db", db)
    (corpus / "b.txt").write_text("\n".join(PROSE[:2]), encoding="utf-8")
    assert figures(run("import", corpus, "--db", db))["revised"] == 1
    assert rows(db, "select revision from articles where provenance = 'b.txt'") == [(2,)]


def test_the_site_may_be_named(corpus, db):
    run("import", corpus, "--db", db, "--site", "gaon-samachar")
    assert rows(db, "select distinct site from corpus") == [("gaon-samachar",)]
    assert rows(db, "select site from runs") == [("gaon-samachar",)]
    result = run("import", corpus, "--db", db, "--site", "a/b")
    assert result.exit_code == 2 and "'a/b' is not a name" in result.stderr


def test_records_keep_their_url_and_dates(tmp_path, db):
    record = {
        "url": "https://news.example.com/nahar-1", "title": "नहर की सफाई शुरू", "text": "\n".join(PROSE),
        "published_at": "2024-02-03T10:00:00+05:30", "authors": ["रमेश यादव"],
    }  # fmt: skip
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(json.dumps(record).encode()))
    assert run("import", tmp_path / "a.jsonl.gz", "--db", db).exit_code == 0
    found = rows(db, "select url, site, title, text, published_at, authors, provenance from corpus")
    assert found == [
        (record["url"], "news.example.com", record["title"], record["text"], "2024-02-03T04:30:00+00:00",
         '["रमेश यादव"]', "a.jsonl.gz#1"),
    ]  # fmt: skip
    with Archive(db.with_name("archive.db"), readonly=True) as archive:
        assert json.loads(archive.latest(record["url"]).body)["title"] == record["title"]


def test_a_table_of_a_database_by_named_columns(tmp_path, db):
    with closing(sqlite3.connect(tmp_path / "corpus.db")) as connection, connection:
        connection.execute("create table documents (headline, matter, link, din)")
        values = ("नहर की सफाई शुरू", "\n".join(PROSE), "https://news.example.com/1", "2024-02-03 10:00")
        connection.execute("insert into documents values (?, ?, ?, ?)", values)
    columns = ["--table", "documents", "--text", "matter", "--title", "headline", "--url", "link", "--date", "din"]
    assert run("import", tmp_path / "corpus.db", *columns, "--db", db).exit_code == 0
    found = rows(db, "select url, title, provenance, published_at from corpus")
    assert found == [(values[2], values[0], "corpus.db#1", "2024-02-03T04:30:00+00:00")]


def test_a_database_may_be_imported_into_itself(tmp_path, monkeypatch):
    monkeypatch.setattr("newsharvest.formats.sqlite._ROWS_AT_A_TIME", 20)
    path = tmp_path / "corpus.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table documents (headline, body)")
        for number in range(50):
            text = "\n".join((*PROSE, f"अधिकारी ने बताया कि वार्ड संख्या {number} में भी काम जल्द शुरू कराया जाएगा।"))
            connection.execute("insert into documents values ('', ?)", (text,))
    told = figures(run("import", path, "--table", "documents", "--db", path))
    assert told["stored"] == 50
    assert rows(path, "select count(*) from documents") == [(50,)]


def test_the_databases_being_written_are_not_read(corpus):
    db = corpus / "news.db"
    run("import", corpus, "--db", db)
    result = run("import", corpus, "--db", db)
    assert result.exit_code == 0 and figures(result)["unchanged"] == 3


def test_what_cannot_be_read_is_named_counted_and_skipped(corpus, db):
    (corpus / "bad.jsonl").write_text('{"text": "x"\n', encoding="utf-8")
    result = run("import", corpus, corpus / "none.txt", "--db", db)
    assert result.exit_code == 1
    bad, none = result.stderr.splitlines()
    assert bad.startswith(f"{corpus}/bad.jsonl, line 1: not JSON") and none.startswith(f"{corpus}/none.txt: No such")
    assert figures(result)["unreadable"] == 2 and figures(result)["stored"] == 2
    assert rows(db, "select json_extract(counts, '$.unreadable') from runs") == [(2,)]


def test_a_path_that_is_not_there_makes_no_database(tmp_path, db):
    result = run("import", tmp_path / "none", "--db", db)
    assert result.exit_code == 1 and result.stderr == f"Error: no such file or folder: {tmp_path}/none\n"
    assert not db.exists()


def test_a_database_of_ours_can_be_imported_into_another(tmp_path, db):
    record = {
        "url": "https://news.example.com/nahar-1", "title": "नहर की सफाई शुरू", "text": "\n".join(PROSE),
        "published_at": "2024-02-03T10:00:00+05:30", "authors": ["रमेश यादव", "सीमा वर्मा"], "summary": "टेल तक पानी।",
    }  # fmt: skip
    (tmp_path / "a.jsonl").write_text(json.dumps(record), encoding="utf-8")
    run("import", tmp_path / "a.jsonl", "--db", tmp_path / "one" / "news.db")
    assert run("import", tmp_path / "one" / "news.db", "--db", db).exit_code == 0
    query = "select url, site, title, summary, text, authors, published_at from corpus"
    assert rows(db, query) == rows(tmp_path / "one" / "news.db", query)


def test_a_fault_of_ours_costs_one_document(corpus, db, monkeypatch):
    from newsharvest.commands import import_

    def fail_once(page):
        if page.provenance == "b.txt":
            raise RecursionError("too deep")
        return harvest(page)

    harvest = import_.harvest
    monkeypatch.setattr(import_, "harvest", fail_once)
    result = run("import", corpus, "--db", db)
    assert result.exit_code == 1 and result.stderr == "b.txt: error: RecursionError: too deep\n"
    assert figures(result)["document: error"] == 1 and figures(result)["stored"] == 1
    assert rows(db, "select provenance from rejections where stage = 'document'") == [("b.txt",)]


def test_many_failures_are_counted_and_named_on_demand(tmp_path, db):
    (tmp_path / "bad.jsonl").write_text("{\n" * 30, encoding="utf-8")
    told = run("import", tmp_path / "bad.jsonl", "--db", db).stderr.splitlines()
    assert len(told) == 21 and told[-1] == "... and 10 more that could not be read (--verbose names all)"
    (tmp_path / "x.jpg").write_text("x")
    told = run("import", tmp_path, "--db", db, "--verbose").stderr.splitlines()
    assert len([line for line in told if "not JSON" in line]) == 30
    assert f"{tmp_path}/x.jpg: skipped (unknown extension '.jpg')" in told


def test_the_archive_may_stand_elsewhere(corpus, db, tmp_path, monkeypatch):
    monkeypatch.setenv("HARVEST_ARCHIVE", str(tmp_path / "raw" / "pages.db"))
    run("import", corpus, "--db", db)
    assert (tmp_path / "raw" / "pages.db").exists() and not (tmp_path / "archive.db").exists()


def test_a_prefix_puts_the_tables_beside_others(corpus, db, monkeypatch):
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("create table articles (x)")
    monkeypatch.setenv("HARVEST_TABLE_PREFIX", "nh_")
    assert run("import", corpus, "--db", db).exit_code == 0
    assert rows(db, "select count(*) from nh_articles") == [(3,)]


def test_interrupting_keeps_what_was_stored_and_says_so(tmp_path, db):
    with open(tmp_path / "a.jsonl", "w", encoding="utf-8") as stream:
        for number in range(6000):
            text = "\n".join((*PROSE, f"अधिकारी ने बताया कि वार्ड संख्या {number} में भी काम जल्द शुरू कराया जाएगा।"))
            stream.write(json.dumps({"text": text}) + "\n")
    words = command("import", tmp_path / "a.jsonl", "--db", db)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            time.sleep(0.05)
            started = db.exists() and rows(db, "select name from sqlite_master where name = 'runs'")
            if started and rows(db, "select count(*) from articles") > [(5,)]:
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err and "interrupted: what is counted here is stored" in err
    stored = rows(db, "select count(*) from articles")[0][0]
    ((outcome, counted),) = rows(db, "select outcome, json_extract(counts, '$.stored') from runs")
    assert 5 < stored < 6000 and outcome == "interrupted"
    # The signal may come between the transaction and its count.
    assert counted in (stored, stored - 1) and f"stored {counted:,}" in " ".join(out.split())
    assert rows(db, "pragma integrity_check") == [("ok",)]


def test_the_time_of_a_file_is_the_base_of_its_dates(tmp_path, db):
    path = tmp_path / "a.html"
    lines = "".join(f"<p>{line}</p>" for line in PROSE)
    head = '<meta property="article:published_time" content="2024-02-03T10:00:00+05:30"><title>नहर की सफाई</title>'
    path.write_text(f"<html><head>{head}</head><body><article>{lines}</article></body></html>", encoding="utf-8")
    os.utime(path, (1_707_000_000, 1_707_000_000))
    run("import", path, "--db", db)
    with Archive(db.with_name("archive.db"), readonly=True) as archive:
        assert archive.newest().timestamp() == 1_707_000_000
    assert rows(db, "select published_at from corpus") == [("2024-02-03T04:30:00+00:00",)]


def test_a_log_gets_plain_lines(corpus, db):
    done = run_process("import", corpus, "--db", db)
    assert done.returncode == 0 and done.stderr == b"" and b"\x1b" not in done.stdout


def test_file_names_with_escapes_do_not_command_the_terminal(tmp_path, db):
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a\x1b[2J\nb.txt").write_text(DUMP, encoding="utf-8")
    (tmp_path / "c" / "bad\x1b[2J.json").write_text("{", encoding="utf-8")
    with open(os.fsencode(tmp_path) + b"/c/caf\xe9.txt", "w", encoding="utf-8") as stream:
        stream.write(MARATHI)
    result = run("import", tmp_path / "c", "--db", db, "--verbose")
    assert "\x1b" not in result.output
    assert rows(db, "select provenance from articles") == [("a\x1b[2J\nb.txt",)]
    assert rows(db, "select provenance from rejections") == [("caf\\xe9.txt",)]
