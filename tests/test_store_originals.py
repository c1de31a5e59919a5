"""Articles of one text: which is the original, and which takes its place when it changes or is withdrawn."""

from __future__ import annotations

import random

import pytest
from store_pages import LATER, ONE, OTHER, TEXT, THREE, TWO, keep, read, text_of

from newsharvest.store import Store, articles

# --- duplicates ---


def test_the_same_text_elsewhere_is_a_duplicate_without_a_text_of_its_own(store: Store) -> None:
    keep(store, ONE, TEXT)
    assert keep(store, TWO, TEXT.replace("।", "|"), title="दूसरा शीर्षक").state == "duplicate"
    assert text_of(store, TWO) == (TEXT, 1)
    assert read(store, "SELECT text, text_from FROM revisions WHERE article = 2") == [(None, 1)]
    assert keep(store, TWO, TEXT.replace("।", "|"), title="दूसरा शीर्षक").state == "unchanged"


def test_duplicates_point_at_the_original_never_at_each_other(store: Store) -> None:
    for url in (ONE, TWO, THREE):
        keep(store, url, TEXT)
    assert read(store, "SELECT duplicate_of FROM articles ORDER BY id") == [(None,), (1,), (1,)]


def test_texts_without_words_are_no_duplicates(store: Store) -> None:
    assert [keep(store, url, text).state for url, text in ((ONE, ""), (TWO, ""), (THREE, "***"))] == ["stored"] * 3


def test_a_duplicate_keeps_its_text_when_the_original_changes_and_takes_its_place(store: Store) -> None:
    for url in (ONE, TWO, THREE):
        keep(store, url, TEXT)
    keep(store, ONE, OTHER)
    assert text_of(store, ONE) == (OTHER, None)
    assert text_of(store, TWO) == (TEXT, None)
    assert text_of(store, THREE) == (TEXT, 2)
    assert read(store, "SELECT change FROM articles") == [(4,)] * 3  # an export of what is new must see all three
    assert keep(store, "https://example.com/4", TEXT).state == "duplicate"
    assert text_of(store, "https://example.com/4") == (TEXT, 2)


def test_an_original_with_another_title_stays_the_original(store: Store) -> None:
    keep(store, ONE, TEXT)
    keep(store, TWO, TEXT)
    assert keep(store, ONE, TEXT, title="नया शीर्षक").state == "revised"
    assert [text_of(store, url)[1] for url in (ONE, TWO)] == [None, 1]
    assert read(store, "SELECT change FROM articles ORDER BY id") == [(3,), (2,)]


def test_a_duplicate_with_another_title_stays_a_duplicate(store: Store) -> None:
    keep(store, ONE, TEXT)
    keep(store, TWO, TEXT)
    assert keep(store, TWO, TEXT, title="नया शीर्षक").state == "revised"
    assert text_of(store, TWO) == (TEXT, 1)


def test_a_duplicate_with_another_text_is_an_article_again(store: Store) -> None:
    keep(store, ONE, TEXT)
    keep(store, TWO, TEXT)
    assert keep(store, TWO, OTHER).state == "revised"
    assert text_of(store, TWO) == (OTHER, None)
    assert text_of(store, ONE) == (TEXT, None)


def test_an_original_that_takes_the_text_of_another_becomes_its_duplicate(store: Store) -> None:
    keep(store, ONE, TEXT)
    keep(store, TWO, TEXT)
    keep(store, THREE, OTHER)
    keep(store, ONE, OTHER)
    assert text_of(store, ONE) == (OTHER, 3)
    assert text_of(store, TWO) == (TEXT, None)


