"""`newsharvest search`: words in, articles out."""

from __future__ import annotations

import json

import pytest
from console import run

FLOOD = "नदी का पानी खेतों में भरने से किसानों की फसल बर्बाद हो गई और प्रशासन ने सर्वे शुरू कराया।"
RELIEF = "जिलाधिकारी ने बताया कि सर्वे पूरा होते ही किसान परिवारों को मुआवजा उनके खातों में भेजा जाएगा।"
STORIES = (
    ("https://a.example.com/1", "बाढ़ से फसल बर्बाद", FLOOD, "2024-02-03T23:00:00+05:30"),
    ("https://b.example.com/2", "सर्वे के बाद मिलेगा मुआवजा", RELIEF, "2024-02-04T01:00:00+05:30"),
)


@pytest.fixture
def db(tmp_path):
    rows = [dict(zip(("url", "title", "text", "published_at"), story, strict=True)) for story in STORIES]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    result = run("import", tmp_path / "a.jsonl", "--db", tmp_path / "news.db")
    assert result.exit_code == 0, result.output
    return tmp_path / "news.db"


def urls(*arguments):
    return [hit["url"] for hit in json.loads(run("search", *arguments, "--json").stdout)]


def test_a_hit_shows_day_site_title_snippet_and_address(db):
    shown = run("search", "फसल", "--db", db).stdout
    assert shown.splitlines()[0] == "2024-02-03 23:00  a.example.com  #1"
    assert "बाढ़ से फसल बर्बाद" in shown and "किसानों की फसल" in shown and STORIES[0][0] in shown


def test_hits_are_bold_in_a_terminal(db):
    from click.testing import CliRunner

    from newsharvest.cli import main

    shown = CliRunner().invoke(main, ["search", "फसल", "--db", str(db)], color=True).stdout
    assert "बाढ़ से \x1b[1mफसल\x1b[0m बर्बाद" in shown and "की \x1b[1mफसल\x1b[0m बर्बाद" in shown
    plain = CliRunner().invoke(main, ["search", "फसल", "--db", str(db)], color=True, env={"NO_COLOR": "1"}).stdout
    assert "\x1b" not in plain


def test_json_is_one_list(db):
    (hit,) = json.loads(run("search", "फसल", "--db", db, "--json").stdout)
    assert list(hit) == ["id", "url", "site", "title", "published_at", "snippet"]
    assert hit["published_at"] == "2024-02-03T17:30:00+00:00"


def test_filters(db):
    assert set(urls("किसान*", "--db", db)) == {STORIES[0][0], STORIES[1][0]}
    assert urls("किसान*", "--site", "b.example.com", "--db", db) == [STORIES[1][0]]
    assert len(urls("किसान*", "--limit", "1", "--db", db)) == 1


def test_the_newest_can_come_first(db):
    words = "बर्बाद OR फसल OR सर्वे"
    assert urls(words, "--db", db) == [STORIES[0][0], STORIES[1][0]]
    assert urls(words, "--newest", "--db", db) == [STORIES[1][0], STORIES[0][0]]


def test_days_are_days_in_india(db):
    assert urls("सर्वे", "--to", "2024-02-03", "--db", db) == [STORIES[0][0]]
    assert urls("सर्वे", "--from", "2024-02-04", "--db", db) == [STORIES[1][0]]


def test_words_need_no_quotes_in_the_shell(db):
    assert urls("नदी", "पानी", "--db", db) == [STORIES[0][0]]


def test_nothing_found_is_no_error(db):
    result = run("search", "हवाईजहाज", "--db", db)
    assert result.exit_code == 0 and result.stdout == "nothing found for 'हवाईजहाज'\n"
    assert json.loads(run("search", "हवाईजहाज", "--db", db, "--json").stdout) == []


@pytest.mark.parametrize("query", ['"फसल', "(", "*", "फसल OR"])
def test_a_malformed_query_is_a_message(db, query):
    result = run("search", query, "--db", db)
    assert result.exit_code == 2 and "Error: " in result.stderr and "Traceback" not in result.output


def test_a_wrong_day_is_a_message(db):
    assert run("search", "x", "--from", "3.2.2024", "--db", db).exit_code == 2


def test_titles_do_not_command_the_terminal(tmp_path):
    record = {"url": "https://a.example.com/1", "title": "बाढ़ \x1b]0;x\x07 \u202eका पानी", "text": STORIES[0][2]}
    (tmp_path / "a.jsonl").write_text(json.dumps(record), encoding="utf-8")
    run("import", tmp_path / "a.jsonl", "--db", tmp_path / "news.db")
    shown = run("search", "नदी", "--db", tmp_path / "news.db").output
    assert "का पानी" in shown and not set("\x1b\x07\u202e") & set(shown)
