"""A running `newsharvest browse` over articles of every sort, with an enemy in the corpus."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from console import command, run_process, write_corpus
from store_pages import NOON, keep, make_article, make_page, reject

from cleaners.model import Block, Removal
from newsharvest.archive import Archive
from newsharvest.store import Store

URL = "https://example.com/{}"
# Articles, by what tells them in the view.
DUMPED = "provenance = 'a.txt'"
HOSTILE = "url LIKE 'javascript:%'"
REVISED = "url LIKE '%/2'"
COPIED = "url LIKE '%/3'"
ELSEWHERE = "url LIKE '%/4'"
BIDI = "\u202eछल\u2066"


@dataclass
class Answer:
    """What the server said."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Server:
    """A running `newsharvest browse` and the files it shows."""

    address: str
    database: Path
    archive: Path
    enemy: Enemy
    keys: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, *, host: str | None = None, **query: str) -> Answer:
        address = self.address + path + (f"?{urlencode(query)}" if query else "")
        request = Request(address, headers={"Host": host} if host else {})
        try:
            with urlopen(request, timeout=30) as response:
                return Answer(response.status, dict(response.headers), response.read().decode())
        except HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read().decode())

    def rows(self, sql: str, **values: str) -> list[list[object]]:
        """Ask Datasette."""
        answer = self.get("/news.json", sql=sql, **values)
        found = json.loads(answer.text)
        assert answer.status == 200, found
        return found["rows"]


class Enemy:
    """A server of somebody else on the loopback: it counts every connection, and nobody should come."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.setblocking(False)
        self.port = self._listening.getsockname()[1]
        self._visits = 0

    @property
    def visits(self) -> int:
        """How many have connected so far: the system lets them in and keeps them until they are counted here."""
        while True:
            try:
                visitor, _ = self._listening.accept()
            except BlockingIOError:
                return self._visits
            self._visits += 1
            visitor.close()

    def close(self) -> None:
        self._listening.close()


def hostile_page(port: int) -> bytes:
    """Return a page that tries to load, run and send what it can, from and to a port of the loopback."""
    evil = f"http://127.0.0.1:{port}"
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>पन्ना</title>
    <meta http-equiv="refresh" content="0; url={evil}/refresh">
    <LINK rel="preconnect" href="{evil}"><link rel=stylesheet href="{evil}/a.css"><link rel=prefetch href="{evil}/p">
    <link rel="icon" href="{evil}/icon"><base href="{evil}/">
    <style>@import url("{evil}/b.css"); @font-face {{font-family: x; src: url("{evil}/f.woff")}}
    body {{background: url("{evil}/bg.png"); font-family: x}}</style>
    <script>top.owned = window.owned = 1; fetch("{evil}/fetch")</script><script src="{evil}/a.js"></script></head>
    <body onload="top.owned = 1"><p id="there">यहाँ लिखा है</p>
    <img src="{evil}/i.png" onerror="top.owned = 1"><img src=x onerror="new Image().src='{evil}/e'">
    <iframe src="{evil}/frame"></iframe><a href="{evil}/link" id="a">कड़ी</a>
    <object data="{evil}/o"></object><embed src="{evil}/em">
    <video src="{evil}/v" autoplay></video><audio src="{evil}/au" autoplay></audio>
    <svg><image href="{evil}/s.png"/><script>top.owned = 1</script></svg>
    <form action="{evil}/form"><input autofocus onfocus="top.owned = 1"></form></body></html>""".encode()


