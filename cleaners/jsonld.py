"""The structured data (JSON-LD) of a page, as sites really write it: broken, nested, escaped twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from lxml import html

from cleaners.devanagari import match_key, normalise

Node = dict[str, Any]

ARTICLES = frozenset({
    "Article", "NewsArticle", "BlogPosting", "ReportageNewsArticle", "LiveBlogPosting", "OpinionNewsArticle",
    "AnalysisNewsArticle", "BackgroundNewsArticle", "ReviewNewsArticle", "AskPublicNewsArticle", "TechArticle",
    "Report", "AdvertiserContentArticle", "SatiricalArticle", "ScholarlyArticle", "SocialMediaPosting",
})  # fmt: skip
_MOST_NODES = 5000
_LONG_HEADLINE = 20
_NOISE = re.compile(r"<!--|-->|<!\[CDATA\[|\]\]>|^\s*//\s*|[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_SALVAGE = re.compile(r'"(headline|datePublished|dateModified)"\s*:\s*"((?:[^"\\\n]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class StructuredData:
    """All objects of a page's JSON-LD: ``article`` is the one that describes the story (empty where none does)."""

    article: Node
    nodes: tuple[Node, ...]

    def types(self) -> frozenset[str]:
        """Return the @types of all objects that stand by themselves."""
        return frozenset(name for node in self.nodes for name in types(node))

    def first(self, *names: str) -> Node | None:
        """Return the first object of one of these @types."""
        return next((node for node in self.nodes if not types(node).isdisjoint(names)), None)

    def resolve(self, value: Any) -> Any:
        """Return the object that a bare ``{"@id": …}`` points to, else the value itself."""
        if isinstance(value, Mapping) and set(value) == {"@id"}:
            return next((node for node in self.nodes if node.get("@id") == value["@id"] and len(node) > 1), value)
        return value


def read(root: html.HtmlElement) -> StructuredData:
    """Return the structured data of a page. Never raises: what cannot be repaired is left out."""
    nodes: list[Node] = []
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            for value in _values(script.text):
                nodes.extend(_objects(value))
    articles = [node for node in nodes if not types(node).isdisjoint(ARTICLES)]
    return StructuredData(_own(root, articles) if articles else {}, tuple(nodes[:_MOST_NODES]))


def _own(root: html.HtmlElement, articles: list[Node]) -> Node:
    """Return the article that the page is about: of several, the one whose headline the page bears, else the first."""
    if len(articles) > 1:
        shown = [node.get("content") for node in root.iter("meta") if node.get("property") == "og:title"]
        shown += [" ".join(node.itertext()) for node in root.iter("title", "h1")]
        keys = ["".join(match_key(unescape(line)).split()) for line in shown if line]
        for node in articles:
            headline = "".join(match_key(text(node.get("headline") or node.get("name")) or "").split())
            if headline and any(headline in key or (len(key) > _LONG_HEADLINE and key in headline) for key in keys):
                return node
    return articles[0]


def types(node: Mapping[str, Any]) -> frozenset[str]:
    """Return the @types of an object without their vocabulary's address."""
    value = node.get("@type")
    names = value if isinstance(value, list) else [value]
    return frozenset(name.rpartition("/")[2] for name in names if isinstance(name, str))


def text(value: Any) -> str | None:
    """Return a JSON-LD value as one normalised line, entities unescaped twice; None for anything without text."""
    if isinstance(value, Mapping):
        value = value.get("@value", value.get("name"))
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), None)
    if not isinstance(value, str):
        return None
    return normalise(unescape(unescape(value))) or None


def _values(source: str) -> Iterator[Any]:
    """Yield the JSON values of one script element: one, several in a row, or what can be saved of a broken one."""
    for mend in (str, _mended):
        candidate = mend(source)
        try:
            yield json.loads(candidate, strict=False)
            return
        except (ValueError, RecursionError):
            continue
    decoder, rest, found = json.JSONDecoder(strict=False), candidate, False
    while rest:
        try:
            value, end = decoder.raw_decode(rest)
        except (ValueError, RecursionError):
            break
        yield value
        found, rest = True, rest[end:].lstrip(" \t\r\n,;")
    if not found and (saved := {name: _unquoted(value) for name, value in reversed(_SALVAGE.findall(candidate))}):
        yield {"@type": "NewsArticle", **saved}


def _mended(source: str) -> str:
    """Return JSON without what commonly stands around or in it against the rules: comments, semicolons, last commas."""
    return _TRAILING_COMMA.sub("", _NOISE.sub(" ", source)).strip().rstrip(";")


def _unquoted(value: str) -> str:
    try:
        return json.loads(f'"{value}"', strict=False)
    except ValueError:
        return value


def _objects(value: Any) -> Iterator[Node]:
    """Yield the objects that stand by themselves: of lists, of @graph, and what a page names as its main entity."""
    waiting, count = [value], 0
    while waiting and count < _MOST_NODES:
        value, count = waiting.pop(), count + 1
        if isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            yield value
            inner = [value.get("mainEntity"), value.get("@graph")]
            if types(value).isdisjoint(ARTICLES):
                inner.append(value.get("mainEntityOfPage"))
            waiting.extend(item for item in inner if isinstance(item, (dict, list)))
