"""Plain text: one document a file, below a folder a site, or all sentences in one file, one a line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import regex

from newsharvest.exports import jsonl
from newsharvest.exports.compression import open_to_write
from newsharvest.exports.sentences import split

WITHDRAWN = "withdrawn.jsonl"
_LONGEST_NAME = 120  # bytes; file systems take 255, and copies add to a name
_NO_NAME = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_NO_SITE = regex.compile(r"[^\p{L}\p{M}\p{N}._-]+")


class Folder:
    """Writes each document to a file of its own: the title, an empty line, the text.

    ``withdrawn.jsonl`` at the top tells the articles that were withdrawn, where there are any.
    """

    def __init__(self, folder: Path, withdrawals: ExitStack) -> None:
        self._folder = folder
        self._withdrawals = withdrawals
        self._withdrawn: jsonl.Writer | None = None
        self._sites: set[str] = set()

    def write(self, article: dict[str, Any]) -> None:
        """Write one document."""
        site = site_name(article["site"])
        if site not in self._sites:
            (self._folder / site).mkdir(exist_ok=True)
            self._sites.add(site)
        title = f"{article['title']}\n\n" if article["title"] else ""
        path = self._folder / site / file_name(article["id"], article["title"])
        path.write_text(f"{title}{article['text']}\n", encoding="utf-8", newline="\n")

    def withdraw(self, article_id: int, withdrawn_at: str) -> None:
        """Note that an article was withdrawn."""
        if self._withdrawn is None:
            self._withdrawn = self._withdrawals.enter_context(jsonl.open_writer(self._folder / WITHDRAWN, ""))
        self._withdrawn.withdraw(article_id, withdrawn_at)


class Sentences:
    """Writes sentences, one a line, the title first; documents follow each other without a mark."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, article: dict[str, Any]) -> None:
        """Write the sentences of one document."""
        lines = [article["title"] or "", *article["text"].split("\n")]
        sentences = [" ".join(sentence.split()) for line in lines for sentence in split(line)]
        self._stream.write("".join(f"{sentence}\n" for sentence in sentences if sentence).encode("utf-8"))

    def withdraw(self, article_id: int, withdrawn_at: str) -> None:
        """Write nothing: a sentence bears no id."""


@contextmanager
def open_folder(folder: Path) -> Iterator[Folder]:
    """Write documents below a folder, which is there and empty."""
    with ExitStack() as withdrawals:
        yield Folder(folder, withdrawals)


@contextmanager
def open_sentences(path: Path, suffix: str) -> Iterator[Sentences]:
    """Open a file to write sentences into, compressed as ``suffix`` (".gz", ".zst", "") says."""
    with open_to_write(path, suffix) as stream:
        yield Sentences(stream)


def file_name(article_id: int, title: str | None) -> str:
    """Return the name of a document's file: its id, which no other has, and as much of the title as is safe."""
    start = f"{article_id:08d}"
    slug = _cut(_NO_NAME.sub("-", title or "").strip("-"), _LONGEST_NAME - len(start) - len("-.txt")).rstrip("-")
    return f"{start}-{slug}.txt" if slug else f"{start}.txt"


def site_name(site: str) -> str:
    """Return the name of a site's folder: no path, not hidden, never empty."""
    return _cut(_NO_SITE.sub("-", site).strip("-."), _LONGEST_NAME).rstrip("-.") or "site"


def _cut(text: str, length: int) -> str:
    """Return as many whole letters, with their signs, from the start as fit into so many bytes of UTF-8."""
    kept, size = [], 0
    for letter in regex.findall(r"\X", text):
        size += len(letter.encode("utf-8"))
        if size > length:
            break
        kept.append(letter)
    return "".join(kept)
