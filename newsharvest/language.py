"""Which language a cleaned text is written in: by its scripts, then its function words, then langdetect.

Hindi shares script and most words with a dozen languages that general detectors call Hindi; what tells them apart are
the small, frequent words. Their lists are data (cleaners/data/languages.toml); the arithmetic is here.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from cleaners.devanagari import match_key, words
from cleaners.model import Article
from newsharvest.items import Rejected
from newsharvest.scripts import LATIN, count_scripts, languages_of_script

# The text is read from this many places of this many characters each: beyond about 20 kB of UTF-8 more text has never
# changed a verdict, and the cost stays below a millisecond.
WINDOWS, WINDOW = 4, 2000
MARK_WEIGHT, HINT_WEIGHT = 2, 1
# The thresholds were chosen on 490 Hindi news texts, of which none may be lost, and on tests/language. What speaks for
# the best other language and not for Hindi is at most 0.09 of what speaks for Hindi in the news, 0.3 in stories that
# quote the other language at length, and never below 1.2 in its own paragraphs. At 0.65 a page that is half and half
# counts as Hindi.
MARGIN = 0.65
# Two marks, or one mark and a hint: one stray word (a name, a typing error) proves nothing.
LEAST_SCORE = 3
# Below that langdetect is asked, but not for a single hint: it calls any list of names from Pune Marathi.
LEAST_TO_ASK = 2
# A table of 200 names with two stray words in it is no text of that language: prose scores above 0.2 a word.
LEAST_RATE = 0.08
# English quotations longer than the Hindi around them: a page is English only where its words are three to one.
LATIN_MARGIN = 3.0
# A link to the Hindi edition makes no Hindi page: below this share of the letters langdetect is asked about the rest.
LEAST_DEVANAGARI = 0.1
# langdetect guesses at names and headlines; it is asked only about texts of this many words, and must be sure.
LEAST_WORDS, LEAST_PROBABILITY = 20, 0.95
SHOWN = 3
VISARGA = "\u0903"
_NOT_DEVANAGARI = ("en", "hi-Latn")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``language``: an ISO 639 code, ``hi-Latn`` for Hindi in Latin letters, ``und`` where nothing tells.

    ``evidence`` says in words what decided (None for Hindi), ``reason`` adds the language's English name.
    """

    language: str
    decided_by: Literal["script", "function-words", "langdetect"]
    evidence: str | None = None

    @property
    def reason(self) -> str | None:
        if self.evidence is None:
            return None
        by = self.decided_by.replace("-", " ")
        return f"{language_name(self.language)} by {by}: {self.evidence}"


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """The lists turned round: match key of a word, or its ending -> (language, weight, what of it is Hindi's too)."""

    weights: dict[str, tuple[tuple[str, int, int], ...]]
    endings: dict[str, tuple[tuple[str, int, int], ...]]
    tails: frozenset[str]
    lengths: tuple[int, ...]
    spared: frozenset[str]
    spelled: dict[str, str]

    def by_ending(self, word: str) -> tuple[tuple[tuple[str, int, int], ...], str]:
        """What the longest listed ending of a word weighs, and the ending as it is shown."""
        if word[-2:] in self.tails or word.endswith(VISARGA):
            for length in self.lengths:
                if (found := self.endings.get(word[-length:])) and length < len(word) and word not in self.spared:
                    return found, "-" + word[-length:]
        return (), word


@dataclass(frozen=True, slots=True)
class _Tally:
    """What the words of a text weigh: a language's whole score, how much of it is Hindi's too, and its own words."""

    scores: Counter[str]
    shared: Counter[str]
    hits: dict[str, list[tuple[int, str, int]]]
    words: int

    def own(self, code: str) -> int:
        """What speaks for a language and not for Hindi."""
        return self.scores[code] - self.shared[code]


