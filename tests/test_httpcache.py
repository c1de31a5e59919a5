"""A live crawl keeps all that it receives; a replay serves it with the server gone, and nothing else."""

import gzip
import random
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from crawling import make_project, serve
from scrapy.http import Request, Response
from scrapy.settings import Settings
from scrapy.utils.spider import DefaultSpider
from scrapy.utils.test import get_crawler

from newsharvest.archive import Archive
from newsharvest.ending import CrawlEnds
from newsharvest.httpcache import ArchivePolicy, ArchiveStorage
from newsharvest.signals import cannot_go_on

PAGE = "<html><body><p>गाँव की ख़बर</p></body></html>".encode()


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


def test_crawl_then_replay(project, tmp_path):
    archive, copy = tmp_path / "archive.db", tmp_path / "copy" / "archive.db"
    with serve() as site:
        html = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store, max-age=0"}
        site.routes = {
            "/robots.txt": (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /closed\n"),
            "/page": (200, html, PAGE),
            "/zipped": (200, {**html, "Content-Encoding": "gzip"}, gzip.compress(PAGE)),
            "/moved": (301, {"Location": "/page"}, b""),
            "/error": (500, {}, b"broken"),
            "/closed": (200, html, PAGE),
        }
        urls = [site.url(path) for path in ("/page#top", "/zipped", "/moved", "/error", "/closed", "/none")]
        before = datetime.now(UTC)
        live = project.crawl(*urls, HARVEST_ARCHIVE=archive, HARVEST_DATABASE=tmp_path / "news.db")
        after = datetime.now(UTC)
    assert live.status == 0, live.log
    with Archive(archive, readonly=True) as kept:
        statuses = {url.partition(str(site.port))[2]: kept.latest(url).status for url in kept.urls()}
        good = {"/robots.txt": 200, "/page": 200, "/zipped": 200}
        assert statuses == good | {"/moved": 301, "/error": 500, "/none": 404}
        assert len(kept.versions(site.url("/page"))) == 2  # once by itself, once behind the redirect: both came
        for item in (item for item in live.items if "url" in item):
            stored = kept.get(item["key"])
            assert stored.url == item["url"]
            assert stored.decoded() == PAGE == item["body"].encode("latin-1")
            assert datetime.fromisoformat(item["fetched_at"]) == stored.fetched_at
            assert before <= stored.fetched_at <= after
        assert kept.latest(site.url("/zipped")).header("content-encoding") == "gzip"
        assert kept.latest(site.url("/zipped")).body == site.routes["/zipped"][2]  # as it came
        newest = kept.newest()
    # The server is gone from here on.
    content = archive.read_bytes()
    replay = {"HARVEST_REPLAY": archive, "HARVEST_ARCHIVE": copy, "HARVEST_DATABASE": tmp_path / "news.db"}
    again = project.crawl(*urls, site.url("/never-seen"), private=False, DOWNLOAD_DELAY=30, **replay)
    assert again.status == 0, again.log
    assert archive.read_bytes() == content
    lost = {(item["lost"].partition(str(site.port))[2], item["why"]) for item in again.items if "lost" in item}
    refused = {("/closed", "IgnoreRequest"), ("/never-seen", "IgnoreRequest")}
    assert lost == {("/error", "HttpError"), ("/none", "HttpError")} | refused
    pages = [item for item in again.items if "url" in item]
    assert {item["url"].partition(str(site.port))[2] for item in pages} == {"/page", "/zipped"}
    with Archive(archive, readonly=True) as kept, Archive(copy, readonly=True) as copied:
        assert copied.urls() == kept.urls()
        for item in pages:
            assert item["clock"] == newest.isoformat()
            assert copied.get(item["key"]) == kept.get(item["key"]) == kept.latest(item["url"])
            assert item["body"].encode("latin-1") == PAGE
            assert datetime.fromisoformat(item["fetched_at"]) == kept.get(item["key"]).fetched_at


def test_replay_into_itself_only_reads(project, tmp_path):
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        for day, body in enumerate((b"old", b"new")):
            fetched_at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day)
            archive.put("http://a.example/", status=200, headers=[], body=body, fetched_at=fetched_at)
        now = datetime.now(UTC)
        archive.put("http://a.example/", status=None, headers=[], body=b"file", fetched_at=now, kind="document")
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode = DELETE")  # to open it for writing would turn it back
    db.close()
    content = path.read_bytes()
    run = project.crawl("http://a.example/", HARVEST_REPLAY=path, HARVEST_ARCHIVE=path)
    assert [item["body"] for item in run.items] == ["new"]
    assert run.items[0]["clock"] == "2026-03-02T00:00:00+00:00"
    assert path.read_bytes() == content


