"""Wrongly read bytes: repaired exactly, or named; and nothing that is sound is touched."""

from __future__ import annotations

import base64
import hashlib
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaners.mojibake import defect, repair

FOLDER = Path(__file__).parent / "language"
HOLES = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
# Holds every letter whose last byte Windows-1252 has no character for, or is a no-break space or a soft hyphen.
HINDI = "“मुंबई” में एक झरने के पास ठहरे ऐसे अंग्रेज़ पढ़ने आए – ॐ, काँच, भूख… किसानों को ₹500 मिले। 🙏 क़ानून पर चर्चा"


def as_latin1(text: str) -> str:
    return text.encode().decode("latin-1")


def as_cp1252(text: str) -> str:
    """Windows-1252 as browsers read it: the five bytes it leaves out become C1 controls."""
    return "".join(chr(byte) if byte in HOLES else bytes([byte]).decode("cp1252") for byte in text.encode())


def twice(text: str) -> str:
    return as_cp1252(as_cp1252(text))


def paragraphs(code: str) -> str:
    return FOLDER.joinpath(f"{code}.txt").read_text(encoding="utf-8")


# -- repairs


@pytest.mark.parametrize("misread", [as_latin1, as_cp1252, twice, lambda text: as_latin1(as_latin1(text))])
@pytest.mark.parametrize("text", [HINDI, paragraphs("hi"), paragraphs("mr"), paragraphs("ne"), paragraphs("bho")])
def test_misread_utf8_is_repaired_exactly(text: str, misread) -> None:
    assert misread(text) != text
    assert repair(misread(text)) == text
    assert defect(repair(misread(text))) is None


def test_three_times_misread_is_repaired() -> None:
    assert repair(as_cp1252(twice(HINDI))) == HINDI


def test_the_five_holes_of_the_code_page_come_through() -> None:
    for letter in "ँएऐझु्ॐ":
        assert repair(as_cp1252(letter * 3)) == letter * 3


def test_only_the_broken_lines_change() -> None:
    lines = paragraphs("hi").splitlines()
    broken = [as_cp1252(line) if n % 3 == 0 else line for n, line in enumerate(lines)]
    assert repair("\n".join(broken)).split("\n") == lines


def test_a_broken_span_in_a_sound_line_is_repaired() -> None:
    assert repair(f"मंत्री ने कहा, {as_cp1252('“सड़क बनेगी”')} और चले गए।") == "मंत्री ने कहा, “सड़क बनेगी” और चले गए।"


def test_no_break_spaces_folded_to_spaces_are_found_again() -> None:
    text = "आज ऊंचे इलाकों में ठंड से ठिठुरते लोग ठाणे में ठहरे, बैठक कठिन रही।"
    assert repair(as_cp1252(text).replace("\u00a0", " ")) == text
    assert repair(twice(text).replace("\u00a0", " ")) == text


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Itâ€™s â€œfineâ€\u009d", "It’s “fine”"),
        ("cafÃ© du coin", "café du coin"),
        ("25Â°C", "25°C"),
        ("â‚¹500", "₹500"),
        ("ï»¿राज्य", "\ufeffराज्य"),
        ("ਪੰਜਾਬ ਦੀ ਖ਼ਬਰ".encode().decode("latin-1"), "ਪੰਜਾਬ ਦੀ ਖ਼ਬਰ"),
        ("Правительство объявило".encode().decode("latin-1"), "Правительство объявило"),
    ],
)
def test_other_text_is_repaired_too(text: str, right: str) -> None:
    assert repair(text) == right


# -- what is lost stays as it is, and is named


@pytest.mark.parametrize("errors", ["replace", "ignore"])
def test_lost_bytes_are_not_guessed_at(errors: str) -> None:
    text = paragraphs("hi").encode().decode("cp1252", errors)
    assert repair(text) == text
    assert defect(text) == "mojibake"


def test_lost_bytes_of_text_misread_twice_are_named() -> None:
    text = as_cp1252(paragraphs("hi").encode().decode("cp1252", "ignore"))
    assert defect(repair(text)) == "mojibake"


def test_replacement_characters_are_named_above_a_share() -> None:
    text = paragraphs("hi")
    riddled = "".join("\ufffd" if n % 40 == 0 else char for n, char in enumerate(text))
    assert defect(riddled) == "damaged encoding"
    assert defect("\ufffd" * 2 + text) is None


def test_two_replacement_characters_in_a_brief_are_lost_emoji() -> None:
    assert defect("बधाई हो \ufffd\ufffd, टीम जीत गई") is None


def test_question_marks_for_letters_are_named() -> None:
    assert defect("?????? ???? ?? ???? ?? ????? ?? 2018 ?? ??????") == "damaged encoding"
    assert defect("क्या आप जानते हैं??? सच में??? कब??? कहां??? क्यों??? कैसे??? किसने??? और फिर???") is None
    assert defect("What? " * 30) is None


# -- legacy fonts

TEXTS = tomllib.loads(FOLDER.joinpath("bytes.toml").read_text(encoding="utf-8"))
LEGACY = TEXTS["legacy"]


@pytest.mark.parametrize("text", LEGACY.values(), ids=LEGACY.keys())
def test_legacy_font_is_refused_and_left_alone(text: str) -> None:
    assert repair(text) == text
    assert defect(text) == "legacy font"


def test_a_line_in_a_legacy_font_does_not_condemn_a_hindi_page() -> None:
    assert defect(paragraphs("hi") + LEGACY["Kruti Dev"]) is None


SOUND = TEXTS["sound"] | {
    "English": paragraphs("en"),
    "romanised Hindi": paragraphs("hi-Latn"),
    "base64": " ".join(base64.b64encode(hashlib.sha256(bytes([n])).digest()).decode() for n in range(60)),
    "hex": " ".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(40)),
    "nothing": "",
    "one character": "\u00c3",
    "control characters": "\x81\x8d\x00\x1f",
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND.keys())
def test_sound_text_is_neither_changed_nor_refused(text: str) -> None:
    assert repair(text) == text
    assert defect(text) is None


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_no_paragraph_of_any_language_is_changed_or_refused(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        assert repair(line) == line
        assert defect(line) is None


# -- laws

telling = st.sampled_from("ÃÂàâ¤¥€™\u00a0\u0081\u008d\ufffd ?अकa\n")
arbitrary = st.text(alphabet=telling | st.characters(exclude_categories=()), max_size=80)
encodable = st.text(alphabet=telling | st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=200, deadline=None)
@given(arbitrary | encodable.map(as_latin1) | encodable.map(twice))
def test_repair_is_idempotent_and_nothing_raises(text: str) -> None:
    once = repair(text)
    assert repair(once) == once
    assert defect(once) in (None, "mojibake", "damaged encoding", "legacy font")


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=0x900, max_codepoint=0x97F), min_size=1, max_size=60))
def test_any_devanagari_survives_the_round_trip(text: str) -> None:
    assert repair(as_cp1252(text)) == text
    assert repair(text) == text


def test_sound_hindi_costs_next_to_nothing() -> None:
    text = paragraphs("hi") * 3
    repair(text)
    start = time.process_time()
    for _ in range(20):
        repair(text)
        defect(text)
    assert (time.process_time() - start) / 20 < 0.005
