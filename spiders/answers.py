"""What a source answered: its bytes as a bounded stream or a tree, a name for what they are, and the links in them."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urljoin

from lxml import etree, html

Kind = Literal["page", "feed", "sitemap", "rest", "listing"]

LARGEST = 256 * 1024 * 1024  # bytes of a sitemap, unpacked; the protocol allows 50 MB, so this is a bomb
SPACE = b"\xef\xbb\xbf \t\r\n"

_STRAY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);)")


class SourceError(Exception):
    """A source that could not be read, or not to its end; its text is the reason. Links before it are good."""


@dataclass(frozen=True, slots=True)
class Link:
    """One address found in a source, as it stands there but absolute.

    ``listed_at`` is the publication time that the source gives, ``lastmod`` that of the last change; both aware UTC.
    """

    url: str
    kind: Kind
    listed_at: datetime | None = None
    lastmod: datetime | None = None
    title: str | None = None


def join(base: str, address: str) -> str:
    """Return an address found at ``base`` as an absolute one."""
    try:
        return urljoin(base, address)
    except ValueError:  # a bracket out of place; the address is judged, and refused, where links are followed
        return address


def not_after(moment: datetime | None, fetched_at: datetime) -> datetime | None:
    """Drop a time that lies more than a day ahead of the fetch: a scheduler's or a typist's."""
    return None if moment is not None and moment > fetched_at + timedelta(days=1) else moment


def name_of(body: bytes) -> str:
    """Say what a body is that should have been something else: ``HTML``, ``an empty answer``, ``<rss>``."""
    if is_packed(body):
        return "broken gzip"
    start = body[:2000].lstrip(SPACE).lower()
    if not start:
        return "an empty answer"
    if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start or b"<body" in start:
        return "HTML"
    if start.startswith((b"{", b"[")):
        return "JSON"
    found = re.match(rb"(?:<\?.*?\?>|<!--.*?-->|<!.*?>|\s)*<([a-z][a-z0-9:_.-]{0,40})", start, re.DOTALL)
    return f"<{found[1].decode()}>" if found else "something else"


def is_packed(body: bytes) -> bool:
    """Tell whether a body is gzip, whatever its header says."""
    return body[:2] == b"\x1f\x8b"


def read_html(body: bytes, what: str) -> html.HtmlElement:
    """Return the tree of an HTML page, however malformed; raise SourceError for an empty one."""
    try:
        return html.document_fromstring(body)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(f"{what}: {name_of(body)}") from error


class Unpacked(io.RawIOBase):
    """The body of a sitemap as a stream: unpacked where it is gzip, bounded, its stray ampersands escaped.

    Sitemaps hold ``?a=1&b=2`` unescaped so often that the parser must not stumble over it; with that, no entity but
    XML's own five is left to expand either. Raises SourceError for broken gzip and for what is too large.
    """

    def __init__(self, body: bytes) -> None:
        self._stream = gzip.GzipFile(fileobj=io.BytesIO(body)) if is_packed(body) else io.BytesIO(body.lstrip(SPACE))
        self._is_wide = body[:2] in (b"\xff\xfe", b"\xfe\xff")  # UTF-16: left as it is
        self._count = 0
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        chunk = b""
        while not chunk:
            fresh = self._unpack(size if size > 0 else 65536)
            chunk, self._rest = self._rest + fresh, b""
            if not fresh or self._is_wide:
                break
            cut = chunk.rfind(b"&", max(0, len(chunk) - 10))  # perhaps half an entity
            if cut >= 0:
                chunk, self._rest = chunk[:cut], chunk[cut:]
        return chunk if self._is_wide else _STRAY.sub(b"&amp;", chunk)

    def _unpack(self, size: int) -> bytes:
        try:
            chunk = self._stream.read(size)
            while self._count == 0 and chunk and not chunk.strip(SPACE):
                chunk = self._stream.read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise SourceError("sitemap: broken gzip") from error
        chunk = chunk if self._count else chunk.lstrip(SPACE)
        self._count += len(chunk)
        if self._count > LARGEST:
            raise SourceError(f"sitemap: more than {LARGEST >> 20} MB unpacked")
        return chunk
