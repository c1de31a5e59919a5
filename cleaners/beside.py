"""Which elements of a page stand beside its story, on sites that nobody described: by names, roles and microdata."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise

from lxml import html

from cleaners.blocks import Found, is_block
from cleaners.prose import ends_sentence, is_prose, link_share, size

_WORD = re.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
# A builder names every piece of a page so, the text of the story included.
_BUILDER = re.compile(
    r"^(?:elementor|et_pb|vc_|wpb_|fusion|brxe|ct-|oxy-|fl-|kt-|uagb|so-)|^(?:has|no|is|with|without)-|--(?:has|no|with)-"
)
_ENTRY = re.compile("^(?:tag|category|author|type|status|format)-")  # of a WordPress post: its terms
_IMPRINT = re.compile(r"(?:copyright\s*)?(?:©|\([cC]\)\s*(?=[12][0-9]{3}))|copyright\s+[12][0-9]{3}", re.IGNORECASE)
_WHOLE_PAGE = frozenset({"html", "body", "main"})
_BELIEVED = 0.5  # share of the page's running text from which a name is not believed
_PLAIN_BELIEVED = 0.8  # for names that are hardly ever given to anything else
_PLAIN = frozenset({"consent", "newsletter", "share", "author", "caption", "tags", "meta", "advertisement"})
_COMMENTS_BELIEVED = 0.97
_CARD_PROSE = 320
_TITLE_LINK = 0.85


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of what stands beside a story: its id and the words that name it."""

    rule: str
    why: str
    words: frozenset[str]
    pairs: frozenset[str]
    stems: tuple[str, ...]


@cache
def kinds() -> Mapping[str, Kind]:
    """Return the kinds of data/beside.toml by their names."""
    source = resources.files("cleaners").joinpath("data", "beside.toml")
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    return {
        name: Kind(
            f"beside/{name}",
            entry["why"],
            frozenset(entry.get("words", ())),
            frozenset(entry.get("pairs", ())),
            tuple(entry.get("stems", ())),
        )
        for name, entry in table.items()
    }


@cache
def _by_name() -> tuple[tuple[str, Kind], ...]:
    others = ("roles", "items", "frame")
    return tuple((name, kind) for name, kind in kinds().items() if name not in others and (kind.words or kind.stems))


@lru_cache(maxsize=8192)
def named(names: str) -> str | None:
    """Return the name of the kind that the classes (or id) of an element speak of, None where they say nothing."""
    for token in names.split():
        if _BUILDER.search(token) or _ENTRY.match(token):
            continue
        words = [word.lower() for word in _WORD.findall(token)]
        pairs = {f"{one}-{other}" for one, other in pairwise(words)}
        lower = token.lower()
        for name, kind in _by_name():
            if not kind.words.isdisjoint(words) or not kind.pairs.isdisjoint(pairs):
                return name
            if any(stem in lower for stem in kind.stems):
                return name
    return None


def kind_of(element: html.HtmlElement) -> str | None:
    """Return the name of the kind that an element says it is, by role, microdata, class or id."""
    tag = element.tag
    if not isinstance(tag, str) or tag in _WHOLE_PAGE:
        return None
    attributes = element.attrib
    if not attributes:
        return "frame" if tag in kinds()["frame"].words else None
    role = attributes.get("role")
    if role and role.lower() in kinds()["roles"].words:
        return "roles"
    for name in ("itemprop", "itemtype"):
        if (value := attributes.get(name)) and value.rpartition("/")[2].lower() in kinds()["items"].words:
            return "items"
    if attributes.get("rel") == "author":
        return "author"
    if attributes.get("aria-hidden") == "true" and tag != "a":
        return "frame"
    for name in ("class", "id", "data-component", "data-testid"):
        if (value := attributes.get(name)) and (kind := named(value)):
            return kind
    return "frame" if tag in kinds()["frame"].words else None


@dataclass(slots=True)
class Page:
    """The lines of a page that no strip took, and where each stands in the tree."""

    found: Sequence[Found]
    free: Sequence[int]
    parents: dict[html.HtmlElement, html.HtmlElement | None] = field(default_factory=dict)
    places: dict[int, html.HtmlElement] = field(default_factory=dict)
    prose: frozenset[int] = frozenset()
    sizes: dict[int, float] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Sequence[Found], free: Sequence[int]) -> Page:
        """Return the page of these lines."""
        page = cls(found, free)
        page.prose = frozenset(index for index in free if is_prose(found[index].line))
        for index in free:
            place = _place(found[index])
            page.places[index] = place
            page.sizes[index] = size(found[index].line.text)
            while place is not None and place not in page.parents:
                page.parents[place] = parent = place.getparent()
                place = parent
        return page

    def path(self, element: html.HtmlElement | None) -> Iterable[html.HtmlElement]:
        """Yield an element and its ancestors."""
        while element is not None:
            yield element
            element = self.parents[element]

    def sums(self, weights: Mapping[int, float]) -> dict[html.HtmlElement, float]:
        """Return for every element the sum of the weights of the lines inside it."""
        own: dict[html.HtmlElement, float] = {}
        for index, weight in weights.items():
            place = self.places[index]
            own[place] = own.get(place, 0.0) + weight
        sums: dict[html.HtmlElement, float] = {}
        for place, weight in own.items():
            for element in self.path(place):
                sums[element] = sums.get(element, 0.0) + weight
        return sums