def identify(title: str | None, text: str) -> Verdict:
    """Return the language of a title and a text (cleaned lines joined by newlines). Pure, deterministic, never raises
    for any input. A text in which nothing speaks against Hindi, a list of names say, counts as Hindi.
    """
    sample = _sample(f"{title}\n{text}" if title else text)
    scripts = count_scripts(sample)
    letters = sum(scripts.values())
    if not letters:
        return Verdict("und", "script", "no letters")
    script, count = scripts.most_common(1)[0]
    devanagari = scripts["Devanagari"]
    if script not in ("Devanagari", LATIN) and count * 2 > letters:
        return _other_script(script, sample, round(100 * count / letters))
    tally = _tally(Counter(words(sample)))
    if scripts[LATIN] > devanagari:
        latin = max(_NOT_DEVANAGARI, key=lambda code: tally.scores[code])
        others = max((score for code, score in tally.scores.items() if code not in _NOT_DEVANAGARI), default=0)
        if tally.scores[latin] >= LEAST_SCORE and tally.scores[latin] > LATIN_MARGIN * others:
            return Verdict(latin, "function-words", _show(tally.hits[latin]))
        if devanagari < LEAST_DEVANAGARI * letters:
            asked = _ask(LATIN, sample, tally.words)
            if asked.language != "und" or not tally.scores["hi"]:
                return asked
    return _in_devanagari(tally, sample)


def gate(article: Article, verdict: Verdict | None = None) -> Rejected | None:
    """Return None for a Hindi article, else its rejection, whose reason names the language: ``Marathi (mr): आहे ×6``.

    ``verdict`` is the result of ``identify`` where the caller has it already.
    """
    verdict = verdict or identify(article.title, article.text)
    if verdict.language == "hi":
        return None
    reason = f"{language_name(verdict.language)} ({verdict.language}): {verdict.evidence}"
    return Rejected(article.url, "language", reason)


def language_name(code: str) -> str:
    """Return the English name of a language code, the code itself where we know none."""
    return _names().get(code, code)


def _in_devanagari(tally: _Tally, text: str) -> Verdict:
    others = [(tally.own(code), code) for code in tally.scores if code not in _NOT_DEVANAGARI]
    best, code = max(others, default=(0, "und"))
    hindi = tally.scores["hi"] - tally.shared[code]
    if best >= LEAST_SCORE and best > MARGIN * hindi and best >= LEAST_RATE * tally.words:
        return Verdict(code, "function-words", _show(tally.hits[code]))
    if best >= LEAST_TO_ASK and not tally.scores["hi"]:
        # A headline or a list: langdetect, which knows Marathi and Nepali, may confirm the little that the words say.
        asked = _ask("Devanagari", text, tally.words)
        if asked.language == code:
            return asked
    return Verdict("hi", "function-words")


def _tally(counts: Counter[str]) -> _Tally:
    """Weigh every distinct word once for each language that lists it."""
    lexicon = _lexicon()
    scores: Counter[str] = Counter()
    shared: Counter[str] = Counter()
    hits: dict[str, list[tuple[int, str, int]]] = {}
    for typed, count in counts.items():
        word = _key(typed)
        found, shown = lexicon.weights.get(word), word
        if found is None:
            found, shown = lexicon.by_ending(word)
        for code, weight, of_hindi in found:
            scores[code] += weight * count
            shared[code] += of_hindi * count
            if weight > of_hindi:
                hits.setdefault(code, []).append(((weight - of_hindi) * count, shown, count))
    return _Tally(scores, shared, hits, counts.total())


@lru_cache(maxsize=1 << 16)
def _key(word: str) -> str:
    """The match key of one word; a visarga at its end stays one, since a word has no colon."""
    key = match_key(word)
    return key[:-1] + VISARGA if word.endswith(VISARGA) else key


