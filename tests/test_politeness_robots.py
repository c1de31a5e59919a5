"""robots.txt is obeyed on every origin; where it cannot be read nothing is asked, and its Crawl-delay is kept."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from crawling import make_project, serve
from newssite import Answer, NewsSite
from sidebyside import harvest, run, visit

from newsharvest.politeness.robots import robots_name
from newsharvest.store import FrontierLink, Store

PAGE = (200, {"Content-Type": "text/html"}, b"page")
CLOSED = b"User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("newsharvest/0.1", "newsharvest/0.1"),
        ("newsharvest/0.1 (+https://googlebot.example/a)", "newsharvest/0.1 ()"),
        ("Mozilla/5.0 (compatible; Foobot/1.0; +http://foo.example)", "Mozilla/5.0 (compatible; Foobot/1.0; )"),
    ],
)
def test_the_contact_is_no_name(user_agent: str, name: str) -> None:
    assert robots_name(user_agent) == name


def test_every_origin_by_its_own_robots_txt(tmp_path: Path) -> None:
    """Four crawls at once: many origins, one that asks for a delay, one for a long one, one that sends us away."""
    rules = {
        "127.0.0.1": (503, {}, b""),
        "127.0.0.2": (404, {}, CLOSED),
        "127.0.0.3": (429, {}, b""),
        "127.0.0.4": (200, {"Content-Type": "text/html"}, b"\xef\xbb\xbf <html>\n" + CLOSED),
        "127.0.0.5": (301, {"Location": "/rules"}, b""),
        "127.0.0.6": [(500, {}, b""), (200, {}, b"User-agent: a.example\nDisallow: /\n")],
        "127.0.0.7": (200, {}, b"User-agent: newsharvest\nDisallow: /a\n\nUser-agent: *\nAllow: /\n"),
        "127.0.0.8": (403, {}, b""),
    }
    throttle = {"AUTOTHROTTLE_ENABLED": True, "AUTOTHROTTLE_START_DELAY": 0.01, "AUTOTHROTTLE_MAX_DELAY": 0.05}
    throttle |= {"DOWNLOAD_DELAY": 0.01, "DOWNLOAD_DELAY_JITTER": 0.9}
    make_project(tmp_path, HARVEST_CONTACT="https://a.example/bot")
    with serve("") as site, serve("") as other, serve() as paced, serve() as slow, serve() as busy:
        site.routes = {f"{host}/robots.txt": route for host, route in rules.items()}
        site.routes |= {"/a": PAGE, "/b": PAGE, "/rules": (200, {}, CLOSED)}
        other.routes = {"/a": PAGE, "/robots.txt": (200, {}, CLOSED)}
        paced.routes = dict.fromkeys(("/a", "/b", "/c"), PAGE)
        paced.routes["/robots.txt"] = (200, {}, b"User-agent: newsharvest\nCrawl-delay: 1\n")
        slow.routes = {"/robots.txt": (200, {}, b"User-agent: *\nDisallow: /\nCrawl-delay: 100\n")}
        busy.routes = {"/robots.txt": (503, {"Retry-After": "3600"}, b""), "/a": PAGE, "/b": PAGE}
        pages = [site.url(path, host) for host in rules for path in ("/a", "/b")]
        out = tmp_path / "items.jsonl"
        log = run([
            visit(*pages, other.url("/a", "127.0.0.2"), "http://127.0.0.1:9/a", out=out, RETRY_ENABLED=True),
            visit(*map(paced.url, ("/a", "/b", "/c")), **throttle),
            visit(slow.url("/a")),
            visit(busy.url("/a"), busy.url("/b")),
        ], folder=tmp_path)  # fmt: skip
    items = [json.loads(line) for line in out.read_text().splitlines()]
    assert {item["url"] for item in items if "url" in item} == {
        *(site.url(path, f"127.0.0.{n}") for n in (2, 4, 6, 8) for path in ("/a", "/b")),
        site.url("/b", "127.0.0.7"),
    }
    unreachable = {site.url(path, host) for host in ("127.0.0.1", "127.0.0.3") for path in ("/a", "/b")}
    forbidden = {site.url("/a", "127.0.0.5"), site.url("/b", "127.0.0.5"), site.url("/a", "127.0.0.7")}
    assert {(item["lost"], item["why"]) for item in items if "lost" in item} == {
        *((url, "RobotsUnreachable") for url in {*unreachable, "http://127.0.0.1:9/a"}),
        *((url, "IgnoreRequest") for url in {*forbidden, other.url("/a", "127.0.0.2")}),
    }
    asked = Counter(f"{host.partition(':')[0]}{path}" for host, path, *_ in site.seen)
    assert {host: asked[f"{host}/robots.txt"] for host in rules} == {
        host: 2 if host[-1] in "136" else 1 for host in rules
    }
    assert other.paths == slow.paths == ["/robots.txt"]
    assert f"{site.url('/robots.txt')} cannot be read (http 503)" in log
    assert "http://127.0.0.1:9/robots.txt cannot be read (connection refused)" in log

    starts = sorted(row[3] for row in paced.seen)
    assert len(starts) == 4
    assert all(after - before > 0.5 for before, after in pairwise(starts))
    assert log.count(f"INFO: {paced.url('')} asks for 1 s") == 1
    assert log.count(f"WARNING: {slow.url('')} asks for 100 s") == 1

    assert busy.paths == ["/robots.txt"]  # told to wait, which is no permission
    assert "'finish_reason': 'retry_after'" in log


def test_an_unreachable_robots_txt_costs_no_link(site: NewsSite, tmp_path: Path) -> None:
    database = tmp_path / "news.db"
    with Store(database) as store:
        store.frontier.add([FrontierLink(site.add_article(1))], "khabar")
        store.database.execute("UPDATE {frontier} SET failures = 2")  # it failed in earlier runs: once more is the end
    site.answers["/robots.txt"] = Answer(b"down", status=503)
    log = run([harvest("feed", database, {"RETRY_TIMES": 0}, url=site.url("/feed.xml"), site="khabar")])
    assert site.asked == ["/robots.txt"], log
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT kind, state, failures, reason FROM frontier ORDER BY kind").fetchall()
    why = "robots.txt unreachable (http 503)"
    assert rows == [("feed", "pending", 0, f"feed: {why}"), ("page", "pending", 2, why)]
