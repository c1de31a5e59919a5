"""Persons and agencies among the names that a page credits."""

from __future__ import annotations

import pytest

from cleaners import people


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("By अमित शर्मा, रवि कुमार और सीता देवी", ("अमित शर्मा", "रवि कुमार", "सीता देवी")),
        ("डॉ. राम मनोहर / Priya Singh", ("डॉ. राम मनोहर", "Priya Singh")),
        ("रिपोर्ट: मोहन, नई दिल्ली", ("मोहन",)),
        ("Written By Ravi Kumar and Published By Neha", ("Ravi Kumar", "Neha")),
        ("न्यूज डेस्क, अमर उजाला", ()),
        ("संवाद सूत्र, बेतिया", ()),
        ("संजय दत्त, मुंबई ब्यूरो", ("संजय दत्त",)),
        ("Amit Kumar (PTI)", ("Amit Kumar",)),
        ("John Smith, Jr.", ("John Smith",)),
        ("info@example.com", ()),
        ("The Example (www.example.com)", ()),
    ],
)
def test_persons(credit: str, names: tuple[str, ...]) -> None:
    assert people.persons([credit]) == names


def test_each_person_once_and_no_outlet() -> None:
    assert people.persons(["Neha Verma", "neha verma", "Example Post"], ["Example Post"]) == ("Neha Verma",)


@pytest.mark.parametrize(
    ("credit", "agency"),
    [("By PTI", "PTI"), ("Edited by: आईएएनएस", "IANS"), ("पीटीआई, नई दिल्ली।", "PTI"), ("पीटीआई, रवि कुमार", None)],
)
def test_agency(credit: str, agency: str | None) -> None:
    assert people.agency(["Ravi Kumar", credit]) == agency
