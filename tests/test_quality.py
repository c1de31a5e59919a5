"""Scoring: what counts as lost, left and right, and how documents are counted together."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from newsharvest import quality
from newsharvest.gold import Gold, GoldLine
from newsharvest.quality import Result, Score, score

PROSE = (
    "नहर विभाग ने सोमवार को बताया कि रजवाहे की सफाई का काम इस महीने पूरा होगा।",
    "किसानों का कहना है कि पानी समय पर नहीं मिला तो बुवाई में देर होगी।",
)
TITLE = "इसी महीने साफ होगा रजवाहा, किसानों को राहत"
RELATED = "मंडी में आलू के दाम गिरे, व्यापारी परेशान"
INDIA = timezone(timedelta(hours=5, minutes=30))


def gold_of(*rows: str, **facts: object) -> Gold:
    """Rows are "K text" or, with a category, "D text|nav"."""
    lines = (row[2:].partition("|") for row in rows)
    return Gold(
        tuple(GoldLine(row[0], text, category or None) for row, (text, _, category) in zip(rows, lines, strict=True)),
        **facts,
    )


GOLD = gold_of(f"O {TITLE}|title", f"K {PROSE[0]}", f"D {RELATED}|related", f"K {PROSE[1]}", "D ***", "D शेयर करें|share")


def texts(lines) -> list[str]:
    return [line.text for line in lines]


def test_the_text_wanted_is_perfect():
    found = score(GOLD, "\n".join(PROSE))
    assert (found.precision, found.recall, found.f1, found.is_perfect) == (1.0, 1.0, 1.0, True)
    assert (found.kept, len(found.dropped), found.lost, found.leaked) == (2, 3, (), ())


def test_an_optional_line_may_stay_whole_or_within_another():
    assert score(GOLD, "\n".join((TITLE, *PROSE))).is_perfect
    assert score(GOLD, f"{TITLE} {PROSE[0]}\n{PROSE[1]}").precision > 0.8
    assert score(GOLD, "\n".join((TITLE, f"{TITLE} *", *PROSE))).precision == 1.0, "once as a line, once by its groups"
    assert score(GOLD, "\n".join((TITLE, TITLE, TITLE, *PROSE))).precision < 1.0


def test_lost_prose_lowers_recall_and_is_named():
    found = score(GOLD, PROSE[0])
    assert found.lost == (PROSE[1],) and not found.is_perfect
    assert found.precision == 1.0 and 0.4 < found.recall < 0.6


def test_a_line_short_of_a_word_survives_and_one_short_of_many_does_not():
    words = PROSE[0].split()
    assert score(GOLD, "\n".join((" ".join(words[1:]), PROSE[1]))).lost == ()
    assert score(GOLD, "\n".join((" ".join(words[3:]), PROSE[1]))).lost == (PROSE[0],)


def test_a_short_line_survives_only_with_all_its_words_in_order():
    gold = gold_of("K अब आगे क्या", f"K {PROSE[0]}")
    assert score(gold, f"अब आगे क्या\n{PROSE[0]}").lost == ()
    assert score(gold, f"{PROSE[0]} अब आगे क्या").lost == ()
    assert score(gold, f"क्या आगे अब\n{PROSE[0]}").lost == ("अब आगे क्या",)
    assert score(gold, f"कब आगे क्या\n{PROSE[0]}").lost == ("अब आगे क्या",)


def test_junk_left_lowers_precision_and_is_named():
    found = score(GOLD, "\n".join((PROSE[0], RELATED, PROSE[1], "शेयर करें")))
    assert texts(found.leaked) == [RELATED, "शेयर करें"] and found.recall == 1.0 and 0.7 < found.precision < 0.9


def test_junk_glued_to_prose_is_left_too():
    assert texts(score(GOLD, f"{PROSE[0]} {RELATED}\n{PROSE[1]}").leaked) == [RELATED]
    assert texts(score(GOLD, f"{PROSE[0]} शेयर करें\n{PROSE[1]}").leaked) == [], "too short to be told from prose"


def test_a_line_of_symbols_is_compared_as_it_stands():
    assert texts(score(GOLD, "\n".join((*PROSE, " *** "))).leaked) == ["***"]
    assert texts(score(GOLD, "\n".join((*PROSE, "---"))).leaked) == []


def test_a_line_dropped_once_and_kept_once_may_stand_once():
    gold = gold_of(f"K {PROSE[0]}", f"D {PROSE[0]}|repeat", f"K {PROSE[1]}")
    assert score(gold, "\n".join(PROSE)).is_perfect
    assert texts(score(gold, "\n".join((PROSE[0], *PROSE))).leaked) == [PROSE[0]]


def test_two_dropped_lines_alike_are_left_as_often_as_they_stand():
    gold = gold_of(f"K {PROSE[0]}", "D शेयर करें", "D शेयर करें")
    assert len(score(gold, f"{PROSE[0]}\nशेयर करें").leaked) == 1
    assert len(score(gold, f"{PROSE[0]}\nशेयर करें\nशेयर करें").leaked) == 2


def test_nothing_is_right_where_nothing_is_wanted():
    gold = gold_of("D शेयर करें")
    assert score(gold, "").f1 == 1.0
    assert score(gold, "शेयर करें").f1 == 0.0
    assert score(GOLD, "").f1 == 0.0 and score(GOLD, "").lost == PROSE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u095b\u092e\u0940\u0928", "\u091c\u093c\u092e\u0940\u0928"),
        ("ज़मीन", "ज़मीन"),
        ("पत्‍नी", "पत्नी"),
        ("SHARE", "share"),
        ("कल,", "कल"),
    ],
)
def test_words_are_equal_whatever_their_encoding_joiners_case_and_punctuation(one, other):
    assert quality.key(one) == quality.key(other) != ""


def test_a_vowel_sign_is_part_of_its_word():
    assert quality.words("किसानों को") == ["किसानों", "को"]
    assert quality.key("किसान") != quality.key("किसानों")


def test_groups_are_counted_as_often_as_they_stand():
    assert quality.groups(["एक दो तीन चार पांच", "एक दो तीन चार"])["एक", "दो", "तीन", "चार"] == 2
    assert quality.groups(["एक दो"]) == {("एक", "दो"): 1} and not quality.groups(["", "—"])


def test_a_title_is_right_by_its_words():
    gold = gold_of(f"K {PROSE[0]}", title="बाढ़: राहत शिविर")
    assert score(gold, "", title="बाढ़ - राहत शिविर").title is True
    assert score(gold, "", title="बाढ़: राहत शिविर | नहर समाचार").title is False
    assert score(gold, "").title is False
    assert score(GOLD, "", title="कुछ").title is None


@pytest.mark.parametrize(
    ("wanted", "found", "is_right"),
    [
        (datetime(2026, 11, 20, 6, 0, 59, tzinfo=INDIA), datetime(2026, 11, 20, 0, 30, 1, tzinfo=UTC), True),
        (datetime(2026, 11, 20, 6, 0, tzinfo=INDIA), datetime(2026, 11, 20, 0, 31, tzinfo=UTC), False),
        (datetime(2026, 11, 20, 6, 0, tzinfo=INDIA), datetime(2026, 11, 20, 6, 0), False),
        (datetime(2026, 11, 20, 6, 0, tzinfo=INDIA), date(2026, 11, 20), False),
        (datetime(2026, 11, 20, 6, 0, tzinfo=INDIA), None, False),
        (date(2026, 11, 20), datetime(2026, 11, 19, 19, 0, tzinfo=UTC), True),
        (date(2026, 11, 20), datetime(2026, 11, 20, 19, 0, tzinfo=UTC), False),
        (date(2026, 11, 20), date(2026, 11, 20), True),
        (date(2026, 11, 20), None, False),
    ],
)
def test_a_time_is_right_to_the_minute_and_a_day_in_india(wanted, found, is_right):
    assert quality.is_same_time(wanted, found) is is_right
    assert score(gold_of("K x", published=wanted), "x", published=found).published is is_right


def result(
    name: str = "a", site: str = "s", *, milliseconds: float = 1.0, failure: str | None = None, **given
) -> Result:
    plain = {"precision": 1.0, "recall": 1.0, "f1": 1.0, "kept": 2, "dropped": (), "lost": (), "leaked": ()}
    return Result(name, site, "page", Score(**plain | given), milliseconds, failure)


NAV, SHARE, BARE = GoldLine("D", "होम", "nav"), GoldLine("D", "शेयर", "share"), GoldLine("D", "अन्य")


def test_documents_are_counted_together():
    found = quality.summarise(
        [
            result(title=True, milliseconds=1, dropped=(NAV, SHARE)),
            result(f1=0.5, precision=0.4, recall=0.6, lost=("x",), title=False, published=True, milliseconds=2),
            result(leaked=(NAV,), dropped=(NAV, BARE), milliseconds=90, failure="ValueError: x"),
        ]
    )
    assert (found.documents, found.failed, found.milliseconds) == (3, 1, 2)
    assert found.f1 == pytest.approx(2.5 / 3) and found.precision == pytest.approx(0.8)
    assert found.recall == pytest.approx(2.6 / 3)
    assert (found.lost, found.leaked, found.perfect) == ((1, 6), (1, 4), (1, 3))
    assert (found.titles, found.published) == ((1, 2), (1, 1))


def test_nearly_all_words_do_not_make_it_perfect():
    assert result(f1=0.98).score.is_perfect and not result(f1=0.979).score.is_perfect


def test_the_interval_holds_the_mean_and_is_the_same_each_time():
    results = [result(f1=f1 / 40, lost=("x",) * (f1 % 2)) for f1 in range(41)]
    found = quality.summarise(results)
    low, high = found.intervals["f1"]
    assert low < found.f1 < high and 0.1 < high - low < 0.3
    low, high = found.intervals["loss"]
    assert low < 20 / 82 < high
    assert quality.summarise(results).intervals == found.intervals
    alike = quality.summarise([result()] * 5).intervals
    assert alike == {"f1": (1.0, 1.0), "loss": (0.0, 0.0), "leak": (0.0, 0.0), "perfect": (1.0, 1.0)}


def test_sites_and_junk_are_counted_apart():
    results = [result(site="b", f1=0.5), result(site="a"), result(site="b", dropped=(NAV, NAV, BARE), leaked=(NAV,))]
    assert list(quality.f1_by_site(results).items()) == [("a", 1.0), ("b", 0.75)]
    assert list(quality.count_junk(results).items()) == [("nav", (1, 2)), ("not said", (0, 1))]
    assert quality.ratio((1, 2)) == 0.5 and quality.ratio((0, 0)) == 0.0
