"""Boilerplate rules as data: loading, checking and matching the TOML in ``data/rules`` and in site files.

A rule matches the *match key* of a line (see ``devanagari.match_key``), so one spelling in the file stands for all.
Regular expressions are folded the same way (nukta dropped, candrabindu to anusvara) and ignore case; ``{name}`` in one
stands for the alternatives of that name in ``data/vocabulary.toml``.
"""

from __future__ import annotations

import functools
import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import pairwise
from typing import Any, Literal

from cleaners.devanagari import match_key
from cleaners.model import Strength

Where = Literal["anywhere", "head", "tail", "edge", "below"]
Then = Literal["end", "headlines"]

DEFAULT_MAX_WORDS = 40
_TAIL = 400  # characters
_TIERS = (8, 16, 28)  # words
_SHORT = 60  # words: what is longer is prose, and most rules leave it alone
_EDGE = " \t:;|>\\/*#•·●▪■◆★☆→←»«»👉🔴✅-_=~,.!()[]{}…।"
_NAME = re.compile(r"\{([a-z_]+)\}")
_KEYS = {
    "id", "equals", "starts", "ends", "regex", "strength", "action", "where", "then", "max_words", "truncates", "needs",
    "why", "removes", "keeps",
}  # fmt: skip
_CHOICES = {
    "strength": ("decisive", "supporting", "protecting"),
    "action": ("drop", "trim"),
    "where": ("anywhere", "head", "tail", "edge", "below"),
    "then": ("end", "headlines"),
}


class RuleError(ValueError):
    """A rule file that cannot be loaded; the message names the file, the rule and the key."""


