"""`newsharvest browse`: the real server, asked by plain requests and a real browser, with an enemy in the corpus."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import chromium
import pytest
from console import JUNK, PROSE, command, run_process, write_corpus
from store_pages import NOON, keep, make_article, make_page, reject

from cleaners.model import Block, Removal
from newsharvest.archive import Archive
from newsharvest.browse import raw, rendering
from newsharvest.browse.plugin import search_query
from newsharvest.store import Store

QUERIES = Path(__file__).parent.parent / "newsharvest" / "browse" / "queries.toml"
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
    """A server of somebody else on the loopback: it notes every connection, and nobody should come."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.visits = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self._listening.accept()
            except OSError:
                return
            self.visits += 1
            visitor.close()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()


def hostile_page(port: int) -> bytes:
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
    environment = {"HARVEST_ARCHIVE": str(archive), "NO_PROXY": "*", **settings}
    words = command("browse", "--no-open", "--port", "0", "--db", database)
    log = database.with_suffix(".log")
    with log.open("wb") as out:
        words = [words[0], "-u", "-W", "error", *words[1:]]
        running = subprocess.Popen(words, stdout=out, stderr=out, env={**_environment(), **environment})
    try:
        yield Server(_wait_for_address(log, running), database, archive, enemy)
    finally:
        running.send_signal(signal.SIGINT)
        status = running.wait(20)
    assert status == 0  # Ctrl-C is how it ends
    assert "Traceback" not in log.read_text(encoding="utf-8")


def _wait_for_address(log: Path, running: subprocess.Popen) -> str:
    deadline = time.monotonic() + 30
    while not (found := re.search(r"http://127\.0\.0\.1:\d+(?=/)", log.read_text(encoding="utf-8"))):
        assert running.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < deadline, "it says no address"
        time.sleep(0.05)
    return found[0]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("HARVEST_")}


@pytest.fixture(scope="module")
def enemy() -> Iterator[Enemy]:
    listening = Enemy()
    yield listening
    listening.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, enemy: Enemy) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("browse %23?")  # signs that a file's address must escape
    database, archive = folder / "my news.db", folder / "archive.db"
    keys = fill(database, archive, enemy)
    environment = {"HARVEST_DATABASE": str(database), "HARVEST_ARCHIVE": str(archive)}
    done = run_process("import", write_corpus(folder / "corpus"), "--site", "dumps", env=environment)
    assert done.returncode == 0, done.stderr
    with serve(database, archive, enemy) as running:
        running.keys = keys
        yield running


def id_of(server: Server, condition: str) -> int:
    ((number,),) = server.rows(f"SELECT id FROM corpus WHERE {condition}")
    assert isinstance(number, int)
    return number


# --- pages ---


def test_the_front_page_counts_sites_days_runs_and_refusals(server: Server) -> None:
    page = server.get("/").text
    assert re.search(r">other</a></td><td class=\"n\">1</td>", page)
    assert re.search(r">dumps</a></td><td class=\"n\">3</td><td class=\"n wide\">[12]</td>.*?>1</a></td>", page)
    assert '<a class="day" href="/search?from=2026-11-20&amp;to=2026-11-20">2026-11-20</a>' in page
    assert "example 25</a>" in page
    assert "finished" in page
    assert "stored 3 · rejected 1" in page
    assert "language: Marathi" in page


@pytest.mark.parametrize("words", ["हिंदी", "हिन्दी", "कानून", "क़ानून", "किताब*", '"की किताब"'])
def test_search_finds_every_spelling_and_marks_it(server: Server, words: str) -> None:
    page = server.get("/search", q=words).text
    assert page.count('class="title"') == 20
    assert "<mark>" in page
    assert "next page" in page


