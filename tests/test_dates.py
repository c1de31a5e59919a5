"""Dates as Hindi and English pages print them."""

from datetime import UTC, datetime, timedelta

import pytest

from cleaners import dates

BASE = datetime(2024, 6, 20, 12, 0, tzinfo=UTC)  # 17:30 in India


def ist(*parts):
    return datetime(*parts, tzinfo=dates.IST)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-07T13:32:54+05:30", ist(2026, 10, 7, 13, 32, 54)),
        ("2024-06-19T10:00:00.000Z", datetime(2024, 6, 19, 10, tzinfo=UTC)),
        ("2020-09-29 23:43:13", ist(2020, 9, 29, 23, 43, 13)),
        ("2020-11-28", ist(2020, 11, 28)),
        ("19 जून 2024", ist(2024, 6, 19)),
        ("१२ मार्च २०२४", ist(2024, 3, 12)),
        ("अगस्त 17, 2016", ist(2016, 8, 17)),
        ("5 फ़रवरी 2021", ist(2021, 2, 5)),
        ("5 फरवरी 2021", ist(2021, 2, 5)),
        ("21 सितम्बर 2023, शाम 5:30 बजे", ist(2023, 9, 21, 17, 30)),
        ("21 सितंबर 2023 सुबह 7 बजे", ist(2023, 9, 21, 7)),
        ("रात 11 बजे, 3 मई 2022", ist(2022, 5, 3, 23)),
        ("12 मार्च 2024, 02:15 अपराह्न IST", ist(2024, 3, 12, 14, 15)),
        ("वीरवार, 5 अक्तूबर 2023", ist(2023, 10, 5)),
        ("अक्टूबर 5, 2023", ist(2023, 10, 5)),
        ("18 अप्रैल 2021 12:01 AM IST", ist(2021, 4, 18, 0, 1)),
        ("01:40 AM Jan 10, 2022 IST", ist(2022, 1, 10, 1, 40)),
        ("Sat, 28 Nov 2020 01:34 PM (IST)", ist(2020, 11, 28, 13, 34)),
        ("Sat, 28 Nov 2020 13:34:47 GMT", datetime(2020, 11, 28, 13, 34, 47, tzinfo=UTC)),
        ("Sat, 28 Nov 2020 13:34:47 +0530", ist(2020, 11, 28, 13, 34, 47)),
        ("Publish Date:Sat, 28 Nov 2020 01:34 PM (IST)", ist(2020, 11, 28, 13, 34)),
        ("अपडेटेड सन, 18 अप्रैल 2021 12:01 AM IST", ist(2021, 4, 18, 0, 1)),
        ("प्रकाशित: अगस्त 17, 2016", ist(2016, 8, 17)),
        ("Last Updated : 19 Jun 2024, 10:30:05 PM IST", ist(2024, 6, 19, 22, 30, 5)),
        ("28/11/2020", ist(2020, 11, 28)),
        ("28.11.2020 14:05", ist(2020, 11, 28, 14, 5)),
        # Without a year: the last one before the base, a little ahead of it allowed.
        ("बुधवार, 7 अक्टूबर", ist(2023, 10, 7)),
        ("19/ जून बुधवार", ist(2024, 6, 19)),
        ("22 जून", ist(2024, 6, 22)),
        # Relative to the base.
        ("2 घंटे पहले", BASE - timedelta(hours=2)),
        ("३ दिन पहले", BASE - timedelta(days=3)),
        ("एक दिन पहले", BASE - timedelta(days=1)),
        ("3 hours ago", BASE - timedelta(hours=3)),
        ("Updated: 30 मिनट पहले", BASE - timedelta(minutes=30)),
        ("कुछ ही क्षण पहले", BASE),
        ("आज", ist(2024, 6, 20)),
    ],
)
def test_known_forms(text, expected):
    found = dates.parse(text, base=BASE, guess=False)
    assert found == expected
    assert found.utcoffset() == timedelta(0)


def test_other_forms_are_guessed():
    text = "7th day of March, year 2021"
    assert dates.parse("mar 7 2021 kl 16h", base=BASE, guess=False) is None
    assert dates.parse(text, base=BASE, guess=False) is None
    assert dates.parse("march-2021", base=BASE).astimezone(dates.IST).year == 2021


@pytest.mark.parametrize(
    "text",
    [
        "",
        "15 लाख रुपये",
        "10 जून को 5 लोग",
        "31 फरवरी 2020",
        "2020-13-45",
        "20-20",
        "सोमवार",
        "999999999 साल पहले",
        "7" * 200,
    ],
)
def test_what_is_no_date(text):
    assert dates.parse(text, base=BASE) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("By Ravi | Published: 10 Jan 2022 05:30 PM | Updated: 11 Jan 2022 06:30 PM", "2022-01-10 12:00"),
        ("Edited By अमित शर्मा, Updated: Jan 10, 2022 5:30 pm", "2022-01-10 12:00"),
        ("Posted by: admin, Jan 10, 2022, 5:30 PM 4 min read", "2022-01-10 12:00"),
        ("नई दिल्ली, 10 जनवरी 2022", "2022-01-09 18:30"),
        ("पब्लिश्ड 10 Jan 2022 05:30 PM IST", "2022-01-10 12:00"),
        ("बैठक में 2022 लोगों ने हिस्सा लिया", None),
        ("no date here", None),
    ],
)
def test_date_among_other_words(text: str, moment: str | None) -> None:
    found = dates.find(text, base=datetime(2022, 1, 20, 6, tzinfo=UTC))
    assert (found and f"{found:%Y-%m-%d %H:%M}") == moment
