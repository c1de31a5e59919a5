"""Stage 2 as a whole: decisions, trims, what bylines tell, and that every line is accounted for."""

from datetime import UTC, datetime

import pytest

from cleaners.lines import clean, decide
from cleaners.model import Line, Metadata, Signal

PROSE = [
    "पहाड़ी जिलों में मंगलवार रात से रुक-रुककर बारिश हो रही है और ठंड बढ़ गई है।",
    "मौसम विभाग ने अगले दो दिनों के लिए चेतावनी जारी की है और पर्यटकों से रुकने को कहा है।",
]
FETCHED = datetime(2026, 11, 20, 6, tzinfo=UTC)


def cleaned(*texts, **options):
    return clean([Line("paragraph", text) for text in texts], options.pop("metadata", Metadata()), **options)


def signal(strength, span=(0, 9), name="x"):
    return Signal(f"test/{name}", span, strength)


@pytest.mark.parametrize(
    ("signals", "verdict"),
    [
        ([], None),
        ([signal("supporting")], None),
        ([signal("supporting"), signal("supporting")], None),  # the same id twice is one signal
        ([signal("supporting", name="a"), signal("supporting", name="b")], ("test/a", ("test/a", "test/b"))),
        ([signal("supporting", name="a"), signal("supporting", name="b"), signal("protecting", name="p")], None),
        ([signal("protecting", name="p"), signal("decisive", name="d")], ("test/d", ("test/d",))),
        ([signal("decisive", (3, 9), "t"), signal("decisive", name="d")], ("test/d", ("test/t", "test/d"))),
    ],
)
def test_decide(signals, verdict):
    decision = decide(signals, 9)
    assert (decision and (decision[0].id, decision[1])) == verdict


def test_a_glued_label_is_trimmed_and_the_sentence_stays():
    result = cleaned(PROSE[0], PROSE[1] + " यह भी पढ़ें: नदी में दिखी डॉल्फिन")
    assert [block.text for block in result.blocks] == PROSE
    (removal,) = result.removals
    assert (removal.rule, removal.text, removal.position) == ("also-read/glued-tail", "यह भी पढ़ें: नदी में दिखी डॉल्फिन", 1)


def test_a_label_inside_running_sentences_is_left_alone():
    flattened = PROSE[0] + " यह भी पढ़ें- नदी में दिखी डॉल्फिन " + PROSE[1]
    assert cleaned(flattened, PROSE[1]).blocks[0].text == flattened


def test_positions_are_those_of_the_lines_that_came_in():
    result = cleaned("शेयर करें", PROSE[0], "", "विज्ञापन", PROSE[1])
    assert [block.position for block in result.blocks] == [1, 4]
    assert [removal.position for removal in result.removals] == [0, 3]


def test_bylines_fill_what_the_document_did_not_say():
    result = cleaned(
        "Publish Date:Sat, 28 Nov 2020 01:34 PM (IST)", *PROSE, "-आईएएनएस", "Posted By: Suresh Patil", base=FETCHED
    )
    assert result.metadata.published_at == datetime(2020, 11, 28, 8, 4, tzinfo=UTC)
    assert result.metadata.published_source == "byline"
    assert result.metadata.authors == ("Suresh Patil",)
    assert result.metadata.agency == "IANS"


def test_what_the_document_said_wins_over_bylines():
    known = Metadata(authors=("अनिता रावत",), agency="PTI", published_at=FETCHED, published_source="json-ld")
    result = cleaned(*PROSE, "-आईएएनएस", "Posted By: Suresh Patil 28 Nov 2020", metadata=known, base=FETCHED)
    assert result.metadata == known


def test_a_desk_is_no_author():
    assert cleaned(*PROSE, "Posted By: वेब डेस्क").metadata.authors == ()


def test_the_agency_of_a_dateline_is_read_and_the_dateline_stays():
    first = "नई दिल्ली, 12 मई (भाषा) " + PROSE[0]
    result = cleaned(first, PROSE[1])
    assert result.metadata.agency == "PTI"
    assert result.blocks[0].text == first


def test_a_wall_is_reported():
    assert cleaned(*PROSE, "पूरी खबर पढ़ें ऐप पर").truncated
    assert not cleaned(*PROSE).truncated


def test_after_end_needs_a_body_before_it():
    result = cleaned("(भाषा)", PROSE[0], PROSE[1])
    assert [block.text for block in result.blocks] == PROSE


def test_a_poem_without_prose_stays():
    lines = ["नए साल पर एक छोटा वादा करें", "पानी उतना ही लें जितना पीना है", "बिजली उतनी जलाएं जितनी चाहिए"]
    assert [block.text for block in cleaned(*lines, guess_title=True).blocks] == lines


def test_nothing_in_nothing_out():
    assert cleaned().blocks == ()
    assert cleaned("   ", "\u200b").blocks == ()