def fill(database: Path, archive: Path, enemy: Enemy, prefix: str = "") -> dict[str, str]:
    """Keep articles of every sort under example.com; return the archive keys of some."""
    evil = f"http://127.0.0.1:{enemy.port}"
    markup = f"<script>owned = 1; fetch('{evil}/x')</script><img src={evil}/y onerror='owned = 1'>\"'>{BIDI}"
    with Archive(archive) as pages, Store(database, prefix=prefix) as store:
        keys = {
            "hostile": pages.put(URL.format("evil"), status=200, headers=[("Content-Type", "text/html")],
                                 body=hostile_page(enemy.port), fetched_at=NOON),
            "rest": pages.put(URL.format("rest"), status=200, headers=[("Content-Type", "application/json")],
                              body=b'[{"a": 1}, {"b": "<script>"}]', fetched_at=NOON),
        }  # fmt: skip
        store.keep(
            make_page("javascript:alert(1)", provenance=keys["hostile"], site=markup),
            make_article(
                "javascript:alert(1)", "", site=markup, title=f"{markup} शीर्षक", summary=markup, authors=(markup,),
                agency=markup, section=markup, image_url="data:text/html,<script>owned=1</script>",
                blocks=(Block("paragraph", f"{markup} शत्रु", 0),),
                removals=(Removal("line", "share/plea<b>", (markup,), f"{markup} हटाया", 1),), outside=((markup, 2),),
            ),
            origin="crawl", rules_version="1", archive_key=keys["hostile"],
        )  # fmt: skip
        reject(store, f"javascript:{markup}", f"reason {markup}")
        keep(store, URL.format(2), "प्याज सस्ता हुआ\nमंडी में भीड़ रही", provenance=keys["hostile"])
        keep(store, URL.format(2), "प्याज महंगा हुआ\nमंडी में भीड़ रही", title="प्याज महंगा", provenance=keys["rest"] + "#/1")
        keep(store, URL.format(3), "प्याज महंगा हुआ\nमंडी में भीड़ रही", title="वही बात")
        keep(store, "https://other.example/4", "मंडी में प्याज महंगा हुआ", site="other", title="दूसरे की खबर")
        for number in range(25):
            keep(store, URL.format(f"many-{number}"), f"हिन्दी में क़ानून की किताब {number}", title=f"किताब {number}",
                 published_at=NOON - timedelta(days=2, minutes=number))  # fmt: skip
        store.runs.finish(store.runs.start("crawl", "example"), "finished", {"stored": 3, "rejected": 1})
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"UPDATE {prefix}articles SET cluster = 99 WHERE url LIKE '%/2' OR url LIKE '%/4'")
        connection.execute(
            f"INSERT INTO {prefix}clusters SELECT 99, 2, 2, id, first_seen, 'भाषा', id, first_seen"
            f" FROM {prefix}articles WHERE url LIKE '%/4'"
        )
        connection.commit()
    return keys


@contextmanager
def serve(database: Path, archive: Path, enemy: Enemy, **settings: str) -> Iterator[Server]:
    """Run the command until the block ends, which must be as a user ends it."""
    given = {"HARVEST_ARCHIVE": str(archive), "NO_PROXY": "*", **settings}
    words = command("browse", "--no-open", "--port", "0", "--db", database)
    log = database.with_suffix(".log")
    with log.open("wb") as out:
        words = [words[0], "-u", "-W", "error", *words[1:]]
        running = subprocess.Popen(words, stdout=out, stderr=out, env={**environment(), **given})
    try:
        yield Server(_wait_for_address(log, running), database, archive, enemy)
    finally:
        running.send_signal(signal.SIGINT)
        status = running.wait(20)
    assert status == 0  # Ctrl-C is how it ends
    assert "Traceback" not in log.read_text(encoding="utf-8")


@contextmanager
def serve_corpus(folder: Path, enemy: Enemy) -> Iterator[Server]:
    """Fill a database in a folder, with an import too, and serve it."""
    database, archive = folder / "my news.db", folder / "archive.db"
    keys = fill(database, archive, enemy)
    given = {"HARVEST_DATABASE": str(database), "HARVEST_ARCHIVE": str(archive)}
    done = run_process("import", write_corpus(folder / "corpus"), "--site", "dumps", env=given)
    assert done.returncode == 0, done.stderr
    with serve(database, archive, enemy) as running:
        running.keys = keys
        yield running


def _wait_for_address(log: Path, running: subprocess.Popen) -> str:
    deadline = time.monotonic() + 30
    while not (found := re.search(r"http://127\.0\.0\.1:\d+(?=/)", log.read_text(encoding="utf-8"))):
        assert running.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < deadline, "it says no address"
        time.sleep(0.05)
    return found[0]


def environment() -> dict[str, str]:
    """Return this process's environment without settings of its user."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HARVEST_")}


def id_of(server: Server, condition: str) -> int:
    """Return the id of the one article of a condition of SQL."""
    ((number,),) = server.rows(f"SELECT id FROM corpus WHERE {condition}")
    assert isinstance(number, int)
    return number
