"""The archive as Scrapy's HTTP cache: live it only writes, with HARVEST_REPLAY it only serves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from scrapy import Request, Spider
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import BaseSettings
from scrapy.utils.httpobj import urlparse_cached

from newsharvest.archive import Archive, Stored, is_same_file


class ArchivePolicy:
    """HTTPCACHE_POLICY: live, all of http(s) is kept and Cache-Control ignored; in replay nothing passes the cache."""

    def __init__(self, settings: BaseSettings) -> None:
        self._is_replay = bool(settings["HARVEST_REPLAY"])

    def should_cache_request(self, request: Request) -> bool:
        return self._is_replay or urlparse_cached(request).scheme in ("http", "https")

    def should_cache_response(self, response: Response, request: Request) -> bool:
        return True

    def is_cached_response_fresh(self, cachedresponse: Response, request: Request) -> bool:
        return True

    def is_cached_response_valid(self, cachedresponse: Response, response: Response, request: Request) -> bool:
        return True


class ArchiveStorage:
    """HTTPCACHE_STORAGE: keeps every response in HARVEST_ARCHIVE and, in replay, serves HARVEST_REPLAY, read-only.

    Replay serves the newest response of a url to a GET, and puts it into HARVEST_ARCHIVE too (unless that is the same
    file), so that every page in the database has its bytes beside it. Each stored or served request bears
    ``meta["archive_key"]`` and ``meta["fetched_at"]`` (aware UTC).
    """

    def __init__(self, settings: BaseSettings) -> None:
        archive = Path(settings["HARVEST_ARCHIVE"])
        replay = Path(settings["HARVEST_REPLAY"]) if settings["HARVEST_REPLAY"] else None
        self._replay = Archive(replay, readonly=True) if replay else None
        self._archive = None if replay and is_same_file(archive, replay) else Archive(archive)

    def open_spider(self, spider: Spider) -> None:
        """Do nothing: the files are open since the start, where a failure still ends the crawl."""

    def close_spider(self, spider: Spider) -> None:
        for archive in (self._replay, self._archive):
            if archive is not None:
                archive.close()

    def retrieve_response(self, spider: Spider, request: Request) -> Response | None:
        if self._replay is None or request.method != "GET":
            return None
        stored = self._replay.latest(request.url, kind="response")
        if stored is None:
            return None
        if self._archive is not None:
            self._archive.put(
                stored.url,
                status=stored.status,
                headers=stored.headers,
                body=stored.body,
                fetched_at=stored.fetched_at,
            )
        request.meta.update(archive_key=stored.key, fetched_at=stored.fetched_at)
        return _to_response(stored)

    def store_response(self, spider: Spider, request: Request, response: Response) -> None:
        assert self._archive is not None  # in replay every response comes from this cache and none is stored again
        now = datetime.now(UTC)
        key = self._archive.put(
            request.url,
            status=response.status,
            headers=[(name, value) for name, values in response.headers.items() for value in values],
            body=response.body,
            fetched_at=now,
            method=request.method,
        )
        request.meta.update(archive_key=key, fetched_at=now)


def _to_response(stored: Stored) -> Response:
    headers = Headers()
    for name, value in stored.headers:
        headers.appendlist(name.encode("latin-1"), value.encode("latin-1"))
    response_class = responsetypes.from_args(headers=headers, url=stored.url, body=stored.body)
    return response_class(url=stored.url, status=stored.status, headers=headers, body=stored.body)