def test_many_random_changes_keep_every_promise(store: Store) -> None:
    """Every article shows the text it was given last, up to typography; one original a text; no chains."""
    chance, given = random.Random(7), {}
    texts = ["किसान", "किसान।", "बारिश", "चुनाव", "- चुनाव -"]
    for _ in range(150):
        url, text = f"https://example.com/{chance.randrange(8)}", chance.choice(texts)
        keep(store, url, text, title=chance.choice(["क", "ख", None]))
        given[url] = text.strip("।- ")
    rows = read(store, "SELECT url, text, duplicate_of, id FROM corpus")
    assert {url: text.strip("।- ") for url, text, _, _ in rows} == given
    originals = {id_: text.strip("।- ") for _, text, duplicate_of, id_ in rows if duplicate_of is None}
    assert sorted(originals.values()) == sorted(set(given.values()))
    assert all(originals[of] == text.strip("।- ") for _, text, of, _ in rows if of is not None)


# --- withdrawn articles ---


def withdraw(store: Store, article_id: int, reason: str = "line: no text") -> None:
    with store.database.transaction():
        articles.withdraw(store.database, article_id, reason, LATER.isoformat())


def restore(store: Store, article_id: int) -> None:
    with store.database.transaction():
        articles.restore(store.database, article_id)


def originals(store: Store) -> list[int | None]:
    return [row[0] for row in read(store, "SELECT duplicate_of FROM articles ORDER BY id")]


def test_a_duplicate_takes_the_place_of_an_original_that_is_withdrawn(store: Store) -> None:
    for url in (ONE, TWO, THREE):
        keep(store, url, TEXT)
    withdraw(store, 1)
    assert originals(store) == [2, None, 2]
    assert read(store, "SELECT change FROM articles") == [(4,)] * 3
    assert text_of(store, ONE) == (TEXT, 2)
    withdraw(store, 3)
    withdraw(store, 2)
    assert originals(store) == [2, None, 2]  # nobody is left to take it
    restore(store, 3)
    assert originals(store) == [3, 3, None]
    restore(store, 1)
    assert originals(store) == [3, 3, None]
    found = store.article(ONE)
    assert found is not None
    assert (found.withdrawn_at, found.withdrawn_reason) == (None, None)


def test_the_text_of_a_withdrawn_article_is_no_duplicate_elsewhere(store: Store) -> None:
    keep(store, ONE, TEXT)
    withdraw(store, 1)
    assert keep(store, TWO, TEXT).state == "stored"
    assert originals(store) == [2, None]
    keep(store, THREE, OTHER)
    withdraw(store, 3)
    assert keep(store, TWO, OTHER).state == "revised"
    assert originals(store) == [None, None, 2]


def test_a_withdrawn_duplicate_inherits_last(store: Store) -> None:
    for url in (ONE, TWO, THREE):
        keep(store, url, TEXT)
    withdraw(store, 2)
    keep(store, ONE, OTHER)
    assert originals(store) == [None, 3, None]


@pytest.mark.parametrize(("reason", "is_back"), [("language: Marathi (mr)", True), ("fetch: 410 Gone", False)])
def test_a_visit_brings_back_what_the_rules_had_withdrawn(store: Store, reason: str, is_back: bool) -> None:
    keep(store, ONE, TEXT)
    withdraw(store, 1, reason)
    assert keep(store, ONE, TEXT).state == "unchanged"
    found = store.article(ONE)
    assert found is not None
    assert (found.withdrawn_at is None, found.change) == (is_back, 3 if is_back else 2)


def test_many_random_withdrawals_keep_one_live_original_a_text(store: Store) -> None:
    chance = random.Random(3)
    for _ in range(150):
        number = chance.randrange(6)
        found = store.article(f"https://example.com/{number}")
        if found is None or chance.random() < 0.5:
            keep(store, f"https://example.com/{number}", chance.choice((TEXT, OTHER, "चुनाव")))
        elif found.withdrawn_at is None:
            withdraw(store, found.id)
        else:
            restore(store, found.id)
        rows = read(store, "SELECT id, text_hash, duplicate_of, withdrawn_at FROM articles")
        live = {key for _, key, _, withdrawn_at in rows if withdrawn_at is None}
        firsts = {key: (id_, gone) for id_, key, duplicate_of, gone in rows if duplicate_of is None}
        assert all(firsts[key][1] is None for key in live)
        assert all(duplicate_of in (None, firsts[key][0]) for _, key, duplicate_of, _ in rows)
