"""Files that are compressed as their names say: .gz, .zst, or not at all."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

SUFFIXES = ("", ".gz", ".zst")
_GZIP_LEVEL = 6
_ZSTD_LEVEL = 6


@contextmanager
def open_to_write(path: Path, suffix: str) -> Iterator[IO[bytes]]:
    """Open a file to write bytes into, compressed as ``suffix`` says. Equal bytes give an equal file."""
    with ExitStack() as stack:
        file: IO[bytes] = stack.enter_context(open(path, "wb"))
        if suffix == ".gz":
            file = cast(IO[bytes], stack.enter_context(gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0)))
        elif suffix == ".zst":
            import zstandard

            compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True)
            file = stack.enter_context(compressor.stream_writer(file, closefd=False))
        yield cast(IO[bytes], stack.enter_context(_Buffered(file)))


class _Buffered(io.BufferedWriter):
    """Gathers small writes; its end leaves the file below to whoever opened it."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(cast(io.RawIOBase, file), 1 << 16)

    def __exit__(self, *_: object) -> None:
        self.flush()
        self.detach()
