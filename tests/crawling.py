"""What tests of a crawl need: a server on the loopback, and a throwaway project whose spider visits what it is told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent

SETTINGS = """
from newsharvest.settings import *
SPIDER_MODULES = ["visitors"]
SCHEDULER = "scrapy.core.scheduler.Scheduler"
ITEM_PIPELINES = {}
DOWNLOAD_DELAY = 0
AUTOTHROTTLE_ENABLED = False
DOWNLOAD_DELAY_JITTER = 0
RETRY_ENABLED = False
HARVEST_RESPECT_TDM = False
"""

SPIDER = """
import scrapy


class Visitor(scrapy.Spider):
    name = "visitor"

    def __init__(self, urls="", **options):
        super().__init__(**options)
        self.urls = urls.split()

    async def start(self):
        for url in self.urls:
            yield scrapy.Request(url, dont_filter=True, errback=self.note)

    def parse(self, response):
        meta = response.meta
        yield {
            "url": response.url,
            "status": response.status,
            "body": response.body.decode("latin-1"),
            "key": meta.get("archive_key"),
            "fetched_at": str(meta.get("fetched_at")),
            "clock": self.settings.get("NEWSHARVEST_CLOCK"),
        }

    def note(self, failure):
        yield {"lost": failure.request.url, "why": type(failure.value).__name__}
"""


Route = tuple[int, dict[str, str], bytes]


@dataclass
class Server:
    """Answers by path, or by host and path; a list of answers is given one after the other, the last for ever.

    ``seen`` has one row a request: (host header, path, headers, start, end).
    """

    port: int
    routes: dict[str, Route | list[Route]] = field(default_factory=dict)
    seen: list[tuple[str, str, dict[str, str], float, float]] = field(default_factory=list)
    seconds: float = 0.0

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [path for _, path, *_ in self.seen]


@contextmanager
def serve(address: str = "127.0.0.1") -> Iterator[Server]:
    """Run a server in a thread; an unknown path is a 404."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_GET(self) -> None:
            start = time.monotonic()
            route = site.routes.get(self.headers["Host"].partition(":")[0] + self.path) or site.routes.get(self.path)
            if isinstance(route, list):
                route = route.pop(0) if len(route) > 1 else route[0]
            status, headers, body = route or (404, {}, b"nothing here")
            time.sleep(site.seconds)
            site.seen.append((self.headers["Host"], self.path, dict(self.headers), start, time.monotonic()))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):  # the client may hang up on a page that is too large
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer((address, 0), Handler)
    listener.daemon_threads = True
    site = Server(listener.server_address[1])
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


@dataclass
class Run:
    """One finished crawl."""

    status: int
    items: list[dict]
    log: str

    def stat(self, key: str) -> int | None:
        found = re.search(rf"'{re.escape(key)}': (\d+)", self.log)
        return int(found[1]) if found else None


@dataclass
class Project:
    """A Scrapy project in a temporary folder that uses our settings with Scrapy's own scheduler and no pipeline."""

    folder: Path

    def scrapy(self, *arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> Run:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("HARVEST_", "SCRAPY_"))}
        clean = {name: value for name, value in clean.items() if not name.lower().endswith("_proxy")}
        finished = subprocess.run(
            [sys.executable, "-m", "scrapy", *arguments],
            cwd=cwd or self.folder,
            env={**clean, "PYTHONPATH": str(REPOSITORY), **(env or {})},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "DeprecationWarning" not in finished.stderr, finished.stderr
        return Run(finished.returncode, [], finished.stdout + finished.stderr)

    def crawl(self, *urls: str, env: dict[str, str] | None = None, private: bool = True, **settings: object) -> Run:
        out = self.folder / "items.jsonl"
        out.unlink(missing_ok=True)
        given = {"HARVEST_ALLOW_PRIVATE": int(private), **settings}
        flags = [part for name, value in given.items() for part in ("-s", f"{name}={value}")]
        run = self.scrapy("crawl", "visitor", "-a", f"urls={' '.join(urls)}", "-O", str(out), *flags, env=env)
        if out.exists():
            run.items = [json.loads(line) for line in out.read_text().splitlines()]
        return run


def make_project(folder: Path, **settings: object) -> Project:
    """Write a project into a folder; settings are added to its settings.py."""
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = project\n")
    (folder / "project.py").write_text(SETTINGS + "".join(f"{name} = {value!r}\n" for name, value in settings.items()))
    (folder / "visitors.py").write_text(SPIDER)
    return Project(folder)
