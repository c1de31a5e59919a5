"""Addresses: one form of each, and one key for all the forms of an article."""

from __future__ import annotations

from datetime import date

import pytest

from spiders.addresses import AddressError, canonical, expand, fold, is_of
from spiders.addresses import detours as count_detours


class TestAddresses:
    @pytest.mark.parametrize(
        ("address", "expected"),
        [
            ("HTTP://WWW.K.example:80/a#part", "https://www.k.example/a"),
            ("http://k.example:8080/a", "http://k.example:8080/a"),
            ("http://other.example/a", "http://other.example/a"),
            ("https://k.example?utm_source=x&id=7&fbclid=y&amp;b=2", "https://k.example/?id=7&b=2"),
            ("https://k.example/a?gclid=1", "https://k.example/a"),
            ("/desh/%e0%a4%95", "https://k.example/desh/%E0%A4%95"),
            ("/desh/क", "https://k.example/desh/%E0%A4%95"),
            ("  //k.example/a ", "https://k.example/a"),
        ],
    )
    def test_one_form(self, address: str, expected: str) -> None:
        assert canonical(address, "https://k.example/x/", ("k.example",)) == expected
        assert canonical(expected, secure=("k.example",)) == expected

    @pytest.mark.parametrize(
        ("address", "reason"),
        [
            ("javascript:void(0)", "not an http address"),
            ("mailto:a@k.example", "not an http address"),
            ("https://", "no host"),
            ("https://[::1/", "not an address"),
            ("https://k.example:99999/", "not an address"),
            ("https://k ex.example/", "no host"),
            ("https://k.example/\ud800", "not an address"),
            ("https://k.example/" + "a" * 9000, "longer"),
        ],
    )
    def test_what_is_none(self, address: str, reason: str) -> None:
        with pytest.raises(AddressError, match=reason):
            canonical(address)

    def test_hosts(self) -> None:
        assert is_of("rss.jagran.com", ("jagran.com",)) and is_of("jagran.com", ("jagran.com",))
        assert not is_of("notjagran.com", ("jagran.com",)) and not is_of("jagran.com.evil.example", ("jagran.com",))

    def test_placeholders(self) -> None:
        days = (date(2026, 8, 31), date(2026, 9, 1))
        assert expand("/{yyyy}-{mm}-{dd}", days) == ("/2026-08-31", "/2026-09-01")
        assert expand("/{yy} {m} {d} {mon}", days) == ("/26 8 31 aug", "/26 9 1 sep")
        assert expand("/{yyyy}/{mon}", (date(2026, 9, 1), date(2026, 9, 2))) == ("/2026/sep",)


class TestKeys:
    PLAIN = "https://www.k.in/desh/khabar-1.html"

    @pytest.mark.parametrize(
        ("form", "detours"),
        [
            ("https://www.k.in/desh/khabar-1.html", 0),
            ("https://k.in/desh/khabar-1.html/", 0),
            ("http://www.k.in/desh/khabar-1.html", 1),
            ("https://m.k.in/desh/khabar-1.html", 1),
            ("https://amp.k.in/desh/khabar-1.html?utm_source=x&fbclid=y", 3),
            ("https://mobile.k.in/desh/khabar-1.html", 1),
            ("https://www.k.in/desh/khabar-1.html/amp", 1),
            ("https://www.k.in/desh/khabar-1.html/amp.html", 1),
            ("https://www.k.in/amp/desh/khabar-1.html", 1),
            ("https://www.k.in/m/desh/khabar-1.html", 1),
            ("https://www.k.in/desh/khabar-1.html/print/", 1),
            ("https://www.k.in/desh/khabar-1.html?amp", 1),
            ("https://www.k.in/desh/khabar-1.html?amp=1&outputType=amp&print=1&m=1&mobile=true", 5),
            ("https://www.k.in/desh/khabar-1.html/index.html", 1),
        ],
    )
    def test_forms_of_one_article(self, form: str, detours: int) -> None:
        assert fold(form) == fold(self.PLAIN) == "k.in/desh/khabar-1.html"
        assert count_detours(form) == detours

    @pytest.mark.parametrize(
        "other",
        [
            "https://www.k.in/desh/khabar-1.html?id=5", "https://www.k.in/desh/khabar-1.html?id=6",
            "https://www.k.in/desh/khabar-1.html?page=2", "https://www.k.in/desh/khabar-1.html?m=12",
            "https://www.k.in/desh/m/khabar-1.html", "https://www.k.in/print/desh/khabar-1.html",
            "https://www.k.in/desh/amp-khabar-1.html", "https://www.k.in/desh/khabar-1.html/amplifier",
            "https://www.k.in/amplitude/desh/khabar-1.html", "https://www.k.in/desh/khabar-1.html-print",
            "https://www.k.in/Desh/khabar-1.html", "https://www.k.in/desh/khabar-1", "https://hindi.k.in/desh/khabar-1.html",
            "https://www.k.in:8080/desh/khabar-1.html", "https://www.k.in/desh/khabar-1.html?amp=story",
            "https://www.k.in/desh/khabar-1.html?output=pdf", "https://www.k.in/amp", "https://www.k.in/print",
            "https://www.k.in/m/", "https://m.in/desh/khabar-1.html",
        ],
    )  # fmt: skip
    def test_other_articles_stay_others(self, other: str) -> None:
        assert fold(other) != fold(self.PLAIN)

    def test_all_of_these_are_different(self) -> None:
        forms = self.test_other_articles_stay_others.pytestmark[0].args[1]
        assert len({fold(form) for form in forms}) == len(forms)

    def test_the_number_that_a_site_gives(self) -> None:
        number = r"/(?:amp_)?articleshow/(\d+)\.cms|-(\d{6,})$"
        assert fold("https://k.in/desh/a-b/articleshow/123.cms", number) == "id:123"
        assert fold("https://k.in/desh/another-slug/amp_articleshow/123.cms", number) == "id:123"
        assert fold("https://k.in/desh/a-b-1234567", number) == "id:1234567"
        assert fold("https://m.k.in/desh/a-b-1234567/amp?m=1", number) == "id:1234567"  # once it is plain
        assert fold("https://k.in/desh/a-b-12", number) == "k.in/desh/a-b-12"
        assert fold("https://k.in/desh/a-b-12/", number) != fold("https://k.in/desh/a-b-13/", number)
        assert fold("https://k.in/a", r"(x?)") == "k.in/a"  # an empty number is none

    def test_the_order_of_what_is_asked_for_is_nothing(self) -> None:
        assert fold("https://k.in/a?b=1&a=2") == fold("https://k.in/a?a=2&b=1") == "k.in/a?a=2&b=1"
