"""Filling templates: everything of others is escaped, and loses the characters that reorder or hide text."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup, escape

from newsharvest.commands.terminal import INDIA, format_time, make_safe

Span = tuple[int, int]


def render(template: str, **values: Any) -> str:
    """Return a page."""
    return _ENVIRONMENT.get_template(template).render(values)


def static(name: str) -> bytes | None:
    """Return a style sheet of ours, or None."""
    file = importlib.resources.files("newsharvest.browse") / "static" / name
    return file.read_bytes() if file.is_file() else None


def web_link(url: str | None) -> str | None:
    """Return an address that is safe to follow, else None: only http and https become links."""
    if not url or make_safe(url) != url or any(char.isspace() for char in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def mark(text: str, spans: Iterable[Span]) -> Markup:
    """Return a text with its hits marked; spans are offsets into the text as it stands."""
    pieces, position = [], 0
    for start, end in sorted(spans):
        pieces += [escape(make_safe(text[position:start])), Markup("<mark>"), escape(make_safe(text[start:end])),
                   Markup("</mark>")]  # fmt: skip
        position = end
    return Markup().join([*pieces, escape(make_safe(text[position:]))])


def _finalize(value: object) -> object:
    if value is None:
        return ""
    return make_safe(value) if type(value) is str else value


def _time(moment: datetime | None) -> str:
    return format_time(moment) if moment else ""


def _day(moment: datetime) -> str:
    return moment.astimezone(INDIA).strftime("%Y-%m-%d")


def _number(value: int) -> str:
    return f"{value:,}"


def _shown(value: object) -> str:
    """A field's value as a reader takes it."""
    if isinstance(value, datetime):
        return f"{format_time(value)} IST"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("newsharvest.browse"),
    autoescape=True,
    finalize=_finalize,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {
    "web_link": web_link, "marked": mark, "time": _time, "day": _day, "number": _number, "shown": _shown,
}  # fmt: skip
