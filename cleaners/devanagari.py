"""Devanagari as news sites really type it: normalisation for output, match keys for comparing, words, scripts.

``normalise`` is applied once to every line that is kept; ``match_key`` is for comparing only and never for output.
Python's own ``\\w``, ``\\b`` and ``str.isalnum`` do not see vowel signs, so words are found with explicit ranges.
"""

from __future__ import annotations

import re
import unicodedata

NUKTA = "\u093c"
ZWNJ = "\u200c"
ZWJ = "\u200d"

# Nukta typed after the vowel sign (pa-ddha-e-nukta-anusvara): no Unicode normalisation repairs it.
_TAKES_NUKTA = "\u0915\u0916\u0917\u091c\u0921\u0922\u092b\u092f"
_MISPLACED_NUKTA = re.compile(f"([{_TAKES_NUKTA}])([\u093e-\u094c\u0901-\u0903]+)\u093c")
_REPEATED_NUKTA = re.compile("\u093c{2,}")
# Characters that never change what Hindi text looks like.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffc]")
# A joiner changes the glyph only directly after a virama; anywhere else in Devanagari it has no effect.
_IDLE_JOINER = re.compile("(?<!\u094d)[\u200c\u200d]+|(?<=\u094d)\u200d+(?![\u0904-\u0939\u0958-\u0961\u25cc])")
# White space that is not one plain space: single spaces, nearly all there are, cost nothing.
_ODD_SPACES = "\t\n\x0b\x0c\r\x1c-\x1f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SPACES = re.compile(f"[{_ODD_SPACES}][ {_ODD_SPACES}]*| [ {_ODD_SPACES}]+")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
# Danda belongs to the sentence that it ends: no space before it, one behind it.
_BEFORE_DANDA = re.compile(" +(?=[\u0964\u0965])")
_BEHIND_DANDA = re.compile("(?<=[\u0964\u0965])(?=[\u0904-\u0939\u0958-\u0961A-Za-z])")
# Anything at all that normalise repairs, but spaces: most lines hold none of it.
_ODD = re.compile(
    "|".join(odd.pattern for odd in (_MISPLACED_NUKTA, _REPEATED_NUKTA, _INVISIBLE, _CONTROL)) + f"|[{ZWNJ}{ZWJ}]"
)
_EMOJI = "\u2600-\u27bf\U0001f000-\U0001faff"
_EMOJI_JOIN = re.compile(f"(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])")

_KEY_DROPPED = "\u093c\u200b\u200c\u200d\u200e\u200f\u00ad\ufeff\u2060\u202a\u202b\u202c\u202d\u202e\ufe0e\ufe0f"
_KEY_FOLDED = {ord(c): None for c in _KEY_DROPPED} | {
    ord("\u0901"): "\u0902",
    **{ord(c): "-" for c in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"},
    **{ord(c): "'" for c in "\u2018\u2019\u201a\u201b\u2032\u00b4"},
    **{ord(c): '"' for c in "\u201c\u201d\u201e\u201f\u00ab\u2033"},
    ord("\u2026"): "...",
    ord("\uff1a"): ":",
}
_VISARGA_COLON = re.compile("\u0903(?=\\s|$|[^\u0900-\u097f])")
_WORD = re.compile("(?:[^\\W_]|[\u0900-\u0963\u0966-\u096f\u0971-\u097f\u200c\u200d])+")
_DEVANAGARI_LETTER = re.compile("[\u0904-\u0939\u0958-\u0961\u0972-\u097f]")
_LATIN_LETTER = re.compile("[A-Za-z\u00c0-\u024f]")
_LETTER = re.compile(r"[^\W\d_]")


def normalise(text: str) -> str:
    """Return one line as it is kept: NFC, nukta in place, invisible characters that change nothing dropped, spaces
    folded to one, none before a danda and one behind it, no control characters. Words, punctuation and spelling stay
    as the outlet wrote them. Idempotent.
    """
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    if text.isascii():
        text = _CONTROL.sub("", text)
    elif _ODD.search(text):
        text = _CONTROL.sub("", _INVISIBLE.sub("", text))
        text = _REPEATED_NUKTA.sub(NUKTA, _MISPLACED_NUKTA.sub("\\1\u093c\\2", text))
        if ZWJ in text or ZWNJ in text:
            kept = _EMOJI_JOIN.sub("\ue000", text)  # a family of emoji is one glyph only with its joiners
            text = _IDLE_JOINER.sub("", kept).replace("\ue000", ZWJ)
        text = unicodedata.normalize("NFC", text)
    text = _SPACES.sub(" ", text).strip()
    if "\u0964" in text or "\u0965" in text:
        text = _BEHIND_DANDA.sub(" ", _BEFORE_DANDA.sub("", text))
    return text


def match_key(text: str) -> str:
    """Return the key under which two spellings of one line are equal. For matching only.

    NFC; nukta, joiners, zero-width characters, BOM and soft hyphens dropped; candrabindu to anusvara; visarga typed
    for a colon to a colon; dashes, quotes and ellipses to their ASCII forms; white space folded; Latin case folded.
    """
    return fold(normalise(text))


def fold(line: str) -> str:
    """Return the match key of a line that is normalised already."""
    if line.isascii():
        return line.lower()
    return _SPACES.sub(" ", _VISARGA_COLON.sub(":", line.translate(_KEY_FOLDED))).strip().casefold()


def match_key_offsets(text: str) -> tuple[str, list[int]]:
    """Return the match key of a *normalised* line and, for each of its characters, the offset it comes from.

    One more offset, the length of the text, closes the list, so that ``text[offsets[a]:offsets[b]]`` is the part of
    the text behind ``key[a:b]``.
    """
    key: list[str] = []
    offsets: list[int] = []
    for index, char in enumerate(text):
        for part in (_KEY_FOLDED.get(ord(char), char) or "").casefold():
            key.append(part)
            offsets.append(index)
    return _VISARGA_COLON.sub(":", "".join(key)), [*offsets, len(text)]


def words(text: str) -> list[str]:
    """Return the words of a text, Devanagari and other scripts alike, without punctuation."""
    return _WORD.findall(text)


def devanagari_share(text: str) -> float:
    """Return the share of Devanagari among the letters of a text, 0.0 where there are no letters."""
    letters = len(_LETTER.findall(text))
    return len(_DEVANAGARI_LETTER.findall(text)) / letters if letters else 0.0


def latin_share(text: str) -> float:
    """Return the share of Latin among the letters of a text, 0.0 where there are no letters."""
    letters = len(_LETTER.findall(text))
    return len(_LATIN_LETTER.findall(text)) / letters if letters else 0.0
