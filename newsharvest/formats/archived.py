"""An archived response or document as the Page that it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from w3lib.encoding import http_content_type_encoding

from newsharvest.items import Page

if TYPE_CHECKING:
    from newsharvest.archive import Archive


def page_of(archive: Archive, locator: str, *, url: str | None, site: str, provenance: str) -> Page:
    """Return the Page at ``KEY`` or ``KEY#/3`` of an archive. Raises ArchiveError where there is no such document."""
    body = archive.body(locator)
    stored = archive.get(locator.partition("#")[0])
    assert stored is not None  # its body was just read
    content_type = stored.header("content-type") or ""
    if "#" in locator:
        media_type, encoding = "application/json", "utf-8"  # a value of a JSON response, written anew
    else:
        media_type = content_type.partition(";")[0].strip().lower() or "text/html"
        encoding = http_content_type_encoding(content_type)
    return Page(
        url=url, site=site, fetched_at=stored.fetched_at, media_type=media_type, encoding=encoding, body=body,
        provenance=provenance,
    )  # fmt: skip
