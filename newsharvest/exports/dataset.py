"""A folder that ``datasets.load_dataset`` reads: Parquet files of bounded size, and a card that says what they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from newsharvest.exports import jsonl, parquet

WITHDRAWN = "withdrawn.jsonl"
CHARACTERS_A_FILE = 200_000_000  # about 600 MB of Devanagari, a third of that on the disk
_INDIA = timedelta(hours=5, minutes=30)


@dataclass
class Counts:
    """What was written: articles by site and month of publication (in India, "" where unknown), and how much text."""

    articles: Counter[tuple[str, str]] = field(default_factory=Counter)
    characters: int = 0
    truncated: int = 0
    withdrawn: int = 0

    def by(self, place: int) -> list[tuple[str, int]]:
        """Return the articles by site (0) or by month (1), in order of name."""
        counts: Counter[str] = Counter()
        for key, number in self.articles.items():
            counts[key[place]] += number
        return sorted(counts.items())


class Writer:
    """Writes records to numbered files below ``data/``; there is always one, if an empty one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = -1
        self._shard = ExitStack()
        self._withdrawals = ExitStack()
        self._withdrawn: jsonl.Writer | None = None
        self.counts = Counts()
        (folder / "data").mkdir()
        self._writer = self._open_next()

    def write(self, article: dict[str, Any]) -> None:
        """Write one record."""
        if self._writer.size >= CHARACTERS_A_FILE:
            self._writer = self._open_next()
        self._writer.write(article)
        self.counts.articles[article["site"], _month(article["published_at"])] += 1
        self.counts.characters += len(article["text"])
        self.counts.truncated += article["truncated"]

    def withdraw(self, article_id: int, withdrawn_at: str) -> None:
        """Note that an article was withdrawn, in a file that is no part of the data."""
        if self._withdrawn is None:
            self._withdrawn = self._withdrawals.enter_context(jsonl.open_writer(self._folder / WITHDRAWN, ""))
        self._withdrawn.withdraw(article_id, withdrawn_at)
        self.counts.withdrawn += 1

    def close(self) -> None:
        """End the files."""
        self._shard.close()
        self._withdrawals.close()

    def _open_next(self) -> parquet.Writer:
        self._shard.close()
        self._number += 1
        path = self._folder / "data" / f"train-{self._number:05d}.parquet"
        return self._shard.enter_context(parquet.open_writer(path))


@contextmanager
def open_writer(folder: Path) -> Iterator[Writer]:
    """Write records below a folder, which is there and empty."""
    parquet.require()
    writer = Writer(folder)
    try:
        yield writer
    finally:
        writer.close()


def _month(published_at: str | None) -> str:
    return (datetime.fromisoformat(published_at) + _INDIA).strftime("%Y-%m") if published_at else ""
