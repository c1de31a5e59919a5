"""Which articles an export gets: the choice, what changed since a position, one consistent moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from exporting import fill, text_of, url_of, withdraw
from store_pages import NOON, keep

from newsharvest.store import Store, StoreError
from newsharvest.store.exporting import Announced, Choice, Gone, Position


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "news.db") as store:
        yield store


def chosen(store: Store, **choice) -> list[int]:
    with store.exports.snapshot() as snapshot:
        return [row["id"] for row in snapshot.articles(Choice(**choice))]


def changes(store: Store, after: Position, **choice) -> list[int]:
    """Return what changed, in order: ids, and those of articles that are gone with a minus."""
    with store.exports.snapshot() as snapshot:
        return [-it.id if isinstance(it, Gone) else it["id"] for it in snapshot.changes(Choice(**choice), after)]


def position(store: Store) -> Position:
    with store.exports.snapshot() as snapshot:
        return snapshot.position


def test_every_article_that_stands_in_order_of_id(store: Store) -> None:
    fill(store, 4)
    withdraw(store, 2)
    assert chosen(store) == [1, 3, 4]


def test_choices(store: Store) -> None:
    fill(store, 4)
    keep(store, url_of(5), "दो शब्द", published_at=None, seen_at=NOON - timedelta(days=2))
    assert chosen(store, site="a") == [2, 4]
    # Published at noon of a day; where that is unknown the time of the first visit counts.
    assert chosen(store, since=NOON - timedelta(days=2)) == [1, 2, 3, 5]
    assert chosen(store, until=NOON - timedelta(days=2)) == [4]
    assert chosen(store, since=NOON - timedelta(days=2), until=NOON) == [2, 3, 5]
    assert chosen(store, min_words=3) == [1, 2, 3, 4]
    assert chosen(store, min_words=2) == [1, 2, 3, 4, 5]


def test_duplicates_are_left_out_where_that_is_asked_for(store: Store) -> None:
    fill(store, 2)
    keep(store, url_of(3), text_of(1))
    assert chosen(store) == [1, 2, 3]
    assert chosen(store, dedupe="exact") == chosen(store, dedupe="cluster") == [1, 2]


def tell(store: Store, number: int, site: str, *, story: int = 7, days: int = 0, own: str = "") -> None:
    """Keep a story as an outlet tells it, in words of its own at the end."""
    keep(
        store,
        url_of(number),
        f"{text_of(story, 80)}\n{own}".strip(),
        site=site,
        published_at=NOON - timedelta(days=days),
    )


def test_of_a_cluster_the_earliest_stands_for_all(store: Store) -> None:
    tell(store, 1, "a", days=1)
    tell(store, 2, "b", days=3, own="अलग")
    tell(store, 3, "c", days=2, own="और अलग")
    tell(store, 4, "a", days=9, story=8)
    tell(store, 5, "a", days=8, story=8, own="अलग")  # nearly the same, of one outlet
    assert store.database.row("SELECT size FROM {clusters}")["size"] == 3
    assert chosen(store, dedupe="none") == [1, 2, 3, 4, 5]
    assert chosen(store, dedupe="exact") == [1, 2, 3, 4]
    assert chosen(store, dedupe="cluster") == [2, 4]
    assert chosen(store, dedupe="cluster", site="a") == [4]  # of the whole database, whatever the site
    withdraw(store, 2)
    assert chosen(store, dedupe="cluster") == [3, 4]


def test_another_earliest_of_a_cluster_takes_the_place_of_the_one_before(store: Store) -> None:
    tell(store, 1, "a", days=1)
    tell(store, 2, "b", days=2, own="अलग")
    start = position(store)
    assert chosen(store, dedupe="cluster") == [2]
    tell(store, 3, "c", days=3, own="और अलग")
    assert sorted(changes(store, start, dedupe="cluster")) == [-2, 3]
    start = position(store)
    withdraw(store, 3)
    assert sorted(changes(store, start, dedupe="cluster")) == [-3, 2]
    start = position(store)
    tell(store, 1, "a", days=4)  # its outlet corrects the time
    assert sorted(changes(store, start, dedupe="cluster")) == [-2, 1]


def test_what_is_new_changed_or_withdrawn_once_each(store: Store) -> None:
    fill(store, 4)
    start = position(store)
    assert changes(store, Position()) == [1, 2, 3, 4]
    assert changes(store, start) == []
    keep(store, url_of(3), "एक और पंक्ति।")
    keep(store, url_of(3), "और एक पंक्ति।")
    fill(store, 1, start=5)
    withdraw(store, 1)
    keep(store, url_of(2), text_of(2), site="a", title="शीर्षक 2", authors=("रमेश कुमार", "सीमा"),
         published_at=NOON - timedelta(days=1), seen_at=NOON + timedelta(days=1))  # fmt: skip
    assert changes(store, start) == [3, 5, -1]  # in the order of the last change; 2 was only seen again
    assert changes(store, start, site="a") == []
    assert changes(store, position(store)) == []


def test_an_article_that_leaves_the_choice_is_told_to_whom_may_have_it(store: Store) -> None:
    for number in (1, 2):
        keep(store, url_of(number), text_of(number))
    start = position(store)
    keep(store, url_of(1), text_of(2))  # a duplicate now
    keep(store, url_of(3), text_of(2))  # one from the start: nobody has it
    keep(store, url_of(4), "छोटा")
    assert changes(store, start, dedupe="exact") == [-1, 4]
    assert changes(store, start, min_words=2) == [1, 3]
    keep(store, url_of(2), "नन्हा")
    assert changes(store, start, min_words=2) == [1, -2, 3]  # 1 has taken the place of 2 in the same transaction


def test_a_withdrawn_article_comes_with_its_time(store: Store) -> None:
    fill(store, 1)
    withdraw(store, 1)
    with store.exports.snapshot() as snapshot:
        assert list(snapshot.changes(Choice(), Position())) == [Gone(1, "2026-11-23T06:00:00+00:00")]


def test_a_forgotten_article_is_told_to_whom_may_have_it(store: Store) -> None:
    fill(store, 2)
    start = position(store)
    fill(store, 1, start=3)
    for number in (2, 3):
        store.database.execute("UPDATE {_state} SET value = value + 1 WHERE name = 'change'")
        store.database.execute("DELETE FROM {revisions} WHERE article = ?", (number,))
        store.database.execute("DELETE FROM {articles} WHERE id = ?", (number,))
        store.database.execute(
            "INSERT INTO {forgotten} (address, url, site, article, forgotten_at, change) SELECT ?1, ?1, ?2, ?3,"
            " '2026-11-23T06:00:00+00:00', value FROM {_state} WHERE name = 'change'",
            (url_of(number), ("a", "b")[number % 2], number),
        )
    assert changes(store, start) == changes(store, start, site="a") == [-2]
    assert changes(store, start, site="b") == []
    assert position(store).last_id == 3  # the id of the newest, though it is gone


def test_a_snapshot_is_of_one_moment_while_others_write(store: Store) -> None:
    fill(store, 3)
    with store.exports.snapshot() as snapshot, Store(store.path) as other:
        rows = snapshot.articles(Choice())
        assert next(rows)["id"] == 1
        fill(other, 2, start=4)
        keep(other, url_of(3), "बदला हुआ पाठ।")
        assert [(row["id"], row["text"]) for row in rows] == [(2, text_of(2)), (3, text_of(3))]
        seen = snapshot.position
    assert changes(store, seen) == [4, 5, 3]


def test_rows_come_from_the_disk_one_by_one(store: Store) -> None:
    """No sorting: it would hold what it sorts."""
    fill(store, 1)
    asked: list[str] = []
    with store.exports.snapshot() as snapshot:
        store.database.connection.set_trace_callback(asked.append)
        choice = Choice(site="a", since=NOON, dedupe="cluster", min_words=1)
        list(snapshot.articles(choice))
        list(snapshot.changes(choice, Position()))
        store.database.connection.set_trace_callback(None)
        plans = [" ".join(row["detail"] for row in store.database.rows(f"EXPLAIN QUERY PLAN {sql}")) for sql in asked]
    assert len(plans) == 3
    assert all("B-TREE" not in plan and "MATERIALIZE" not in plan for plan in plans), plans


def test_archive_keys_come_once_each(store: Store) -> None:
    fill(store, 4)
    start = position(store)
    store.database.execute("UPDATE {revisions} SET archive_key = 'x' WHERE article < 3")
    store.database.execute("UPDATE {revisions} SET archive_key = 'y' WHERE article = 3")
    with store.exports.snapshot() as snapshot:
        assert sorted(snapshot.archive_keys(Choice(), None)) == ["x", "y"]
        assert list(snapshot.archive_keys(Choice(site="a"), Position())) == ["x"]
        assert list(snapshot.archive_keys(Choice(), start)) == []
    withdraw(store, 3)
    with store.exports.snapshot() as snapshot:
        assert list(snapshot.archive_keys(Choice(), None)) == ["x"]


def test_a_cursor_moves_by_what_was_announced(store: Store) -> None:
    exports, choice = store.exports, Choice(site="a")
    assert exports.cursor("daily") is None
    announced = Announced("/tmp/x", 12, Position(5, 3))
    exports.announce("daily", Position(), choice, announced)
    cursor = exports.cursor("daily")
    assert cursor is not None
    assert (cursor.position, cursor.announced, cursor.choice) == (Position(), announced, choice.describe())
    exports.take_back("daily")
    cursor = exports.cursor("daily")
    assert cursor is not None and (cursor.position, cursor.announced) == (Position(), None)
    exports.announce("daily", Position(), choice, announced)
    exports.move("daily")
    exports.move("daily")
    cursor = exports.cursor("daily")
    assert cursor is not None and (cursor.position, cursor.announced) == (Position(5, 3), None)
    assert exports.cursor("weekly") is None


def test_a_cursor_that_somebody_moved_is_not_moved_again(store: Store) -> None:
    announced = Announced("/tmp/x", 12, Position(5, 3))
    store.exports.announce("daily", Position(), Choice(), announced)
    with pytest.raises(StoreError, match="moved by another export"):
        store.exports.announce("daily", Position(), Choice(), announced)
    store.exports.move("daily")
    with pytest.raises(StoreError, match="moved by another export"):
        store.exports.announce("daily", Position(), Choice(), announced)


def test_what_a_cursor_notes_is_on_the_disk_first(store: Store) -> None:
    levels: list[int] = []
    store.database.connection.set_trace_callback(
        lambda sql: levels.append(sql.count("FULL") + 2 * sql.startswith("COMMIT") + 4 * sql.count("NORMAL"))
    )
    store.exports.announce("daily", Position(), Choice(), Announced("/tmp/x", 12, Position(5, 3)))
    store.exports.move("daily")
    store.exports.take_back("daily")
    store.database.connection.set_trace_callback(None)
    assert [level for level in levels if level] == [1, 2, 4] * 3


def test_the_rules_that_cleaned_the_articles(store: Store) -> None:
    fill(store, 3)
    store.database.execute("UPDATE {articles} SET rules_version = NULL WHERE id = 1")
    with store.exports.snapshot() as snapshot:
        assert snapshot.rules() == [("rules-1", 2), (None, 1)]


def test_an_export_works_on_a_database_that_cannot_be_written(store: Store) -> None:
    fill(store, 2)
    with Store(store.path, readonly=True) as reader:
        assert chosen(reader, min_words=1) == [1, 2]
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("SELECT count(*) FROM export_cursors").fetchone() == (0,)
