"""`newsharvest diff`: what changed between two revisions."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from console import run
from store_pages import NOON, keep

from newsharvest.commands.diff import compare_texts
from newsharvest.store import Store

URL = "https://example.com/1"
FIRST = "किसानों ने मंडी में प्याज बेचा।\nभाव स्थिर रहा।\nमंडी खुली रही।"
LAST = "किसानों ने मंडी में प्याज बेचा।\nभाव दो रुपये गिरा।\nमंडी खुली रही।"


@pytest.fixture
def db(tmp_path):
    path = tmp_path / "news.db"
    with Store(path) as store:
        keep(store, URL, FIRST, title="मंडी में प्याज")
        keep(store, URL, FIRST, title="मंडी में प्याज", authors=("रवि",), seen_at=NOON + timedelta(hours=1))
        keep(store, URL, LAST, title="प्याज\x1b[31m सस्ता", seen_at=NOON + timedelta(hours=2))
        keep(store, "https://example.com/2", "एक और खबर यहां है।")
    return path


def test_the_last_two_with_the_headline_first(db):
    shown = run("diff", URL, "--db", db)
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert lines[:4] == [
        "revision  seen              changed",
        "       1  2026-11-22 17:30",
        "       2  2026-11-22 18:30  authors",
        "       3  2026-11-22 19:30  title, authors, text",
    ]
    assert lines[4:] == [
        "", "From revision 2 to 3:", "title", "- मंडी में प्याज", "+ प्याज[31m सस्ता", "authors", "- रवि", "text",
        "…", "  किसानों ने मंडी में प्याज बेचा।", "- भाव स्थिर रहा।", "+ भाव दो रुपये गिरा।", "  मंडी खुली रही।",
    ]  # fmt: skip
    assert "\x1b" not in shown.output  # no colour but on a terminal, and none of the page's


def test_chosen_revisions(db):
    assert "From revision 1 to 2:\nauthors\n+ रवि\n" in run("diff", URL, "2", "--db", db).stdout
    assert "From revision 3 to 1:" in run("diff", "1", "3", "1", "--db", db).stdout
    assert run("diff", URL, "2", "2", "--db", db).stdout.endswith("no field and no line differs\n")
    first = run("diff", URL, "1", "--db", db)
    assert first.exit_code == 2 and "revision 1 is the first" in first.stderr
    none = run("diff", URL, "1", "7", "--db", db)
    assert none.exit_code == 2 and "there is no revision 7; the article has 3" in none.stderr


def test_one_revision_is_a_sentence_and_an_unknown_article_an_error(db):
    only = run("diff", "https://example.com/2", "--db", db)
    assert only.exit_code == 0
    assert only.stdout == "There is one revision only, of 2026-11-22 17:30 IST: nothing has changed.\n"
    none = run("diff", "https://example.com/3", "--db", db)
    assert none.exit_code == 1 and none.stderr == f"Error: no article 'https://example.com/3' in {db}\n"


def test_json(db):
    found = json.loads(run("diff", URL, "--db", db, "--json").stdout)
    assert (found["from"], found["to"]) == (2, 3)
    assert found["fields"]["authors"] == [["रवि"], []]
    assert list(found["fields"]) == ["title", "authors"]
    assert "+भाव दो रुपये गिरा।" in found["text"]
    assert [revision["changed"] for revision in found["revisions"]] == ["", "authors", "title, authors, text"]
    assert json.loads(run("diff", "https://example.com/2", "--db", db, "--json").stdout)["fields"] == {}


def test_lines_that_look_like_marks():
    assert compare_texts("क", "क") == []
    assert compare_texts("--- क\n@@ ख", "+++ क\n@@ ख") == ["…", "---- क", "++++ क", " @@ ख"]
