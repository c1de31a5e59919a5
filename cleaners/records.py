"""Articles that come as JSON: a WordPress REST post, or a record of a database, JSONL or CSV file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

from cleaners import dates, markup
from cleaners.devanagari import normalise
from cleaners.metadata import Context, absolute, own_address
from cleaners.model import Metadata, Refusal
from cleaners.people import persons
from cleaners.timestamps import plausible

_AUTOMATIC_EXCERPT = ("[…]", "[...]", "…", "...", "[&hellip;]")
_NO_SECTION = frozenset({"uncategorized", "uncategorised", "अवर्गीकृत", "बिना श्रेणी"})
_TRUE = frozenset({"1", "true", "yes"})


@dataclass(frozen=True, slots=True)
class Source:
    """Where the text of a JSON article is, and what is known of it without reading that."""

    known: Metadata
    html: str | None = None
    text: str | None = None
    truncated: bool = False


def read(data: Any, context: Context) -> Source | Refusal:
    """Return the parts of one JSON article: a post where it has ``content.rendered``, else a record with ``text`` or
    ``html``; unknown fields are ignored.
    """
    if not isinstance(data, Mapping):
        return Refusal("JSON that is no object")
    if isinstance(data.get("content"), Mapping) and isinstance(data["content"].get("rendered"), str):
        return _post(data, context)
    page, text = _string(data.get("html")), _string(data.get("text"))
    if page is None and text is None:
        has_fields = "html" in data or "text" in data
        return Refusal("empty" if has_fields else "JSON without content, text or html")
    truncated = str(data.get("truncated") or "").lower() in _TRUE
    return Source(_record(data, context), html=page, text=text, truncated=truncated)


def _post(post: Mapping[str, Any], context: Context) -> Source | Refusal:
    if post["content"].get("protected"):
        return Refusal("protected")
    if post.get("status", "publish") != "publish":
        return Refusal("not published")
    published = _post_time(post, "date", context)
    title = _rendered(post.get("title"))
    excerpt = _rendered(post.get("excerpt"))
    if excerpt and (excerpt.endswith(_AUTOMATIC_EXCERPT) or excerpt == title):
        excerpt = None
    embedded = post["_embedded"] if isinstance(post.get("_embedded"), Mapping) else {}
    names = (unescape(author["name"]) for author in _objects(embedded.get("author")) if _string(author.get("name")))
    link = _string(post.get("link"))
    known = Metadata(
        title=title,
        summary=excerpt,
        authors=persons(names, (context.site.name,) if context.site else ()),
        section=_category(embedded),
        image_url=_featured_image(post, embedded, context),
        canonical_url=own_address(link, context.url) if link else None,
        published_at=published,
        published_source="rest" if published else None,
        modified_at=_post_time(post, "modified", context),
    )
    return Source(known, html=post["content"]["rendered"])


def _post_time(post: Mapping[str, Any], field: str, context: Context) -> datetime | None:
    """Return a time of a post: ``…_gmt`` is UTC without saying so, the plain field the site's own (Indian) time."""
    for name, zone in ((f"{field}_gmt", "Z"), (field, "")):
        if text := _string(post.get(name)):
            found = plausible(dates.parse(text + zone, base=context.fetched_at), context.fetched_at)
            if found:
                return found
    return None


def _category(embedded: Mapping[str, Any]) -> str | None:
    for terms in embedded.get("wp:term") or () if isinstance(embedded.get("wp:term"), list) else ():
        for term in _objects(terms):
            name = _string(term.get("name"))
            if name and term.get("taxonomy") == "category" and name.casefold() not in _NO_SECTION:
                return normalise(unescape(name))
    return None


def _featured_image(post: Mapping[str, Any], embedded: Mapping[str, Any], context: Context) -> str | None:
    addresses = [media.get("source_url") for media in _objects(embedded.get("wp:featuredmedia"))]
    for address in (*addresses, post.get("jetpack_featured_media_url")):
        if _string(address) and (found := absolute(address, context.url)):
            return found
    return None


def _rendered(field: Any) -> str | None:
    """Return the text of a ``{"rendered": …}`` field without its markup."""
    source = field.get("rendered") if isinstance(field, Mapping) else field
    if not _string(source):
        return None
    root = markup.parse(source) if "<" in source else None
    return normalise(unescape("".join(root.itertext()) if root is not None else unescape(source))) or None


def _record(data: Mapping[str, Any], context: Context) -> Metadata:
    published = _time(data.get("published_at"), context)
    image = _string(data.get("image_url"))
    canonical = _string(data.get("canonical_url"))
    return Metadata(
        title=_line(data.get("title")),
        summary=_line(data.get("summary")),
        authors=persons(_names(data.get("authors"))),
        agency=_line(data.get("agency")),
        section=_line(data.get("section")),
        image_url=absolute(image, context.url) if image else None,
        canonical_url=own_address(canonical, context.url) if canonical else None,
        published_at=published,
        published_source=(_line(data.get("published_source")) or "record") if published else None,
        modified_at=_time(data.get("modified_at"), context),
    )


def _names(value: Any) -> Iterable[str]:
    """Return names given as a list, as a JSON list in a string (as SQLite keeps it), or as one string."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            return [value]
    if isinstance(value, list):
        return [name for name in value if isinstance(name, str)]
    return [value] if isinstance(value, str) else []


def _time(value: Any, context: Context) -> datetime | None:
    if isinstance(value, str):
        return plausible(dates.parse(value, base=context.fetched_at), context.fetched_at)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e11:
        return plausible(datetime.fromtimestamp(value, UTC), context.fetched_at)
    return None


def _objects(value: Any) -> Iterable[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _line(value: Any) -> str | None:
    return normalise(unescape(value)) or None if isinstance(value, str) else None
