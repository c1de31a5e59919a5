"""Matches of words that very many articles hold: chosen and ordered without looking at them all."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from store_pages import NOON, keep

from newsharvest.store import Store, matches, query, snippet

URL = "https://example.com/{}"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(matches, "MANY", 3)
    with Store(tmp_path / "news.db") as opened:
        yield opened


def fill(store: Store, *texts: str, titles: dict[int, str] | None = None) -> None:
    """Keep texts under the addresses 1, 2, 3 …, a day apart, the first the newest by date."""
    for number, text in enumerate(texts, 1):
        when = NOON - timedelta(days=number)
        keep(store, URL.format(number), f"{text} {'क' * number}", title=(titles or {}).get(number), published_at=when)


def found(store: Store, words: str, **options: object) -> list[int]:
    return [hit.id for hit in store.search(words, **options)]  # type: ignore[arg-type]


def test_of_what_very_many_hold_the_last_stored_come_first(store: Store) -> None:
    fill(store, *["प्याज सस्ता"] * 6)
    assert found(store, "प्याज") == found(store, "प्याज सस्ता") == [6, 5, 4, 3, 2, 1]
    assert found(store, "प्याज", limit=2, offset=3) == [3, 2]


def test_of_the_last_stored_those_come_first_whose_headlines_have_all_the_words(store: Store) -> None:
    fill(store, *["प्याज सस्ता"] * 6, titles={1: "प्याज सस्ता", 4: "सस्ता प्याज", 5: "प्याज"})
    assert found(store, "प्याज सस्ता") == [4, 6, 5, 3, 2, 1]


def test_what_is_taken_away_from_a_headline_s_article_may_stand_in_its_text(store: Store) -> None:
    fill(store, *["प्याज"] * 4, "प्याज आलू", titles={5: "प्याज"})
    assert found(store, "प्याज NOT आलू") == [4, 3, 2, 1]


def test_a_word_of_few_articles_orders_those_of_a_word_of_many(store: Store) -> None:
    fill(store, "प्याज सस्ता", "प्याज आलू " + "टमाटर गोभी " * 20, "प्याज आलू", "प्याज", "आलू", "प्याज")
    assert found(store, "प्याज आलू") == [3, 2]
    assert found(store, "आलू प्याज NOT टमाटर") == [3]
    assert found(store, "प्याज OR आलू") == [5, 3, 2, 6, 4, 1]
    assert found(store, "प्याज OR आलू", limit=2, offset=2) == [2, 6]


def test_filters_reach_beyond_the_last_stored(store: Store) -> None:
    fill(store, *["प्याज"] * 8)
    keep(store, URL.format(9), "प्याज और भी", site="other")
    assert found(store, "प्याज", since=NOON - timedelta(days=2)) == [9, 2, 1]
    assert found(store, "प्याज", since=NOON - timedelta(days=2), sort="newest") == [9, 1, 2]
    assert found(store, "प्याज", site="example", limit=2) == [8, 7]


def test_newest_first_looks_at_the_last_stored_alone_where_very_many_match(store: Store) -> None:
    fill(store, *["प्याज"] * 8)
    assert found(store, "प्याज", sort="newest", limit=1) == [5]  # of the last four
    assert found(store, "प्याज", sort="newest", limit=8) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_text_that_stands_several_times_is_listed_once_whatever_found_it(store: Store) -> None:
    for number, title in enumerate(("प्याज", "आलू", "प्याज", "और"), 1):
        keep(store, URL.format(number), "प्याज सस्ता हुआ", title=title)
    keep(store, URL.format(5), "प्याज महंगा हुआ")
    assert found(store, "प्याज OR आलू") == [1, 5]
    assert sorted(found(store, "प्याज OR आलू", duplicates=True)) == [1, 2, 3, 4, 5]


def test_words_marked_one_by_one_are_those_marked_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick way to mark single words leaves out most words of a text; it must find what the other finds."""
    chance = random.Random(4)
    alphabet = ["क", "क\u093c", "\u0958", "का", "कि", "न", "न्", "द", "म", "ं", "ँ", "्", "ः", ":", " ", " ", "-", "।",
                "\u200d", "\u00ad", "A", "१", "1", "र", "\u0931", "ज\u093c", "य", "_"]  # fmt: skip
    quick = {}
    for _ in range(1500):
        text = "".join(chance.choices(alphabet, k=chance.randrange(1, 60)))
        words = " ".join(chance.choice(["क", "क*", "कि*", "न*", "नंद", "ज*", "य", "१*"]) for _ in range(2))
        quick[text, words] = snippet.find(text, query.parse(words).terms)
    assert sum(map(bool, quick.values())) > 300
    monkeypatch.setattr(snippet, "_STEADY", {})
    for (text, words), spans in quick.items():
        assert snippet.find(text, query.parse(words).terms) == spans
