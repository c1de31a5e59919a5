"""JSON Lines: one record a line, and a line for each article that was withdrawn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from newsharvest.exports import record
from newsharvest.exports.compression import open_to_write


class Writer:
    """Writes to an open stream of bytes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, article: dict[str, Any]) -> None:
        """Write one record."""
        self._stream.write(line(article))

    def withdraw(self, article_id: int, withdrawn_at: str) -> None:
        """Write that an article was withdrawn."""
        self._stream.write(line(record.withdrawal(article_id, withdrawn_at)))


@contextmanager
def open_writer(path: Path, suffix: str) -> Iterator[Writer]:
    """Open a file to write records into, compressed as ``suffix`` (".gz", ".zst", "") says."""
    with open_to_write(path, suffix) as stream:
        yield Writer(stream)


def line(value: dict[str, Any]) -> bytes:
    """Return a JSON object as one line of UTF-8, one also for readers that break lines at U+2028 or U+0085."""
    text = json.dumps(value, ensure_ascii=False)
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")
    return text.encode("utf-8") + b"\n"
