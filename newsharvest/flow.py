"""The one path that every page takes, from a crawl, an import or a re-clean: it alone knows the order of the stages."""

from __future__ import annotations

import json
from collections import Counter

from cleaners import document, lines, mojibake, sites
from cleaners.model import Article, Document, Refusal
from newsharvest import language
from newsharvest.exports import record
from newsharvest.items import Page, Rejected


def harvest(page: Page, *, gate: bool = True) -> Article | Rejected:
    """Return the article of a page, or why there is none. A pure function of the page and the data files.

    ``gate=False`` lets any language pass; the article says which it is all the same. A record that newsharvest
    exported (``exports.record.MEDIA_TYPE``) was cleaned when it was stored: its article is returned as it is.
    """
    if page.media_type == record.MEDIA_TYPE:
        return record.read(json.loads(page.body), site=page.site).article
    read = read_document(page)
    if isinstance(read, Refusal):
        return Rejected(page.url, "document", read.reason)
    site = sites.find(page.site, page.url or read.metadata.canonical_url, page.fetched_at)
    is_dump = page.media_type == "text/plain" or read.metadata.title is None
    cleaned = lines.clean(read.lines, read.metadata, site=site, guess_title=is_dump, base=page.fetched_at)
    if not cleaned.blocks:
        return Rejected(page.url, "line", "nothing but boilerplate" if read.lines else "no text")
    known = cleaned.metadata
    text = "\n".join(block.text for block in cleaned.blocks)
    if gate and (defect := mojibake.defect(text)):
        return Rejected(page.url, "language", defect)
    verdict = language.identify(known.title, text)
    article = Article(
        url=known.canonical_url or page.url,
        site=page.site,
        title=known.title,
        summary=known.summary,
        authors=known.authors,
        agency=known.agency,
        section=known.section,
        image_url=known.image_url,
        published_at=known.published_at,
        published_source=known.published_source,
        modified_at=known.modified_at,
        language=verdict.language,
        truncated=read.truncated or cleaned.truncated,
        blocks=cleaned.blocks,
        removals=(*read.removals, *cleaned.removals),
        outside=tuple(sorted(Counter(removal.rule for removal in read.outside).items())),
    )
    return (language.gate(article, verdict) if gate else None) or article


def read_document(page: Page) -> Document | Refusal:
    """Return what stage 1 reads of a page: its metadata, its lines and what lay outside its body."""
    return document.read(
        page.body,
        media_type=page.media_type,
        encoding=page.encoding,
        url=page.url,
        fetched_at=page.fetched_at,
        site=sites.find(page.site, page.url, page.fetched_at),
        listed_at=page.listed_at,
    )
