"""The golden folders: what lies in them, what came of it, and how the two are compared."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cleaners.model import Article, Removal
from newsharvest.gold import Gold, read_folder, read_tsv
from newsharvest.items import Page, Rejected
from newsharvest.quality import GRAM, SURVIVES, find_leaked, find_lost, groups, key, share, words

ROOT = Path(__file__).resolve().parent / "golden"


@dataclass(frozen=True, slots=True)
class Case:
    """One golden folder, tests/golden/<site>/<slug>."""

    folder: Path

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def page(self) -> Page:
        """The page as the crawl or the import would hand it to the path."""
        return read_folder(self.folder).page

    @property
    def gold(self) -> Gold:
        """What gold.tsv says; malformed rows are a GoldError that names the row."""
        return read_tsv(self.folder / "gold.tsv")


def cases() -> list[Case]:
    """Return every golden folder, in order."""
    return [Case(meta.parent) for meta in sorted(ROOT.glob("*/*/meta.toml"))]


def faults(gold: Gold, article: Article) -> list[str]:
    """Say what the article has otherwise than its gold: lines lost, left over or unknown, title, time of publication.

    A kept line counts as lost under nine tenths of its groups of four words, so that a trimmed byline is no fault; a
    dropped line as left where it, or four fifths of its groups beyond those of kept lines, stands in the text.
    """
    blocks = [block.text for block in article.blocks]
    known = [line.text for line in (*gold.labelled("K"), *gold.labelled("O"))]
    found = [
        *(f"lost: {line}" for line in find_lost((line.text for line in gold.labelled("K")), blocks)),
        *(f"left: {line.text}" for line in find_leaked(gold.labelled("D"), known, blocks)),
        *(f"unknown: {block}" for block in blocks if not _is_known(block, known)),
    ]
    if gold.title is not None and key(gold.title) != key(article.title or ""):
        found.append(f"title: {article.title!r} for {gold.title!r}")
    if gold.published != article.published_at:
        found.append(f"published: {article.published_at} for {gold.published}")
    return found


def _is_known(block: str, known: list[str]) -> bool:
    if len(words(block)) <= GRAM:
        return any(key(block) in key(line) for line in known)
    return share(groups([block]), groups(known)) >= SURVIVES


def describe(outcome: Article | Rejected) -> str:
    """Return the article (or the refusal) as article.json: every field but the removals, readable."""
    if isinstance(outcome, Rejected):
        shown = {"url": outcome.url, "rejected": {"stage": outcome.stage, "reason": outcome.reason}}
        return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"
    names = (
        "url", "site", "title", "summary", "authors", "agency", "section", "image_url", "published_at",
        "published_source", "modified_at", "language", "truncated",
    )  # fmt: skip
    shown = {name: _plain(getattr(outcome, name)) for name in names}
    shown["blocks"] = [f"{block.position} {block.kind}: {block.text}" for block in outcome.blocks]
    shown["outside"] = dict(outcome.outside)
    return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"


def describe_removals(removals: Iterable[Removal]) -> str:
    """Return the removals as removed.tsv: stage, rule, position, text."""
    rows = (f"{removal.stage}\t{removal.rule}\t{removal.position}\t{removal.text}\n" for removal in removals)
    return "".join(rows)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else list(value) if isinstance(value, tuple) else value
