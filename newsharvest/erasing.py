"""Cutting forgotten articles out of documents that hold many: answers of a REST interface, feeds and sitemaps."""

from __future__ import annotations

import gzip
import html
import json
import re
import zlib
from collections.abc import Callable
from typing import Any

from spiders.addresses import AddressError, canonical, fold

_ENTRY = re.compile(rb"<((?:[A-Za-z]+:)?(?:item|entry|url))(?=[\s>]).*?</\1\s*>", re.DOTALL)
_LINKS = re.compile(
    rb"<(?:[A-Za-z]+:)?link\s[^>]*?href\s*=\s*[\"']([^\"']*)"
    rb"|<(?:[A-Za-z]+:)?(?:link|guid|id|origLink|loc)(?=[\s>])[^>]*>(?:\s*<!\[CDATA\[)?([^<\]]*)",
    re.DOTALL | re.IGNORECASE,
)
_HREF = re.compile(rb"href\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)

IsForgotten = Callable[[str], bool]


def fold_address(address: str) -> str:
    """Return what is the same for every address of one page (see spiders.addresses); what is no address as it is."""
    try:
        return fold(canonical(address))
    except AddressError:
        return address


def cut(body: bytes, is_forgotten: IsForgotten) -> bytes | None:
    """Return a document of many articles without those that are forgotten, None where it holds none of them.

    In: a body without content coding, and what tells a folded address that is forgotten. A post of a REST answer
    becomes null, so that the places of the others stand; an entry of a feed or a sitemap goes.
    """
    if body[:2] == b"\x1f\x8b":  # a packed sitemap; it is read packed or not
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error):
            return None
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"[", b"{"):
        return _cut_json(body, is_forgotten)
    return _cut_entries(body, is_forgotten) if start == b"<" else None


def cut_pointer(body: bytes, position: int) -> bytes | None:
    """Return a JSON list with null at a position; None where it is none, or holds nothing there."""
    try:
        posts = json.loads(body)
    except ValueError:
        return None
    if not isinstance(posts, list) or position >= len(posts) or posts[position] is None:
        return None
    posts[position] = None
    return _written(posts)


def mentions(body: bytes, base: str, is_forgotten: IsForgotten) -> bool:
    """Whether a page of links leads to a forgotten article."""
    links = {html.unescape(found.decode("utf-8", "replace")) for found in _HREF.findall(body)}
    return any(_is_forgotten(link, is_forgotten, base) for link in links)


def _cut_json(body: bytes, is_forgotten: IsForgotten) -> bytes | None:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    posts = value if isinstance(value, list) else [value]
    gone = [place for place, post in enumerate(posts) if _is_post_of(post, is_forgotten)]
    if not gone:
        return None
    if not isinstance(value, list):
        return b"null"
    for place in gone:
        posts[place] = None
    return _written(posts)


def _is_post_of(post: Any, is_forgotten: IsForgotten) -> bool:
    if not isinstance(post, dict):
        return False
    guid = post.get("guid")
    addresses = (post.get("link"), guid.get("rendered") if isinstance(guid, dict) else guid, post.get("url"))
    return any(isinstance(it, str) and _is_forgotten(it, is_forgotten) for it in addresses)


def _cut_entries(body: bytes, is_forgotten: IsForgotten) -> bytes | None:
    def judge(entry: re.Match[bytes]) -> bytes:
        for links in _LINKS.findall(entry[0]):
            link = html.unescape(next(filter(None, links), b"").decode("utf-8", "replace")).strip()
            if link and _is_forgotten(link, is_forgotten):
                return b""
        return entry[0]

    left = _ENTRY.sub(judge, body)
    return None if left == body else left


def _is_forgotten(link: str, is_forgotten: IsForgotten, base: str | None = None) -> bool:
    try:
        return is_forgotten(fold(canonical(link, base)))
    except AddressError:
        return False


def _written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
