"""The archive as Scrapy's HTTP cache: live it writes and serves what a dead run left, in replay it only serves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from scrapy import Request, Spider
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import BaseSettings
from scrapy.utils.httpobj import urlparse_cached

from newsharvest.archive import Archive, ArchiveError, Stored, is_same_file
from newsharvest.ending import CrawlEnds, drop
from newsharvest.signals import cannot_go_on
from newsharvest.tally import DATABASE_ERROR


class ArchivePolicy:
    """HTTPCACHE_POLICY: live, all of http(s) is kept and Cache-Control ignored; in replay nothing passes the cache."""

    def __init__(self, settings: BaseSettings) -> None:
        self._is_replay = bool(settings["HARVEST_REPLAY"])

    def should_cache_request(self, request: Request) -> bool:
        return self._is_replay or urlparse_cached(request).scheme in ("http", "https")

    def should_cache_response(self, response: Response, request: Request) -> bool:
        return response.status != 304  # it has no content: what stands is archived already

    def is_cached_response_fresh(self, cachedresponse: Response, request: Request) -> bool:
        return True

    def is_cached_response_valid(self, cachedresponse: Response, response: Response, request: Request) -> bool:
        return True


class ArchiveStorage:
    """HTTPCACHE_STORAGE: keeps every response in HARVEST_ARCHIVE and, in replay, serves HARVEST_REPLAY, read-only.

    Live, a request with ``meta["resume_from"]`` (aware UTC) was made before in the same visit: where its answer has
    come since, and is no error, it is served and not fetched again. Replay serves the newest response of a url to a
    GET, and puts it into HARVEST_ARCHIVE too (unless that is the same file), so that every page in the database has its
    bytes beside it. Each stored or served request bears ``meta["archive_key"]`` and ``meta["fetched_at"]`` (aware UTC).
    Where HARVEST_ARCHIVE cannot be written the crawl is told to end, and the request stays to be done.
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
        if request.method != "GET":
            return None
        if self._replay is None:
            return self._resume(request)
        stored = self._replay.latest(request.url, kind="response")
        if stored is None or (self._archive is not None and self._archive.is_forgotten(request.url)):
            return None
        if self._archive is not None:
            try:
                self._archive.put(
                    stored.url,
                    status=stored.status,
                    headers=stored.headers,
                    body=stored.body,
                    fetched_at=stored.fetched_at,
                )
            except ArchiveError as error:
                _give_up(spider, request, error)
                return None
        request.meta.update(archive_key=stored.key, fetched_at=stored.fetched_at)
        return _to_response(stored)

    def _resume(self, request: Request) -> Response | None:
        since: datetime | None = request.meta.get("resume_from")
        stored = self._archive.latest(request.url, kind="response") if since and self._archive else None
        if stored is None or stored.fetched_at < since or (stored.status or 0) >= 400:
            return None
        request.meta.update(archive_key=stored.key, fetched_at=stored.fetched_at)
        return _to_response(stored)

    def store_response(self, spider: Spider, request: Request, response: Response) -> None:
        assert self._archive is not None  # in replay every response comes from this cache and none is stored again
        now = datetime.now(UTC)
        try:
            key = self._archive.put(
                request.url,
                status=response.status,
                headers=[(name, value) for name, values in response.headers.items() for value in values],
                body=response.body,
                fetched_at=now,
                method=request.method,
            )
        except ArchiveError as error:
            raise _give_up(spider, request, error) from None
        request.meta.update(archive_key=key, fetched_at=now)


def _give_up(spider: Spider, request: Request, error: ArchiveError) -> CrawlEnds:
    """Have the crawl end; return what to raise where the request would go on."""
    spider.crawler.signals.send_catch_log(cannot_go_on, reason=DATABASE_ERROR, error=error)
    return drop(request)


def _to_response(stored: Stored) -> Response:
    headers = Headers()
    for name, value in stored.headers:
        headers.appendlist(name.encode("latin-1"), value.encode("latin-1"))
    response_class = responsetypes.from_args(headers=headers, url=stored.url, body=stored.body)
    return response_class(url=stored.url, status=stored.status, headers=headers, body=stored.body)
