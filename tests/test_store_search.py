"""Search as a Hindi reader expects it, and messages instead of tracebacks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import regex
from store_pages import NOON, keep

from newsharvest.store import Hit, SearchError, Store, index, query, snippet

URL = "https://example.com/{}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "news.db") as opened:
        yield opened
        assert index.is_sound(opened.database)


def fill(store: Store, *texts: str) -> None:
    """Keep texts under the addresses 1, 2, 3 …, without titles."""
    for number, text in enumerate(texts, 1):
        keep(store, URL.format(number), text, title=None)


def find(store: Store, words: str, **options: object) -> list[int]:
    return sorted(hit.id for hit in store.search(words, **options))  # type: ignore[arg-type]


def marked(text: str, spans: tuple[tuple[int, int], ...]) -> list[str]:
    return [text[start:end] for start, end in spans]


# --- words ---


def test_vowel_signs_are_part_of_a_word(store: Store) -> None:
    fill(store, "घर के में", "काम बंद रहा", "कम लोग आए", "कामना की")
    assert find(store, "काम") == [2]
    assert find(store, "कम") == [3]
    assert find(store, "क") == []


def test_all_words_must_occur_in_title_or_text(store: Store) -> None:
    keep(store, URL.format(1), "किसान मंडी गए", title="प्याज सस्ता")
    keep(store, URL.format(2), "किसान घर गए", title="प्याज महंगा")
    assert find(store, "मंडी किसान") == find(store, "सस्ता मंडी") == [1]
    assert find(store, "किसान AND मंडी") == [1]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("प\u095dना", "पढ\u093cना"),
        ("पढे\u093cं", "पढ\u093cें"),
        ("पढ\u093cें", "पढें"),
        ("क़ानून", "कानून"),
        ("कानून", "क़ानून"),
        ("गाँव", "गांव"),
        ("गांव", "गाँव"),
        ("हिन्दी", "हिंदी"),
        ("हिंदी", "हिन्दी"),
        ("सम्बन्ध", "संबंध"),
        ("संबन्ध", "सम्बंध"),
        ("इन्डिया", "इंडिया"),
        ("इंडिया", "इण्डिया"),
        ("पञ्चायत", "पंचायत"),
        ("गङ्गा", "गंगा"),
        ("इंकार", "इन्कार"),
        ("पत्\u200dनी", "पत्नी"),
        ("ज\u200cिस", "जिस"),
        ("अतः।", "अतः"),
        ("अतः ", "अतः"),
        ("NASA", "nasa"),
        ("e\u0301cole", "École"),
    ],
)
def test_spellings_of_one_word_find_each_other_and_are_marked(store: Store, written: str, asked: str) -> None:
    fill(store, f"यहाँ {written} लिखा है")
    hits = store.search(asked)
    assert [hit.id for hit in hits] == [1]
    assert [word.rstrip("। ") for word in marked(hits[0].snippet, hits[0].spans)] == [written.rstrip("। ")]


def test_words_that_only_look_alike_stay_apart(store: Store) -> None:
    fill(store, "अन्न सड़ा", "सम्मान हुआ", "बंद रहा")
    assert find(store, "अंन") == find(store, "संमान") == find(store, "बद") == []


def test_many_nasals_in_a_phrase_stay_a_short_query() -> None:
    match = query.parse('"' + "इंडिया संबंध पंचायत हिंदी गंगा " * 3 + '"').match
    assert len(match) < 1000


# --- phrases, beginnings, operators ---


def test_a_hyphen_is_a_space(store: Store) -> None:
    fill(store, "किम जोंग-उन आए", "किम जोंग उन गए", "जोंग और किम, उन सब ने")
    assert find(store, "किम जोंग-उन") == find(store, '"किम जोंग उन"') == find(store, '"किम जोंग-उन"') == [1, 2]
    assert find(store, "किम जोंग उन") == [1, 2, 3]


def test_phrases(store: Store) -> None:
    fill(store, "किम जोंग आए", "जोंग किम आए", "किम ने कहा कि जोंग आए")
    assert find(store, '"किम जोंग"') == find(store, "“किम जोंग”") == [1]
    assert find(store, '"किम जो"') == []
    assert find(store, '"किम जो"*') == [1]


def test_beginnings(store: Store) -> None:
    fill(store, "किसान आए", "किसानों ने कहा", "कि सान नहीं")
    assert find(store, "किसान*") == [1, 2]
    assert find(store, "किसान") == [1]
    assert find(store, "किसान* कहा") == [2]
    assert find(store, "हिन्द*") == []


def test_or_not_and_brackets(store: Store) -> None:
    fill(store, "प्याज सस्ता", "आलू सस्ता", "आलू महंगा", "टमाटर महंगा")
    assert find(store, "प्याज OR आलू") == [1, 2, 3]
    assert find(store, "आलू NOT महंगा") == find(store, "आलू AND NOT महंगा") == [2]
    assert find(store, "(प्याज OR आलू) सस्ता") == [1, 2]
    assert find(store, "महंगा (प्याज OR टमाटर)") == [4]
    assert find(store, "प्याज सस्ता OR टमाटर महंगा") == [1, 4]
    assert find(store, "सस्ता NOT (प्याज OR टमाटर)") == [2]
    assert find(store, "or OR प्याज") == [1]  # in small letters it is a word


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "no word"),
        ("  ।  -", "no word"),
        ('""', "no word"),
        ('"किम जोंग', "not closed"),
        ('किम"', "not closed"),
        ("(किम", "bracket"),
        ("किम)", "too many"),
        ("()", "no word"),
        ("किम ()", "word is missing"),
        ("OR किम", "missing before OR"),
        ("किम OR", "missing after OR"),
        ("किम AND", "missing after AND"),
        ("किम OR OR जोंग", "missing after OR"),
        ("NOT किम", "NOT takes away"),
        ("किम NOT", "missing after NOT"),
        ("*", "star"),
        ("कि*म", "star"),
        ("*किम", "star"),
        ('किम "।"*', "star"),
        ("(" * 50 + "किम" + ")" * 50, "brackets in brackets"),
        ("किम " * 40, "more than 32 words"),
        ("क" * 2000, "longer than"),
    ],
)
def test_a_malformed_query_gets_a_message(store: Store, words: str, message: str) -> None:
    with pytest.raises(SearchError, match=message):
        store.search(words)


@pytest.mark.parametrize(
    "words", ["title:किम", "^किम", "किम+जोंग", "{किम}", "किम'", "NEAR(किम, 2)", "-किम", "किम\x00;", "किम: :"]
)
def test_signs_of_other_query_languages_are_no_words(store: Store, words: str) -> None:
    fill(store, "title किम जोंग near 2")
    assert find(store, words) == [1]


def test_whatever_is_typed_finds_something_or_says_why_not(store: Store) -> None:
    fill(store, "किम जोंग")
    chance = random.Random(3)
    pieces = [
        "किम",
        "जोंग*",
        '"',
        "“",
        "(",
        ")",
        "OR",
        "AND",
        "NOT",
        "*",
        "-",
        "।",
        ":",
        "\x00",
        "'",
        "\ud83d",
        "हिन्द",
        "ः",
    ]
    for _ in range(800):
        words = "".join(chance.choice(pieces) + chance.choice(["", " "]) for _ in range(chance.randrange(1, 9)))
        try:
            store.search(words)
        except SearchError as error:
            assert str(error)


def test_the_largest_query_allowed_is_within_what_sqlite_takes(store: Store) -> None:
    fill(store, "किम जोंग")
    assert find(store, "(" * 8 + "किम" + ")" * 8) == [1]
    assert find(store, " OR ".join(["संबंधित"] * 31 + ["किम"])) == [1]
    assert find(store, " NOT ".join(["किम"] + ["संबंध"] * 31)) == [1]


# --- what is listed ---


def test_title_counts_more_than_text(store: Store) -> None:
    keep(store, URL.format(1), "प्याज " + "बाजार में भाव गिरा " * 5, title="मंडी का हाल")
    keep(store, URL.format(2), "बाजार में भाव गिरा और किसान घर लौटे " * 5, title="प्याज का हाल")
    assert [hit.id for hit in store.search("प्याज")] == [2, 1]


def test_limit_and_filters(store: Store) -> None:
    for day in range(4):
        keep(store, URL.format(day), f"प्याज {day}", published_at=NOON + timedelta(days=day))
    keep(store, URL.format(9), "प्याज कब", published_at=None, seen_at=NOON + timedelta(days=1), site="other")
    assert len(store.search("प्याज", limit=2)) == 2
    assert find(store, "प्याज", since=NOON + timedelta(days=2)) == [3, 4]
    assert find(store, "प्याज", until=NOON + timedelta(days=1)) == [1]
    assert find(store, "प्याज", since=NOON + timedelta(days=1), until=NOON + timedelta(days=2)) == [2, 5]
    assert find(store, "प्याज", site="other") == [5]
    with pytest.raises(ValueError, match="zone"):
        store.search("प्याज", since=NOON.replace(tzinfo=None))


def test_of_equals_the_newer_comes_first_and_newest_first_can_be_asked_for(store: Store) -> None:
    for number, days in enumerate((0, 40, 20), 1):
        keep(store, URL.format(number), f"प्याज सस्ता {'क' * number}", published_at=NOON + timedelta(days=days))
    assert [hit.id for hit in store.search("प्याज")] == [2, 3, 1]
    keep(store, URL.format(4), "आलू और टमाटर के बीच कहीं एक प्याज भी था " * 3, title=None, published_at=None,
         seen_at=NOON + timedelta(days=50))  # fmt: skip
    assert [hit.id for hit in store.search("प्याज")][-1] == 4  # a date does not outweigh the title
    assert [hit.id for hit in store.search("प्याज", sort="newest")] == [4, 2, 3, 1]
    assert [hit.id for hit in store.search("प्याज", sort="newest", limit=1)] == [4]


def test_pages_of_hits_follow_each_other(store: Store) -> None:
    for number in range(1, 8):
        keep(store, URL.format(number), f"प्याज {number}", published_at=NOON + timedelta(days=number % 3, hours=number))
    for sort in ("best", "newest"):
        whole = [hit.id for hit in store.search("प्याज", sort=sort)]
        pages = [[hit.id for hit in store.search("प्याज", sort=sort, limit=3, offset=at)] for at in (0, 3, 6, 9)]
        assert [article for page in pages for article in page] == whole
        assert [len(page) for page in pages] == [3, 3, 1, 0]


def test_a_hit_tells_what_a_list_shows(store: Store) -> None:
    keep(store, URL.format(1), "क़ानून बना", title="नया कानून")
    assert store.search("कानून") == [
        Hit(
            id=1,
            url=URL.format(1),
            site="example",
            title="नया कानून",
            published_at=NOON,
            first_seen=NOON,
            snippet="क़ानून बना",
            spans=((0, 6),),
            title_spans=((4, 9),),
            duplicate_of=None,
            withdrawn_at=None,
        )
    ]


def test_a_text_that_stands_several_times_is_listed_once(store: Store) -> None:
    for number, title in enumerate(("एक", "दो", "तीन"), 1):
        keep(store, URL.format(number), "प्याज सस्ता हुआ", title=title)
    assert find(store, "प्याज") == [1]
    assert find(store, "प्याज", duplicates=True) == [1, 2, 3]
    assert find(store, "दो") == [2]  # only the copy's title has it
    assert find(store, "दो प्याज OR तीन प्याज") == [2]
    assert find(store, "दो OR प्याज") == [1]  # the copy ranks higher, the original is listed


def test_the_original_stands_for_its_copies_only_where_the_filter_lets_it(store: Store) -> None:
    keep(store, URL.format(1), "प्याज सस्ता")
    keep(store, URL.format(2), "प्याज सस्ता", site="other")
    assert find(store, "प्याज", site="other") == [2]


def test_a_withdrawn_article_stays_findable(store: Store) -> None:
    fill(store, "प्याज सस्ता")
    store.database.execute("UPDATE {articles} SET withdrawn_at = '2026-11-23T00:00:00+00:00'")
    hit = store.search("प्याज")[0]
    assert hit.withdrawn_at == NOON.replace(day=23, hour=0)


def test_the_index_follows_every_change(store: Store) -> None:
    keep(store, URL.format(1), "प्याज सस्ता", title="क़ानून")
    keep(store, URL.format(2), "प्याज-सस्ता।", title="नकल")  # a copy, punctuated otherwise
    keep(store, URL.format(1), "आलू महंगा", title=None)
    assert find(store, "प्याज") == [2]
    assert find(store, "कानून") == []
    assert find(store, "आलू") == [1]
    keep(store, URL.format(2), "टमाटर", title=None)
    assert find(store, "प्याज OR नकल") == []
    keep(store, URL.format(2), "आलू, महंगा", title=None)
    assert find(store, "आलू", duplicates=True) == [1, 2]


def test_the_index_holds_what_a_new_one_would(store: Store) -> None:
    """Entries leave a contentless index by being told again: what was told wrong would stay for ever."""
    chance = random.Random(5)
    words = ["क़ानून", "गाँव", "जोंग-उन", "जोंगउन", "हिन्दी", "पढ़ेंः", "अतः।", "NASA", "१२", "।"]
    for _ in range(120):
        text = " ".join(chance.choices(words, k=4))
        keep(store, URL.format(chance.randrange(6)), text, title=chance.choice([None, *words]))
    store.database.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, {articles_fts}, instance)")
    held = sorted(map(tuple, store.database.rows("SELECT * FROM temp.terms")))
    assert len(held) > 20
    with store.database.transaction():
        index.rebuild(store.database)
    assert sorted(map(tuple, store.database.rows("SELECT * FROM temp.terms"))) == held
    store.database.execute("DROP TABLE temp.terms")


def test_an_unsound_index_is_seen(tmp_path: Path) -> None:
    with Store(tmp_path / "other.db") as store:
        fill(store, "प्याज")
        index.remove(store.database, 1, None, "प्याज")
        assert not index.is_sound(store.database)


# --- snippets ---


def test_a_snippet_is_cut_from_the_original_around_the_hits(store: Store) -> None:
    text = "शुरू में कुछ और बात है। " * 40 + "यहाँ क़ानून बना।\nफिर गाँव-गाँव में चर्चा। " + "अंत में कुछ और। " * 40
    fill(store, text)
    hit = store.search("कानून गांव")[0]
    assert marked(hit.snippet, hit.spans) == ["क़ानून", "गाँव", "गाँव"]
    assert hit.snippet.startswith("…")
    assert hit.snippet.endswith("…")
    assert "\n" not in hit.snippet
    assert len(hit.snippet) <= 202
    assert hit.snippet[1:-1] in text.replace("\n", " ")


def test_a_snippet_without_a_hit_is_the_beginning(store: Store) -> None:
    keep(store, URL.format(1), "पहला वाक्य। " * 50, title="प्याज")
    hit = store.search("प्याज")[0]
    assert hit.snippet.startswith("पहला वाक्य।")
    assert hit.snippet.endswith("…")
    assert hit.spans == ()


def test_what_was_not_asked_for_is_not_marked(store: Store) -> None:
    fill(store, "प्याज सस्ता, आलू महंगा")
    hit = store.search("प्याज NOT टमाटर OR आलू NOT (प्याज महंगा)")[0]
    assert marked(hit.snippet, hit.spans) == ["प्याज", "आलू"]


def test_marks_of_phrases_and_beginnings(store: Store) -> None:
    fill(store, "किसानों ने जोंग-उन से कहा, जोंग नहीं आए, किसान आए")
    hit = store.search('"जोंग उन" उन किसान*')[0]
    assert marked(hit.snippet, hit.spans) == ["किसानों", "जोंग-उन", "किसान"]


def test_snippets_of_any_text_are_whole_and_their_marks_are_hits() -> None:
    chance = random.Random(11)
    alphabet = ["किसान", "किसानों", "क़ानून", " ", " ", "\n", "-", "।", "अ" * 90, "\u200d", "x"]
    terms = query.parse("किसान* OR कानून").terms
    for _ in range(1500):
        text = "".join(chance.choices(alphabet, k=chance.randrange(0, 60)))
        piece = snippet.cut(text, terms, width=60)
        assert piece.text.strip("…") in text.replace("\n", " ")
        found = snippet.find(text, terms)
        assert bool(piece.spans) == bool(found)
        marks = marked(piece.text, piece.spans)
        assert set(marks) <= set(marked(text, found))
        assert all(regex.match("किसान|क़ानून", mark.lstrip("\u200d")) for mark in marks)
