"""`newsharvest explain`: every line with its reason."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from console import DUMP, JUNK, MARATHI, PROSE, run, write_corpus

from newsharvest.cli import main

PAGE = f"""<!doctype html><html lang="hi"><head><meta charset="utf-8"><title>नहर की सफाई का काम शुरू</title></head>
<body><nav><ul><li>होम</li><li>राजनीति</li></ul></nav><article><h1>नहर की सफाई का काम शुरू</h1>
<p>{PROSE[0]}</p><p>{JUNK}</p><p>{PROSE[1]}</p><p>{PROSE[2]}</p></article>
<footer><p>हमारे बारे में जानकारी</p></footer></body></html>"""


@pytest.fixture
def db(tmp_path):
    run("import", write_corpus(tmp_path / "corpus"), "--db", tmp_path / "news.db")
    return tmp_path / "news.db"


def test_every_line_of_a_file_in_order(tmp_path):
    (tmp_path / "a.txt").write_text(DUMP, encoding="utf-8")
    lines = run("explain", tmp_path / "a.txt").stdout.splitlines()
    places = [
        lines.index(line)
        for line in (f"  {PROSE[0]}", f"- {JUNK}", f"  {PROSE[1]}", f"  {PROSE[2]}", "- Leave a Comment")
    ]
    assert places == sorted(places)
    assert lines[places[1] + 1].strip().startswith("also-read/")
    rule, why = lines[places[4] + 1].strip().split(": ", 1)
    assert rule == "comments/form" and why == "The comment form of WordPress, Blogger and others."
    assert "3 lines kept, 2 removed." in lines


def test_other_reasons_are_named_too(tmp_path):
    (tmp_path / "a.txt").write_text(DUMP, encoding="utf-8")
    because = json.loads(run("clean", "--jsonl", tmp_path / "a.txt").stdout)["removals"][-1]["because"]
    assert len(because) > 1
    assert f"because also: {', '.join(because[1:])}" in run("explain", tmp_path / "a.txt").stdout


def test_removed_lines_are_struck_out_in_a_terminal(tmp_path):
    (tmp_path / "a.txt").write_text(DUMP, encoding="utf-8")
    shown = CliRunner().invoke(main, ["explain", str(tmp_path / "a.txt")], color=True).stdout
    assert f"\x1b[31m\x1b[9m{JUNK}\x1b[0m" in shown and f"  {PROSE[0]}\n" in shown


def test_lines_outside_the_body_come_last_by_rule(tmp_path):
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    shown = run("explain", tmp_path / "a.html").stdout
    body, outside = shown.split("Outside the body: ")
    assert f"- {JUNK}" in body and "होम" not in body
    assert "- होम" in outside and "strips/navigation: " in outside


def test_an_article_of_the_database_is_read_from_the_archive(db):
    for path in (db.parent / "corpus").iterdir():
        path.unlink()
    by_id, by_path = run("explain", "1", "--db", db), run("explain", "a.txt", "--db", db)
    assert by_id.exit_code == 0 and f"- {JUNK}" in by_id.stdout
    assert by_id.stdout == by_path.stdout


def test_a_rejected_document_is_explained(db):
    result = run("explain", "marathi.txt", "--db", db)
    assert result.exit_code == 0
    assert "rejected (language: Marathi (mr): " in result.stdout and f"  {MARATHI.splitlines()[0]}" in result.stdout


def test_a_record_with_an_address(tmp_path):
    record = {"url": "https://a.example.com/1", "title": "नहर की सफाई", "html": PAGE}
    (tmp_path / "a.jsonl").write_text(json.dumps(record), encoding="utf-8")
    run("import", tmp_path / "a.jsonl", "--db", tmp_path / "news.db")
    shown = run("explain", "https://a.example.com/1", "--db", tmp_path / "news.db").stdout
    assert shown.startswith("https://a.example.com/1\ntitle: नहर की सफाई\n") and f"- {JUNK}" in shown


def test_what_is_not_there_is_a_message(db):
    assert "no article 'none.txt'" in run("explain", "none.txt", "--db", db).stderr


def test_an_archive_that_is_gone_is_a_message(db):
    db.with_name("archive.db").unlink()
    result = run("explain", "1", "--db", db)
    assert result.exit_code == 1 and "archive.db: there is no such archive" in result.stderr


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "a.json").write_text("{", encoding="utf-8")
    result = run("explain", tmp_path / "a.json")
    assert result.exit_code == 1 and f"{tmp_path}/a.json, line 1: not JSON" in result.stderr


def test_escapes_do_not_reach_the_terminal(tmp_path):
    (tmp_path / "a.txt").write_text(DUMP.replace("मंडी", "मंडी\x1b]0;x\x07"), encoding="utf-8")
    assert "\x1b" not in run("explain", tmp_path / "a.txt").output