def test_search_filters_orders_and_pages(server: Server) -> None:
    second = server.get("/search", q="किताब", page="2").text
    assert second.count('class="title"') == 5
    assert "earlier page" in second
    assert "next page" not in second
    newest = server.get("/search", q="किताब", sort="newest").text
    assert newest.index("</mark> 0</a>") < newest.index("</mark> 1</a>")
    assert 'class="title"' not in server.get("/search", q="किताब", site="other").text
    assert 'class="title"' not in server.get("/search", q="किताब", **{"from": "2026-11-21"}).text
    assert server.get("/search", q="किताब", to="2026-11-20").text.count('class="title"') == 20
    assert "दूसरे की खबर" in server.get("/search", site="other").text  # without words the newest


@pytest.mark.parametrize(
    ("query", "message"),
    [({"q": '"किम'}, "not closed"), ({"from": "कल"}, "is no day"), ({"q": "किम", "to": "2026-13-01"}, "is no day")],
)
def test_what_cannot_be_understood_is_said(server: Server, query: dict[str, str], message: str) -> None:
    answer = server.get("/search", **query)
    assert answer.status == 400
    assert message in answer.text


def test_removed_lines_stand_in_their_place_with_rule_and_reason(server: Server) -> None:
    page = server.get(f"/article/{id_of(server, DUMPED)}").text
    body = page[page.index('class="text"') :]
    order = [body.index(PROSE[0]), body.index(f"<del>{JUNK}</del>"), body.index(PROSE[1]), body.index(PROSE[2])]
    assert order == sorted(order)
    assert "<code>also-read/" in body[order[1] : order[2]]
    assert "guess" not in page
    reason = re.search(r"<code>also-read/[a-z-]+</code> ([^<]+)", body)
    assert reason
    assert len(reason[1]) > 10


def test_where_the_rules_say_otherwise_now_the_places_are_called_a_guess(server: Server) -> None:
    page = server.get(f"/article/{id_of(server, HOSTILE)}").text
    assert "is a guess" in page
    assert "हटाया</del>" in page


def test_an_article_names_its_copies_and_the_same_story_elsewhere(server: Server) -> None:
    page = server.get(f"/article/{id_of(server, REVISED)}").text
    copies, cluster = page.index("The same text, or nearly (1)"), page.index("The same story at other outlets (1)")
    assert copies < page.index("वही बात") < cluster < page.index("दूसरे की खबर")
    assert "2 articles of 2 outlets, first other, after भाषा." in page
    copy = server.get(f"/article/{id_of(server, COPIED)}").text
    assert "copy of" in copy


def test_revisions_are_compared_word_by_word(server: Server) -> None:
    page = server.get(f"/article/{id_of(server, REVISED)}/revisions").text
    assert "From revision 1 to 2" in page
    assert '<del class="word">सस्ता</del>' in page
    assert '<ins class="word">महंगा</ins>' in page
    assert "<del>मंडी में प्याज सस्ता</del> <ins>प्याज महंगा</ins>" in page  # the title
    first = server.get(f"/article/{id_of(server, REVISED)}/revisions", to="1").text
    assert "nothing before revision 1" in first


def test_the_refused_are_listed_with_their_reason_and_their_page(server: Server) -> None:
    page = server.get("/rejected", site="dumps").text
    assert "marathi.txt" in page
    found = re.search(r'href="(/raw\?at=[0-9a-f]+)"', page)
    assert found
    answer = server.get(found[1])
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "महापालिकेने" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/article/999999", "/article/99999999999999999999", "/article/9223372036854775808/revisions", "/raw",
     "/raw?at=0123456789abcdef", "/raw?at=../news.db", "/raw?at=x%23/1", "/-/newsharvest/none.css", "/article/1x"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(server: Server, path: str) -> None:
    assert server.get(path).status == 404


def test_an_article_without_a_raw_page_says_so(server: Server) -> None:
    answer = server.get(f"/article/{id_of(server, ELSEWHERE)}/page")
    assert answer.status == 404
    assert "no raw page" in answer.text


def test_what_a_crawl_stores_meanwhile_is_seen(server: Server) -> None:
    with Store(server.database) as store:
        keep(store, "https://later.example/", "अभी अभी आई खबर", site="later", title="ताज़ा")
        try:
            assert "ताज़ा" in server.get("/search", q="ताजा").text
            assert server.rows("SELECT count(*) FROM corpus WHERE site = 'later'") == [[1]]
        finally:
            store.database.execute("UPDATE {articles} SET site = 'example' WHERE site = 'later'")


