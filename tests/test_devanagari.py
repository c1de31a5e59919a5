"""Normalisation and match keys on what sites really type, and on anything at all."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaners.devanagari import (
    devanagari_share,
    latin_share,
    match_key,
    match_key_offsets,
    normalise,
    words,
)  # fmt: skip

TEXT = st.text(
    alphabet=st.one_of(
        st.characters(min_codepoint=0x900, max_codepoint=0x97F),
        st.sampled_from("\u200c\u200d\u200b\ufeff\u00a0\u00ad\u093c\u0903 \t\n।|…–—‘’“” abcXYZ012👨👩"),
        st.characters(exclude_categories=["Cs"]),
    )
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("पढ\u0947\u093c\u0902", "पढ\u093c\u0947\u0902"),  # nukta after the vowel sign
        ("प\u095dना", "पढ\u093cना"),  # composed letter
        ("बढ\u093c\u093cना", "बढ\u093cना"),  # nukta twice
        ("ज\u200cिस", "जिस"),  # joiner without effect
        ("पत\u094d\u200dनी", "पत\u094d\u200dनी"),  # joiner that changes the glyph
        ("वर्\u200dष\u200d ", "वर्\u200dष"),
        ("न\u00adई\u00a0 दिल्\u200bली\ufeff", "नई दिल्ली"),
        ("क\x00ख\x85ग", "कख ग"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("  plain\ttext ", "plain text"),
        ("वह आया ।फिर गया ।। और", "वह आया। फिर गया।। और"),
        (" । ", "।"),
    ],
)
def test_normalise(typed, kept):
    assert normalise(typed) == kept


def test_normalise_leaves_words_and_punctuation_alone():
    line = "‘हम झुकेंगे नहीं’ – उन्होंने कहा … नई दिल्ली। |"
    assert normalise(line) == line


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("यह भी पढ़ेंः", "यह भी पढें:"),
        ("ये भी पढ\u0947\u093c\u0902", "ये भी पढ़ें"),
        ("हाँ", "हां"),
        ("Also READ", "also read"),
        ("पत\u094d\u200dनी", "पत्नी"),
        ("“क” – ख…", '"क" - ख...'),
        ("क\u00a0 ख", "क ख"),
        ("क \ufe0f ख…\ufe0f ", "क ख..."),
    ],
)
def test_match_key_makes_spellings_equal(one, other):
    assert match_key(one) == match_key(other)


def test_match_key_keeps_a_visarga_inside_words():
    assert match_key("दुःख") == "दुःख"
    assert match_key("मध्य प्रदेश") != match_key("मधय परदेश")


def test_words_are_whole():
    assert words("किसानों को पत्‍नी, 30000 रु.") == ["किसानों", "को", "पत्‍नी", "30000", "रु"]
    assert words("file_name_") == ["file", "name"]


def test_shares():
    assert devanagari_share("नमस्ते") == 1.0
    assert devanagari_share("123 !") == 0.0
    assert 0.4 < latin_share("abc कखग") < 0.6


@given(TEXT)
def test_normalise_is_idempotent_and_composed(text):
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()


def test_normalise_composes_whatever_stands_beside():
    for char in map(chr, range(0x3100)):
        for text in (f"e{char}", f"न{char}", f"क{char}\u093c", f"\u094d{char}"):
            kept = normalise(text)
            assert unicodedata.is_normalized("NFC", kept), text
            assert "  " not in kept and kept == kept.strip(), text
    assert normalise("न\u093c") == "\u0929"


@given(TEXT)
def test_normalise_never_loses_a_letter_of_any_script(text):
    def letters(value):
        return sorted(c for c in unicodedata.normalize("NFC", value) if c.isalpha() and c != "\u093c")

    assert letters(normalise(text)) == letters(text)


@given(TEXT)
def test_match_key_is_idempotent_and_blind_to_normalisation(text):
    key = match_key(text)
    assert match_key(key) == key
    assert match_key(normalise(text)) == key


@given(TEXT)
def test_offsets_lead_back_to_the_text(text):
    line = normalise(text)
    key, offsets = match_key_offsets(line)
    assert len(offsets) == len(key) + 1
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(line)
    assert match_key(key) == match_key(line)
