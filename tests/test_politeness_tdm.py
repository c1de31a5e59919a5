"""What a site reserves of text and data mining is neither kept nor, where it says so beforehand, fetched."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import newssite
import pytest
from newssite import Answer, NewsSite
from sidebyside import harvest, run

from newsharvest.archive import Archive
from newsharvest.politeness.tdm import WELL_KNOWN, read_rules, reservation_in

RESERVED = {"tdm-reservation": "1"}
META = b"<head><meta content=' 1 ' name='TDM-Reservation'>"
FIGURES = [
    {"location": "/open/$", "tdm-reservation": 0},
    {"location": "/news/*.html$", "tdm-reservation": 1, "tdm-policy": "https://a.example/policy.json"},
    {"location": "/news/", "tdm-reservation": 0},
    {"location": "/open/", "tdm-reservation": 1},
    {"location": "/गाँव/", "tdm-reservation": "1"},
    {"location": "/price-%24", "tdm-reservation": True},
    {"location": "blog/", "tdm-reservation": 1},
]
ODD = [
    "/",
    7,
    None,
    {},
    {"location": "/"},
    {"location": 5, "tdm-reservation": 1},
    {"location": "/", "tdm-reservation": 2},
]


@pytest.mark.parametrize(
    ("path", "is_reserved"),
    [
        ("/", None),
        ("/open/", False),
        ("/open/a", True),
        ("/news/a.html", True),
        ("/news/a.html?page=2", False),
        ("/news/a.htm", False),
        ("/NEWS/a.html", None),
        ("/%E0%A4%97%E0%A4%BE%E0%A4%81%E0%A4%B5/a", True),
        ("/price-$", True),
        ("/blog/1", True),
    ],
)
def test_the_first_location_that_matches_decides(path: str, is_reserved: bool | None) -> None:
    rules = read_rules(json.dumps([*ODD, *FIGURES]).encode())
    assert len(rules) == len(FIGURES)
    found = next((rule.is_reserved for rule in rules if rule.matches(f"https://a.example{path}")), None)
    assert found is is_reserved


def test_a_file_that_is_none_reserves_nothing() -> None:
    for body in (
        b"",
        b"<html>",
        b"7",
        b"null",
        b"[" * 100_000,
        b"\xff\xfe",
        b'[{"location": "/ /", "tdm-reservation": 1}]',
    ):
        assert read_rules(body) == ()
    (rule,) = read_rules(b'\xef\xbb\xbf{"location": "/", "tdm-reservation": 1}')  # the brackets forgotten
    assert rule.is_reserved and rule.matches("https://a.example/x")


@pytest.mark.parametrize(
    ("html", "says"),
    [
        (b"<html>" + META, True),
        (b"<meta name=tdm-reservation content=0>", False),
        (b"<meta name='tdm-reservation' content='0'/><meta name='tdm-reservation' content='1'/>", True),
        (b"<meta name='tdm-reservation' content='maybe'>", None),
        (b"<!-- <meta name='tdm-reservation' content='1'> --><p>x</p>", None),
        (b"<meta name='tdm-policy' content='1'><p>tdm-reservation</p>", None),
        (b"<meta name='robots' content='noai'>", None),
        (b"", None),
    ],
)
def test_what_a_page_says(html: bytes, says: bool | None) -> None:
    assert reservation_in(html) is says


def furnish(site: NewsSite) -> dict[str, str]:
    """Give a site articles of every kind; return the addresses by kind."""
    kinds = {kind: site.add_article(number) for number, kind in enumerate(("free", "header", "meta", "lifted", "gone"))}
    kinds["file"] = site.add_article(9, section="closed")
    answers = {kind: site.answers[url.removeprefix(site.url(""))] for kind, url in kinds.items()}
    answers["header"].headers = RESERVED
    answers["meta"].body = answers["meta"].body.replace(b"<head>", META)
    answers["meta"].headers = {"Content-Encoding": "gzip"}
    answers["lifted"].body = answers["lifted"].body.replace(b"<head>", b"<head><meta name=tdm-reservation content=0>")
    answers["lifted"].headers = RESERVED
    answers["gone"].status, answers["gone"].headers = 404, RESERVED
    listed = [(url, site.now) for url in kinds.values()]
    site.answers["/feed.xml"] = Answer(newssite.rss(listed), "application/rss+xml", headers=RESERVED)
    closed = json.dumps([{"location": path, "tdm-reservation": 1} for path in ("/closed/", "/feed.xml", "/robots.txt")])
    site.answers["/tdm.json"] = Answer(closed.encode(), "application/json")
    site.answers[WELL_KNOWN] = Answer(status=302, headers={"Location": "/tdm.json", **RESERVED})
    site.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /x\n", "text/plain", headers=RESERVED)
    return kinds


def stored(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as connection:
        return {url for (url,) in connection.execute("SELECT url FROM articles")}


def rejected(database: Path) -> dict[str, str]:
    with closing(sqlite3.connect(database)) as connection:
        return dict(connection.execute("SELECT url, reason FROM rejections"))


def test_reserved_pages_are_not_kept_and_the_file_is_asked_for_once(site: NewsSite, tmp_path: Path) -> None:
    """Two runs, the second of another feed; one that respects nothing; and a replay of what that one has kept."""
    kinds, database, heedless = furnish(site), tmp_path / "news.db", tmp_path / "heedless" / "news.db"
    again = {number: site.add_article(number, section="closed") for number in (9, 19)}
    later = newssite.rss([(url, site.now) for url in again.values()])
    feeds = iter([site.answers["/feed.xml"].body, later, site.answers["/feed.xml"].body])
    site.answers["/feed.xml"].body = lambda _: (200, RESERVED, next(feeds))
    feed = {"url": site.url("/feed.xml"), "site": "khabar"}
    respecting = [harvest("feed", database, **feed)]
    log = run(
        respecting, respecting,
        [harvest("feed", heedless, {"HARVEST_RESPECT_TDM": 0}, **feed)],
        [harvest("feed", tmp_path / "c" / "news.db", {"HARVEST_REPLAY": heedless.with_name("archive.db")}, **feed)],
    )  # fmt: skip
    assert stored(database) == {kinds["free"], kinds["lifted"]}, log
    refusals = {kinds[kind]: "tdm: reserved" for kind in ("header", "meta", "file")} | {again[19]: "tdm: reserved"}
    assert rejected(database) == refusals | {kinds["gone"]: "http 404"}
    assert site.times(WELL_KNOWN, "/tdm.json") == {WELL_KNOWN: 1, "/tdm.json": 1}
    assert site.times("/closed/khabar-9.html", "/closed/khabar-19.html") == {"/closed/khabar-9.html": 1}  # by heedless
    with Archive(tmp_path / "archive.db", readonly=True) as archive:
        kept = set(archive.urls())
    assert not kept & set(refusals) and {kinds["free"], site.url("/tdm.json")} <= kept

    assert stored(heedless) == set(kinds.values()) - {kinds["gone"]}
    assert stored(tmp_path / "c" / "news.db") == {kinds["free"], kinds["lifted"], kinds["file"]}  # it has no such file


def test_the_last_answer_holds_and_a_post_is_judged_by_its_own_address(site: NewsSite, tmp_path: Path) -> None:
    """The file was there eight days ago; today the server fails on it."""
    url, feed, blog = site.add_article(9, section="closed"), tmp_path / "news.db", tmp_path / "blog" / "news.db"
    closed = gzip.compress(b'[{"location": "/closed/", "tdm-reservation": 1}]')
    for folder in (tmp_path, blog.parent):
        with Archive(folder / "archive.db") as archive:
            for days, status, body in ((8, 200, closed), (1, 500, b"")):
                headers = [("Content-Encoding", "gzip")] if body else []
                when = datetime.now(UTC) - timedelta(days=days)
                archive.put(site.url(WELL_KNOWN), status=status, headers=headers, body=body, fetched_at=when)
    site.answers[WELL_KNOWN] = Answer(status=503)
    site.answers["/feed.xml"] = Answer(newssite.rss([(url, site.now)]), "application/rss+xml")
    posts = [
        {
            "id": number, "link": site.url(f"/{section}/{number}/"), "date_gmt": site.ago(hours=1).isoformat()[:19],
            "title": {"rendered": newssite.headline(number)},
            "content": {"rendered": "".join(f"<p>{text}</p>" for text in newssite.sentences(number))},
        }
        for number, section in ((1, "open"), (2, "closed"))
    ]  # fmt: skip
    site.answers["/wp-json/wp/v2/posts"] = Answer(json.dumps(posts).encode(), "application/json")
    log = run([
        harvest("feed", feed, url=site.url("/feed.xml"), site="khabar"),
        harvest("wordpress", blog, url=site.url("/"), site="blog"),
    ])  # fmt: skip
    assert site.times(WELL_KNOWN).total() == 2, log  # once each
    assert (stored(feed), rejected(feed)) == (set(), {url: "tdm: reserved"})
    assert [url.partition("/open/")[1] for url in stored(blog)] == ["/open/"]
    assert list(rejected(blog).values()) == ["tdm: reserved"]
    assert not site.times("/closed/khabar-9.html")