def _show(hits: list[tuple[int, str, int]]) -> str:
    """Name the words that speak most for a language and are not Hindi words too."""
    spelled = _lexicon().spelled
    totals: dict[str, tuple[int, int]] = {}
    for score, word, count in hits:
        so_far = totals.get(word, (0, 0))
        totals[word] = (so_far[0] + score, so_far[1] + count)
    best = sorted(totals.items(), key=lambda item: (-item[1][0], item[0]))[:SHOWN]
    return ", ".join(f"{spelled.get(word, word)} ×{count}" for word, (_, count) in best)


def _sample(text: str) -> str:
    """Return the whole text, or windows of it from its beginning to its end, cut at white space."""
    if len(text) <= WINDOWS * WINDOW:
        return text
    step = (len(text) - WINDOW) // (WINDOWS - 1)
    windows = (text[start : start + WINDOW] for start in range(0, step * WINDOWS, step))
    return "\n".join(window.partition(" ")[2].rpartition(" ")[0] or window for window in windows)


def _other_script(script: str, text: str, percent: int) -> Verdict:
    candidates = languages_of_script(script, text)
    if len(candidates) == 1:
        return Verdict(candidates[0], "script", f"{percent} % of the letters are {script}")
    return _ask(script, text, len(words(text)))


def _ask(script: str, text: str, word_count: int) -> Verdict:
    """Ask langdetect, among the languages of a script only."""
    if word_count >= LEAST_WORDS and (guess := _guess(languages_of_script(script, text), text)):
        return Verdict(guess[0], "langdetect", f"probability {guess[1]:.2f}")
    return Verdict("und", "langdetect", f"too little text in {script} letters to tell")


def _guess(candidates: tuple[str, ...], text: str) -> tuple[str, float] | None:
    from langdetect.lang_detect_exception import LangDetectException

    detector = _detectors(candidates).create()
    detector.append(text)
    try:
        best = detector.get_probabilities()[:1]
    except LangDetectException:  # no features: digits, single letters
        return None
    if not best or best[0].prob < LEAST_PROBABILITY:
        return None
    return best[0].lang.partition("-")[0], best[0].prob


@cache
def _detectors(candidates: tuple[str, ...]):
    """Return a langdetect factory of our own: its seed is fixed, the module's global one stays as it is."""
    from langdetect.detector_factory import DetectorFactory

    factory = DetectorFactory()
    factory.set_seed(0)
    profiles = files("langdetect").joinpath("profiles")
    factory.load_json_profile([profiles.joinpath(code).read_text(encoding="utf-8") for code in candidates])
    return factory


@cache
def _data() -> dict:
    return tomllib.loads(files("cleaners").joinpath("data/languages.toml").read_text(encoding="utf-8"))


@cache
def _names() -> dict[str, str]:
    return _data()["names"] | {language["code"]: language["name"] for language in _data()["language"]}


@cache
def _lexicon() -> _Lexicon:
    weights: dict[str, dict[str, int]] = {}
    endings: dict[str, dict[str, int]] = {}
    spared: set[str] = set()
    spelled: dict[str, str] = {}
    for language in _data()["language"]:
        code = language["code"]
        spared.update(_key(word) for word in language.get("spared", ()))
        for ending in language.get("endings", ()):
            endings.setdefault(_key(ending), {})[code] = HINT_WEIGHT
        for listed, weight in (("hints", HINT_WEIGHT), ("marks", MARK_WEIGHT)):
            for word in language[listed]:
                spelled.setdefault(_key(word), word)
                weights.setdefault(_key(word), {})[code] = weight
    return _Lexicon(
        {word: _with_shares(by_code) for word, by_code in weights.items()},
        {ending: _with_shares(by_code) for ending, by_code in endings.items()},
        frozenset(ending[-2:] for ending in endings),
        tuple(sorted({len(ending) for ending in endings}, reverse=True)),
        frozenset(spared),
        spelled,
    )


def _with_shares(by_code: dict[str, int]) -> tuple[tuple[str, int, int], ...]:
    hindi = by_code.get("hi", 0)
    return tuple((code, weight, min(weight, hindi)) for code, weight in by_code.items())
