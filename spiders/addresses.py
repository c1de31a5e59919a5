"""Addresses of pages and sources: one form for each page, one key for each article, hosts of a site, dates in names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from urllib.parse import urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

LONGEST = 8000  # a Hindi headline takes nine characters a letter

_TRACKING = re.compile(
    r"(?:utm_\w+|at_(?:medium|campaign|custom\d|link_\w+|bbc_team|format|ptr_name|ptr_type)|[gd]clid|fbclid|msclkid"
    r"|yclid|igshid|g?wbraid|gbraid|mc_[ce]id|_ga|_gl|ocid|xtor|__twitter_impression)$",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_PLACEHOLDER = re.compile(r"\{(yyyy|yy|mm|m|dd|d|mon)\}")
_PORTS = {"http": 80, "https": 443}

# What makes another address of the same article: the host for small screens, the fast and the printed form.
_DOORS = frozenset({"www", "m", "amp", "mobile"})
_FIRST_PARTS = frozenset({"amp", "m"})
_LAST_PARTS = frozenset({"amp", "amp.html", "print", "index.html", "index.htm", "index.php"})
_FORM = re.compile(
    r"(?:(?:amp|print|m|mobile)(?:=(?:0|1|true|yes)?)?|(?:outputtype|output|mode|view)=(?:amp|print))$", re.IGNORECASE
)


class AddressError(ValueError):
    """A link that is no address of a page; its text is the reason."""


def canonical(address: str, base: str | None = None, secure: Sequence[str] = ()) -> str:
    """Return the one form of an address: absolute, without fragment, tracking parameters or default port.

    Hosts of ``secure`` (and their sub-domains) are asked by https. Raises AddressError for what is no http address.
    """
    address = address.strip().replace("&amp;", "&")  # escaped twice
    try:
        parts = urlsplit(safe_url_string(urljoin(base, address) if base else address))
        scheme, host, port = parts.scheme.lower(), (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise AddressError(f"not an address ({error})") from error
    if scheme not in _PORTS:
        raise AddressError("not an http address")
    if not host or any(mark in host for mark in " %<>\"'"):
        raise AddressError("no host")
    port = None if port == _PORTS[scheme] else port
    if scheme == "http" and port is None and is_of(host, secure):
        scheme = "https"
    host = f"[{host}]" if ":" in host else host
    query = "&".join(p for p in parts.query.split("&") if p and not _TRACKING.match(p.partition("=")[0]))
    url = urlunsplit((scheme, f"{host}:{port}" if port else host, parts.path or "/", query, ""))
    if len(url) > LONGEST:
        raise AddressError("longer than an address may be")
    # One spelling of a Hindi slug, whether a sitemap writes it in Devanagari, in %e0 or in %E0.
    return _ESCAPE.sub(lambda escape: escape[0].upper(), url)


def fold(url: str, article_id: str | None = None) -> str:
    """Return what makes two addresses one article: ``id:…`` where the pattern finds the site's own number in it, else
    the address without scheme, ``www.`` and the like, trailing slash, and whatever only asks for another form of it.

    ``url`` is a canonical address; ``article_id`` has a group, of which the first that matched is the number.
    A key is never asked for.
    """
    plain, _ = _unfold(url)
    if article_id:
        for address in (url, f"https://{plain}"):
            found = re.search(article_id, address)
            number = next(filter(None, found.groups()), None) if found else None
            if number:
                return f"id:{number}"
    return plain


def detours(url: str) -> int:
    """Count what ``fold`` takes from an address beside ``www.`` and a slash: 0 is the plainest form of an article."""
    return _unfold(url)[1]


def _unfold(url: str) -> tuple[str, int]:
    """Return an address without all that only asks for another form, and how much that was."""
    parts = urlsplit(url)
    host, path, count = parts.netloc.lower(), [part for part in parts.path.split("/") if part], 0
    while (label := host.partition(".")[0]) in _DOORS and "." in host.partition(".")[2]:
        host = host.partition(".")[2]
        count += label != "www"
    if len(path) > 1 and path[0].lower() in _FIRST_PARTS:
        path, count = path[1:], count + 1
    while len(path) > 1 and path[-1].lower() in _LAST_PARTS:
        path, count = path[:-1], count + 1
    asked = [part for part in parts.query.split("&") if part]
    query = sorted(part for part in asked if not _FORM.match(part) and not _TRACKING.match(part.partition("=")[0]))
    count += len(asked) - len(query) + (parts.scheme == "http")
    return f"{host}/{'/'.join(path)}" + (f"?{'&'.join(query)}" if query else ""), count


def host_of(address: str) -> str:
    """Return the host of an absolute address, in small letters, without port."""
    return (urlsplit(address).hostname or "").rstrip(".")


def is_of(host: str, hosts: Iterable[str]) -> bool:
    """Tell whether ``host`` is one of ``hosts`` or a sub-domain of one."""
    return any(host == known or host.endswith(f".{known}") for known in hosts)


def has_placeholder(address: str) -> bool:
    """Tell whether an address stands for one address a day or a month: ``…/news-{dd}-{mm}-{yyyy}.xml``."""
    return _PLACEHOLDER.search(address) is not None


def expand(address: str, days: Iterable[date]) -> tuple[str, ...]:
    """Return the addresses that a pattern with date placeholders stands for, each once, in the order of the days.

    Placeholders: ``{yyyy} {yy}`` year, ``{mm} {m}`` month with and without a leading zero, ``{mon}`` its English
    abbreviation in small letters, ``{dd} {d}`` day.
    """
    return tuple(dict.fromkeys(_PLACEHOLDER.sub(lambda name, day=day: _write(name[1], day), address) for day in days))


def _write(name: str, day: date) -> str:
    months = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    forms = {"yyyy": f"{day.year:04}", "yy": f"{day.year % 100:02}", "mon": months[day.month - 1]}
    forms |= {"mm": f"{day.month:02}", "m": str(day.month), "dd": f"{day.day:02}", "d": str(day.day)}
    return forms[name]