# --- raw pages, headers, names ---


def test_a_raw_page_may_do_nothing(server: Server) -> None:
    answer = server.get("/raw", at=server.keys["hostile"])
    policy = answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert {"sandbox", "default-src 'none'", "form-action 'none'", "base-uri 'none'"} <= set(policy.split("; "))
    assert "allow-" not in policy
    assert not re.search("<(link|iframe|a|object|embed)[ >]", answer.text, re.IGNORECASE)
    assert "यहाँ लिखा है" in answer.text
    assert ">कड़ी</x-a>" in answer.text
    page = server.get(f"/article/{id_of(server, HOSTILE)}/page").text
    assert '<iframe class="raw" sandbox="" ' in page


def test_a_value_within_a_json_document_is_shown_as_text(server: Server) -> None:
    answer = server.get("/raw", at=server.keys["rest"] + "#/1")
    assert (answer.headers["content-type"], answer.text) == ("text/plain; charset=utf-8", '{"b": "<script>"}')


def test_other_kinds_are_named_only() -> None:
    page = make_page(None)
    assert raw.show(raw.Page(**{**_fields(page), "body": b"%PDF-1.4 x"})).body == b"(PDF, 10 bytes)\n"
    svg = raw.Page(**{**_fields(page), "media_type": "image/svg+xml", "body": b"<svg><script/></svg>"})
    assert raw.show(svg).content_type == "text/plain; charset=utf-8"
    wide = raw.Page(**{**_fields(page), "body": "<p>क</p><Link rel=preconnect>".encode("utf-16")})
    assert raw.show(wide).body == "<p>क</p><x-Link rel=preconnect>".encode()


def _fields(page: object) -> dict[str, object]:
    return {name: getattr(page, name) for name in page.__dataclass_fields__}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "path", ["/", "/search", "/rejected", "/article/1", "/news", "/news/corpus", "/-/versions.json"]
)
def test_every_answer_forbids_what_lies_outside_this_machine(server: Server, path: str) -> None:
    headers = {name.lower(): value for name, value in server.get(path).headers.items()}
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy
    assert "*" not in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-dns-prefetch-control"] == "off"


@pytest.mark.parametrize("path", ["/", "/article/1", "/news.json?sql=select+1"])
def test_other_names_of_this_machine_are_refused(server: Server, path: str) -> None:
    assert server.get(path, host="evil.example").status == 421
    assert server.get(path, host="127.0.0.1.evil.example:80").status == 421
    assert server.get(path, host="localhost:9999").status == 200


