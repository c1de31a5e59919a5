"""Migrations, the prefix, and databases that belong to somebody else."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC
from pathlib import Path

import pytest
import sqlite_utils
from olderfile import take_back
from store_pages import NOON, keep, reject

from newsharvest.store import FrontierLink, NameClash, Store, StoreError, index, schema
from newsharvest.store.database import Names

URL = "https://example.com/1"
TEXT = "किसानों ने मंडी में प्याज बेचा।"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "news.db"


def ask(path: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def run(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def names_in(path: Path) -> set[str]:
    return {name for (name,) in ask(path, "SELECT name FROM sqlite_master")}


@pytest.fixture
def later_migrations() -> Iterator[None]:
    """Room to register migrations that are gone after the test."""
    known = list(schema.MIGRATIONS)
    yield
    schema.MIGRATIONS[:] = known


# --- from nothing, again, and from an older version ---


def test_an_empty_file_gets_the_tables_of_the_design(path: Path) -> None:
    path.touch()
    Store(path).close()
    tables = {"articles", "revisions", "removals", "rejections", "frontier", "runs", "articles_fts", "corpus"}
    assert tables | {"_migrations"} <= names_in(path)
    assert [n for (n,) in ask(path, "SELECT n FROM _migrations")] == [it.number for it in schema.MIGRATIONS]
    assert ask(path, "PRAGMA journal_mode") == [("wal",)]


def test_opening_again_writes_nothing(path: Path) -> None:
    Store(path).close()
    before = path.read_bytes()
    Store(path).close()
    assert path.read_bytes() == before


def test_the_connection_is_set_for_short_waits_and_many_writers(path: Path) -> None:
    with Store(path) as store:
        for pragma, value in (("synchronous", 1), ("busy_timeout", 30_000), ("foreign_keys", 1)):
            row = store.database.row(f"PRAGMA {pragma}")
            assert row is not None
            assert row[0] == value


@pytest.mark.usefixtures("later_migrations")
def test_a_file_of_an_older_version_is_upgraded_with_its_articles(path: Path) -> None:
    with Store(path) as store:
        keep(store, URL, TEXT)

    @schema.migration(len(schema.MIGRATIONS) + 1, "stars")
    def add_stars(tables: sqlite_utils.Database, names: Names) -> None:
        tables.execute(f"ALTER TABLE {names['articles']} ADD COLUMN stars INTEGER")
        tables.table(names.plain("badges")).create({"id": int}, pk="id")

    with Store(path, readonly=True) as store:  # also where it is opened for reading only
        assert store.article(URL) is not None
    assert ask(path, "SELECT n, name FROM _migrations ORDER BY n DESC LIMIT 1") == [(len(schema.MIGRATIONS), "stars")]
    assert ask(path, "SELECT stars FROM articles") == [(None,)]
    with Store(path) as store:
        assert [hit.url for hit in store.search("प्याज")] == [URL]


@pytest.mark.usefixtures("later_migrations")
def test_a_new_table_of_ours_does_not_take_a_name_of_theirs(path: Path) -> None:
    Store(path).close()
    run(path, "CREATE TABLE badges (x)")

    @schema.migration(len(schema.MIGRATIONS) + 1, "badges")
    def add_badges(tables: sqlite_utils.Database, names: Names) -> None:
        tables.table(names.plain("badges")).create({"id": int}, pk="id")

    with pytest.raises(NameClash, match="table badges"):
        Store(path)


@pytest.mark.usefixtures("later_migrations")
def test_a_migration_that_fails_half_way_leaves_the_old_version(path: Path) -> None:
    with Store(path) as store:
        keep(store, URL, TEXT)
    before = names_in(path), ask(path, "SELECT * FROM _migrations")

    @schema.migration(len(schema.MIGRATIONS) + 1, "broken")
    def break_down(tables: sqlite_utils.Database, names: Names) -> None:
        tables.table(names.plain("half")).create({"id": int}, pk="id")
        if tables.table(names.plain("articles")).count:  # not in the rehearsal that collects the names
            raise RuntimeError("out of paper")

    with pytest.raises(RuntimeError, match="out of paper"):
        Store(path)
    assert (names_in(path), ask(path, "SELECT * FROM _migrations")) == before


@pytest.mark.usefixtures("later_migrations")
def test_migrations_are_numbered_without_gaps() -> None:
    with pytest.raises(ValueError, match="does not follow"):
        schema.migration(len(schema.MIGRATIONS) + 2, "gap")(lambda tables, names: None)


def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    Store(path).close()
    run(path, "INSERT INTO _migrations VALUES (9999, 'tomorrow', '2099-01-01T00:00:00+00:00')")
    for readonly in (False, True):
        with pytest.raises(StoreError, match=re.escape(f"{path} was written by a newer newsharvest")):
            Store(path, readonly=readonly)


def test_the_index_is_built_anew_when_match_keys_have_changed(path: Path) -> None:
    """A text leaves the index by its keys: keys of another version would stay in it for ever."""
    with Store(path) as store:
        keep(store, URL, TEXT)
        keep(store, "https://example.com/2", TEXT)
        store.database.execute("INSERT INTO {articles_fts} ({articles_fts}) VALUES ('delete-all')")
    with Store(path) as store:
        assert store.search("प्याज") == []  # nothing tells that the index is wrong
        store.database.execute("UPDATE {_state} SET value = 'older' WHERE name = 'match_key'")
    with Store(path) as store:
        assert len(store.search("प्याज", duplicates=True)) == 2
        assert index.is_sound(store.database)


def test_what_was_stored_before_there_were_keys_gets_them_by_the_next_crawl(path: Path) -> None:
    amp, three = f"{URL}/amp", "https://example.com/3"
    with Store(path) as store:
        store.frontier.add([*map(FrontierLink, (amp, URL, three)), FrontierLink(f"{URL}/m", "feed")], "s")
        keep(store, URL, TEXT, site="s")
        store.database.execute("UPDATE {frontier} SET state = 'done' WHERE id > 1")
    take_back(path, 2)
    assert ask(path, "SELECT max(n) FROM _migrations") == [(2,)]
    with Store(path) as store:
        assert [store.frontier.get(n).key for n in (1, 2, 3, 4)] == [amp, URL, three, f"{URL}/m"]
        assert [store.frontier.get(n).article for n in (1, 2, 3)] == [None, 1, None]
        found = store.frontier.get(3)
        assert found.visited_at == found.found_at and store.frontier.get(1).visited_at is None
        assert ask(path, "SELECT key FROM articles") == [(URL,)]
        assert store.fold("other", str.upper) == 0
        assert store.fold("s", lambda url: url.removesuffix("/amp").removeprefix("https://")) == 4
        assert store.fold("s", str.upper) == 0  # once
        assert [row and row.key for row in map(store.frontier.get, (1, 2, 3, 4))] == [
            None, "example.com/1", "example.com/3", f"{URL}/m",
        ]  # fmt: skip
        assert ask(path, "SELECT key FROM articles") == [("example.com/1",)]
        assert [hit.url for hit in store.search("प्याज")] == [URL]


# --- beside the tables of somebody else ---

THEIRS = """
CREATE TABLE documents (id INTEGER PRIMARY KEY, headline TEXT, body TEXT);
CREATE INDEX by_headline ON documents (headline);
CREATE VIEW headlines AS SELECT headline FROM documents;
CREATE TRIGGER audit AFTER DELETE ON documents BEGIN SELECT 1; END;
INSERT INTO documents VALUES (1, 'शीर्षक', 'पाठ'), (2, NULL, x'00ff');
PRAGMA user_version = 7;
PRAGMA application_id = 42;
"""


def theirs(path: Path) -> list[list[tuple]]:
    return [
        ask(path, "SELECT name, sql FROM sqlite_master WHERE tbl_name IN ('documents', 'headlines') ORDER BY name"),
        ask(path, "SELECT * FROM documents"),
        ask(path, "PRAGMA user_version"),
        ask(path, "PRAGMA application_id"),
        ask(path, "PRAGMA encoding"),
    ]


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
@pytest.mark.parametrize("prefix", ["", "nh_"])
def test_our_tables_stand_beside_theirs_which_are_not_touched(path: Path, prefix: str, encoding: str) -> None:
    run(path, f"PRAGMA encoding = '{encoding}';" + THEIRS)
    before = theirs(path)
    with Store(path, prefix=prefix) as store:
        keep(store, URL, TEXT)
        assert [hit.url for hit in store.search("प्याज")] == [URL]
    assert theirs(path) == before
    # And they can go on as before, with a program that knows nothing of our functions.
    run(path, "ALTER TABLE documents RENAME COLUMN headline TO title; ALTER TABLE documents RENAME TO papers; VACUUM;")
    assert ask(path, f"SELECT count(*) FROM {prefix}corpus") == [(1,)]
    with Store(path, prefix=prefix) as store:
        assert index.is_sound(store.database)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO articles VALUES (1, 'x');",
        "CREATE TABLE Runs (x);",
        "CREATE VIEW corpus AS SELECT 1;",
        "CREATE TABLE t (x); CREATE INDEX frontier_url ON t (x);",
        "CREATE TABLE articles_fts_data (x);",
        "CREATE TABLE _migrations (id TEXT, applied TEXT);",
        "CREATE TABLE _migrations (n, name, applied_at); INSERT INTO _migrations VALUES (1, 'a', 'b')",
    ],
)
def test_a_name_of_ours_that_is_taken_is_an_error_that_offers_a_prefix(path: Path, script: str) -> None:
    run(path, script)
    before = path.read_bytes()
    with pytest.raises(NameClash) as caught:
        Store(path)
    assert str(path) in str(caught.value)
    assert "HARVEST_TABLE_PREFIX" in str(caught.value)
    assert path.read_bytes() == before
    assert {file.name for file in path.parent.iterdir()} == {path.name}
    with Store(path, prefix="nh_") as store:
        keep(store, URL, TEXT)
    assert ask(path, "SELECT title FROM nh_corpus") == [("मंडी में प्याज सस्ता",)]
    with pytest.raises(NameClash):
        Store(path)


def test_a_reader_finds_nothing_of_ours_in_their_file_and_leaves_it_alone(path: Path) -> None:
    run(path, THEIRS)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="holds no articles yet"):
        Store(path, readonly=True)
    assert path.read_bytes() == before


def test_a_table_of_theirs_that_came_later_is_no_clash(path: Path) -> None:
    Store(path).close()
    run(path, "CREATE TABLE mine (x)")
    Store(path).close()


# --- the prefix ---


def test_with_a_prefix_every_statement_works_and_every_name_bears_it(path: Path) -> None:
    with Store(path, prefix="nh_") as store:
        store.frontier.add([FrontierLink(URL)], "example")
        row = store.frontier.next("example")
        assert row is not None
        store.frontier.mark(row.id, "done")
        assert store.frontier.reset("example") == store.frontier.pending("example") == 0
        assert store.frontier.counts("example") == {("page", "done"): 1}
        run_id = store.runs.start("crawl", "example")
        store.runs.finish(run_id, "finished", {})
        reject(store, URL)
        for text in (TEXT, TEXT, TEXT + " और"):
            keep(store, URL, text, published_at=NOON.astimezone(UTC))
            keep(store, "https://example.com/2", text)
        assert store.article(URL) is not None
        assert [hit.id for hit in store.search("किसान*", site="example", since=NOON)] == [1]
        assert store.stats().total.articles == 2
        assert store.rejections() == []
        assert store.sites_seen() == ("example",)
        assert len(store.runs.latest()) == 1
        assert index.is_sound(store.database)
    assert all(name.startswith(("nh_", "sqlite_autoindex_nh_")) for name in names_in(path))
    with Store(path, prefix="second_") as store:  # and two may stand in one file
        assert store.stats().total.articles == 0


@pytest.mark.parametrize("prefix", ["nh-", "1x", 'a"b', "sqlite_x", "नई_", "a b"])
def test_a_prefix_that_is_no_name_is_refused(path: Path, prefix: str) -> None:
    with pytest.raises(StoreError, match="HARVEST_TABLE_PREFIX"):
        Store(path, prefix=prefix)
    assert not path.exists()


# --- as other tools read it ---


def test_sqlite_utils_reads_the_file(path: Path) -> None:
    with Store(path) as store:
        keep(store, URL, TEXT)
    with sqlite_utils.Database(path) as tables:
        assert [row["text"] for row in tables.view("corpus").rows] == [TEXT]
        found = tables.execute("SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'किसानों'").fetchall()
        assert found == [(1,)]
        assert tables.table("articles_fts").columns_dict  # what a browser of databases does with every table
