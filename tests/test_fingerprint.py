"""When two texts count as the same, and when an article counts as changed."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from store_pages import make_article

from cleaners.model import Article, Block, Removal
from newsharvest.fingerprint import content_hash, text_hash

TEXT = "किसानों ने मंडी में प्याज बेचा। दाम दस रुपये रहा।"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("किसानों ने कहा।", "किसानों  ने\nकहा |"),
        ("“प्याज” सस्ता", '"प्याज" - सस्ता…'),
        ("प\u095dना", "पढ\u093cना"),
        ("पढे\u093cं", "पढ\u093cें"),
        ("क़ानून", "कानून"),
        ("गाँव", "गांव"),
        ("पत्\u200dनी", "पत्नी"),
        ("पढ़ेंः खबर", "पढ़ें: खबर"),
        ("अतः।", "अतः ।"),
        ("IIT दिल्ली", "iit दिल्ली"),
    ],
)
def test_spelling_and_typography_make_no_other_text(one: str, other: str) -> None:
    assert text_hash(one) == text_hash(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("किसान", "किसानों"),  # vowel signs are part of the text
        ("काम", "कम"),
        ("घर के में", "घर का मैं"),
        ("दस रुपये", "दस रुपए"),
        ("१० लोग", "११ लोग"),
        ("सत्य", "सतय"),  # so is the virama
    ],
)
def test_other_words_make_another_text(one: str, other: str) -> None:
    assert text_hash(one) != text_hash(other)


@pytest.mark.parametrize("text", ["", " \n", "।।", "*** – ***"])
def test_a_text_without_words_has_no_fingerprint(text: str) -> None:
    assert text_hash(text) == ""


def test_hashes_are_32_hex_digits_and_take_lone_surrogates() -> None:
    for digest in (text_hash(TEXT), text_hash("क\ud83d"), content_hash(make_article(None, "क\ud83d"))):
        assert len(digest) == 32
        assert set(digest) <= set("0123456789abcdef")


CHANGES = {
    "url": "https://example.com/2",
    "site": "other",
    "title": None,
    "summary": "सार",
    "authors": ("क", "ख"),
    "agency": "PTI",
    "section": "देश",
    "image_url": "https://example.com/i.jpg",
    "published_at": datetime(2026, 1, 1, tzinfo=UTC),
    "published_source": "json-ld",
    "modified_at": datetime(2026, 1, 1, tzinfo=UTC),
    "language": "mr",
    "truncated": True,
    "blocks": (Block("paragraph", TEXT + " और।", 0),),
}
UNSEEN = {
    "removals": (Removal("line", "also-read/label", ("also-read/label",), "यह भी पढ़ें", 3),),
    "outside": (("trafilatura/not-body", 3),),
}


def test_every_field_is_named_here() -> None:
    assert {field.name for field in fields(Article)} == {*CHANGES, *UNSEEN}


@pytest.mark.parametrize("name", CHANGES)
def test_every_stored_field_counts(name: str) -> None:
    article = make_article("https://example.com/1", TEXT)
    assert content_hash(article) != content_hash(replace(article, **{name: CHANGES[name]}))


@pytest.mark.parametrize("name", UNSEEN)
def test_what_was_removed_does_not_count(name: str) -> None:
    article = make_article("https://example.com/1", TEXT)
    assert content_hash(article) == content_hash(replace(article, **{name: UNSEEN[name]}))


def test_positions_of_blocks_do_not_count() -> None:
    article = make_article(None, TEXT)
    assert content_hash(article) == content_hash(replace(article, blocks=(Block("paragraph", TEXT, 7),)))


def test_a_time_is_the_same_in_every_zone_and_known_to_the_second() -> None:
    utc = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
    india = datetime(2026, 11, 22, 10, 0, 0, 250_000, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert content_hash(make_article(None, TEXT, published_at=utc)) == content_hash(
        make_article(None, TEXT, published_at=india)
    )
    assert content_hash(make_article(None, TEXT, published_at=None)) != content_hash(
        make_article(None, TEXT, published_at=utc)
    )
