"""Finding the files below the paths that a user names, and opening them: gzip, zstd, byte order marks, damage."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import stat
import unicodedata
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

# One document above this is no article; reading it whole would only cost memory. Also the longest line or cell.
LARGEST_DOCUMENT = 64 * 1024 * 1024

KINDS = {
    ".txt": "text", ".text": "text",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".json": "json",
    ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".csv": "csv", ".tsv": "csv",
    ".warc": "warc",
    ".db": "sqlite", ".sqlite": "sqlite", ".sqlite3": "sqlite",
}  # fmt: skip
_COMPRESSIONS = (".gz", ".zst")
_SNIFFED = 4096


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read. ``shown`` names it to the user; ``name`` is its path relative to the imported root (posix,
    NFC), the stem of every provenance; ``kind`` is a value of KINDS; ``compression`` ".gz", ".zst" or "";
    ``changed_at`` its modification time (UTC).
    """

    path: Path
    shown: str
    name: str
    kind: str
    compression: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file, or one part of it (``place``: "line 3", "row 7", "record 2"), that could not be read, and why."""

    path: str
    reason: str
    place: str | None = None

    def __str__(self) -> str:
        return f"{self.path}, {self.place}: {self.reason}" if self.place else f"{self.path}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file in a folder that is not input: hidden, or of an extension that we do not read."""

    path: str
    reason: str


class DamagedStream(OSError):
    """The compressed stream ends early or does not decompress."""


def find(paths: Iterable[str | Path], skip: Collection[Path] = ()) -> Iterator[InputFile | Unreadable | Skipped]:
    """Yield the files at and below the paths, folders in sorted order, each path one root.

    ``skip`` holds resolved paths that are passed over inside folders (the database being written). A path named
    directly is read whatever its name; inside folders hidden files and unknown extensions are skipped.
    """
    roots = [os.fspath(path) for path in paths]
    seen: dict[str, str] = {}
    for root in roots:
        for file in _walk(root, root, skip, ()) if os.path.isdir(root) else (_named(root),):
            if not isinstance(file, InputFile):
                yield file
            elif file.name not in seen:
                # One root alone holds each name once, unless two differ by their Unicode form only.
                if len(roots) > 1 or not file.name.isascii():
                    seen[file.name] = file.shown
                yield file
            elif seen[file.name] != file.shown:
                reason = f"bears the same relative name as {seen[file.name]}: import it apart, with another --site"
                yield Unreadable(file.shown, reason)


def open_bytes(file: InputFile) -> io.BufferedReader:
    """Open a file for reading, decompressed; reading raises OSError alone, also on a damaged compressed stream."""
    if file.compression == ".gz":
        return io.BufferedReader(_Gunzipped(gzip.open(file.path, "rb")), 1 << 16)
    if file.compression == ".zst":
        return io.BufferedReader(_Unzstd(open(file.path, "rb")), 1 << 16)
    return open(file.path, "rb")


def open_text(file: InputFile, newline: str) -> io.TextIOWrapper:
    """Open as text: UTF-8 or, where the byte order mark says so, UTF-16. Bytes that are not valid stay as lone
    surrogates, so that the line that holds them can be named and the next one read (``is_decoded`` tells).
    """
    stream = open_bytes(file)
    try:
        encoding = marked_encoding(stream.peek(4)) or "utf-8"
    except OSError:
        stream.close()
        raise
    return io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape", newline=newline)


def marked_encoding(body: bytes) -> str | None:
    """Return the encoding that a byte order mark at the start declares, else None."""
    if body.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return None


def is_decoded(text: str) -> bool:
    """Was the text valid in its encoding, without bytes carried over as surrogates?"""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def printable_name(name: str) -> str:
    """Return a file name as text that can be stored: NFC, bytes that are not UTF-8 as ``\\xff``."""
    return unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "backslashreplace"))


def reason_of(error: OSError) -> str:
    """Return what went wrong with a file, without its path (which the message names already)."""
    return error.strerror or str(error) or type(error).__name__


