"""WARC files as crawlers write them: each HTML response is a document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

from w3lib.encoding import http_content_type_encoding
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeadersParserException

from newsharvest.formats.files import LARGEST_DOCUMENT, InputFile, Unreadable, open_bytes
from newsharvest.formats.records import Columns, is_web_address, site_of
from newsharvest.items import Page

_HTML = ("text/html", "application/xhtml+xml")


def read(file: InputFile, site: str | None, columns: Columns) -> Iterator[Page | Unreadable]:
    """Yield one Page for each HTML response with status 200; the number of its record is its place."""
    # Decompressed by us, not by warcio, which takes a stream that ends early for the end of the file.
    with closing(open_bytes(file)) as stream:
        try:
            # Raw: short reads, so that what stands before the damage is handed on.
            for number, record in enumerate(ArchiveIterator(stream.raw), 1):
                if _is_article_candidate(record):
                    yield _page(record, number, file, site)
        except (ArchiveLoadFailed, StatusAndHeadersParserException) as error:
            yield Unreadable(file.shown, f"not a WARC file: {' '.join(str(error).split())}")
        except AttributeError:  # raised by warcio for a response whose head names no target
            yield Unreadable(file.shown, "a response without WARC-Target-URI: not read further")


def _is_article_candidate(record) -> bool:
    if record.rec_type != "response" or record.http_headers is None:
        return False
    media_type = (record.http_headers.get_header("content-type") or "").split(";")[0].strip().lower()
    return record.http_headers.get_statuscode() == "200" and media_type in _HTML


def _page(record, number: int, file: InputFile, site: str | None) -> Page | Unreadable:
    body = record.content_stream().read(LARGEST_DOCUMENT + 1)
    if len(body) > LARGEST_DOCUMENT:
        return Unreadable(file.shown, f"larger than {LARGEST_DOCUMENT >> 20} MB", f"record {number}")
    if getattr(record.raw_stream, "limit", 0) > 0:
        return Unreadable(file.shown, "the record ends early", f"record {number}")
    url = record.rec_headers.get_header("WARC-Target-URI")
    url = url if is_web_address(url) else None
    fetched_at = _date(record.rec_headers.get_header("WARC-Date")) or file.changed_at
    return Page(
        url=url, site=site or site_of(url, fetched_at), fetched_at=fetched_at, media_type="text/html",
        encoding=http_content_type_encoding(record.http_headers.get_header("content-type")), body=body,
        provenance=f"{file.name}#{number}",
    )  # fmt: skip


def _date(value: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if value else None
    except ValueError:
        return None
