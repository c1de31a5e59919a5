"""Reading what a user typed into the search box: words, "phrases", beginnings*, OR, NOT and brackets.

Words are compared by match key, and the nasal of a cluster may be written either way (हिन्दी, हिंदी).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

import regex

from cleaners.devanagari import match_key
from newsharvest.store.database import SearchError

# What the tokenizer of the index takes for a part of a word, and what match keys drop from inside one.
TOKEN = regex.compile(r"[\p{L}\p{N}\p{Co}\p{Mn}\p{Mc}]+")

_MAX_LENGTH = 1000
_MAX_TERMS = 32
_MAX_DEPTH = 8
_MAX_SPELLINGS = 12
_VISARGA = "\u0903"

# Before a stop the anusvara stands for the nasal of the stop's row; loan words often have a plain न् instead.
_ROWS = ("[क-घ]", "[च-झ]", "[ट-ढ]", "[त-ध]", "[प-भ]")
_NASALS = (("ं", "ङ्", "न्"), ("ं", "ञ्", "न्"), ("ं", "ण्", "न्"), ("ं", "न्"), ("ं", "म्"))
_NASAL = regex.compile("|".join(f"(?:{'|'.join(signs)})(?={row})" for signs, row in zip(_NASALS, _ROWS, strict=True)))
_LEXEME = regex.compile(r"""\s*(?:(?P<quote>["“”„«»])|(?P<bracket>[()])|(?P<word>[^\s()"“”„«»]+))""")
_CLOSING = regex.compile('["“”„«»]')


@dataclass(frozen=True, slots=True)
class Term:
    """What a hit looks like: words in a row, folded by ``fold``; the last may be only the beginning of one."""

    words: tuple[str, ...]
    prefix: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A query as FTS5 takes it; the terms to highlight, and the same as FTS5 takes each: none that is under NOT."""

    match: str
    terms: tuple[Term, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Lexeme:
    kind: str  # AND, OR, NOT, (, ) or term
    text: str
    term: Term | None = None


def parse(text: str) -> Query:
    """Read a query. Raises SearchError where it is empty or malformed."""
    if len(text) > _MAX_LENGTH:
        raise SearchError(f"the query is longer than {_MAX_LENGTH} characters")
    lexemes = list(_lexemes(text))
    if not any(it.term for it in lexemes):
        raise SearchError("the query holds no word to search for")
    if sum(it.term is not None for it in lexemes) > _MAX_TERMS:
        raise SearchError(f"the query holds more than {_MAX_TERMS} words")
    reader = _Reader(lexemes)
    match = reader.alternatives()
    if (rest := reader.peek()) is not None:
        raise SearchError(f"a {rest.text} too many in the query")
    return Query(match, tuple(reader.terms), tuple(dict.fromkeys(reader.words)))


def fold(key: str) -> str:
    """Return a word's match key with every nasal before a stop written as anusvara, and no visarga at its end."""
    return _NASAL.sub("ं", key).rstrip(_VISARGA)


def _lexemes(text: str) -> Iterator[_Lexeme]:
    position = 0
    while (found := _LEXEME.match(text, position)) is not None:
        position = found.end()
        if found["bracket"]:
            yield _Lexeme(found["bracket"], found["bracket"])
        elif found["quote"]:
            closing = _CLOSING.search(text, position)
            if closing is None:
                raise SearchError('a quotation mark " is not closed in the query')
            inside, position = text[position : closing.start()], closing.end()
            star = text.startswith("*", position)
            position += star
            yield from _term(inside, star)
        elif found["word"] in ("AND", "OR", "NOT"):
            yield _Lexeme(found["word"], found["word"])
        else:
            word = found["word"].rstrip("*")
            if "*" in word or not word:
                raise SearchError(f"the star stands at the end of a word, as in किसान*, not as in {found['word']}")
            yield from _term(word, word != found["word"])


def _term(text: str, prefix: bool) -> Iterator[_Lexeme]:
    words = TOKEN.findall(match_key(text))
    if words:  # a lone dash or danda asks for nothing
        spellings = _spellings(" ".join(words))
        if text.rstrip().endswith(_VISARGA):  # the match key may have taken it for a colon
            spellings += [spelling + _VISARGA for spelling in spellings]
        star = " *" if prefix else ""
        match = " OR ".join(f'"{spelling}"{star}' for spelling in spellings)
        yield _Lexeme("term", f"({match})", Term(tuple(fold(word) for word in words), prefix))
    elif prefix:
        raise SearchError("the star needs the beginning of a word before it, as in किसान*")


def _spellings(key: str) -> list[str]:
    """Return the ways to write the nasals of a key, as typed first; of very many only the regular ones."""
    sites = list(_NASAL.finditer(key))
    options = [next(signs for row, signs in zip(_ROWS, _NASALS, strict=True) if regex.match(row, key[site.end()]))
               for site in sites]  # fmt: skip
    total = 1
    for signs in options:
        total *= len(signs)
    if total > _MAX_SPELLINGS:
        choices = [tuple(signs[index] for signs in options) for index in (0, 1)]
    else:
        choices = list(product(*options))
    written = [key]
    for choice in choices:
        pieces, position = [], 0
        for site, sign in zip(sites, choice, strict=True):
            pieces += [key[position : site.start()], sign]
            position = site.end()
        written.append("".join(pieces) + key[position:])
    return list(dict.fromkeys(written))


@dataclass
class _Reader:
    """Recursive descent over the lexemes; brackets are written out, so that FTS5's own precedence never matters."""

    lexemes: list[_Lexeme]
    position: int = 0
    depth: int = 0
    negated: int = 0
    terms: list[Term] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def peek(self) -> _Lexeme | None:
        return self.lexemes[self.position] if self.position < len(self.lexemes) else None

    def takes(self, kind: str) -> bool:
        """Step over the next lexeme if it is of this kind."""
        found = self.peek()
        if found is None or found.kind != kind:
            return False
        self.position += 1
        return True

    def alternatives(self) -> str:
        parts = [self.conjunction()]
        while self.takes("OR"):
            parts.append(self.conjunction())
        return _join("OR", parts)

    def conjunction(self) -> str:
        parts = [self.operand()]
        while (following := self.peek()) is not None and following.kind not in ("OR", ")"):
            explicit = self.takes("AND")
            if self.takes("NOT"):
                self.negated += 1
                parts = [f"({_join('AND', parts)} NOT {self.operand()})"]
                self.negated -= 1
            elif explicit or following.kind in ("term", "("):
                parts.append(self.operand())
        return _join("AND", parts)

    def operand(self) -> str:
        found = self.peek()
        if found is not None and found.kind == "term":
            self.position += 1
            if not self.negated and found.term is not None:
                self.terms.append(found.term)
                self.words.append(found.text)
            return found.text
        if self.takes("("):
            self.depth += 1
            if self.depth > _MAX_DEPTH:
                raise SearchError("the query has too many brackets in brackets")
            inside = self.alternatives()
            if not self.takes(")"):
                raise SearchError("a bracket ( is not closed in the query")
            self.depth -= 1
            return inside
        if found is not None and found.kind == "NOT":
            raise SearchError("NOT takes away from what stands before it: write what to find first")
        before = self.lexemes[self.position - 1].text if self.position else None
        raise SearchError(
            f"a word is missing after {before} in the query" if before else f"a word is missing before {found.text}"
        )


def _join(operator: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({f' {operator} '.join(parts)})"
