"""Decide what the bytes of a page are: text in some encoding, or no text at all."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_META_WITHIN = 4096
_GUESS_WITHIN = 65536
_FEW_FAULTS = 0.05  # beside the right characters beyond ASCII: a page cut in the middle of a letter is still UTF-8

_MAGIC = (
    (b"%PDF-", "PDF"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"RIFF", "image or sound"),
    (b"PK\x03\x04", "archive"),
    (b"\x1f\x8b", "gzip"),
    (b"OggS", "sound"),
    (b"ID3", "sound"),
    (b"\xd0\xcf\x11\xe0", "office document"),
)
_XML_ROOT = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(rss|feed|rdf:RDF|urlset|sitemapindex)\b", re.DOTALL)


def decode(body: bytes, declared: str | None = None) -> str:
    """Return the text of ``body``. Never raises: what cannot be decoded becomes U+FFFD.

    A byte order mark counts first, then being UTF-8 (no other encoding of Hindi looks like it by chance, whatever the
    header says), then ``declared`` (the transport's word), then the page's own meta tag, then a guess.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    text = body.decode("utf-8", "replace")
    faults = text.count("\ufffd")
    if not faults or faults <= _FEW_FAULTS * (sum(not char.isascii() for char in text) - faults):
        return text
    named = _META_CHARSET.search(body[:_META_WITHIN])
    for label in (declared, named and named[1].decode("ascii")):
        name = _codec(label)
        if name and name != "utf-8":
            return body.decode(name, "replace")
    return text if _codec(declared) == "utf-8" else body.decode(_guess(body), "replace")


def foreign_format(body: bytes) -> str | None:
    """Return what ``body`` plainly is instead of HTML or text (``"PDF"``, ``"image"``, ``"feed"`` …), else None."""
    for magic, name in _MAGIC:
        if body.startswith(magic):
            return name
    if body[4:8] == b"ftyp":
        return "video"
    if not body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and body[:1024].count(0) > 100:
        return "binary"
    root = _XML_ROOT.match(body[:1024].decode("utf-8", "replace").lstrip("\ufeff"))
    if root:
        return "sitemap" if root[1] in ("urlset", "sitemapindex") else "feed"
    return None


def _codec(label: str | None) -> str | None:
    """Return Python's name of a text encoding, None for an unknown one; Latin-1 is read as browsers read it."""
    if not label:
        return None
    try:
        name = codecs.lookup(label.strip()).name
        "".encode(name)  # codecs such as "hex" are no encodings of text
    except (LookupError, ValueError):
        return None
    return "cp1252" if name in ("iso8859-1", "ascii") else name


def _guess(body: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(body[:_GUESS_WITHIN]).best()
    return best.encoding if best else "utf-8"
