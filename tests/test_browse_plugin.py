"""What Datasette gets from us: SQL that knows Hindi spelling, canned queries, links, names with a prefix."""

from __future__ import annotations

import json
import re
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from browsing import Enemy, Server, fill, serve

from newsharvest.browse.plugin import search_query

QUERIES = Path(__file__).parent.parent / "newsharvest" / "browse" / "queries.toml"


def test_sql_finds_every_spelling_too(server: Server) -> None:
    sql = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH search_query(:q)"
    for words in ("हिंदी", "हिन्दी", "क़ानून", "कानून", '"की किताब"', "किता*"):
        assert server.rows(sql, q=words) == [[25]], words
    for nothing in ("", '"', "।"):
        assert server.rows(sql, q=nothing) == [[0]]
    assert server.rows("SELECT match_key('क़ानून') = match_key('कानून'), match_key(NULL)") == [[1, None]]
    page = json.loads(server.get("/news/corpus.json", _search="कानून", _size="100").text)
    assert page["filtered_table_rows_count"] == 25


def test_what_is_no_query_is_taken_word_by_word() -> None:
    assert search_query('"किम OR (जोंग') == search_query("किम or जोंग")
    assert search_query("क " * 100)
    assert search_query(None) == search_query("***") == '""'


@pytest.mark.parametrize("name", tomllib.loads(QUERIES.read_text(encoding="utf-8")))
def test_canned_queries_run(server: Server, name: str) -> None:
    rule = "machine/separator"
    answer = server.get(f"/news/{name}.json", q="किताब", rule=rule, _shape="objects")
    found = json.loads(answer.text)
    assert answer.status == 200, found
    if name in ("search", "articles_by_site_and_day", "rejections_by_reason", "revised", "runs"):
        assert found["rows"]
    page = server.get(f"/news/{name}", q="किताब", rule=rule).text
    if name in ("search", "revised"):
        assert re.search(r'<a href="/article/\d+">', page)


def test_tables_with_a_prefix_are_read_and_others_are_left(tmp_path: Path, enemy: Enemy) -> None:
    database, archive = tmp_path / "news.db", tmp_path / "archive.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE articles (theirs TEXT)")
    fill(database, archive, enemy, prefix="nh_")
    with serve(database, archive, enemy, HARVEST_TABLE_PREFIX="nh_", HARVEST_CLEANERS="0") as server:
        assert "example 25</a>" in server.get("/").text
        assert server.get("/search", q="हिंदी").text.count('class="title"') == 20
        assert "<mark>" in server.get("/search", q="हिंदी").text
        assert json.loads(server.get("/news/search.json", q="कानून").text)["rows"]
        assert json.loads(server.get("/news/nh_corpus.json", _search="कानून").text)["filtered_table_rows_count"] == 25
        assert re.search(r'<a href="/article/\d+">', server.get("/news/nh_corpus").text)
        archive.unlink()  # its places cannot be looked up any more
        assert "is a guess" in server.get("/article/1").text