def test_nobody_else_on_the_network_is_listened_to(server: Server) -> None:
    port = int(server.address.rpartition(":")[2])
    listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
    local = [line.split()[1] for line in listening if line.split()[3] == "0A"]
    assert [place for place in local if place.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://example.com/a?b=1", True),
        ("http://example.com", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt://x/%0aalert(1)", False),
        ("data:text/html,x", False),
        ("https://exam\u202eple.com/", False),
        ("https://a b/", False),
        ("//example.com/", False),
        ("https://[", False),
        (None, False),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str | None, is_link: bool) -> None:
    assert rendering.web_link(url) == (url if is_link else None)


def test_what_others_wrote_is_text_and_in_its_order(server: Server) -> None:
    number = id_of(server, HOSTILE)
    for path in ("/", "/search?q=" + quote("शत्रु"), "/search", f"/article/{number}", f"/article/{number}/revisions",
                 f"/article/{number}/page", "/rejected"):  # fmt: skip
        page = server.get(path).text
        assert "<script" not in page, path
        assert "<img" not in page, path
        assert 'href="javascript' not in page, path
        assert not set(page) & set("\u202e\u2066"), path
    assert "&lt;script&gt;" in server.get(f"/article/{number}").text


# --- Datasette ---


def test_sql_finds_every_spelling_too(server: Server) -> None:
    sql = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH search_query(:q)"
    for words in ("हिंदी", "हिन्दी", "क़ानून", "कानून", '"की किताब"', "किता*"):
        assert server.rows(sql, q=words) == [[25]], words
    for nothing in ("", '"', "।"):
        assert server.rows(sql, q=nothing) == [[0]]
    assert server.rows("SELECT match_key('क़ानून') = match_key('कानून'), match_key(NULL)") == [[1, None]]
    page = json.loads(server.get("/news/corpus.json", _search="कानून", _size="100").text)
    assert page["filtered_table_rows_count"] == 25


def test_what_is_no_query_is_taken_word_by_word() -> None:
    assert search_query('"किम OR (जोंग') == search_query("किम or जोंग")
    assert search_query("क " * 100)
    assert search_query(None) == search_query("***") == '""'


@pytest.mark.parametrize("name", tomllib.loads(QUERIES.read_text(encoding="utf-8")))
def test_canned_queries_run(server: Server, name: str) -> None:
    rule = "machine/separator"
    answer = server.get(f"/news/{name}.json", q="किताब", rule=rule, _shape="objects")
    found = json.loads(answer.text)
    assert answer.status == 200, found
    if name in ("search", "articles_by_site_and_day", "rejections_by_reason", "revised", "runs"):
        assert found["rows"]
    page = server.get(f"/news/{name}", q="किताब", rule=rule).text
    if name in ("search", "revised"):
        assert re.search(r'<a href="/article/\d+">', page)


@pytest.mark.parametrize("sql", ["DELETE FROM articles", "WITH x AS (SELECT 1) DELETE FROM articles", "VACUUM"])
def test_nothing_can_be_written(server: Server, sql: str) -> None:
    before = server.database.read_bytes()
    assert server.get("/news.json", sql=sql).status == 400
    assert server.database.read_bytes() == before


def test_a_query_without_end_is_stopped(server: Server) -> None:
    sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    answer = server.get("/news.json", sql=sql, _timelimit="50")
    assert answer.status == 400
    assert "interrupted" in answer.text.lower()


def test_tables_with_a_prefix_are_read_and_others_are_left(tmp_path: Path, enemy: Enemy) -> None:
    database, archive = tmp_path / "news.db", tmp_path / "archive.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE articles (theirs TEXT)")
    fill(database, archive, enemy, prefix="nh_")
    with serve(database, archive, enemy, HARVEST_TABLE_PREFIX="nh_", HARVEST_CLEANERS="0") as server:
        assert "example 25</a>" in server.get("/").text
        assert server.get("/search", q="हिंदी").text.count('class="title"') == 20
        assert "<mark>" in server.get("/search", q="हिंदी").text
        assert json.loads(server.get("/news/search.json", q="कानून").text)["rows"]
        assert json.loads(server.get("/news/nh_corpus.json", _search="कानून").text)["filtered_table_rows_count"] == 25
        assert re.search(r'<a href="/article/\d+">', server.get("/news/nh_corpus").text)
        archive.unlink()  # its places cannot be looked up any more
        assert "is a guess" in server.get("/article/1").text


# --- the command ---


def test_a_missing_database_is_named(tmp_path: Path) -> None:
    done = run_process("browse", "--no-open", "--db", tmp_path / "none.db")
    assert done.returncode == 1
    assert "there is no database at" in done.stderr.decode()


def test_a_port_in_use_is_named(server: Server) -> None:
    port = server.address.rpartition(":")[2]
    done = run_process("browse", "--no-open", "--port", port, "--db", server.database)
    assert done.returncode == 1
    assert f"port {port} cannot be used" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_without_datasette_it_says_what_to_install(server: Server) -> None:
    code = "import sys; sys.modules['datasette'] = None; from newsharvest.cli import main; main()"
    words = [sys.executable, "-c", code, "browse", "--no-open", "--db", str(server.database)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, env=_environment())
    assert done.returncode == 1
    assert done.stderr == "Error: browsing needs Datasette: pip install 'newsharvest[browse]'\n"


