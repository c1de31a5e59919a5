"""Site files: what is known of one outlet's pages, as TOML data, and which file holds for a page."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from cleaners import strips as strip_data
from cleaners.strips import DataError, Strip, Strips

_KEYS = {"name", "hosts", "body", "title", "strip", "rule", "valid_until"}


@dataclass(frozen=True, eq=False, slots=True)
class SiteFile:
    """One file of data/sites: ``slug`` (the site: file name up to the first dot) and how its pages are read.

    ``body`` are XPath expressions, tried in order; ``strips`` and ``rules`` are the site's own. The file holds for
    pages fetched up to and including the day ``valid_until`` (always, where it is None).
    """

    slug: str
    name: str
    hosts: tuple[str, ...]
    body: tuple[etree.XPath, ...] = ()
    title: etree.XPath | None = None
    strips: tuple[Strip, ...] = ()
    rules: tuple[Any, ...] = ()
    valid_until: date | None = None
    prepared: Strips = field(default_factory=lambda: Strips(strip_data.shared()), repr=False)

    def has_host(self, host: str) -> bool:
        """Say whether ``host`` is one of the site's hosts or below one of them."""
        return any(host == own or host.endswith("." + own) for own in self.hosts)


def parse(table: Mapping[str, Any], slug: str, file_name: str) -> SiteFile:
    """Return the SiteFile of one parsed TOML file. Raises DataError naming file, key or id."""
    from cleaners import rules

    if unknown := set(table) - _KEYS:
        raise DataError(f"{file_name}: unknown key {sorted(unknown)[0]!r} (known: {', '.join(sorted(_KEYS))})")
    for key, kind in (("name", str), ("hosts", list)):
        if not isinstance(table.get(key), kind) or not table[key]:
            raise DataError(f"{file_name}: {key!r} is missing or no {kind.__name__}")
    until = table.get("valid_until")
    if until is not None and (not isinstance(until, date) or isinstance(until, datetime)):
        raise DataError(f"{file_name}: 'valid_until' is no date")
    body = table.get("body", [])
    if not isinstance(body, list):
        raise DataError(f"{file_name}: 'body' is no list of XPath expressions")
    own = tuple(strip_data.parse(entry, slug) for entry in table.get("strip", ()))
    strip_data.check_ids(own, slug)
    return SiteFile(
        slug=slug,
        name=table["name"],
        hosts=tuple(host.lower().removeprefix("www.") for host in table["hosts"]),
        body=tuple(strip_data.compile_xpath(path, f"{file_name}, body") for path in body),
        title=strip_data.compile_xpath(table["title"], f"{file_name}, title") if table.get("title") else None,
        strips=own,
        rules=tuple(rules.parse(entry, slug) for entry in table.get("rule", ())),
        valid_until=until,
        prepared=Strips((*own, *strip_data.shared())),
    )


def load(folder: Traversable) -> tuple[SiteFile, ...]:
    """Return the site files of a folder, by name. ``site.toml`` is the present layout of a site, ``site.2020.toml``
    (any word for 2020) an older one with its ``valid_until``. Raises DataError.
    """
    files = []
    for source in sorted(folder.iterdir(), key=lambda source: source.name):
        if not source.name.endswith(".toml"):
            continue
        try:
            table = tomllib.loads(source.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise DataError(f"{source.name}: {error}") from error
        files.append(parse(table, source.name.partition(".")[0], source.name))
    seen: set[tuple[str, date | None]] = set()
    for file in files:
        if (file.slug, file.valid_until) in seen:
            raise DataError(f"{file.slug}.toml: two files of the site are valid until {file.valid_until or 'ever'}")
        seen.add((file.slug, file.valid_until))
    return tuple(files)


@cache
def load_all() -> tuple[SiteFile, ...]:
    """Return every site file of the package."""
    return load(resources.files("cleaners").joinpath("data", "sites"))


def find(name: str | None, url: str | None, when: datetime) -> SiteFile | None:
    """Return the file of the site called ``name``, else of the host of ``url``, that held on the day of ``when``."""
    return choose(load_all(), name, url, when)


def choose(files: tuple[SiteFile, ...], name: str | None, url: str | None, when: datetime) -> SiteFile | None:
    """As ``find``, among the given files."""
    host = _host(url)
    held = [file for file in files if file.slug == name] or [file for file in files if host and file.has_host(host)]
    held = [file for file in held if file.valid_until is None or when.date() <= file.valid_until]
    return min(held, key=lambda file: file.valid_until or date.max, default=None)


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url).hostname if url else None
    except ValueError:  # a bracket where none belongs
        return None
