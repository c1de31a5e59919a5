"""Stage 1: a page, a WordPress post, a record or a dump becomes metadata and lines, none dropped unsigned."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import datetime
from functools import cache

from lxml import html

from cleaners import (
    beside,
    blocks,
    generic,
    jsonld,
    markup,
    metadata,
    mojibake,
    pagetype,
    records,
    sites,
    strips,
    titles,
)
from cleaners.blocks import Found
from cleaners.devanagari import fold, match_key, normalise
from cleaners.encoding import decode, foreign_format
from cleaners.jsonld import StructuredData
from cleaners.metadata import Context
from cleaners.model import Document, Line, Metadata, Refusal, Removal
from cleaners.sites import SiteFile
from cleaners.strips import Strips

NOT_BODY = generic.NOT_BODY
APART = generic.APART
TITLE = "document/title"
_WHY = {
    NOT_BODY: "Trafilatura left it out of the body of a page that no site file knows.",
    APART: "It stands apart from the run of prose that is the story, on a page that no site file knows.",
    TITLE: "The page's title, kept as metadata.",
}
_COPY_LENGTH = 60  # characters of a summary that must stand in the text for it to be a copy


def read(
    body: bytes,
    *,
    media_type: str,
    encoding: str | None,
    url: str | None,
    fetched_at: datetime,
    site: SiteFile | None = None,
    listed_at: datetime | None = None,
) -> Document | Refusal:
    """Return the document in ``body``, or the reason why there is none. Never raises for what a page holds.

    ``media_type`` text/plain is a dump of lines, application/json one WordPress REST post (``content.rendered``) or one
    record (``text`` or ``html`` with metadata), anything else HTML. ``encoding`` is the transport's word, not believed
    against the bytes. ``fetched_at`` and ``listed_at`` (the feed's time for the page) are aware UTC.
    """
    if not body.strip():
        return Refusal("empty")
    context = Context(url, fetched_at, site, listed_at)
    media_type = media_type.partition(";")[0].strip().lower()
    if format_name := foreign_format(body):
        return Refusal(f"not HTML: {format_name}")
    text = mojibake.repair(decode(body, encoding))  # before lines are told apart: misread letters look like line ends
    if media_type == "text/plain":
        return read_lines(text, Metadata())
    if media_type.endswith("json"):
        return _read_json(text, context)
    return _read_page(text, context)


def ids() -> tuple[str, ...]:
    """Return the ids of stage 1 that no strip bears: what can be said of a line of any page."""
    return (NOT_BODY, APART, TITLE, *(kind.rule for kind in beside.kinds().values()))


def why(rule: str, site: SiteFile | None = None) -> str | None:
    """Return the reason behind the rule id of a stage 1 removal, None where the id is none of stage 1's."""
    if rule in _WHY:
        return _WHY[rule]
    if rule.startswith("beside/") and (kind := beside.kinds().get(rule.removeprefix("beside/"))):
        return kind.why
    if site and rule == f"{site.slug}/not-body":
        return f"It lies outside the body of {site.name}'s pages."
    known = (*(site.strips if site else ()), *strips.shared())
    found = next((strip for strip in known if strip.rule == rule), None)
    return (found.why or f"Stripped from {site.name}'s pages.") if found else None


def read_lines(text: str, known: Metadata, *, truncated: bool = False) -> Document | Refusal:
    """Return the document of a plain text: one line a line that is not empty."""
    lines = tuple(Line("paragraph", line) for line in map(normalise, text.splitlines()) if line)
    return Document(known, lines, truncated=truncated) if lines else Refusal("empty")


def _read_json(text: str, context: Context) -> Document | Refusal:
    try:
        data = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return Refusal("broken JSON")
    source = records.read(data, context)
    if isinstance(source, Refusal):
        return source
    if source.html is None:
        return read_lines(source.text or "", source.known, truncated=source.truncated)
    if "content" in data and isinstance(data["content"], dict):
        return _read_post(source, context)
    document = _read_page(source.html, context)
    if isinstance(document, Refusal):
        return document
    known = _overlay(document.metadata, source.known)
    return replace(document, metadata=known, truncated=document.truncated or source.truncated)


def _overlay(found: Metadata, known: Metadata) -> Metadata:
    """Return what was found, with everything that is known put in its place."""
    given = {field.name: getattr(known, field.name) for field in fields(Metadata)}
    return replace(found, **{name: value for name, value in given.items() if value})


def _read_post(source: records.Source, context: Context) -> Document | Refusal:
    """Read a WordPress post: its content is the body, without the theme around it."""
    root = _parse(f"<div>{source.html}</div>")
    if isinstance(root, Refusal):
        return root
    found = blocks.read(root, strips=_strips(context.site).on(root), bodies=[root])
    body = frozenset(index for index, item in enumerate(found) if item.strip is None)
    return _assemble(found, body, {}, source.known, truncated=False)


def _read_page(text: str, context: Context) -> Document | Refusal:
    root = _parse(text)
    if isinstance(root, Refusal):
        return root
    data = jsonld.read(root)
    known = metadata.read(root, data, context)
    if context.url is None and context.site is None:
        # A saved page whose address nobody told: it says itself where it comes from.
        context = replace(context, site=sites.find(None, known.canonical_url, context.fetched_at))
        if context.site:
            context = replace(context, url=known.canonical_url)
            known = metadata.read(root, data, context)
    found, body, left_out = _choose_body(root, context, data)
    document = _assemble(found, body, left_out, known, truncated=_is_behind_wall(data))
    if reason := pagetype.refusal(root, data, context.url, document.lines if isinstance(document, Document) else ()):
        return Refusal(reason)
    return document


def _parse(text: str) -> html.HtmlElement | Refusal:
    try:
        root = markup.parse(text)
    except markup.TooDeep as error:
        return Refusal(f"not HTML: {error}")
    return Refusal("no text") if root is None else root


def _choose_body(
    root: html.HtmlElement, context: Context, data: StructuredData
) -> tuple[list[Found], frozenset[int], dict[int, str]]:
    """Return the lines of the page, the indexes of those that are the body, and why the others are not."""
    site, going = context.site, _strips(context.site).on(root)
    for path in site.body if site else ():
        if nodes := [node for node in path(root) if isinstance(node, html.HtmlElement)]:
            found = blocks.read(root, strips=strips.sparing(going, nodes), bodies=nodes)
            body = frozenset(index for index, item in enumerate(found) if item.inside and item.strip is None)
            if body:
                return found, body, dict.fromkeys(range(len(found)), f"{site.slug}/not-body")
    found = blocks.read(root, strips=going)
    choice = generic.choose(root, found, jsonld.text(data.article.get("articleBody")))
    return found, choice.body, dict(choice.reasons)


def _assemble(
    found: Sequence[Found], body: Collection[int], left_out: dict[int, str], known: Metadata, *, truncated: bool
) -> Document | Refusal:
    """Return the document of these lines: what is body, what was stripped within its reach, and what lay outside."""
    lines: list[Line] = []
    removals: list[Removal] = []
    outside: list[Removal] = []
    first, last = (min(body), max(body)) if body else (0, -1)
    for index, item in enumerate(found):
        truncated = truncated or (item.strip is not None and item.strip.truncates)
        if item.strip is not None:
            rule = item.strip.rule
        elif index not in body and left_out[index] not in (NOT_BODY, APART):
            rule = left_out[index]
        elif item.is_title and known.title and titles.is_same(item.line.text, known.title):
            rule = TITLE
        elif index not in body:
            rule = left_out[index]
        else:
            lines.append(item.line)
            continue
        is_set_apart = item.strip is not None or rule.startswith("beside/")
        is_within = item.inside or index in body or (is_set_apart and first < index < last) or rule == generic.REPEATED
        (removals if is_within else outside).append(Removal("document", rule, (rule,), item.line.text, len(lines)))
    if not lines:
        return Refusal("no text")
    known = replace(known, summary=_own_summary(known.summary, lines))
    return Document(known, tuple(lines), tuple(removals), tuple(outside), truncated)


def _own_summary(summary: str | None, lines: Sequence[Line]) -> str | None:
    """Return the summary unless it is only a copy of the text; a heading of the same words is the summary itself."""
    if summary is None:
        return None
    key = match_key(summary)
    start = key.rstrip("….। ")[:_COPY_LENGTH]
    for line in lines:
        text = fold(line.text)
        if line.kind == "heading" and text == key:
            return summary
        if start in text:
            return None
    return summary


def _is_behind_wall(data: StructuredData) -> bool:
    free = data.article.get("isAccessibleForFree")
    return free is False or (isinstance(free, str) and free.rpartition("/")[2].lower() == "false")


@cache
def _shared_strips() -> Strips:
    return Strips(strips.shared())


def _strips(site: SiteFile | None) -> Strips:
    return site.prepared if site else _shared_strips()