# --- a real browser ---


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Browser]:
    with chromium.start(tmp_path_factory.mktemp("profile")) as running:
        yield running


def _is_ours(server: Server, address: str) -> bool:
    return address.startswith((server.address + "/", "data:", "about:"))


@pytest.mark.browser
def test_the_enemy_gets_nothing(server: Server, browser: chromium.Browser) -> None:
    """Its pages load nothing and run nothing, in our pages, in the frame, alone, and in Datasette's tables."""
    number = id_of(server, HOSTILE)
    paths = [
        "/", "/search?q=" + quote("शत्रु"), f"/article/{number}", f"/article/{number}/revisions", "/rejected",
        f"/article/{number}/page", f"/raw?at={server.keys['hostile']}", "/news/corpus", f"/news/articles/{number}",
    ]  # fmt: skip
    for path in paths:
        browser.open(server.address + path)
        browser.wait(0.3)
        made = [address for address in browser.requests if address not in browser.blocked]
        assert made, path
        assert all(_is_ours(server, address) for address in made), (path, made)
        assert browser.look("typeof owned") == "undefined", path
        assert browser.look("location.href") == server.address + path
        assert server.enemy.visits == 0, path


@pytest.mark.browser
def test_the_raw_page_is_shown_in_its_frame(server: Server, browser: chromium.Browser) -> None:
    browser.open(f"{server.address}/article/{id_of(server, HOSTILE)}/page")
    assert f"{server.address}/raw?at={server.keys['hostile']}" in browser.requests
    shown = [target["url"] for target in browser.tell("Target.getTargets")["targetInfos"] if target["type"] == "iframe"]
    assert shown == [f"{server.address}/raw?at={server.keys['hostile']}"]  # in a process of its own
    assert browser.look("document.querySelector('iframe').contentDocument") is None  # another origin: out of reach


@pytest.mark.browser
@pytest.mark.parametrize("width", [chromium.PHONE, chromium.DESK])
def test_pages_fit_their_screen_and_hindi_has_room(
    server: Server, browser: chromium.Browser, tmp_path: Path, width: int
) -> None:
    number = id_of(server, DUMPED)
    hostile = id_of(server, HOSTILE)
    for path in ("/", "/search?q=" + quote("किताब"), f"/article/{number}", f"/article/{hostile}", "/rejected",
                 f"/article/{id_of(server, REVISED)}/revisions", f"/article/{hostile}/page", "/news"):  # fmt: skip
        browser.open(server.address + path, width=width)
        assert browser.look("document.documentElement.scrollWidth") <= width, path
    browser.open(f"{server.address}/article/{number}", width=width)
    style = "getComputedStyle(document.querySelector('.text p'))"
    size, line = (float(browser.look(f"parseFloat({style}.{name})")) for name in ("fontSize", "lineHeight"))
    assert size >= 16
    assert line / size >= 1.7
    assert "Noto Sans Devanagari" in browser.look(f"{style}.fontFamily")
    browser.screenshot(tmp_path / "article.png")
    assert (tmp_path / "article.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.browser
def test_removed_lines_are_struck_through_and_can_be_hidden(server: Server, browser: chromium.Browser) -> None:
    browser.open(f"{server.address}/article/{id_of(server, DUMPED)}")
    assert browser.look("getComputedStyle(document.querySelector('.removed del')).textDecorationLine") == "line-through"
    shown = "document.querySelector('.removed').offsetHeight"
    assert browser.look(shown) > 0
    browser.look("document.getElementById('show').click()")
    assert browser.look(shown) == 0


@pytest.mark.browser
def test_the_dark_is_dark(server: Server, browser: chromium.Browser) -> None:
    colours = []
    for dark in (False, True):
        browser.open(server.address, dark=dark)
        colours.append(browser.look("getComputedStyle(document.body).backgroundColor"))
    light, dim = ([int(part) for part in re.findall(r"\d+", colour)] for colour in colours)
    assert min(light) > 200
    assert max(dim) < 60
