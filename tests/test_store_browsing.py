"""The lists that a person looks through: sites, days, the newest articles, what stands beside one, a limit of time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from store_pages import NOON, keep, reject

from newsharvest.store import Store, StoreError, browsing

URL = "https://example.com/{}"
TEXT = "प्याज सस्ता हुआ {}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "news.db", prefix="nh_") as opened:
        yield opened


def test_sites_tell_what_was_stored_copied_withdrawn_and_refused(store: Store) -> None:
    keep(store, URL.format(1), TEXT)
    keep(store, URL.format(2), TEXT)
    keep(store, "https://other.example/", "आलू महंगा", site="other", seen_at=NOON + timedelta(hours=2))
    reject(store, URL.format(3))
    reject(store, URL.format(3), "english")
    reject(store, "https://third.example/", site="third")
    store.database.execute("UPDATE {articles} SET withdrawn_at = '2026-11-23T00:00:00+00:00' WHERE id = 2")
    assert browsing.sites(store.database) == [
        browsing.SiteRow("example", 2, 1, 1, 1, NOON),
        browsing.SiteRow("other", 1, 0, 0, 0, NOON + timedelta(hours=2)),
        browsing.SiteRow("third", 0, 0, 0, 1, NOON),
    ]


def test_days_are_those_of_india_and_of_the_first_visit_where_no_date_is_known(store: Store) -> None:
    keep(store, URL.format(1), TEXT.format(1), published_at=NOON.replace(hour=18, minute=29))
    keep(store, URL.format(2), TEXT.format(2), published_at=NOON.replace(hour=18, minute=30))
    keep(store, URL.format(3), TEXT.format(3), published_at=None, seen_at=NOON + timedelta(days=1))
    keep(store, URL.format(4), TEXT.format(4), site="other", published_at=NOON + timedelta(days=1))
    keep(store, URL.format(5), TEXT.format(5), published_at=NOON - timedelta(days=1))
    found = browsing.days(store.database, 2)
    assert found == [
        browsing.DayRow("2026-11-23", (("example", 2), ("other", 1))),
        browsing.DayRow("2026-11-22", (("example", 1),)),
    ]
    assert found[0].articles == 3
    assert [day.day for day in browsing.days(store.database, 9, window=2)] == ["2026-11-23", "2026-11-21"]


def test_the_newest_come_first_within_their_filters(store: Store) -> None:
    for day in range(4):
        keep(store, URL.format(day), TEXT.format(day), published_at=NOON + timedelta(days=day))
    keep(
        store, URL.format(9), TEXT.format(9), published_at=None, seen_at=NOON + timedelta(days=1, hours=1), site="other"
    )

    def ids(limit: int = 10, **options: object) -> list[int]:
        return [row.id for row in browsing.newest(store.database, limit=limit, **options)]  # type: ignore[arg-type]

    assert ids() == [4, 3, 5, 2, 1]
    assert ids(limit=2, offset=1) == [3, 5]
    assert ids(site="other") == [5]
    assert ids(since=NOON + timedelta(days=1), until=NOON + timedelta(days=3)) == [3, 5, 2]
    keep(store, URL.format(8), TEXT.format(8), published_at=None, seen_at=NOON + timedelta(days=1))
    assert ids() == [4, 3, 5, 6, 2, 1]  # of the same moment the one stored last
    assert ids(limit=3, offset=2) == [5, 6, 2]
    (undated,) = browsing.newest(store.database, site="other", limit=1)
    assert undated == browsing.Listed(
        5, URL.format(9), "other", "मंडी में प्याज सस्ता", NOON + timedelta(days=1, hours=1), False, None, None
    )


def test_what_was_published_since_a_day_is_found_by_an_index(store: Store) -> None:
    plan = store.database.rows("EXPLAIN QUERY PLAN SELECT id, title FROM {corpus} WHERE published_at >= '2026-11-01'")
    assert any("USING INDEX nh_revisions_published" in row["detail"] for row in plan)


def test_copies_are_the_original_and_all_that_copied_it(store: Store) -> None:
    for number in range(1, 4):
        keep(store, URL.format(number), "प्याज सस्ता हुआ")
    keep(store, URL.format(4), "आलू महंगा हुआ")
    assert [row.id for row in browsing.copies(store.database, 1)] == [2, 3]
    assert [row.id for row in browsing.copies(store.database, 3)] == [1, 2]
    assert browsing.copies(store.database, 4) == []


def test_what_is_nearly_the_same_is_a_copy_too_and_so_are_its_copies(store: Store) -> None:
    for number, text in enumerate(("प्याज सस्ता", "प्याज और सस्ता", "प्याज और सस्ता", "आलू महंगा"), 1):
        keep(store, URL.format(number), text, title="मंडी")
    store.database.execute("UPDATE {articles} SET near_of = 1 WHERE id = 2")
    assert [[row.id for row in browsing.copies(store.database, number)] for number in (1, 2, 3, 4)] == [
        [2, 3],
        [1, 3],
        [1, 2],
        [],
    ]
    assert [row.duplicate_of for row in browsing.copies(store.database, 1)] == [1, 2]
    assert browsing.sites(store.database)[0].copies == 2
    assert [hit.id for hit in store.search("प्याज")] == [1]  # nor does search list it twice


def test_a_cluster_has_each_outlets_text_once_oldest_first(store: Store) -> None:
    for number in range(1, 4):
        keep(store, URL.format(number), TEXT.format("क" * number), published_at=NOON - timedelta(days=number))
    keep(store, URL.format(4), TEXT.format("क"))
    keep(store, "https://elsewhere.example/4", TEXT.format("क"), site="elsewhere")
    keep(store, URL.format(6), "आलू महंगा हुआ")
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("UPDATE nh_articles SET cluster = CASE WHEN id < 6 THEN 1 ELSE NULL END")
        connection.commit()
    assert [row.id for row in browsing.cluster(store.database, 1)] == [3, 2, 5]  # 4 is a copy of 1, of the same outlet
    assert browsing.cluster(store.database, 6) == []


def test_reasons_are_counted_most_frequent_first(store: Store) -> None:
    reject(store, URL.format(1))
    reject(store, URL.format(2), "english")
    reject(store, URL.format(3), "english")
    reject(store, "https://other.example/", site="other")
    assert browsing.reasons(store.database) == [("language", "english", 2), ("language", "marathi", 2)]
    assert browsing.reasons(store.database, "other") == [("language", "marathi", 1)]


def test_a_statement_that_takes_too_long_is_stopped_and_said_so(store: Store) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with pytest.raises(StoreError, match=r"more than 0\.05 s"), browsing.time_limit(store.database, 0.05):
        store.database.rows(endless)
    with pytest.raises(sqlite3.OperationalError, match="no such table"), browsing.time_limit(store.database, 5):
        store.database.rows("SELECT * FROM nowhere")
    with browsing.time_limit(store.database, 0.0):
        pass
    assert store.database.rows("SELECT count(*) FROM {articles}")  # the limit ends with its block


def test_a_connection_reads_and_sees_what_is_committed_later(store: Store) -> None:
    with closing(browsing.connect(str(store.path))) as connection:
        keep(store, URL.format(1), TEXT)
        assert connection.execute("SELECT count(*) FROM nh_articles").fetchone()[0] == 1
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM nh_articles")
