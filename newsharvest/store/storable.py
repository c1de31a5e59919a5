"""An article as SQLite takes it: no fragment in the address, no lone surrogates, removals as rows."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TypeVar

from cleaners.model import Article

Text = TypeVar("Text", str, str | None)

_SURROGATE = re.compile("[\ud800-\udfff]")


def without_fragment(url: str | None) -> str | None:
    """Return the address without its fragment, which never reaches a server; None for none."""
    return (url.partition("#")[0] or None) if url else None


def article(article: Article) -> Article:
    """Fold the address, and replace lone surrogates (a page's JSON may escape them): SQLite takes none."""
    if not any(map(_SURROGATE.search, _strings(article))):
        return replace(article, url=without_fragment(article.url))
    return replace(
        article,
        url=without_fragment(clean_text(article.url)),
        title=clean_text(article.title),
        summary=clean_text(article.summary),
        authors=tuple(map(clean_text, article.authors)),
        agency=clean_text(article.agency),
        section=clean_text(article.section),
        image_url=clean_text(article.image_url),
        blocks=tuple(replace(block, text=clean_text(block.text)) for block in article.blocks),
    )


def _strings(article: Article) -> list[str]:
    single = (article.url, article.title, article.summary, article.agency, article.section, article.image_url)
    return [*(text for text in single if text), *article.authors, *(block.text for block in article.blocks)]


def clean_text(text: Text) -> Text:
    return _SURROGATE.sub("\ufffd", text) if text else text


def removals(article: Article) -> list[tuple[str, str, str, str, int]]:
    """Return the removals of an article as they are stored: stage, rule, because (JSON), text, position."""
    return [
        (it.stage, it.rule, json.dumps(it.because, ensure_ascii=False), clean_text(it.text), it.position)
        for it in article.removals
    ]


def outside(article: Article) -> str:
    """Return the counts of what lay outside the body as they are stored (JSON)."""
    return json.dumps(dict(article.outside), ensure_ascii=False)