def _place(item: Found) -> html.HtmlElement:
    """Return the block around a line; what is inline within it only where the whole line is inside."""
    element = item.element
    if len(item.segments) > 1:
        while not is_block(element.tag) and element.getparent() is not None:
            element = element.getparent()
    return element


def find(page: Page) -> dict[int, str]:
    """Return the lines that stand beside the story, each with the id of the kind of what it stands in."""
    prose = page.sums({index: page.sizes[index] for index in page.prose})
    total = sum(page.sizes[index] for index in page.prose)
    titles = {element for index in page.free if page.found[index].is_title for element in page.path(page.places[index])}
    kind: dict[html.HtmlElement, str | None] = {}

    def of(element: html.HtmlElement) -> str | None:
        own = kind_of(element)
        share = prose.get(element, 0.0) / total if total else 0.0
        if own == "comments":
            return own if element not in titles and share < _COMMENTS_BELIEVED else None
        believed = _PLAIN_BELIEVED if own in _PLAIN else _BELIEVED
        if own is None or share >= believed or (element in titles and share):
            return None
        if own == "frame" and element.tag == "aside" and prose.get(element):
            return None  # pull quotes are told by standing twice
        return own

    found: dict[int, str] = {}
    for index in page.free:
        path = []
        for element in page.path(page.places[index]):
            if element in kind:
                break
            path.append(element)
        for element in reversed(path):
            parent = page.parents[element]
            kind[element] = (kind.get(parent) if parent is not None else None) or of(element)
        if name := kind[page.places[index]]:
            found[index] = f"beside/{name}"
    found |= {index: "beside/imprint" for index in page.free if _IMPRINT.match(page.found[index].line.text)}
    _add_link_lists(page, found)
    _add_cards(page, found)
    return found


def _add_link_lists(page: Page, found: dict[int, str]) -> None:
    """Add the lists whose items are all links: two or more."""
    lists: dict[html.HtmlElement, list[int]] = {}
    for index in page.free:
        if page.found[index].line.kind == "item" and index not in found:
            for element in page.path(page.places[index]):
                if element.tag in ("ul", "ol"):
                    lists.setdefault(element, []).append(index)
                    break
    for lines in lists.values():
        linked = [index for index in lines if link_share(page.found[index].line) >= _TITLE_LINK]
        if len(linked) > 1 and len(linked) >= 0.8 * len(lines):
            found.update(dict.fromkeys(lines, "beside/link-list"))


def _add_cards(page: Page, found: dict[int, str]) -> None:
    """Add the cards of other stories: like siblings, each with a linked headline and little text."""
    linked = [index for index in page.free if index not in found and _is_linked_title(page.found[index])]
    if len(linked) < 2:
        return
    around: dict[html.HtmlElement, dict[html.HtmlElement, int]] = {}
    for index in linked:
        path = list(page.path(page.places[index]))
        for element, parent in pairwise(path[:7]):
            around.setdefault(parent, {})[element] = index
    prose = page.sums({index: page.sizes[index] for index in page.free if index in page.prose})
    cards: set[html.HtmlElement] = set()
    for children in around.values():
        shapes: dict[tuple[str, str | None], list[html.HtmlElement]] = {}
        for child in children:
            shapes.setdefault((child.tag, child.get("class")), []).append(child)
        for alike in shapes.values():
            if len({children[child] for child in alike}) > 1:
                cards.update(child for child in alike if prose.get(child, 0.0) < _CARD_PROSE)
    if cards:
        for index in page.free:
            if index not in found and any(element in cards for element in page.path(page.places[index])):
                found[index] = "beside/card"


def _is_linked_title(item: Found) -> bool:
    """Say whether a line is only a link to another page, long enough for a headline."""
    line = item.line
    if len(line.text.split()) < 3 and size(line.text) < 20:
        return False
    if link_share(line) < _TITLE_LINK or ends_sentence(line.text):
        return False
    return any(link.href and not link.href.startswith("#") for link in line.links)
