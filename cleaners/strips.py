"""Strips: which elements of a document go before its body is read, as data (shared ones and a site's own)."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from lxml import etree, html

_KEYS = {"id", "xpath", "tags", "classes", "ids", "truncates", "why"}
# A class or id of these says what kind of page it is, not what the element is; only a site file knows better.
_WHOLE_PAGE = frozenset({"html", "body", "main", "article"})
_WITH_CLASS, _WITH_ID = etree.XPath("//@class/parent::*"), etree.XPath("//@id/parent::*")


class DataError(ValueError):
    """A data file is wrong; the message names file, id and key."""


@dataclass(frozen=True, eq=False, slots=True)
class Strip:
    """One kind of element that goes: matched by tag, by a whole class token, by id, or by XPath.

    ``rule`` is the full id (``strips/share-bar``). ``truncates``: where it is found, the page was cut by a wall.
    """

    rule: str
    why: str | None
    xpath: etree.XPath | None = None
    tags: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    truncates: bool = False

    @property
    def is_shared(self) -> bool:
        """True for a strip of data/strips.toml, which knows nothing of the site."""
        return self.rule.startswith("strips/")


def parse(table: Mapping[str, Any], stem: str, *, why_needed: bool = False) -> Strip:
    """Return the Strip of one ``[[strip]]`` table of the file ``stem``.toml. Raises DataError."""
    name = table.get("id")
    where = f"{stem}.toml, strip {name!r}"
    if unknown := set(table) - _KEYS:
        raise DataError(f"{where}: unknown key {sorted(unknown)[0]!r} (known: {', '.join(sorted(_KEYS))})")
    if not isinstance(name, str) or not name:
        raise DataError(f"{stem}.toml: a strip without id")
    if why_needed and not table.get("why"):
        raise DataError(f"{where}: no 'why'")
    if not any(table.get(key) for key in ("xpath", "tags", "classes", "ids")):
        raise DataError(f"{where}: none of xpath, tags, classes, ids")
    for key in ("tags", "classes", "ids"):
        if not isinstance(table.get(key, []), list):
            raise DataError(f"{where}: {key!r} is no list")
    return Strip(
        rule=f"{stem}/{name}",
        why=table.get("why"),
        xpath=compile_xpath(table["xpath"], where) if table.get("xpath") else None,
        tags=tuple(table.get("tags", ())),
        classes=tuple(table.get("classes", ())),
        ids=tuple(table.get("ids", ())),
        truncates=bool(table.get("truncates", False)),
    )


def compile_xpath(expression: str, where: str) -> etree.XPath:
    """Return the compiled expression. Raises DataError that begins with ``where`` when it is no XPath."""
    try:
        return etree.XPath(expression, smart_strings=False)
    except (etree.XPathSyntaxError, TypeError) as error:
        raise DataError(f"{where}: bad xpath {expression!r}: {error}") from error


@cache
def shared() -> tuple[Strip, ...]:
    """Return the strips of data/strips.toml, which hold for every page."""
    source = resources.files("cleaners").joinpath("data", "strips.toml")
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    if unknown := set(table) - {"strip"}:
        raise DataError(f"strips.toml: unknown key {sorted(unknown)[0]!r}")
    strips = tuple(parse(entry, "strips", why_needed=True) for entry in table["strip"])
    check_ids(strips, "strips")
    return strips


def check_ids(strips: Iterable[Strip], stem: str) -> None:
    """Raise DataError when two strips of one file bear the same id."""
    seen: set[str] = set()
    for strip in strips:
        if strip.rule in seen:
            raise DataError(f"{stem}.toml: the id {strip.rule!r} is given twice")
        seen.add(strip.rule)


class Strips:
    """Strips made ready for looking up, the site's own before the shared ones."""

    def __init__(self, strips: Iterable[Strip]) -> None:
        self.strips = tuple(strips)
        self._tags: dict[str, Strip] = {}
        self._classes: dict[str, Strip] = {}
        self._ids: dict[str, Strip] = {}
        for strip in self.strips:
            for index, names in ((self._tags, strip.tags), (self._classes, strip.classes), (self._ids, strip.ids)):
                for name in names:
                    index.setdefault(name, strip)
        self._by_classes = lru_cache(maxsize=4096)(self._find_by_classes)

    def on(self, root: html.HtmlElement) -> dict[html.HtmlElement, Strip]:
        """Return the elements of this tree that go, each with the Strip that takes it: by XPath before all else."""
        found: dict[html.HtmlElement, Strip] = {}
        for strip in self.strips:
            for element in strip.xpath(root) if strip.xpath else ():
                found.setdefault(element, strip)
        for element in self._named(root):
            if element not in found and (strip := self.of(element)):
                found[element] = strip
        return found

    def _named(self, root: html.HtmlElement) -> Iterator[html.HtmlElement]:
        """Yield the elements that ``of`` may name a Strip for, looked up by tag and attribute, not one by one."""
        if self._tags:
            yield from root.iter(*self._tags)
        yield from (element for element in _WITH_CLASS(root) if self._by_classes(element.get("class")))
        yield from (element for element in _WITH_ID(root) if element.get("id") in self._ids)

    def of(self, element: html.HtmlElement) -> Strip | None:
        """Return the Strip that takes an element for its tag, classes or id."""
        tag = element.tag
        if tag in self._tags:
            return self._tags[tag]
        names = element.get("class")
        strip = (self._by_classes(names) if names else None) or self._ids.get(element.get("id"))
        return None if strip and strip.is_shared and tag in _WHOLE_PAGE else strip

    def _find_by_classes(self, names: str) -> Strip | None:
        return next((self._classes[name] for name in names.split() if name in self._classes), None)


def sparing(
    found: Mapping[html.HtmlElement, Strip], bodies: Collection[html.HtmlElement]
) -> dict[html.HtmlElement, Strip]:
    """Return the elements that go without those around ``bodies``; these themselves go only by a site's own strip."""
    left = dict(found)
    for body in bodies:
        for ancestor in body.iterancestors():
            left.pop(ancestor, None)
        if body in left and left[body].is_shared:
            del left[body]
    return left
