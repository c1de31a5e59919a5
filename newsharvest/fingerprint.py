"""Fingerprints of an article: when two texts count as the same, and when anything of an article has changed."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

import regex

from cleaners.devanagari import match_key
from cleaners.model import Article

# What is no letter, mark or digit. The visarga goes too: at the end of a word it is often typed for a colon.
_TYPOGRAPHY = regex.compile(r"[^\p{L}\p{M}\p{N}]+|\u0903+")


def text_hash(text: str) -> str:
    """Return 32 hex digits, equal for texts that differ only in spacing, punctuation, case, or spelling of nukta and
    nasal sign. A text without a letter or a digit has no fingerprint: "", which equals nothing.
    """
    key = _TYPOGRAPHY.sub("", match_key(text))
    return _digest(key) if key else ""


def content_hash(article: Article) -> str:
    """Return 32 hex digits that change with any stored field of the article: all but blocks' kinds and positions,
    removals and the counts of what lay outside the body.
    """
    fields = (
        article.url,
        article.site,
        article.title,
        article.summary,
        article.authors,
        article.agency,
        article.section,
        article.image_url,
        _second(article.published_at),
        article.published_source,
        _second(article.modified_at),
        article.language,
        article.truncated,
        article.text,
    )
    return _digest(json.dumps(fields, ensure_ascii=True))  # a lone surrogate from a page must not end a crawl


def _second(when: datetime | None) -> int | None:
    return None if when is None else int(when.timestamp())  # times are kept to the second, whatever their zone


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
