"""The types that pass between the stages of cleaning: all frozen, none knows a site, a database or a clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["heading", "paragraph", "item", "quote", "row"]
Strength = Literal["decisive", "supporting", "protecting"]


@dataclass(frozen=True, slots=True)
class Link:
    """A span of a line's text that is an anchor in the document."""

    start: int
    end: int
    href: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line on its way from stage 1 (document) to stage 2 (lines). Dumps have no links."""

    kind: Kind
    text: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """One line of text that stayed. ``position`` is its index among the lines that entered stage 2."""

    kind: Kind
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Signal:
    """What a rule or a structure function says of a line, or of a span (character offsets) of it."""

    id: str
    span: tuple[int, int]
    strength: Strength


@dataclass(frozen=True, slots=True)
class Removal:
    """One line, or a span of one, that went: ``rule`` is the decisive id, ``because`` all ids."""

    stage: Literal["document", "line"]
    rule: str
    because: tuple[str, ...]
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document says of itself. Absent is None or an empty tuple; times are aware UTC."""

    title: str | None = None
    summary: str | None = None
    authors: tuple[str, ...] = ()
    agency: str | None = None
    section: str | None = None
    image_url: str | None = None
    canonical_url: str | None = None
    published_at: datetime | None = None
    published_source: str | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """The result of stage 1: metadata, the lines of the body, and what was left out of it.

    ``removals`` lay inside the chosen body; ``outside`` (menus, footers) did not and is only counted by rule later.
    """

    metadata: Metadata
    lines: tuple[Line, ...]
    removals: tuple[Removal, ...] = ()
    outside: tuple[Removal, ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Stage 1 could not, or should not, read this document as an article (a value, not an exception)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Article:
    """One cleaned article. ``language`` is an ISO 639 code; ``outside`` counts removals outside the body by rule."""

    url: str | None
    site: str
    title: str | None
    summary: str | None
    authors: tuple[str, ...]
    agency: str | None
    section: str | None
    image_url: str | None
    published_at: datetime | None
    published_source: str | None
    modified_at: datetime | None
    language: str
    truncated: bool
    blocks: tuple[Block, ...]
    removals: tuple[Removal, ...]
    outside: tuple[tuple[str, int], ...] = ()

    @property
    def text(self) -> str:
        """The kept blocks joined by newlines; the title is not among them."""
        return "\n".join(block.text for block in self.blocks)
