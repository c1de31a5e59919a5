"""Agencies in credits, and their names as plain words."""

import pytest

from cleaners import agencies


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("–आईएएनएस", "IANS"),
        ("--IANS", "IANS"),
        ("आइएएनएस", "IANS"),
        ("(आईएएनएस/एकेजे)", "IANS"),
        ("मंत्री ने यह कहा। -आईएएनएस एसकेपी", "IANS"),
        ("लखनऊ, 30 अक्टूबर (आईएएनएस)।", "IANS"),
        ("(Input: IANS)", "IANS"),
        ("(भाषा)", "PTI"),
        ("भाषा", "PTI"),
        ("अधिकारी ने इसकी पुष्टि की। (पीटीआई-भाषा)", "PTI"),
        ("(With inputs from PTI)", "PTI"),
        ("भाषा इनपुट के साथ", "PTI"),
        ("इनपुट- एएनआई", "ANI"),
        ("एएनआई के इनपुट के साथ", "ANI"),
        ("नई दिल्ली, एएनआई। मंत्री ने कहा", "ANI"),
        ("वाशिंगटन, रॉयटर्स", "Reuters"),
        ("(वार्ता)", "UNI"),
        ("जारी.वार्ता", "UNI"),
        ("(हि.स.)", "Hindusthan Samachar"),
        ("हिन्दुस्थान समाचार / राजेश कुमार", "Hindusthan Samachar"),
        ("(रॉयटर्स)", "Reuters"),
        ("(एएफपी)", "AFP"),
        ("(एपी)", "AP"),
    ],
)
def test_credits(line, name):
    assert agencies.find(line) == name


@pytest.mark.parametrize(
    "line",
    [
        "उन्होंने हिंदी भाषा में बात की।",
        "भाषा का सवाल",
        "दोनों देशों के बीच वार्ता",
        "पटना, वार्ता से हल निकला।",
        "पीटीआई ने बताया कि बैठक हुई",
        "नई दिल्ली (एजेंसी)।",
        "आईएनएस विक्रांत",
        "",
    ],
)
def test_prose_credits_nobody(line):
    assert agencies.find(line) is None


@pytest.mark.parametrize(
    "author", ["वाराणसी ब्यूरो", "वेब डेस्क", "एबीपी लाइव", "Admin", "Jagran News Network", "जागरण संवाददाता", "डिजिटल डेस्क"]
)
def test_desks(author):
    assert agencies.is_desk(author)


@pytest.mark.parametrize("author", ["Brijesh Srivastava", "डॉ. रमेश सिंह", "नवीन कुमार", "Liveena Das"])
def test_persons_are_no_desks(author):
    assert not agencies.is_desk(author)
