"""Pages out of the archive, as they were."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from newsharvest.archive import Archive, ArchiveError
from newsharvest.formats import archived

FETCHED = datetime(2024, 2, 3, 4, 30, tzinfo=UTC)
HTML = "<p>नहर की सफाई शुरू हुई।</p>".encode()


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "archive.db") as archive:
        yield archive


def put(archive, body, content_type):
    headers = [("Content-Type", content_type)] if content_type else []
    return archive.put("https://a.example.com/1", status=200, headers=headers, body=body, fetched_at=FETCHED)


def page(archive, locator):
    return archived.page_of(archive, locator, url="https://a.example.com/1", site="a", provenance=locator)


@pytest.mark.parametrize(
    ("content_type", "media_type", "encoding"),
    [("text/html; charset=utf-8", "text/html", "utf-8"), ("Text/Plain", "text/plain", None), (None, "text/html", None)],
)
def test_a_response_is_its_page(archive, content_type, media_type, encoding):
    found = page(archive, put(archive, HTML, content_type))
    assert (found.media_type, found.encoding, found.body) == (media_type, encoding, HTML)
    assert (found.fetched_at, found.url, found.site) == (FETCHED, "https://a.example.com/1", "a")


def test_an_item_of_a_json_response_is_a_page(archive):
    posts = [{"id": 1}, {"id": 2, "title": {"rendered": "नहर"}}]
    key = put(archive, json.dumps(posts).encode(), "application/json")
    found = page(archive, f"{key}#/1")
    assert (found.media_type, found.encoding, json.loads(found.body)) == ("application/json", "utf-8", posts[1])
    assert found.fetched_at == FETCHED and found.provenance == f"{key}#/1"


def test_what_is_not_there_is_an_archive_error(archive):
    with pytest.raises(ArchiveError, match="no document"):
        page(archive, "0" * 16)
