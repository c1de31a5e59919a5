"""The golden folders: what lies in them, what came of it, and how the two are compared."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cleaners.devanagari import match_key, words
from cleaners.model import Article, Removal
from newsharvest.items import Page, Rejected

ROOT = Path(__file__).resolve().parent / "golden"
MEDIA_TYPES = {".html": "text/html", ".json": "application/json", ".txt": "text/plain"}
LABELS = frozenset("KDO")
_GRAM = 4
_SURVIVES = 0.9  # of a kept line's word groups
_LEAKS = 0.8  # of a dropped line's word groups


@dataclass(frozen=True, slots=True)
class Gold:
    """What a person says of a page: its lines in order with a label each, title, time (or the refusal)."""

    lines: tuple[tuple[str, str], ...]
    title: str | None
    published: datetime | None
    rejected: tuple[str, str] | None


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
        (file,) = self.folder.glob("page.*")
        meta = tomllib.loads((self.folder / "meta.toml").read_text(encoding="utf-8"))
        return Page(
            url=meta.get("url"),
            site=self.folder.parent.name,
            fetched_at=meta["fetched_at"].astimezone(UTC),
            media_type=meta.get("media_type", MEDIA_TYPES[file.suffix]),
            encoding=meta.get("encoding"),
            body=file.read_bytes(),
            provenance=self.name,
            listed_at=meta.get("listed_at"),
        )

    @property
    def gold(self) -> Gold:
        """What gold.tsv says; malformed rows are an AssertionError that names the row."""
        lines, facts = [], {}
        for number, row in enumerate((self.folder / "gold.tsv").read_text(encoding="utf-8").splitlines(), 1):
            label, text, *rest = row.split("\t")
            assert text.strip() and len(rest) <= 1, f"{self.name}/gold.tsv, line {number}: {row!r}"
            if label in LABELS:
                lines.append((label, text))
            else:
                assert label in ("title", "published", "rejected"), f"{self.name}/gold.tsv, line {number}: {label!r}"
                facts[label] = text
        stage, _, reason = facts.get("rejected", "").partition("/")
        published = datetime.fromisoformat(facts["published"]) if "published" in facts else None
        return Gold(tuple(lines), facts.get("title"), published, (stage, reason) if stage else None)


def cases() -> list[Case]:
    """Return every golden folder, in order."""
    return [Case(meta.parent) for meta in sorted(ROOT.glob("*/*/meta.toml"))]


def faults(gold: Gold, article: Article) -> list[str]:
    """Say what the article has otherwise than its gold: lines lost, left over or unknown, title, time of publication.

    A kept line counts as lost under nine tenths of its groups of four words, so that a trimmed byline is no fault; a
    dropped line as left where it, or four fifths of its groups beyond those of kept lines, stands in the text.
    """
    kept, dropped, either = ([text for label, text in gold.lines if label == wanted] for wanted in "KDO")
    blocks = [block.text for block in article.blocks]
    found = [
        *(f"lost: {line}" for line in _lost(kept, blocks)),
        *(f"left: {line}" for line in _left(dropped, [*kept, *either], blocks)),
        *(f"unknown: {block}" for block in blocks if not _is_known(block, [*kept, *either])),
    ]
    if gold.title is not None and _spoken(gold.title) != _spoken(article.title or ""):
        found.append(f"title: {article.title!r} for {gold.title!r}")
    if gold.published != article.published_at:
        found.append(f"published: {article.published_at} for {gold.published}")
    return found


def _lost(kept: Iterable[str], blocks: list[str]) -> list[str]:
    have, flat = _groups(blocks), f" {' '.join(map(_spoken, blocks))} "
    return [
        line
        for line in kept
        if (_share(_groups([line]), have) < _SURVIVES if len(words(line)) > _GRAM else f" {_spoken(line)} " not in flat)
    ]


def _left(dropped: Iterable[str], known: list[str], blocks: list[str]) -> list[str]:
    spare, lines = _groups(blocks) - _groups(known), Counter(map(_key, blocks)) - Counter(map(_key, known))
    left = []
    for line in dropped:
        if lines[_key(line)]:
            lines[_key(line)] -= 1
            left.append(line)
        elif len(words(line)) > _GRAM and _share(_groups([line]), spare) >= _LEAKS:
            left.append(line)
    return left


def _is_known(block: str, known: list[str]) -> bool:
    if len(words(block)) <= _GRAM:
        return any(_spoken(block) in _spoken(line) for line in known)
    return _share(_groups([block]), _groups(known)) >= _SURVIVES


def _key(line: str) -> str:
    return _spoken(line) or line.strip()


def _spoken(line: str) -> str:
    return " ".join(words(match_key(line)))


def _groups(lines: Iterable[str]) -> Counter[tuple[str, ...]]:
    groups: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        tokens = words(match_key(line))
        groups.update(tuple(tokens[i : i + _GRAM]) for i in range(max(1, len(tokens) - _GRAM + 1)))
    return groups


def _share(wanted: Counter[tuple[str, ...]], have: Counter[tuple[str, ...]]) -> float:
    return (wanted & have).total() / wanted.total()


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
