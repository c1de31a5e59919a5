"""The raw page that enters the path, and the refusal that may leave it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Page:
    """One document to read; a WordPress post's own JSON object is a Page too.

    ``media_type`` is ``text/html``, ``text/plain`` or ``application/json``; ``encoding`` what the transport said of it.
    ``fetched_at`` is aware UTC. ``provenance`` is the archive key of the response (``KEY#/3``: item 3 of a JSON
    response), or the path of an imported file relative to its root. ``listed_at`` is the publication time that the
    feed or sitemap which listed the page gave for it, ``key`` what makes two addresses of the site one article.
    """

    url: str | None
    site: str
    fetched_at: datetime
    media_type: str
    encoding: str | None
    body: bytes
    provenance: str
    listed_at: datetime | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A whole page refused: a value, not an exception (a Marathi page is no error)."""

    url: str | None
    stage: Literal["fetch", "document", "line", "language"]
    reason: str
