"""Text whose bytes were read wrongly: repaired where that can be undone exactly, else named as damaged.

``repair`` undoes UTF-8 that was read as Latin-1 or Windows-1252, once or several times over. ``defect`` tells what no
repair can undo: lost bytes, and text keyed for the glyphs of a legacy font (Kruti Dev, DevLys, Shusha, Chanakya).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# Windows-1252 gives 27 of the bytes 0x80-0x9F other characters; the five it leaves out come through as C1 controls.
_HOLES = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
_BYTES = {byte: byte for byte in range(0x80, 0x100)} | {
    ord(bytes([byte]).decode("cp1252")): byte for byte in range(0x80, 0xA0) if byte not in _HOLES
}
_NEXT = "[" + "".join(re.escape(chr(char)) for char, byte in _BYTES.items() if byte < 0xC0) + "]"
# Without one of these nothing was misread; in UTF-8 each begins with the same byte, which is looked for much faster.
_LEAD = re.compile(f"[\u00c2-\u00f4]{_NEXT}|\u00c3 ")
_LEAD_BYTE = b"\xc3"
_SEQUENCE = re.compile(f"[\u00c2-\u00df]{_NEXT}|[\u00e0-\u00ef]{_NEXT}{{2}}|[\u00f0-\u00f4]{_NEXT}{{3}}")
# Sequences that no language writes: Devanagari, general punctuation and the rupee sign, the BOM, emoji.
_CERTAIN = re.compile(
    f"\u00e0[\u00a4\u00a5]{_NEXT}|\u00e2[\u20ac\u0080\u201a\u0082]{_NEXT}|\u00ef[\u00bb\u00b8]{_NEXT}|\u00f0\u0178{_NEXT}{{2}}"
)
_DEVANAGARI = re.compile(f"\u00e0[\u00a4\u00a5]{_NEXT}")
# A lead of two bytes whose third is gone; the same, read wrongly twice.
_BROKEN = re.compile(f"\u00e0[\u00a4\u00a5](?!{_NEXT})")
_TWICE = re.compile("\u00c3[\u00a0 ]\u00c2[\u00a4\u00a5]")
# No-break spaces that someone folded to spaces: the last byte of one letter (U+0920), and their places in twice misread
# text, behind the lead, behind its pair, and in the last letter of U+0906, U+090A and U+0920.
_FOLDED_SPACE = re.compile("\u00e0\u00a4 ")
_FOLDED_SPACE_TWICE = re.compile(
    "(?<=\u00c3) (?=\u00c2[\u00a4\u00a5])|(?<=\u00c2[\u00a4\u00a5][\u00c2\u00c5]) |"
    "(?<=\u00c2[\u00a4\u00a5]\u00e2\u20ac) "
)

# One letter lost in fifty spoils one word in ten: then the whole is left alone, and refused.
MOST_BROKEN = 0.02
# Below this share the characters above ASCII are a language's own accents, and a pair that could be UTF-8 is chance.
LEAST_COVERED = 0.8
LEAST_OTHERS = 3
# One replacement character in a hundred spoils one word in twenty. A few may be lost emoji.
MOST_REPLACED, FEW_REPLACED = 0.01, 3
MOST_QUESTION_MARKS, FEW_QUESTION_MARKS = 0.6, 20

# What sound text has above ASCII, whatever its language.
_PUNCTUATION = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u2022"
_REPLACEMENT = "\ufffd"
_HIGH_OR_ODD = re.compile(f"[{''.join(re.escape(chr(char)) for char in _BYTES if chr(char) not in _PUNCTUATION)}]")
_DEVANAGARI_RUN = re.compile("[\u0900-\u097f]+")


def repair(text: str) -> str:
    """Return the text with wrongly read UTF-8 read rightly; unchanged where nothing is wrong, or too much is lost.

    To be called before lines are split or normalised: some of the characters that carry the lost bytes count as line
    ends or as invisible. Idempotent; never raises.
    """
    while True:
        repaired = _repair_once(text)
        if repaired == text:  # each pass that changes anything makes the text shorter
            return text
        text = repaired


def defect(text: str) -> str | None:
    """Return why a text (already repaired) cannot be read: ``mojibake``, ``damaged encoding`` or ``legacy font``."""
    if text.isascii():
        return "damaged encoding" if _is_questioned(text) else "legacy font" if _is_keyed_for_a_font(text) else None
    misread = len(_BROKEN.findall(text)) + len(_DEVANAGARI.findall(text)) + len(_TWICE.findall(text))
    if misread >= FEW_REPLACED and misread > MOST_BROKEN * len(text):
        return "mojibake"
    replaced = text.count(_REPLACEMENT)
    if (replaced >= FEW_REPLACED and replaced > MOST_REPLACED * len(text)) or _is_questioned(text):
        return "damaged encoding"
    if sum(map(len, _DEVANAGARI_RUN.findall(text))) * 2 > len(text):
        return None
    return "legacy font" if _is_keyed_for_a_font(text) else None


def _repair_once(text: str) -> str:
    if text.isascii() or _LEAD_BYTE not in text.encode("utf-8", "replace") or not _LEAD.search(text):
        return text
    text = _FOLDED_SPACE_TWICE.sub("\u00a0", text)
    broken, whole = len(_BROKEN.findall(text)), len(_DEVANAGARI.findall(text))
    if whole and broken == len(_FOLDED_SPACE.findall(text)):
        text = _FOLDED_SPACE.sub("\u00e0\u00a4\u00a0", text)  # the letter whose last byte is a no-break space
    elif broken > MOST_BROKEN * whole:
        return text
    return _SEQUENCE.sub(_reread, text) if _covers(text) else _CERTAIN.sub(_reread, text)


def _covers(text: str) -> bool:
    """Whether nearly all of a text above ASCII and beside Devanagari is made of UTF-8 sequences."""
    sequences = _SEQUENCE.findall(text)
    if not sequences:
        return False
    covered = sum(map(len, sequences))
    if covered < LEAST_COVERED * len(_HIGH_OR_ODD.findall(text)):
        return False
    return len(sequences) >= LEAST_OTHERS or all(sequence[0] in "\u00c2\u00c3" for sequence in sequences)


def _reread(match: re.Match[str]) -> str:
    try:
        return bytes(_BYTES[ord(char)] for char in match[0]).decode("utf-8")
    except UnicodeDecodeError:  # over-long or surrogate: no UTF-8 after all
        return match[0]


def _is_questioned(text: str) -> bool:
    """Whether question marks stand for the letters of a text: ``????? ?? ???``."""
    marks = text.count("?")
    return marks >= FEW_QUESTION_MARKS and "??" in text and marks > MOST_QUESTION_MARKS * len("".join(text.split()))


# -- legacy fonts ------------------------------------------------------------------------------------------------------

SAMPLE = 20_000
# Of the words of Hindi prose about a third are function words; in no other text do their keys make one in eight.
LEAST_SHARE = 0.12
LEAST_MARKS = 2
# Spellings that only the keys of a typewriter layout make inside a word: a conjunct's r, a half letter and its stem,
# a reph, a vowel sign before its consonant. A headline has no function words, but three such words of two kinds.
_GLYPHS = tuple(
    re.compile(glyph)
    for glyph in (
        "[VMN<]\u00aa[A-Za-z]",
        "(?:^|[a-z])[HFEI]k[a-zA-Z]",
        "(?:\\[|\\{|'|\"|/|\\?)k[a-zA-Z]",
        "[a-z];[a-z]",
        "^f[a-z]{1,2};|^f[A-Z/\\['\"]",
        "[a-z]Z(?:$|[a-z]$)",
        "[a-z][\u00d8\u00ae\u00bd\u00a1\u2021\u02c6][a-z]",
    )
)
LEAST_GLYPHS, LEAST_GLYPH_SHARE, LEAST_KINDS = 3, 0.3, 2
# Chanakya and its kin put most glyphs above ASCII, signs such as the middle dot and the yen among them. Of French one
# character in twenty stands there, of Icelandic one in six.
LEAST_ABOVE_ASCII, LEAST_SIGNS, FEW_WORDS = 0.3, 0.05, 5
_LETTER_ABOVE = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]")
_SIGN_ABOVE = re.compile("[\u00a1-\u00bf\u00d7\u00f7\u02c6\u0192\u2020\u2021]")
_ADDRESS = re.compile("(?:[a-z]+://|www\\.)\\S+|\\S+@\\S+|[#@]\\S+")
_ENDS = "A]|)(\u00de\u00df&%^*.\u2026\u2018\u2019"


@dataclass(frozen=True, slots=True)
class _Font:
    marks: frozenset[str]
    hints: frozenset[str]


def _is_keyed_for_a_font(text: str) -> bool:
    """Whether a text is made of the keys of a font that drew Hindi over the Latin letters."""
    tokens = _ADDRESS.sub(" ", text[:SAMPLE]).split()
    latin = [token for token in tokens if not _DEVANAGARI_RUN.search(token)]
    if len(latin) * 2 <= len(tokens):
        return False
    return _has_function_words(latin) or _has_glyphs(latin) or _is_above_ascii(latin)


def _has_function_words(tokens: list[str]) -> bool:
    pairs = [(token, token.strip(_ENDS)) for token in tokens]
    for font in _fonts():
        marks = [word for pair in pairs for word in set(pair) if word in font.marks]
        hints = sum(1 for _, word in pairs if word in font.hints)
        if len(set(marks)) >= LEAST_MARKS and len(marks) + hints >= LEAST_SHARE * len(tokens):
            return True
    return False


def _has_glyphs(tokens: list[str]) -> bool:
    kinds: set[int] = set()
    hits = 0
    for token in tokens:
        found = {kind for kind, glyph in enumerate(_GLYPHS) if glyph.search(token)}
        kinds |= found
        hits += bool(found)
    return hits >= LEAST_GLYPHS and hits >= LEAST_GLYPH_SHARE * len(tokens) and len(kinds) >= LEAST_KINDS


def _is_above_ascii(tokens: list[str]) -> bool:
    words = [token for token in tokens if not any(char.isdigit() for char in token)]
    joined = "".join(words)
    if len(words) < FEW_WORDS:
        return False
    letters, signs = len(_LETTER_ABOVE.findall(joined)), len(_SIGN_ABOVE.findall(joined))
    return (
        letters + signs >= LEAST_ABOVE_ASCII * len(joined)
        and signs >= LEAST_SIGNS * len(joined)
        and letters >= LEAST_SIGNS * len(joined)
    )


@cache
def _fonts() -> tuple[_Font, ...]:
    data = tomllib.loads(files("cleaners").joinpath("data/languages.toml").read_text(encoding="utf-8"))
    return tuple(_Font(frozenset(font["marks"]), frozenset(font["hints"])) for font in data["legacy_font"])