def sniff(head: bytes) -> str | None:
    """Return the kind of a document by its first bytes, None where it is not text."""
    if head.startswith(b"SQLite format 3\0"):
        return "sqlite"
    if head.startswith(b"WARC/"):
        return "warc"
    if marked_encoding(head) != "utf-16" and b"\0" in head:
        return None
    start = head.decode(marked_encoding(head) or "utf-8", "replace").lstrip("\ufeff \t\r\n").casefold()
    if start.startswith(("<!doctype", "<html", "<?xml", "<!--", "<head", "<body", "<div", "<article", "<p>")):
        return "html"
    return "json" if start.startswith("{") else "text"


class _Gunzipped(io.RawIOBase):
    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        try:
            chunk = self._stream.read1(len(buffer))  # what stands before the damage is still read
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DamagedStream(f"damaged gzip stream ({error})") from error
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Unzstd(io.RawIOBase):
    """A zstd stream of one frame or several; zstandard's own reader takes one that ends early for whole."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._frame = None
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        while not self._ready:
            chunk = self._stream.read1(1 << 16)
            if not chunk:
                if self._frame is not None:
                    raise DamagedStream("damaged zstd stream (it ends early)")
                return 0
            self._ready = memoryview(self._decompress(chunk))
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def _decompress(self, chunk: bytes) -> bytes:
        import zstandard

        parts = []
        while chunk:
            if self._frame is None:
                self._frame = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
            try:
                parts.append(self._frame.decompress(chunk))
            except zstandard.ZstdError as error:
                raise DamagedStream(f"damaged zstd stream ({error})") from error
            chunk = b""
            if self._frame.eof:
                chunk, self._frame = self._frame.unused_data, None
        return b"".join(parts)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _walk(folder: str, root: str, skip: Collection[Path], above: tuple) -> Iterator[InputFile | Unreadable | Skipped]:
    try:
        here = os.stat(folder)
        with os.scandir(folder) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
    except OSError as error:
        yield Unreadable(_shown(folder), reason_of(error))
        return
    key = (here.st_dev, here.st_ino)
    if key in above:
        yield Skipped(_shown(folder), "a link back to a folder above it")
        return
    for entry in entries:
        path = entry.path
        if entry.name.startswith("."):
            yield Skipped(_shown(path), "hidden")
        elif os.path.isdir(path):
            yield from _walk(path, root, skip, (*above, key))
        elif _kind(path)[0] is None:
            yield Skipped(_shown(path), f"unknown extension {printable_name(os.path.splitext(path)[1])!r}")
        elif skip and Path(os.path.realpath(path)) in skip:
            yield Skipped(_shown(path), "the database being written")
        else:
            yield _input(path, Path(path).relative_to(root).as_posix())


def _named(path: str) -> InputFile | Unreadable:
    name, kind = os.path.basename(path), _kind(path)[0]
    file = _input(path, name, kind or "text")
    if kind or isinstance(file, Unreadable):
        return file
    try:
        with contextlib.closing(open_bytes(file)) as stream:
            kind = sniff(stream.read(_SNIFFED))
    except OSError as error:
        return Unreadable(file.shown, reason_of(error))
    return _input(path, name, kind) if kind else Unreadable(file.shown, "not a text file")


def _kind(path: str) -> tuple[str | None, str]:
    """Return the kind that a name tells, None for none that is read, and how the file is compressed."""
    suffixes = [suffix.lower() for suffix in Path(path).suffixes[-2:]]
    if suffixes and suffixes[-1] in _COMPRESSIONS:
        kind = KINDS.get(suffixes[0]) if len(suffixes) == 2 else None
        return (kind if kind != "sqlite" else None), suffixes[-1]
    return KINDS.get(suffixes[-1]) if suffixes else None, ""


def _input(path: str, name: str, kind: str | None = None) -> InputFile | Unreadable:
    found, compression = _kind(path)
    try:
        status = os.stat(path)
    except OSError as error:
        return Unreadable(_shown(path), reason_of(error))
    if not stat.S_ISREG(status.st_mode):
        return Unreadable(_shown(path), "not a regular file")
    changed_at = datetime.fromtimestamp(status.st_mtime, UTC)
    return InputFile(Path(path), _shown(path), printable_name(name), kind or found, compression, changed_at)


def _shown(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")
