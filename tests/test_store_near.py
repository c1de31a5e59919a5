"""Near-duplicates in the database: groups of one outlet, clusters of several, and what becomes of both."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from nearpairs import stories
from olderfile import take_back
from store_pages import NOON, keep

from newsharvest.items import Rejected
from newsharvest.store import Store, clusters, comparison, near
from newsharvest.store.database import Database
from newsharvest.store.recleaning import Choice

COPIES, OTHER = stories()["bus"], stories()["rates"]
AGENCY, HALF, LEAD, STYLED = (COPIES[name] for name in ("agency", "cut to half", "other lead", "restyled"))
UNLIKE = OTHER["agency"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "news.db") as opened:
        yield opened
        assert faults(opened.database) == []


def faults(database: Database) -> list[str]:
    """Return what the rules of groups, clusters and the index forbid."""
    wrong = {
        "a group has one live root of its outlet": "SELECT a.id FROM {articles} a JOIN {articles} r ON r.id = a.near_of"
        " WHERE r.near_of IS NOT NULL OR r.duplicate_of IS NOT NULL OR r.withdrawn_at IS NOT NULL OR r.site <> a.site"
        " OR r.id >= a.id OR a.duplicate_of IS NOT NULL OR a.withdrawn_at IS NOT NULL",
        "a group is in one cluster": "SELECT a.id FROM {articles} a JOIN {articles} r ON r.id = a.near_of"
        " WHERE r.cluster IS NOT a.cluster",
        "a copy is where its original is": "SELECT a.id FROM {articles} a JOIN {articles} o ON o.id = a.duplicate_of"
        " WHERE a.withdrawn_at IS NULL AND (a.cluster IS NOT o.cluster OR (a.cluster IS NULL AND a.site <> o.site))",
        "every text of some length is indexed": "SELECT a.id FROM {articles} a WHERE a.duplicate_of IS NULL"
        " AND a.text_hash NOT IN (SELECT text_hash FROM {signatures})"
        " AND (SELECT length(c.text) FROM {corpus} c WHERE c.id = a.id) > 300",
        "and no other": "SELECT id FROM {signatures} WHERE text_hash NOT IN (SELECT text_hash FROM {articles}"
        " WHERE text_hash IS NOT NULL)",
        "a text has its bands": "SELECT id FROM {signatures} s WHERE 24 <>"
        " (SELECT count(*) FROM {bands} b WHERE b.signature = s.id)",
    }
    found = [f"{name}: {[row[0] for row in rows]}" for name, sql in wrong.items() if (rows := database.rows(sql))]
    stray = database.row("SELECT count(*) AS n FROM {bands} WHERE signature NOT IN (SELECT id FROM {signatures})")
    return found + clusters.unsound(database) + (["stray bands"] if stray and stray["n"] else [])


def add(store: Store, site: str, text: str, *, n: int = 1, hours: int | None = 0, **fields: object) -> int:
    """Keep an article of a site; return its id."""
    when = None if hours is None else NOON + timedelta(hours=hours)
    kept = keep(store, f"https://{site}.in/{n}", text, site=site, published_at=when, **fields)
    assert kept.article_id is not None
    return kept.article_id


def withdraw(store: Store, article_id: int) -> None:
    """Let the rules refuse the page of an article."""
    document = next(it for it in store.recleaning.documents(Choice()) if it.id == article_id)
    store.recleaning.keep(document, Rejected(document.url, "language", "marathi"), "rules-2")


def table(store: Store) -> dict[int, tuple[int | None, int | None]]:
    """Return what each article is nearly the same as, and its cluster."""
    return {row["id"]: (row["near_of"], row["cluster"]) for row in store.database.rows("SELECT * FROM {articles}")}


def changes(store: Store) -> dict[int, int]:
    return {row["id"]: row["change"] for row in store.database.rows("SELECT id, change FROM {articles}")}


# --- two stories of one outlet ---


def test_the_younger_of_one_outlet_points_at_the_older_and_keeps_its_text(store: Store) -> None:
    first, second, third = (add(store, "one", text, n=n) for n, text in enumerate((AGENCY, LEAD, STYLED)))
    found = store.article(second)
    assert found is not None
    assert (found.duplicate_of, found.text, found.cluster) == (first, LEAD, None)
    assert table(store)[third] == (first, None)
    assert store.nearly_same(first) == [second, third]
    assert store.nearly_same(third) == [first, second]
    assert add(store, "one", UNLIKE, n=9) not in store.nearly_same(first)
    assert store.stats().near_duplicates == 2


def test_an_exact_copy_is_a_duplicate_and_takes_no_part(store: Store) -> None:
    first = add(store, "one", AGENCY)
    copy = add(store, "one", AGENCY, n=2)
    row = store.database.row("SELECT duplicate_of, near_of, cluster FROM {articles} WHERE id = ?", (copy,))
    assert row is not None
    assert tuple(row) == (first, None, None)
    assert len(store.database.rows("SELECT * FROM {signatures}")) == 1


def test_short_texts_are_compared_as_a_whole_only(store: Store) -> None:
    brief = "किसानों ने मंडी में प्याज बेचा और दाम दस रुपये रहा, व्यापारी संतुष्ट दिखे।"
    add(store, "one", brief)
    add(store, "one", brief.replace("दिखे", "रहे"), n=2)
    copy = add(store, "two", brief)
    assert {near_of for near_of, _ in table(store).values()} == {None}
    assert store.article(copy).cluster is not None  # exact, at another outlet
    assert store.database.rows("SELECT * FROM {signatures}") == []


def test_a_story_that_becomes_another_leaves_its_group_to_the_oldest(store: Store) -> None:
    first, second, third = (add(store, "one", text, n=n) for n, text in enumerate((AGENCY, LEAD, STYLED)))
    before = changes(store)
    add(store, "one", UNLIKE, n=0)
    assert {it: near_of for it, (near_of, _) in table(store).items()} == {first: None, second: None, third: second}
    assert all(after > before[it] for it, after in changes(store).items())
    add(store, "one", COPIES["reordered"], n=0)  # and comes back, as the oldest
    assert {it: near_of for it, (near_of, _) in table(store).items()} == {first: None, second: first, third: first}


def test_a_revision_that_changes_little_moves_nobody_else(store: Store) -> None:
    first, second = add(store, "one", AGENCY), add(store, "two", LEAD)
    before = changes(store)
    add(store, "one", STYLED)
    assert changes(store)[second] == before[second]
    assert changes(store)[first] > before[first]


# --- several outlets ---


def test_copies_at_several_outlets_are_one_cluster(store: Store) -> None:
    ids = [
        add(store, "one", HALF, hours=5),
        add(store, "two", AGENCY, hours=3, agency="भाषा"),
        add(store, "three", LEAD, hours=1),
        add(store, "four", AGENCY, hours=2, agency="पीटीआई"),
    ]
    add(store, "five", UNLIKE)
    (cluster,) = {cluster for it, (_, cluster) in table(store).items() if it in ids}
    found = store.cluster(cluster)
    assert found is not None
    assert (found.size, found.outlets, found.first, found.site) == (4, 4, ids[2], "three")
    assert (found.first_at, found.agency) == (NOON + timedelta(hours=1), "पीटीआई")
    assert table(store)[5] == (None, None)
    stats = store.stats()
    assert (stats.clusters, stats.largest_cluster) == (1, 4)
    assert store.stats(site="five").clusters == 0
    assert store.cluster(99) is None


def test_who_joins_moves_only_who_gets_another_cluster(store: Store) -> None:
    first, second = add(store, "one", AGENCY, hours=0), add(store, "two", LEAD, hours=1)
    assert changes(store)[first] == changes(store)[second]  # both got a cluster
    before = changes(store)
    add(store, "three", STYLED, hours=2)
    assert {it: changes(store)[it] for it in before} == before


def test_an_outlet_that_tells_a_story_twice_is_found_among_many(store: Store) -> None:
    words, fillers = AGENCY.split(), UNLIKE.split()
    for n in range(30):
        add(store, f"site{n}", " ".join([*words[: 5 * n], fillers[n], *words[5 * n :]]))
    again = add(store, "site0", AGENCY, n=2)
    assert table(store)[again][0] == 1
    found = store.cluster(table(store)[again][1] or 0)
    assert found is not None
    assert (found.size, found.outlets) == (31, 30)


def test_a_group_is_in_a_cluster_as_a_whole(store: Store) -> None:
    first, second = add(store, "one", AGENCY), add(store, "one", LEAD, n=2)
    assert table(store)[first] == (None, None)
    other = add(store, "two", STYLED)
    (cluster,) = {cluster for _, cluster in table(store).values()}
    found = store.cluster(cluster)
    assert found is not None
    assert (found.size, found.outlets) == (3, 2)
    assert {first, second, other} == set(table(store))


def test_a_text_like_two_clusters_makes_them_one(store: Store) -> None:
    words = AGENCY.split()
    share = len(words) * 65 // 100
    early = [add(store, site, " ".join(words[:share])) for site in ("one", "two")]
    late = [add(store, site, " ".join(words[-share:])) for site in ("three", "four", "five")]
    assert len({table(store)[it][1] for it in early + late}) == 2
    before = changes(store)
    add(store, "six", AGENCY)
    assert len({cluster for _, cluster in table(store).values()}) == 1
    moved = [it for it in early + late if table(store)[it][1] and changes(store)[it] > before[it]]
    assert moved == [*early, late[0]]  # the smaller one, and who was the first of the larger
    (row,) = store.database.rows("SELECT size, outlets FROM {clusters}")
    assert tuple(row) == (6, 6)


def test_a_collection_of_two_stories_does_not_join_them(store: Store) -> None:
    for site, text in (("one", AGENCY), ("two", LEAD), ("three", UNLIKE), ("four", OTHER["other lead"])):
        add(store, site, text)
    add(store, "five", f"{AGENCY}\n{UNLIKE}")
    assert sorted(row["size"] for row in store.database.rows("SELECT size FROM {clusters}")) == [2, 3]


def test_what_is_left_of_one_outlet_is_a_cluster_no_longer(store: Store) -> None:
    first, second, third = add(store, "one", AGENCY), add(store, "one", LEAD, n=2), add(store, "two", STYLED)
    before = changes(store)
    withdraw(store, third)
    assert table(store) == {first: (None, None), second: (first, None), third: (None, None)}
    assert changes(store)[first] > before[first]
    add(store, "two", STYLED, title="वही")  # an article again
    assert len({cluster for _, cluster in table(store).values()}) == 1


def test_when_the_first_goes_the_next_is_the_first(store: Store) -> None:
    first = add(store, "one", AGENCY, hours=0, agency="भाषा")
    second, third = add(store, "two", LEAD, hours=2), add(store, "three", STYLED, hours=1)
    add(store, "one", UNLIKE)
    assert table(store)[first] == (None, None)
    found = store.cluster(table(store)[second][1] or 0)
    assert found is not None
    assert (found.size, found.outlets, found.first, found.agency) == (2, 2, third, None)
    add(store, "two", LEAD, hours=0, agency="वार्ता")  # the same text, a field only
    found = store.cluster(table(store)[second][1] or 0)
    assert found is not None
    assert (found.first, found.agency) == (second, "वार्ता")


def test_without_a_publication_time_the_first_visit_counts(store: Store) -> None:
    add(store, "one", AGENCY, hours=4)
    second = add(store, "two", LEAD, hours=None)
    found = store.cluster(table(store)[second][1] or 0)
    assert found is not None
    assert (found.first, found.first_at) == (second, NOON)


def test_a_withdrawn_original_leaves_its_place_to_its_copy(store: Store) -> None:
    first, copy, other = add(store, "one", AGENCY), add(store, "two", AGENCY), add(store, "three", LEAD)
    withdraw(store, first)
    assert table(store)[first] == (None, None)
    assert table(store)[copy][1] == table(store)[other][1] is not None
    assert add(store, "four", STYLED) and len({it[1] for it in table(store).values()}) == 2
    withdraw(store, copy)  # no article with this text stands: it is found no longer
    assert table(store)[copy] == (None, None)


def test_withdrawing_the_root_of_a_group_leaves_it_to_the_oldest(store: Store) -> None:
    first, second, third = (add(store, "one", text, n=n) for n, text in enumerate((AGENCY, LEAD, STYLED)))
    withdraw(store, first)
    assert {it: near_of for it, (near_of, _) in table(store).items()} == {first: None, second: None, third: second}


# --- older databases ---


def test_an_older_database_is_compared_when_it_is_opened(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with Store(path) as older:
        add(older, "one", AGENCY)
        add(older, "one", LEAD, n=2)
        add(older, "two", AGENCY)
        add(older, "three", UNLIKE)
        wanted = table(older)
    take_back(path, 5)
    with Store(path) as newer:
        got = table(newer)
        assert faults(newer.database) == []
        assert not comparison.is_due(newer.database)
    assert {it: near_of for it, (near_of, _) in got.items()} == {it: near_of for it, (near_of, _) in wanted.items()}
    assert len({got[it][1] for it in (1, 2, 3)}) == 1 and got[4] == (None, None)


def test_comparing_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "news.db"
    with Store(path) as store:
        for n, text in enumerate((AGENCY, LEAD, UNLIKE)):
            add(store, f"s{n}", text)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE _state SET value = '' WHERE name = 'near'")
    monkeypatch.setattr(comparison, "_AT_A_TIME", 1)
    placed = near.place

    def stop(database: Database, article_id: int, *rest: object) -> None:
        if article_id == 3:
            raise KeyboardInterrupt
        placed(database, article_id, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(near, "place", stop)
        with pytest.raises(KeyboardInterrupt):
            Store(path)
    seen: list[int] = []
    monkeypatch.setattr(near, "place", lambda database, it, *rest: (seen.append(it), placed(database, it, *rest)))
    with Store(path) as store:
        assert seen == [3]
        assert len({cluster for _, cluster in table(store).values()}) == 2
        assert faults(store.database) == []
