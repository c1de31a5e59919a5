"""WARC: the archived documents that articles were read from, as they came."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC
from http import HTTPStatus
from pathlib import Path
from typing import IO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from newsharvest import __version__
from newsharvest.archive import Archive, Stored

_MEDIA_TYPE = "application/octet-stream"


@contextmanager
def open_stream(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to write records into; the records are compressed one by one, not the file."""
    with open(path, "wb", buffering=1 << 16) as stream:
        yield stream


def write(
    stream: IO[bytes], archive: Archive, keys: Iterable[str], *, name: str, is_gzip: bool, advance: Callable[[], None]
) -> tuple[int, int]:
    """Write the documents of these keys, one at a time; return how many, and how many the archive lacks.

    A response is a ``response`` record with its headers, an imported document a ``resource``. Raises ArchiveError.
    """
    writer = WARCWriter(stream, gzip=is_gzip)
    writer.write_record(writer.create_warcinfo_record(name, {"software": f"newsharvest/{__version__}"}))
    written = missing = 0
    for key in keys:
        stored = archive.get(key)
        if stored is None:
            missing += 1
            continue
        writer.write_record(_record(writer, stored))
        written += 1
        advance()
    return written, missing


def _record(writer: WARCWriter, stored: Stored):
    date = {"WARC-Date": stored.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    payload = io.BytesIO(stored.body)
    if stored.status is None:
        return writer.create_warc_record(
            stored.url, "resource", payload=payload, length=len(stored.body), warc_headers_dict=date,
            warc_content_type=stored.header("content-type") or _MEDIA_TYPE,
        )  # fmt: skip
    head = StatusAndHeaders(_status(stored.status), _headers(stored), protocol="HTTP/1.1")
    return writer.create_warc_record(
        stored.url, "response", payload=payload, length=len(stored.body), http_headers=head, warc_headers_dict=date
    )


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _headers(stored: Stored) -> list[tuple[str, str]]:
    """Return the headers as they describe the body that is kept: its transfer was undone on arrival."""
    kept = []
    for name, value in stored.headers:
        if name.lower() == "transfer-encoding":
            kept.append((f"X-Archive-Orig-{name}", value))
        elif name.lower() == "content-length":
            kept.append((name, str(len(stored.body))))
        else:
            kept.append((name, " ".join(value.split())))
    return kept
