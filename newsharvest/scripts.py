"""Which scripts a text is written in, and which languages are written in them."""

from __future__ import annotations

import re
from collections import Counter

LATIN = "Latin"
# Languages that langdetect has profiles for, where a script has several; the rest are named by their script.
_LATIN_LANGUAGES = (
    "af", "ca", "cs", "cy", "da", "de", "en", "es", "et", "fi", "fr", "hr", "hu", "id", "it", "lt", "lv", "nl", "no",
    "pl", "pt", "ro", "sk", "sl", "so", "sq", "sv", "sw", "tl", "tr", "vi",
)  # fmt: skip
_LANGUAGES = {
    "Devanagari": ("hi", "mr", "ne"),
    LATIN: _LATIN_LANGUAGES,
    "Cyrillic": ("bg", "mk", "ru", "uk"),
    "Arabic": ("ar", "fa", "ur"),
    "Bengali": ("bn",),
    "Gurmukhi": ("pa",),
    "Gujarati": ("gu",),
    "Odia": ("or",),
    "Tamil": ("ta",),
    "Telugu": ("te",),
    "Kannada": ("kn",),
    "Malayalam": ("ml",),
    "Sinhala": ("si",),
    "Thai": ("th",),
    "Tibetan": ("bo",),
    "Burmese": ("my",),
    "Georgian": ("ka",),
    "Greek": ("el",),
    "Hebrew": ("he",),
    "Thaana": ("dv",),
    "Ol Chiki": ("sat",),
    "Meetei Mayek": ("mni",),
    "Japanese": ("ja",),
    "Korean": ("ko",),
    "Chinese": ("zh",),
}
# Letters only one language of a script uses: Urdu's retroflexes and ye barree, Sindhi's implosives, Assamese ra and wa.
_TELLING = (
    ("Arabic", "sd", re.compile("[\u067a\u067b\u067d\u067f\u0680\u0683\u0684\u068a\u068d\u068f\u0699\u06b1\u06b3]")),
    ("Arabic", "ur", re.compile("[\u0679\u0688\u0691\u06ba\u06d2\u06c1]")),
    ("Bengali", "as", re.compile("[\u09f0\u09f1]")),
)
_RANGES = (
    ("Devanagari", "\u0904-\u0939\u0958-\u0961\u0972-\u097f"),
    (LATIN, "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a"),
    ("Arabic", "\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc"),
    ("Bengali", "\u0985-\u09b9\u09ce\u09dc-\u09e1\u09f0\u09f1"),
    ("Gurmukhi", "\u0a05-\u0a39\u0a59-\u0a5e\u0a72-\u0a74"),
    ("Gujarati", "\u0a85-\u0ab9\u0ae0\u0ae1"),
    ("Odia", "\u0b05-\u0b39\u0b5c-\u0b61\u0b71"),
    ("Tamil", "\u0b83-\u0bb9"),
    ("Telugu", "\u0c05-\u0c39\u0c58-\u0c61"),
    ("Kannada", "\u0c85-\u0cb9\u0cde-\u0ce1"),
    ("Malayalam", "\u0d05-\u0d3a\u0d54-\u0d61\u0d7a-\u0d7f"),
    ("Sinhala", "\u0d85-\u0dc6"),
    ("Thai", "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46"),
    ("Tibetan", "\u0f40-\u0f6c"),
    ("Burmese", "\u1000-\u102a\u103f-\u1049"),
    ("Georgian", "\u10a0-\u10ff"),
    ("Greek", "\u0370-\u03ff\u1f00-\u1fff"),
    ("Cyrillic", "\u0400-\u052f"),
    ("Hebrew", "\u05d0-\u05ea"),
    ("Thaana", "\u0780-\u07a5"),
    ("Ol Chiki", "\u1c5a-\u1c7d"),
    ("Meetei Mayek", "\uabc0-\uabe2"),
    ("Japanese", "\u3041-\u3096\u30a1-\u30fa"),
    ("Korean", "\u1100-\u11ff\uac00-\ud7a3"),
    ("Chinese", "\u3400-\u4dbf\u4e00-\u9fff"),
)
_RUNS = tuple((script, re.compile(f"[{letters}]+")) for script, letters in _RANGES)
_NOT_COMMON = re.compile("[^\x00-\u024f\u0900-\u097f\u2000-\u2bff]")


def count_scripts(text: str) -> Counter[str]:
    """Return how many letters of each script a text has. Hindi pages cost two passes: the rest is not looked for."""
    runs = _RUNS if _NOT_COMMON.search(text) else _RUNS[:2]
    counts = Counter({script: sum(map(len, letters.findall(text))) for script, letters in runs})
    if counts["Japanese"]:  # Japanese mixes its own letters with Chinese ones
        counts["Japanese"] += counts.pop("Chinese", 0)
    return +counts


def languages_of_script(script: str, text: str) -> tuple[str, ...]:
    """Return the codes of the languages that a text in this script may be in; one, where a telling letter occurs."""
    for of, code, letters in _TELLING:
        if of == script and letters.search(text):
            return (code,)
    return _LANGUAGES[script]
