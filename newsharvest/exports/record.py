"""The record of one article: what every export holds, held to ``data/article.schema.json``, and how it is read back.

``SCHEMA_VERSION`` rises with every change of the fields; ``docs/downstream.md`` documents them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from cleaners.model import Article, Block

SCHEMA_VERSION = 1
# What an imported record is archived as: cleaning it again gives the article that it is.
MEDIA_TYPE = "application/vnd.newsharvest.article+json"

# The columns of the view `corpus`, in its order.
FIELDS = (
    "id", "url", "site", "origin", "provenance", "title", "summary", "text", "authors", "agency", "section",
    "image_url", "published_at", "published_source", "modified_at", "language", "truncated", "first_seen", "last_seen",
    "revision", "duplicate_of", "cluster", "withdrawn_at",
)  # fmt: skip
TIMES = ("published_at", "modified_at", "first_seen", "last_seen", "withdrawn_at")
NUMBERS = ("id", "revision", "duplicate_of", "cluster")
REQUIRED = (
    "id", "site", "origin", "provenance", "text", "authors", "language", "truncated", "first_seen", "last_seen",
    "revision",
)  # fmt: skip
_ORIGINS = ("crawl", "corpus")


class BadRecord(ValueError):
    """A record that bears our mark and is none of ours; the message names the field."""


@dataclass(frozen=True, slots=True)
class Exported:
    """An article as a record tells it, and what the database knew of it beside. Times are aware UTC."""

    article: Article
    origin: str
    provenance: str
    first_seen: datetime
    last_seen: datetime


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a record."""
    return json.loads((resources.files("newsharvest") / "data" / "article.schema.json").read_text(encoding="utf-8"))


def build(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a row of the view ``corpus``: authors as a list, ``truncated`` as a boolean."""
    record: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
    for name in FIELDS:
        record[name] = row[name]
    record["authors"] = json.loads(row["authors"])
    record["truncated"] = bool(row["truncated"])
    return record


def withdrawal(article_id: int, withdrawn_at: str) -> dict[str, Any]:
    """Return what an export tells of an article that is no longer in it."""
    return {"id": article_id, "withdrawn_at": withdrawn_at}


def is_record(value: Mapping[str, Any]) -> bool:
    """Whether a JSON object is a record of ours, of whichever version."""
    return isinstance(value.get("schema_version"), int) and {"provenance", "first_seen", "revision"} <= value.keys()


def is_withdrawal(value: Mapping[str, Any]) -> bool:
    """Whether a JSON object tells that an article was withdrawn."""
    return value.keys() == {"id", "withdrawn_at"}


def read(value: Mapping[str, Any], *, site: str | None = None) -> Exported:
    """Return the article of a record, as it is, at ``site`` where that is given. Raises BadRecord."""
    version = value["schema_version"]
    if version != SCHEMA_VERSION:
        raise BadRecord(f"a record of schema_version {version}, this newsharvest reads {SCHEMA_VERSION}")
    _check(value)
    times = {name: _time(name, value.get(name)) for name in TIMES}
    lines = value["text"].split("\n")
    article = Article(
        url=value.get("url"),
        site=site or value["site"],
        title=value.get("title"),
        summary=value.get("summary"),
        authors=tuple(value["authors"]),
        agency=value.get("agency"),
        section=value.get("section"),
        image_url=value.get("image_url"),
        published_at=times["published_at"],
        published_source=value.get("published_source"),
        modified_at=times["modified_at"],
        language=value["language"],
        truncated=value["truncated"],
        blocks=tuple(Block("paragraph", line, place) for place, line in enumerate(lines)),
        removals=(),
    )
    first, last = times["first_seen"], times["last_seen"]
    assert first is not None and last is not None  # both are required
    return Exported(article, value["origin"], value["provenance"], first, last)


def _check(value: Mapping[str, Any]) -> None:
    for name in FIELDS:
        found = value.get(name)
        if found is None:
            if name in REQUIRED:
                raise BadRecord(f"a record without {name!r}")
        elif not _is_of_its_type(name, found):
            raise BadRecord(f"a record whose {name!r} is not as the schema says")


def _is_of_its_type(name: str, found: Any) -> bool:
    if name == "authors":
        return isinstance(found, list) and all(isinstance(author, str) for author in found)
    if name == "truncated":
        return isinstance(found, bool)
    if name in NUMBERS:
        return isinstance(found, int) and not isinstance(found, bool)
    if name == "origin":
        return found in _ORIGINS
    return isinstance(found, str) and bool(found or name == "text")


def _time(name: str, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError as error:
        raise BadRecord(f"a record whose {name!r} is no time: {value!r}") from error
    if when.tzinfo is None:
        raise BadRecord(f"a record whose {name!r} has no time zone: {value!r}")
    return when.astimezone(UTC)
