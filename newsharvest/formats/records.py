"""One row of tabular input (JSONL, CSV, SQLite) as a record with our field names, and the record as a Page."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cleaners import sites
from newsharvest.exports.record import MEDIA_TYPE, read
from newsharvest.items import Page

# Our field name -> what others call it, in order of preference; compared without case, "_" and "-".
ALIASES = {
    "url": ("url", "link", "pageurl", "sourceurl", "articleurl", "permalink"),
    "title": ("title", "headline", "heading"),
    "summary": ("summary", "description", "excerpt", "subtitle"),
    "text": ("text", "body", "content", "article", "articlebody", "story", "fulltext", "rawtext", "maintext"),
    "html": ("html", "rawhtml"),
    "authors": ("authors", "author", "byline"),
    "published_at": ("publishedat", "date", "published", "pubdate", "datetime", "publishdate", "datepublished",
                     "publicationdate", "publishedon"),
    "modified_at": ("modifiedat", "modified", "updatedat", "datemodified", "updated"),
    "fetched_at": ("fetchedat", "crawledat", "datedownload", "retrievedat"),
}  # fmt: skip
SITE = "corpus"
_MARKUP = re.compile(r"</(?:p|div|article|section|span|li|h[1-6]|a)>|<p>|<br\s*/?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Columns:
    """What the user calls the columns of tabular input; None means: by the usual names. ``table`` is for SQLite."""

    table: str | None = None
    text: str | None = None
    title: str | None = None
    url: str | None = None
    date: str | None = None
    summary: str | None = None
    author: str | None = None

    def named(self) -> dict[str, str]:
        """Return our field name -> the column that the user named for it."""
        ours = {"date": "published_at", "author": "authors"}
        chosen = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "table"}
        return {ours.get(name, name): column for name, column in chosen.items() if column}


class UnknownColumn(ValueError):
    """The input lacks a column that the user named, or any column of text; the message says which there are."""


def check_columns(names: Iterable[str], columns: Columns) -> None:
    """Raise UnknownColumn where a table with these column names cannot be read as the user asks."""
    names = tuple(names)
    missing = [column for column in columns.named().values() if column not in names]
    if missing:
        raise UnknownColumn(f"no column {', '.join(map(repr, missing))}; there are: {', '.join(names) or 'none'}")
    match_columns(names, columns)


@functools.lru_cache(maxsize=256)
def match_columns(names: tuple[str, ...], columns: Columns) -> dict[str, str]:
    """Return our field name -> the column that holds it. Raises UnknownColumn where none holds text or HTML."""
    chosen = {field: column for field, column in columns.named().items() if column in names}
    if columns.text and columns.text not in names:
        raise UnknownColumn(f"no column {columns.text!r}; there are: {', '.join(names) or 'none'}")
    free = {name.casefold().replace("_", "").replace("-", "").strip(): name for name in reversed(names)}
    taken = set(chosen.values())
    for field, aliases in ALIASES.items():
        if field in chosen or (field == "html" and columns.text):
            continue
        column = next((free[alias] for alias in aliases if alias in free and free[alias] not in taken), None)
        if column is not None:
            chosen[field] = column
            taken.add(column)
    if "text" not in chosen and "html" not in chosen:
        raise UnknownColumn(f"no column of text, name it with --text; there are: {', '.join(names) or 'none'}")
    return chosen


def build_record(row: Mapping, columns: Columns) -> dict:
    """Return the row with our field names first, then what else it holds; empty values left out.

    A WordPress REST post is returned as it is. Text that is markup stands under ``html``.
    Raises UnknownColumn where the row has no text.
    """
    if isinstance(row.get("content"), dict) and "rendered" in row["content"] and not columns.text:
        return dict(row)
    chosen = match_columns(tuple(row), columns)
    record = {field: row[column] for field, column in chosen.items() if not _is_absent(row[column])}
    for field in ("text", "html"):
        if isinstance(record.get(field), list):
            record[field] = "\n".join(str(part) for part in record[field])
    text = record.get("text")
    if "html" not in record and isinstance(text, str) and _MARKUP.search(text):
        record["html"] = record.pop("text")
    if "html" not in record:
        record["text"] = "" if text is None else record["text"] if isinstance(record["text"], str) else str(text)
    if not is_web_address(record.get("url")):
        record.pop("url", None)
    used = set(chosen.values()) | record.keys() | ALIASES.keys()
    return record | {name: value for name, value in row.items() if name not in used and not _is_absent(value)}


def record_page(record: dict, *, site: str | None, provenance: str, changed_at: datetime) -> Page:
    """Return the Page of a record: its JSON as body; fetched when the record says so, else when the file changed."""
    url = record.get("url") or record.get("link")
    url = url if is_web_address(url) else None
    fetched_at = _parse_time(record.get("fetched_at")) or changed_at
    body = json.dumps(record, ensure_ascii=False, default=str).encode("utf-8", "replace")
    return Page(
        url=url, site=site or site_of(url, fetched_at), fetched_at=fetched_at, media_type="application/json",
        encoding="utf-8", body=body, provenance=provenance,
    )  # fmt: skip


def exported_page(row: Mapping, *, site: str | None) -> Page:
    """Return the Page of a record that newsharvest exported, fetched when it was last seen. Raises BadRecord."""
    exported = read(row, site=site)
    return Page(
        url=exported.article.url, site=exported.article.site, fetched_at=exported.last_seen, media_type=MEDIA_TYPE,
        encoding="utf-8", body=json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"),
        provenance=exported.provenance,
    )  # fmt: skip


def site_of(url: str | None, when: datetime) -> str:
    """Return the slug of the site that a URL belongs to, else its host; "corpus" where there is no URL."""
    if url is None:
        return SITE
    known = sites.find(None, url, when)
    if known is not None:
        return known.slug
    return (urlsplit(url).hostname or SITE).removeprefix("www.")


def is_web_address(value: object) -> bool:
    """Is the value an http(s) URL with a host?"""
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        return False
    try:
        return bool(urlsplit(value).hostname)
    except ValueError:
        return False


def _is_absent(value: object) -> bool:
    return value is None or value == "" or value == [] or (isinstance(value, float) and value != value)


def _parse_time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
