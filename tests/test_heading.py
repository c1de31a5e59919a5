"""Title and summary of dumps."""

import pytest

from cleaners.lines import clean
from cleaners.model import Line, Metadata

TITLE = "पहाड़ों में बर्फबारी से जनजीवन ठप, तीन हाईवे बंद"
SUMMARY = "पहाड़ी जिलों में बर्फबारी से तीन हाईवे बंद हैं और बिजली आपूर्ति ठप है।"
BODY = (
    "पहाड़ी जिलों में मंगलवार रात से हो रही बर्फबारी से तीन हाईवे बंद हैं और दो सौ गांवों की बिजली आपूर्ति ठप है। "
    "प्रशासन ने लोगों से घरों में रहने को कहा है। सड़कें खोलने के लिए मशीनें लगाई गई हैं।"
)
NEXT = "विभाग के अनुसार मौसम दो दिन बाद साफ होगा और तब तक स्कूल बंद रहेंगे।"


@pytest.mark.parametrize(
    ("lines", "title", "summary"),
    [
        ([TITLE, BODY, NEXT], TITLE, None),
        ([TITLE, SUMMARY, BODY, NEXT], TITLE, SUMMARY),
        ([SUMMARY, TITLE, BODY, NEXT, SUMMARY], TITLE, SUMMARY),
        ([BODY, NEXT], None, None),
        ([SUMMARY, NEXT], None, None),
        (["खबर शेयर करें", "Updated: 3 मई 2021", TITLE, BODY, NEXT], TITLE, None),
        (["archive_2003_5_5_45475315", TITLE, BODY, NEXT], TITLE, None),
        ([TITLE, NEXT, BODY], TITLE, None),  # a second paragraph that tells something else is no summary
    ],
)
def test_heading(lines, title, summary):
    known = clean([Line("paragraph", line) for line in lines], Metadata(), guess_title=True).metadata
    assert (known.title, known.summary) == (title, summary)


def test_no_text_is_lost_to_the_heading():
    cleaned = clean([Line("paragraph", line) for line in (TITLE, SUMMARY, BODY, NEXT)], Metadata(), guess_title=True)
    assert [block.text for block in cleaned.blocks] == [BODY, NEXT]


def test_a_known_title_is_never_guessed_again():
    known = Metadata(title="कोई और शीर्षक")
    cleaned = clean([Line("paragraph", line) for line in (TITLE, BODY, NEXT)], known, guess_title=True)
    assert cleaned.metadata.title == "कोई और शीर्षक"


def test_without_leave_nothing_is_guessed():
    assert clean([Line("paragraph", line) for line in (TITLE, BODY)], Metadata()).metadata.title is None
