"""`newsharvest show`: one article."""

from __future__ import annotations

import json

import pytest
from console import PROSE, run, write_corpus


@pytest.fixture
def db(tmp_path):
    run("import", write_corpus(tmp_path / "corpus"), "--db", tmp_path / "news.db")
    return tmp_path / "news.db"


def test_an_article_by_id_and_by_path(db):
    shown = run("show", "1", "--db", db)
    assert shown.exit_code == 0
    assert "provenance: a.txt\n" in shown.stdout and "language: hi\n" in shown.stdout
    assert "url:" not in shown.stdout and "duplicate of:" not in shown.stdout
    assert shown.stdout.endswith("\n\n" + "\n".join(PROSE) + "\n")
    assert run("show", "a.txt", "--db", db).stdout == shown.stdout


def test_a_duplicate_shows_the_text_of_its_original(db):
    shown = run("show", "copy.txt", "--db", db).stdout
    assert "duplicate of: 1\n" in shown and PROSE[0] in shown


def test_an_article_by_its_url(tmp_path):
    record = {"url": "https://a.example.com/1", "title": "नहर की सफाई", "text": "\n".join(PROSE),
              "published_at": "2024-02-03T10:00:00+05:30"}  # fmt: skip
    (tmp_path / "a.jsonl").write_text(json.dumps(record), encoding="utf-8")
    run("import", tmp_path / "a.jsonl", "--db", tmp_path / "news.db")
    shown = run("show", "https://a.example.com/1", "--db", tmp_path / "news.db").stdout
    assert shown.startswith("नहर की सफाई\n") and "published at: 2024-02-03 10:00 IST\n" in shown


def test_a_story_of_several_outlets_names_its_articles(db):
    assert "story:" not in run("show", "1", "--db", db).stdout
    for site in ("gaon", "nagar"):
        run("import", db.parent / "corpus" / "a.txt", "--db", db, "--site", site)
    shown = run("show", "1", "--db", db).stdout
    assert "\nstory: 5 articles of 3 outlets, first corpus (#1) on " in shown
    assert "\ntold also by: corpus (#2), corpus (#3), gaon (#4), nagar (#5)\n" in shown
    told = json.loads(run("show", "5", "--db", db, "--json").stdout)["story"]["articles"]
    assert [(it["id"], it["site"]) for it in told][2:] == [(3, "corpus"), (4, "gaon"), (5, "nagar")]


def test_of_a_story_of_many_only_some_are_named(db):
    for number in range(4, 22):
        run("import", db.parent / "corpus" / "a.txt", "--db", db, "--site", f"outlet-{number}")
    assert "outlet-20 (#20), outlet-21 (#21)\n" in run("show", "1", "--db", db).stdout
    run("import", db.parent / "corpus" / "a.txt", "--db", db, "--site", "one-more")
    assert "outlet-21 (#21) and 1 more\n" in run("show", "1", "--db", db).stdout


def test_json_holds_everything(db):
    found = json.loads(run("show", "1", "--db", db, "--json").stdout)
    assert found["text"] == "\n".join(PROSE) and found["provenance"] == "a.txt"
    assert {"stage", "rule", "because", "text", "position"} == set(found["removals"][0])
    assert found["first_seen"].endswith("+00:00")


def test_what_is_not_there_is_a_message(db):
    result = run("show", "https://a.example.com/none", "--db", db)
    assert result.exit_code == 1 and result.stderr == f"Error: no article 'https://a.example.com/none' in {db}\n"


def test_a_rejected_page_says_why(db):
    result = run("show", "marathi.txt", "--db", db)
    assert result.exit_code == 1 and "marathi.txt was rejected on" in result.stderr and "Marathi" in result.stderr
