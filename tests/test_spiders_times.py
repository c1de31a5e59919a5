"""Times as sources write them, the days that an address names, and the days that a crawl is about."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from spiders.times import Window, date_in, days_in, read_time

NOW = datetime(2026, 9, 14, 6, 0, tzinfo=UTC)


class TestTimes:
    @pytest.mark.parametrize(
        ("address", "first", "last"),
        [
            ("/sitemap-2024.xml", "2024-01-01", "2024-12-31"),
            ("/2024/02/sitemap.xml", "2024-02-01", "2024-02-29"),
            ("/sitemap-pt-post-2023-12.xml", "2023-12-01", "2023-12-31"),
            ("/post-202401.xml.gz", "2024-01-01", "2024-01-31"),
            ("/news-20240131.xml", "2024-01-31", "2024-01-31"),
            ("/news-jan-2024.xml", "2024-01-01", "2024-01-31"),
            ("/news-2024-September.xml", "2024-09-01", "2024-09-30"),
            ("/news-13-09-2026.xml", "2026-01-01", "2026-12-31"),
            ("/sitemap.xml?yyyy=2024&mm=3", "2024-03-01", "2024-03-31"),
            ("/sitemap.xml?yyyy=2024&mm=03&dd=05", "2024-03-05", "2024-03-05"),
        ],
    )
    def test_the_days_of_a_sitemap(self, address: str, first: str, last: str) -> None:
        assert days_in(f"https://2020.khabar.example{address}") == (date.fromisoformat(first), date.fromisoformat(last))

    @pytest.mark.parametrize("address", ["/post-sitemap2024.xml", "/sitemap12.xml", "/map-12024.xml", "/20245.xml", ""])
    def test_what_names_no_days(self, address: str) -> None:
        assert days_in(f"https://khabar.example{address}") is None
        assert days_in("https://khabar.example/news-20240231.xml") is None

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-09-14", "2026-09-13T18:30:00"),
            ("2026-09-14T10:00:00Z", "2026-09-14T10:00:00"),
            ("2026-09-14T10:00:00.5+05:30", "2026-09-14T04:30:00.500000"),
            ("2026-09-14T10:00:00+0530", "2026-09-14T04:30:00"),
            ("2026-09-14T10:00:00+05", "2026-09-14T05:00:00"),
            ("2026-09-14 10:00:00", "2026-09-14T04:30:00"),
            ("2026-09-14 10:00:00 IST", "2026-09-14T04:30:00"),
            ("Mon, 14 Sep 2026 10:00:00 IST", "2026-09-14T04:30:00"),
            ("Mon, 14 Sep 2026 10:00:00 GMT", "2026-09-14T10:00:00"),
            ("Mon, 14 Sep 2026 10:00:00 +0530", "2026-09-14T04:30:00"),
        ],
    )
    def test_read(self, text: str, expected: str) -> None:
        assert read_time(text) == datetime.fromisoformat(expected).replace(tzinfo=UTC)

    @pytest.mark.parametrize("text", ["", None, "कल", "2026-13-45", "2026", "99999999", "Mon, 99 Sep 2026 1:00 GMT"])
    def test_what_is_none(self, text: str | None) -> None:
        assert read_time(text) is None

    def test_a_date_in_an_address(self) -> None:
        start = datetime(2026, 9, 13, 18, 30, tzinfo=UTC)
        assert date_in("https://k.example/a-b-2026-09-14") == date_in("https://k.example/2026/09/14/a") == start
        assert date_in("https://k.example/a-2026-09-99") is date_in("https://k.example/2026-09/14") is None

    def test_a_window_is_of_indian_days(self) -> None:
        window = Window.of(datetime(2026, 9, 13, 19, 0, tzinfo=UTC), 3)  # already the 14th in India
        assert (window.first, window.last) == (date(2026, 9, 11), date(2026, 9, 14))
        assert window.start == datetime(2026, 9, 10, 18, 30, tzinfo=UTC)
        assert window.misses(datetime(2026, 9, 10, 18, 29, tzinfo=UTC)) and not window.misses(window.start)
        assert not window.misses(datetime(2026, 9, 20, tzinfo=UTC))

    def test_a_window_that_the_user_named(self) -> None:
        window = Window.of(NOW, 3, date(2024, 1, 1), date(2024, 1, 31))
        assert len(window.days) == 31
        assert window.misses(datetime(2024, 1, 31, 18, 30, tzinfo=UTC))
        assert not window.misses(datetime(2024, 1, 31, 18, 29, tzinfo=UTC))
        with pytest.raises(ValueError, match="2030"):
            Window.of(NOW, 3, date(2030, 1, 1))
