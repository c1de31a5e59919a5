"""Every id that can sign a removal, with its reason and its examples, for the commands that explain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cleaners import document, rules, sites, strips, structure
from cleaners.rules import Rule
from cleaners.sites import SiteFile
from cleaners.strips import Strip

_SHOWN_KEYS = ("equals", "starts", "ends", "regex", "where", "then", "max_words", "tags", "classes", "ids", "xpath")


@dataclass(frozen=True, slots=True)
class Entry:
    """One id. ``kind`` is rule, structure, strip or document; ``site`` is the only site where it holds, None for all;
    ``matchers`` is what its file says of what it matches.
    """

    id: str
    kind: str
    why: str | None
    site: str | None = None
    strength: str = "decisive"
    action: str = "drop"
    matchers: dict[str, object] = field(default_factory=dict)
    removes: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()

    @property
    def leaves_trace(self) -> bool:
        """Whether its firing can be seen in what was removed: what protects a line leaves none."""
        return self.kind in ("rule", "structure", "strip") and self.strength != "protecting"


def entries(site: str | None = None) -> Iterator[Entry]:
    """Yield every entry that holds on every site and, where a site is named ("*": any), its own.

    Raises DataError or RuleError for a data file that is wrong.
    """
    yield from map(_rule, rules.shared())
    for name, table in structure.catalogue().items():
        yield _structure(name, table)
    yield from map(_strip, strips.shared())
    for name in document.ids():
        yield Entry(name, "document", document.why(name))
    for file in sites.load_all():
        if site in (file.slug, "*"):
            yield from (_rule(rule, file) for rule in file.rules)
            yield from (_strip(strip, file) for strip in file.strips)
            if file.body:
                name = f"{file.slug}/not-body"
                yield Entry(name, "document", document.why(name, file), file.slug)


def by_id() -> dict[str, Entry]:
    """Return every entry of every site by its id."""
    found: dict[str, Entry] = {}
    for entry in entries("*"):
        found.setdefault(entry.id, entry)
    return found


def _rule(rule: Rule, site: SiteFile | None = None) -> Entry:
    matchers = {key: rule.source[key] for key in _SHOWN_KEYS if key in rule.source}
    return Entry(
        id=rule.id,
        kind="rule",
        why=rule.why,
        site=site and site.slug,
        strength=rule.strength,
        action=rule.action,
        matchers=matchers,
        removes=rule.removes,
        keeps=rule.keeps,
    )


def _strip(strip: Strip, site: SiteFile | None = None) -> Entry:
    matchers = {key: list(value) for key in ("tags", "classes", "ids") if (value := getattr(strip, key))}
    if strip.xpath is not None:
        matchers["xpath"] = strip.xpath.path
    return Entry(strip.rule, "strip", document.why(strip.rule, site), site and site.slug, matchers=matchers)


def _structure(name: str, table: Mapping[str, Any]) -> Entry:
    """Examples of a structure function are documents, each line with its label; one that only protects drops none."""
    lines = [line for example in table["examples"] for line in example]
    removes = tuple(line[2:] for line in lines if line[0] in "DL" or "[" in line)
    keeps = tuple(line[2:] for line in lines if line[0] == "K" and "[" not in line)
    strength = "" if removes else "protecting"  # what removes says how strongly line by line
    return Entry(name, "structure", table["why"], strength=strength, removes=removes, keeps=keeps)