def bare(key: str) -> str:
    """Return a match key without the bullets, brackets and delimiters that stand around a label."""
    return key.strip(_EDGE)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``id`` is ``<file>/<kebab-words>``; ``where`` the part of the page in which it holds; ``then`` what
    follows from its match for the lines below; ``truncates`` that the page was cut by a wall; ``needs`` are phrases of
    which a line must hold one before a slow expression is tried."""

    id: str
    why: str
    removes: tuple[str, ...]
    keeps: tuple[str, ...]
    strength: Strength = "decisive"
    action: Literal["drop", "trim"] = "drop"
    where: Where = "anywhere"
    then: Then | None = None
    max_words: int = DEFAULT_MAX_WORDS
    truncates: bool = False
    equals: frozenset[str] = frozenset()
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    regex: re.Pattern[str] | None = None
    needs: tuple[str, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False, repr=False)

    def find(self, key: str, word_count: int) -> tuple[int, int] | None:
        """Return the span of a match key that this rule speaks of, the whole of it unless the rule trims."""
        if self.needs and not any(phrase in key for phrase in self.needs):
            return None
        return self.span(key, word_count)

    def span(self, key: str, word_count: int) -> tuple[int, int] | None:
        """Return what ``find`` does, of a line that holds what this rule needs."""
        if word_count > self.max_words:
            return None
        if self.equals and bare(key) in self.equals:
            return 0, len(key)
        if self.starts and key.startswith(self.starts):
            return 0, len(key)
        if self.ends and key.endswith(self.ends):
            return 0, len(key)
        if self.regex is not None:
            # What is trimmed at the end of a paragraph stands there: nothing before is searched.
            start = max(0, len(key) - _TAIL) if self.action == "trim" and self.regex.pattern.endswith("$") else 0
            if found := self.regex.search(key, start):
                return found.span() if self.action == "trim" else (0, len(key))
        return None

    def groups(self, key: str) -> dict[str, tuple[int, int]]:
        """Return the spans of the named groups of the regular expression in a match key: in bylines, persons."""
        found = self.regex.search(key) if self.regex is not None else None
        return {name: found.span(name) for name, value in found.groupdict().items() if value} if found else {}


def parse(table: Mapping[str, Any], stem: str) -> Rule:
    """Return the rule of one ``[[rule]]`` table of the file ``<stem>.toml``.

    Raises RuleError for unknown or missing keys, for wrong values and for expressions that do not compile.
    """
    name = f"{stem}.toml: rule {table.get('id', '(no id)')!r}"
    if unknown := set(table) - _KEYS:
        raise RuleError(f"{name}: unknown key {sorted(unknown)[0]!r}; known are {', '.join(sorted(_KEYS))}")
    for key in ("id", "why", "removes", "keeps"):
        if not table.get(key):
            raise RuleError(f"{name}: {key!r} is missing; a rule without id, why, removes and keeps does not load")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", str(table["id"])):
        raise RuleError(f"{name}: 'id' must be kebab-case words")
    for key, choices in _CHOICES.items():
        if key in table and table[key] not in choices:
            raise RuleError(f"{name}: {key!r} must be one of {', '.join(choices)}, not {table[key]!r}")
    for key in ("equals", "starts", "ends", "needs", "removes", "keeps"):
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise RuleError(f"{name}: {key!r} must be a list of phrases")
    if not any(table.get(key) for key in ("equals", "starts", "ends", "regex")):
        raise RuleError(f"{name}: one of 'equals', 'starts', 'ends', 'regex' is needed")
    if table.get("action") == "trim" and "regex" not in table:
        raise RuleError(f"{name}: only a 'regex' says which span to trim")
    return Rule(
        id=f"{stem}/{table['id']}",
        why=table["why"],
        removes=tuple(table["removes"]),
        keeps=tuple(table["keeps"]),
        strength=table.get("strength", "decisive"),
        action=table.get("action", "drop"),
        where=table.get("where", "anywhere"),
        then=table.get("then"),
        max_words=table.get("max_words", DEFAULT_MAX_WORDS),
        truncates=table.get("truncates", False),
        equals=frozenset(bare(match_key(phrase)) or match_key(phrase) for phrase in table.get("equals", ())),
        starts=tuple(match_key(phrase) for phrase in table.get("starts", ())),
        ends=tuple(match_key(phrase) for phrase in table.get("ends", ())),
        needs=tuple(match_key(phrase) or phrase for phrase in table.get("needs", ())),
        regex=compile_expression(table["regex"], name) if "regex" in table else None,
        source=dict(table),
    )


def _fold(expression: str) -> str:
    """Fold a regular expression as match_key folds text, but leave its escapes and case alone."""
    expression = unicodedata.normalize("NFC", expression).replace("\u093c", "").replace("\u0901", "\u0902")
    return expression.replace("\u2013", "-").replace("\u2014", "-").replace("\u2026", "...")


def compile_expression(expression: str, name: str) -> re.Pattern[str]:
    """Return an expression as rules write them, ready to search a match key. Raises RuleError that begins with name."""

    def expand(found: re.Match[str]) -> str:
        if found[1] not in vocabulary():
            raise RuleError(f"{name}: no word list {found[1]!r} in vocabulary.toml")
        return "(?:" + "|".join(vocabulary()[found[1]]) + ")"

    try:
        return re.compile(_fold(_NAME.sub(expand, expression)), re.IGNORECASE)
    except re.error as error:
        raise RuleError(f"{name}: 'regex' does not compile: {error}") from None


@functools.cache
def vocabulary() -> Mapping[str, tuple[str, ...]]:
    """Return the named lists of alternatives that expressions may use, longest first."""
    table = tomllib.loads((files("cleaners") / "data" / "vocabulary.toml").read_text(encoding="utf-8"))
    return {name: tuple(sorted(entry["forms"], key=len, reverse=True)) for name, entry in table.items()}


@functools.cache
def shared() -> tuple[Rule, ...]:
    """Return the rules that hold on every site, in the order of their files. Raises RuleError."""
    rules: list[Rule] = []
    folder = files("cleaners") / "data" / "rules"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            rules.extend(load(entry.read_text(encoding="utf-8"), entry.name.removesuffix(".toml")))
    return tuple(rules)


def load(text: str, stem: str) -> list[Rule]:
    """Return the rules of one rule file. Raises RuleError, also for a broken file or an id that stands twice."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{stem}.toml: {error}") from None
    if unknown := set(table) - {"rule"}:
        raise RuleError(f"{stem}.toml: unknown key {sorted(unknown)[0]!r}; a rule file holds [[rule]] tables")
    rules = [parse(entry, stem) for entry in table.get("rule", ())]
    ids = [rule.id for rule in rules]
    if twice := {identity for identity in ids if ids.count(identity) > 1}:
        raise RuleError(f"{stem}.toml: rule {min(twice)!r} stands twice")
    return rules


