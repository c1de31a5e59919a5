"""Files that are one document as they stand: a text dump, an HTML page, a JSON post."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from newsharvest.formats.files import LARGEST_DOCUMENT, InputFile, Unreadable, marked_encoding, open_bytes
from newsharvest.formats.records import Columns, UnknownColumn, build_record, record_page, site_of
from newsharvest.items import Page

MEDIA_TYPES = {"text": "text/plain", "html": "text/html", "json": "application/json"}


def read(file: InputFile, site: str | None, columns: Columns) -> Iterator[Page | Unreadable]:
    """Yield the file's one Page, or an Unreadable; a JSON list gives one Page an element."""
    with closing(open_bytes(file)) as stream:
        body = stream.read(LARGEST_DOCUMENT + 1)
    if len(body) > LARGEST_DOCUMENT:
        yield Unreadable(file.shown, f"larger than {LARGEST_DOCUMENT >> 20} MB: not one document")
    elif file.kind == "json":
        yield from _read_json(body, file, site, columns)
    else:
        yield page_of(body, file.kind, site=site, provenance=file.name, fetched_at=file.changed_at)


def page_of(
    body: bytes, kind: str, *, site: str | None, provenance: str, fetched_at: datetime, url: str | None = None
) -> Page:
    """Return one text, HTML or JSON document as a Page, its encoding known only from a byte order mark."""
    return Page(
        url=url, site=site or site_of(url, fetched_at), fetched_at=fetched_at, media_type=MEDIA_TYPES[kind],
        encoding=marked_encoding(body), body=body, provenance=provenance,
    )  # fmt: skip


def _read_json(body: bytes, file: InputFile, site: str | None, columns: Columns) -> Iterator[Page | Unreadable]:
    try:
        value = json.loads(body)
    except UnicodeDecodeError:
        yield Unreadable(file.shown, "not UTF-8")
        return
    except json.JSONDecodeError as error:
        yield Unreadable(file.shown, f"not JSON: {error.msg}", f"line {error.lineno}")
        return
    except (ValueError, RecursionError) as error:
        yield Unreadable(file.shown, f"not JSON: {error}")
        return
    items = enumerate(value) if isinstance(value, list) else ((None, value),)
    for index, item in items:
        place = "" if index is None else f"#/{index}"
        part = None if index is None else f"item {index}"
        if not isinstance(item, dict):
            yield Unreadable(file.shown, f"not a JSON object but {type(item).__name__}", part)
            continue
        try:
            record = build_record(item, columns)
        except UnknownColumn as error:
            yield Unreadable(file.shown, str(error), part)
            continue
        yield record_page(record, site=site, provenance=file.name + place, changed_at=file.changed_at)
