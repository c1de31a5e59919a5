"""Undoing HTTP content codings (gzip, deflate, br, zstd) of a body that was kept as it came over the wire."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator

import brotli
import zstandard

CHUNK = 64 * 1024
# Far above any news page; a body that unfolds to more was made to fill memory.
LARGEST = 256 * 1024 * 1024


class ContentCodingError(ValueError):
    """A body is not what its Content-Encoding says, or unfolds to more than the limit."""


def undo(body: bytes, content_encoding: Iterable[str], *, limit: int = LARGEST) -> bytes:
    """Return a body without its content codings.

    In: the bytes as they came and the values of the Content-Encoding headers, in order. Codings are undone from the
    last to the first and, as Scrapy does, stop at the first one that is not known. A body cut short gives what there
    is of it. Raises ContentCodingError where nothing can be read, or more than ``limit`` bytes come out.
    """
    codings = [coding.strip().lower() for value in content_encoding for coding in value.split(",") if coding.strip()]
    while body and codings and (chunks := _CODINGS.get(codings.pop())):
        body = _collect(chunks(body), limit)
    return body


def _collect(chunks: Iterator[bytes], limit: int) -> bytes:
    whole = io.BytesIO()
    try:
        for chunk in chunks:
            whole.write(chunk)
            if whole.tell() > limit:
                raise ContentCodingError(f"the body unfolds to more than {limit} bytes")
    except (OSError, EOFError, zlib.error, brotli.error, zstandard.ZstdError) as error:
        if not whole.tell():
            raise ContentCodingError(f"the body cannot be decoded: {error}") from error
    return whole.getvalue()


def _gunzip(body: bytes) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as stream:
        while chunk := stream.read1(CHUNK):
            yield chunk


def _inflate(body: bytes) -> Iterator[bytes]:
    try:
        yield from _inflate_with(zlib.decompressobj(), body)
    except zlib.error:  # some servers send the bare stream, without zlib's header
        yield from _inflate_with(zlib.decompressobj(-zlib.MAX_WBITS), body)


def _inflate_with(decoder: zlib._Decompress, body: bytes) -> Iterator[bytes]:
    rest = body
    while rest and not decoder.eof:
        yield decoder.decompress(rest, CHUNK)
        rest = decoder.unconsumed_tail


def _unbrotli(body: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    chunk = decoder.process(body, output_buffer_limit=CHUNK)
    while chunk:
        yield chunk
        chunk = b"" if decoder.is_finished() else decoder.process(b"", output_buffer_limit=CHUNK)


def _unzstd(body: bytes) -> Iterator[bytes]:
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(body), read_across_frames=True) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


_CODINGS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