def test_what_was_posted_is_kept_as_such_with_every_header(tmp_path):
    storage = ArchiveStorage({"HARVEST_ARCHIVE": tmp_path / "a.db", "HARVEST_REPLAY": None})
    request = Request("http://a.example/", method="POST", body=b"q=1")
    headers = {"Set-Cookie": ["a=1", "b=2"], "X-Odd": [b"\xe9"]}
    storage.store_response(None, request, Response(request.url, status=201, headers=headers, body=b"done"))
    storage.close_spider(None)
    with Archive(tmp_path / "a.db", readonly=True) as archive:
        stored = archive.get(request.meta["archive_key"])
        assert (stored.method, stored.status, stored.body) == ("POST", 201, b"done")
        assert stored.headers == (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Odd", "\xe9"))
        assert stored.fetched_at == request.meta["fetched_at"]
        assert archive.latest(request.url) is None


def test_what_a_dead_run_fetched_in_this_visit_is_served(tmp_path):
    storage = ArchiveStorage({"HARVEST_ARCHIVE": tmp_path / "a.db", "HARVEST_REPLAY": None})
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for path, status in (("good", 200), ("moved", 301), ("down", 503)):
        url = f"http://a.example/{path}"
        storage._archive.put(url, status=status, headers=[("A", "b")], body=b"x", fetched_at=noon)

    def resume(path, **meta):
        request = Request(f"http://a.example/{path}", meta=meta)
        return storage.retrieve_response(None, request), request.meta

    served, meta = resume("good", resume_from=noon)
    assert (served.status, served.body, served.headers["A"]) == (200, b"x", b"b")
    assert meta["fetched_at"] == noon and storage._archive.get(meta["archive_key"]).body == b"x"
    assert resume("moved", resume_from=noon)[0].status == 301
    for path, since in (("good", noon + timedelta(seconds=1)), ("down", noon), ("none", noon)):
        assert resume(path, resume_from=since)[0] is None
    assert resume("good")[0] is None
    storage.close_spider(None)


def test_a_full_disk_ends_the_crawl_and_the_request_stays_to_be_done(tmp_path):
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with Archive(tmp_path / "old.db") as old:
        old.put("http://a.example/", status=200, headers=[], body=random.randbytes(50_000), fetched_at=noon)
    for replay in (None, tmp_path / "old.db"):
        storage, told = ArchiveStorage({"HARVEST_ARCHIVE": tmp_path / "a.db", "HARVEST_REPLAY": replay}), []

        def note(reason, error, told=told):
            told.append((reason, str(error)))

        spider = DefaultSpider()
        spider.crawler = get_crawler()
        spider.crawler.signals.connect(note, signal=cannot_go_on)
        storage._archive.connection.execute("PRAGMA max_page_count = 10")
        request = Request("http://a.example/", errback=print)
        if replay:
            assert storage.retrieve_response(spider, request) is None
        else:
            with pytest.raises(CrawlEnds):
                storage.store_response(spider, request, Response(request.url, body=random.randbytes(50_000)))
        storage.close_spider(spider)
        assert told == [("database_error", f"{tmp_path / 'a.db'}: database or disk is full")]
        assert request.errback is None and "archive_key" not in request.meta


def test_an_answer_without_content_is_no_version():
    policy = ArchivePolicy(Settings())
    request = Request("http://a.example/")
    assert policy.should_cache_response(Response(request.url, status=200), request)
    assert not policy.should_cache_response(Response(request.url, status=304), request)


def test_replayed_response_has_every_header(tmp_path):
    with Archive(tmp_path / "a.db") as archive:
        headers = [("Set-Cookie", "a=1"), ("X-Odd", "\xe9"), ("Set-Cookie", "b=2")]
        archive.put("http://a.example/", status=200, headers=headers, body=b"x", fetched_at=datetime.now(UTC))
    storage = ArchiveStorage({"HARVEST_ARCHIVE": tmp_path / "b.db", "HARVEST_REPLAY": tmp_path / "a.db"})
    response = storage.retrieve_response(None, Request("http://a.example/"))
    storage.close_spider(None)
    assert response.headers.getlist("Set-Cookie") == [b"a=1", b"b=2"]
    assert response.headers["X-Odd"] == b"\xe9"


def test_replay_never_goes_out(project, tmp_path):
    path = tmp_path / "replay.db"
    with Archive(path) as archive:
        archive.put("http://a.example/", status=200, headers=[], body=b"x", fetched_at=datetime.now(UTC))
    visitor = tmp_path / "visitors.py"
    several = "for how in ({'meta': {'dont_cache': True}}, {'method': 'POST'}, {}): yield scrapy.Request(url, **how, "
    visitor.write_text(visitor.read_text().replace("yield scrapy.Request(url, ", several))
    with serve() as site:
        site.routes = {"/": (200, {}, PAGE)}
        run = project.crawl(site.url(), "data:,hello", "http://a.example/", HARVEST_REPLAY=path)
        off = project.crawl(site.url(), HARVEST_REPLAY=path, HTTPCACHE_ENABLED=0)
        assert site.seen == []
    outcomes = sorted(item.get("why") or item["body"] for item in run.items)
    assert outcomes == ["IgnoreRequest"] * 5 + ["NotInReplay"] * 3 + ["x"]  # the one GET of what the archive holds
    assert [item["why"] for item in off.items] == ["NotInReplay"] * 3


def test_only_http_is_kept(project, tmp_path):
    with serve() as site:
        site.routes = {"/": (200, {}, PAGE)}
        note = tmp_path / "note.txt"
        note.write_text("private")
        run = project.crawl(site.url(), note.as_uri(), "data:,hello", "ftp://127.0.0.1/x", HARVEST_ARCHIVE="a.db")
    assert [item["why"] for item in run.items if "lost" in item] == ["NotSupported"] * 3
    with Archive(tmp_path / "a.db", readonly=True) as archive:
        assert archive.urls() == [site.url("/"), site.url("/robots.txt")]
