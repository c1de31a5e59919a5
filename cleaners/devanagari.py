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
_TAKES_NUKTA = frozenset("\u0915\u0916\u0917\u091c\u0921\u0922\u092b\u092f")
_MISPLACED_NUKTA = re.compile(f"([{''.join(sorted(_TAKES_NUKTA))}])([\u093e-\u094c\u0901-\u0903]+)\u093c")
_REPEATED_NUKTA = re.compile("\u093c{2,}")
# Characters that never change what Hindi text looks like.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffc]")
# A joiner changes the glyph only directly after a virama; anywhere else in Devanagari it has no effect.
_IDLE_JOINER = re.compile("(?<!\u094d)[\u200c\u200d]+|(?<=\u094d)\u200d+(?![\u0904-\u0939\u0958-\u0961\u25cc])")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
# Danda belongs to the sentence that it ends: no space before it, one behind it.
_GLUED_DANDA = re.compile("([\u0964\u0965])(?=[\u0904-\u0939\u0958-\u0961A-Za-z])")
# Characters that need no repair in any order: a line of these alone, with each nukta right behind a letter that takes
# one, is composed already. Nearly every line is such, and to see that is cheaper than to ask Unicode.
_UNPLAIN = re.compile(
    "[^\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0900-\u0950\u0960-\u097f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]"
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
_KEY_CHANGED = re.compile("[" + "".join(chr(c) for c in _KEY_FOLDED if chr(c) not in "\u093c\u0901") + "]")
_SPACES = re.compile("  +")
_VISARGA_COLON = re.compile("\u0903(?=\\s|$|[^\u0900-\u097f])")
_WORD = re.compile("[\\w\u0900-\u0963\u0966-\u096f\u0971-\u097f\u200c\u200d]+")  # but for underscores
_DEVANAGARI_LETTER = re.compile("[\u0904-\u0939\u0958-\u0961\u0972-\u097f]")
_OTHER_LETTERS = re.compile("[^\\W\\d_\u0904-\u0939\u0958-\u0961\u0972-\u097f]+")
_LATIN_LETTER = re.compile("[A-Za-z\u00c0-\u024f]")
_LETTER = re.compile(r"[^\W\d_]")


def normalise(text: str) -> str:
    """Return one line as it is kept: NFC, nukta in place, invisible characters that change nothing dropped, spaces
    folded to one, none before a danda and one behind it, no control characters. Words, punctuation and spelling stay
    as the outlet wrote them. Idempotent.
    """
    if text.isascii():
        return " ".join(_CONTROL.sub("", text).split())
    text = text.replace("\u00a0", " ").replace("\n", " ").strip()  # of whole texts, too, it is asked for keys
    if not _is_plain(text):
        text = " ".join(_repair(unicodedata.normalize("NFC", text)).split())
    elif "  " in text:
        text = " ".join(text.split())
    if "\u0964" in text or "\u0965" in text:
        text = text.replace(" \u0964", "\u0964").replace(" \u0965", "\u0965")
        text = _GLUED_DANDA.sub("\\1 ", text)
    return text


def _is_plain(text: str) -> bool:
    """Whether a line needs no more than plain spaces and dandas put right."""
    if _UNPLAIN.search(text):
        return False
    return NUKTA not in text or all(before[-1:] in _TAKES_NUKTA for before in text.split(NUKTA)[:-1])


def _repair(text: str) -> str:
    """Drop what is invisible and put each nukta in its place, but leave spaces and dandas."""
    text = _CONTROL.sub("", _INVISIBLE.sub("", text))
    text = _REPEATED_NUKTA.sub(NUKTA, _MISPLACED_NUKTA.sub("\\1\u093c\\2", text))
    if ZWJ in text or ZWNJ in text:
        kept = _EMOJI_JOIN.sub("\ue000", text)  # a family of emoji is one glyph only with its joiners
        text = _IDLE_JOINER.sub("", kept).replace("\ue000", ZWJ)
    return unicodedata.normalize("NFC", text)


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
    line = line.replace(NUKTA, "").replace("\u0901", "\u0902")
    if _KEY_CHANGED.search(line):
        line = line.translate(_KEY_FOLDED)
    if "  " in line:
        line = _SPACES.sub(" ", line)
    return _VISARGA_COLON.sub(":", line).strip().casefold()


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
    return _WORD.findall(text.replace("_", " "))


def devanagari_share(text: str) -> float:
    """Return the share of Devanagari among the letters of a text, 0.0 where there are no letters."""
    others = sum(map(len, _OTHER_LETTERS.findall(text)))
    if not others:
        return 1.0 if _DEVANAGARI_LETTER.search(text) else 0.0
    own = len(_DEVANAGARI_LETTER.findall(text))
    return own / (own + others)


def latin_share(text: str) -> float:
    """Return the share of Latin among the letters of a text, 0.0 where there are no letters."""
    letters = len(_LETTER.findall(text))
    return len(_LATIN_LETTER.findall(text)) / letters if letters else 0.0
