"""A small news site on the loopback: feeds, sitemaps, WordPress, robots.txt, and answers that go wrong."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

WHO = ("किसानों", "छात्रों", "दुकानदारों", "मजदूरों", "शिक्षकों", "यात्रियों", "ग्रामीणों", "महिलाओं", "खिलाड़ियों", "डॉक्टरों")
WHERE = ("पटना", "रांची", "भोपाल", "जयपुर", "लखनऊ", "देहरादून", "रायपुर", "कानपुर", "इंदौर", "गया")
WHAT = ("सड़क", "पानी", "बिजली", "स्कूल", "अस्पताल", "पुल", "बाजार", "नहर", "बस अड्डे", "राशन")
DID = (
    "{who} ने {where} में {what} की मांग को लेकर जिला कार्यालय के सामने {n} घंटे तक शांतिपूर्ण धरना दिया।",
    "प्रशासन ने कहा कि {where} की {what} योजना पर {n} लाख रुपये खर्च होंगे और काम अगले महीने शुरू होगा।",
    "बैठक में {n} से अधिक {who} ने भाग लिया और अधिकारियों से {what} के बारे में लिखित जवाब मांगा।",
    "स्थानीय लोगों के अनुसार {where} में पिछले {n} दिनों से {what} की समस्या बनी हुई है, पर कोई सुनने वाला नहीं है।",
    "जिलाधिकारी ने {who} को भरोसा दिलाया कि {n} दिन के भीतर {what} का निरीक्षण करके रिपोर्ट सरकार को भेजी जाएगी।",
    "इस फैसले से {where} के करीब {n} परिवारों को राहत मिलने की उम्मीद है, ऐसा {who} के संगठन ने बताया।",
)


def sentences(number: int, count: int = 6) -> list[str]:
    """Return Hindi sentences that no other article has."""
    chance = random.Random(number)
    return [
        form.format(who=chance.choice(WHO), where=chance.choice(WHERE), what=chance.choice(WHAT), n=number * 10 + place)
        for place, form in enumerate(chance.sample(DID, count))
    ]


def headline(number: int) -> str:
    chance = random.Random(number)
    return f"{chance.choice(WHERE)} में {chance.choice(WHO)} का धरना, {number} गांवों से पहुंचे लोग"


def article(number: int, when: datetime) -> bytes:
    """Return the page of one article, with the furniture of a news site around it."""
    body = "".join(f"<p>{text}</p>" for text in sentences(number))
    data = {"@type": "NewsArticle", "headline": headline(number), "datePublished": when.isoformat()}
    return (
        f"<!doctype html><html lang='hi'><head><meta charset='utf-8'><title>{headline(number)}</title>"
        f"<script type='application/ld+json'>{json.dumps(data, ensure_ascii=False)}</script></head><body>"
        f"<nav><a href='/'>होम</a> <a href='/photo-gallery/a-1.html'>फोटो</a></nav>"
        f"<article><h1>{headline(number)}</h1>{body}</article><footer>© समाचार</footer></body></html>"
    ).encode()


def rss(links: list[tuple[str, datetime]]) -> bytes:
    items = "".join(
        f"<item><title>समाचार</title><link>{url.replace('&', '&amp;')}</link>"
        f"<pubDate>{when:%a, %d %b %Y %H:%M:%S +0000}</pubDate></item>"
        for url, when in links
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>n</title>{items}</channel></rss>".encode()


def sitemap(links: list[tuple[str, datetime | None]], *, is_index: bool = False) -> bytes:
    outer, inner = ("sitemapindex", "sitemap") if is_index else ("urlset", "url")
    entries = "".join(
        f"<{inner}><loc>{url.replace('&', '&amp;')}</loc>"
        f"{f'<lastmod>{when.isoformat()}</lastmod>' if when else ''}</{inner}>"
        for url, when in links
    )
    return f"<{outer} xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{entries}</{outer}>".encode()


@dataclass
class Answer:
    """``body`` may be a function of the path and query; ``seconds`` is how long the answer takes."""

    body: bytes | Callable[[str], tuple[int, dict[str, str], bytes]] = b""
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    is_cut: bool = False  # the connection breaks off after half of the body
    is_dripping: bool = False  # a byte a second


@dataclass
class NewsSite:
    """Answers by path (a 404 else); counts requests and how many were under way at once."""

    port: int
    now: datetime
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    unmodified: list[str] = field(default_factory=list)  # what was answered with a 304, by ETag or Last-Modified
    agents: set[str] = field(default_factory=set)
    most_at_once: int = 0
    seconds: float = 0.0
    is_gone: bool = False
    open: Callable[[], None] = lambda: None  # come back
    close: Callable[[], None] = lambda: None  # go: what was asked has no answer, and connections are refused

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def ago(self, **span: float) -> datetime:
        return self.now - timedelta(**span)

    def add_article(self, number: int, section: str = "desh", **answer: object) -> str:
        """Add an article; return its address."""
        path = f"/{section}/khabar-{number}.html"
        self.answers[path] = Answer(article(number, self.ago(hours=2)), **answer)
        return self.url(path)

    def times(self, *paths: str) -> Counter[str]:
        """Count the requests by path, of the given paths or of all."""
        return Counter(path for path in self.asked if not paths or path in paths)

    def article_requests(self) -> Counter[str]:
        return Counter(path for path in self.asked if "/khabar-" in path)


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a killed crawl resets its connections
            super().handle_error(request, client_address)


@contextmanager
def serve() -> Iterator[NewsSite]:
    """Run an empty site on a free port."""
    under_way = 0
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_GET(self) -> None:
            nonlocal under_way
            if site.is_gone:
                self.close_connection = True
                return
            with lock:
                under_way += 1
                site.most_at_once = max(site.most_at_once, under_way)
                site.asked.append(self.path)
                site.agents.add(self.headers["User-Agent"])
            try:
                self._answer(site.answers.get(self.path) or site.answers.get(self.path.partition("?")[0]))
            except (BrokenPipeError, ConnectionResetError):  # a killed crawl, or one that will not have a large page
                self.close_connection = True

        def _answer(self, answer: Answer | None) -> None:
            nonlocal under_way
            answer = answer or Answer(b"<html><body>404</body></html>", status=404)
            time.sleep(answer.seconds or site.seconds)
            with lock:  # before the first byte goes out: the next request may follow the last one at once
                under_way -= 1
            status, headers, body = answer.status, answer.headers, answer.body
            if callable(body):
                status, headers, body = body(self.path)
            asked = {"ETag": self.headers["If-None-Match"], "Last-Modified": self.headers["If-Modified-Since"]}
            if status == 200 and any(headers.get(name) == value for name, value in asked.items() if value):
                status, body = 304, b""
                site.unmodified.append(self.path)
            if "gzip" in headers.get("Content-Encoding", ""):
                body = gzip.compress(body)
            self.send_response(status)
            if answer.media_type and "Content-Type" not in headers:
                self.send_header("Content-Type", answer.media_type)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            while answer.is_dripping and body:
                self.wfile.write(body[:1])
                body = body[1:]
                time.sleep(1)
            self.wfile.write(body[: len(body) // 2] if answer.is_cut else body)
            self.close_connection = self.close_connection or answer.is_cut

        def log_message(self, *_: object) -> None:
            pass

    listener = QuietServer(("127.0.0.1", 0), Handler)
    site = NewsSite(listener.server_address[1], datetime.now(UTC).replace(microsecond=0))
    thread: threading.Thread

    def listen() -> None:
        nonlocal listener, thread
        if site.is_gone:
            listener = QuietServer(("127.0.0.1", site.port), Handler)
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        site.is_gone = False

    def stop() -> None:
        site.is_gone = True
        listener.shutdown()
        listener.server_close()
        thread.join()

    site.open, site.close = listen, stop
    listen()
    try:
        yield site
    finally:
        if not site.is_gone:
            stop()


def crawl_command(spider: str, database: Path, settings: dict[str, object], arguments: dict[str, str]) -> list[str]:
    given = {
        "HARVEST_DATABASE": database, "HARVEST_ALLOW_PRIVATE": 1, "DOWNLOAD_DELAY": 0,
        "AUTOTHROTTLE_ENABLED": 0, "DOWNLOAD_TIMEOUT": 5, "RETRY_TIMES": 1, "HARVEST_CLEANERS": 0, **settings,
    }  # fmt: skip
    flags = [part for name, value in given.items() for part in ("-s", f"{name}={value}")]
    flags += [part for name, value in arguments.items() for part in ("-a", f"{name}={value}")]
    return [sys.executable, "-W", "error::ResourceWarning", "-m", "scrapy", "crawl", spider, *flags]


def environment() -> dict[str, str]:
    """Return this process's environment without settings and proxies of its user."""
    theirs = re.compile(r"(?:harvest_|scrapy_).*|.*_proxy", re.IGNORECASE)
    kept = {name: value for name, value in os.environ.items() if not theirs.fullmatch(name)}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), kept.get("PYTHONPATH"))))}


def crawl(
    spider: str, database: Path, settings: dict[str, object] | None = None, **arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run ``scrapy crawl`` to its end in a process of its own."""
    return subprocess.run(
        crawl_command(spider, database, settings or {}, arguments),
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