class RuleSet:
    """Rules indexed so that a line meets only those that could match it.

    Expressions that begin at the start of the line are tried together first: nearly always none of them matches. Rules
    that need a phrase are found by it.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = {rule.id: rule for rule in rules}
        self.walls = frozenset(rule.id for rule in self.rules.values() if rule.truncates)
        self._order = {identity: index for index, identity in enumerate(self.rules)}
        self._equals: dict[str, list[Rule]] = {}
        anchored: list[Rule] = []
        self._needing: dict[str, list[Rule]] = {}
        self._others: list[Rule] = []
        for rule in self.rules.values():
            for phrase in rule.equals:
                self._equals.setdefault(phrase, []).append(rule)
            only_regex = rule.regex is not None and not (rule.starts or rule.ends or rule.needs)
            if only_regex and rule.regex and _is_anchored(rule.regex.pattern):
                anchored.append(rule)
            elif rule.starts or rule.ends or rule.regex is not None:
                for phrase in rule.needs:
                    self._needing.setdefault(phrase, []).append(rule)
                if not rule.needs:
                    self._others.append(rule)
        self._far = {phrase for phrase, found in self._needing.items() if any(r.max_words > _SHORT for r in found)}
        self._tiers = [tier for tier in map(_tier, _by_length(anchored)) if tier[2]]

    def narrowed(self, lines: Sequence[tuple[str, int]]) -> RuleSet:
        """Return these rules for the lines of one page, given as match keys with their numbers of words, without rules
        that need a phrase which no line holds that they look at."""
        whole = "\n".join([key for key, _ in lines])
        short = "\n".join([key for key, word_count in lines if word_count <= _SHORT])
        near = copy(self)
        near._needing = {
            phrase: rules
            for phrase, rules in self._needing.items()
            if phrase in (whole if phrase in self._far else short)
        }
        return near

    def match(self, key: str, word_count: int) -> list[tuple[Rule, tuple[int, int]]]:
        """Return the rules that match a line's key, with the span of the key that each speaks of."""
        found = [(rule, (0, len(key))) for rule in self._equals.get(bare(key) or key, ())]
        candidates = [*self._others]
        for longest, together, tier in self._tiers:
            if word_count <= longest and together.match(key):
                candidates += tier
        for phrase, needing in self._needing.items():
            if phrase in key:
                candidates += needing
        for rule in candidates:
            if (span := rule.span(key, word_count)) and (rule, span) not in found:
                found.append((rule, span))
        if len(found) < 2:
            return found
        found.sort(key=lambda match: self._order[match[0].id])
        return found


def _by_length(rules: Iterable[Rule]) -> list[list[Rule]]:
    """Part rules by the longest line that they look at: a long line then meets few of them."""
    tiers: list[list[Rule]] = [[] for _ in (*_TIERS, None)]
    for rule in rules:
        tiers[sum(rule.max_words > limit for limit in _TIERS)].append(rule)
    return tiers


def _tier(rules: list[Rule]) -> tuple[int, re.Pattern[str], list[Rule]]:
    """Return rules with their longest line and one expression that matches where any of theirs does.

    The bullets that may lead a line are looked for once, and what may follow them without asking where the line starts:
    most alternatives then fall at their first letter.
    """
    lead = compile_expression("^{lead}", "rules.py").pattern
    parts = [part for rule in rules if rule.regex for part in _alternatives(_unnamed(rule.regex.pattern))]
    led = [part.removeprefix(lead) for part in parts if part.startswith(lead)]
    bare_parts = [part.removeprefix("^") for part in parts if not part.startswith(lead)]
    together = "|".join([*bare_parts, lead[1:] + "(?:" + "|".join(led) + ")"] if led else bare_parts)
    return max((rule.max_words for rule in rules), default=0), re.compile(together, re.IGNORECASE), rules


def _is_anchored(expression: str) -> bool:
    """Whether each alternative of an expression begins at the start of the line."""
    return all(part.startswith("^") for part in _alternatives(expression))


def _alternatives(expression: str) -> list[str]:
    """Return the alternatives of an expression that stand in no group."""
    depth, escaped, in_class, starts = 0, False, False, [0]
    for index, char in enumerate(expression):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and depth == 0:
            starts.append(index + 1)
    return [expression[start : end - 1] for start, end in pairwise([*starts, len(expression) + 1])]


def _unnamed(expression: str) -> str:
    """Return an expression as part of an alternation: its groups lose their names, which may stand only once."""
    return re.sub(r"\(\?P<[a-z]+>", "(?:", expression)


@functools.cache
def rules_version() -> str:
    """Return a short hash over every data file: it changes when any rule, strip or site file does."""
    digest = hashlib.sha256()
    pending = [files("cleaners") / "data"]
    while pending:
        entry = pending.pop()
        for child in sorted(entry.iterdir(), key=lambda child: child.name, reverse=True):
            if child.is_dir():
                pending.append(child)
            elif child.name.endswith(".toml"):
                digest.update(child.name.encode() + b"\0" + child.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
