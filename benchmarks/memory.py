"""What a crawl needs in memory as its links grow: a site on the loopback, sitemaps of tiny articles, real fetches.

    python benchmarks/memory.py [--links 5000 50000] [--pages 2000] [--cleaners 1]

For each number of links one crawl of a process of its own, which reads all sitemaps and then fetches so many pages
(0: all). Shown is the resident memory of the crawl's process, in MB: when all links are on disk, after each quarter of
the pages, and at its peak. The processes that clean have a memory of their own, that of one page. Linux only.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
A_MAP = 5000  # links a sitemap
TEXT = (
    "गांव {n} के किसानों ने नहर की सफाई की मांग को लेकर जिला कार्यालय के सामने {n} घंटे तक शांतिपूर्ण धरना दिया।",
    "प्रशासन ने कहा कि नहर संख्या {n} की सफाई पर {n} हजार रुपये खर्च होंगे और काम अगले महीने शुरू हो जाएगा।",
    "बैठक में {n} से अधिक लोगों ने भाग लिया और अधिकारियों से नहर के बारे में लिखित जवाब देने को कहा गया है।",
)


@dataclass
class Growth:
    """The memory of one crawl in MB: by number of pages fetched, and the most it had."""

    links: int
    by_pages: dict[int, float] = field(default_factory=dict)
    peak: float = 0.0
    seconds: float = 0.0


def answer(path: str, port: int, links: int) -> tuple[str, str]:
    """Return the media type and the body of an address of the site."""
    if path == "/sitemap.xml":
        maps = (f"<sitemap><loc>http://127.0.0.1:{port}/map-{n}.xml</loc></sitemap>" for n in range(-(-links // A_MAP)))
        return "text/xml", f"<sitemapindex>{''.join(maps)}</sitemapindex>"
    if found := re.fullmatch(r"/map-(\d+)\.xml", path):
        first = int(found[1]) * A_MAP
        urls = (f"<url><loc>http://127.0.0.1:{port}/desh/khabar-{n}.html</loc></url>"
                for n in range(first, min(first + A_MAP, links)))  # fmt: skip
        return "text/xml", f"<urlset>{''.join(urls)}</urlset>"
    if found := re.fullmatch(r"/desh/khabar-(\d+)\.html", path):
        text = "".join(f"<p>{line.format(n=found[1])}</p>" for line in TEXT)
        title = f"गांव {found[1]} की नहर की सफाई की मांग"
        page = f"<html lang='hi'><title>{title}</title><body><article><h1>{title}</h1>{text}</article></body></html>"
        return "text/html; charset=utf-8", page
    return "text/plain", ""


def serve(links: int, port: Synchronized, pages: Synchronized) -> None:
    """Run the site; ``pages`` counts the articles that were asked for."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            media_type, text = answer(self.path, port.value, links)
            pages.value += "/khabar-" in self.path
            body = text.encode()
            self.send_response(200 if text else 404)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.value = server.server_address[1]
    server.serve_forever()


def memory_of(pid: int, name: str) -> float:
    """Return a figure of a process's memory (VmRSS, VmHWM) in MB; 0 where it has ended."""
    try:
        found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except FileNotFoundError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def watch(process: subprocess.Popen[bytes], growth: Growth, pages: Synchronized, wanted: int) -> None:
    """Note the memory of a crawl at its first page and after each quarter of them, until it ends."""
    marks = [1, *(wanted * part // 4 for part in (1, 2, 3, 4))]
    while process.poll() is None:
        while marks and pages.value >= marks[0]:
            growth.by_pages[marks.pop(0)] = memory_of(process.pid, "VmRSS")
        growth.peak = max(growth.peak, memory_of(process.pid, "VmHWM"))
        time.sleep(0.05)


def measure(links: int, pages: int, cleaners: int) -> Growth:
    """Crawl a site of so many links, and return what that needed."""
    context = multiprocessing.get_context("spawn")
    port, asked = context.Value("i", 0), context.Value("i", 0)
    server = context.Process(target=serve, args=(links, port, asked), daemon=True)
    server.start()
    while not port.value:
        time.sleep(0.05)
    growth, began = Growth(links), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "HARVEST_DATABASE": f"{folder}/news.db", "HARVEST_ALLOW_PRIVATE": 1, "HARVEST_CLEANERS": cleaners,
            "DOWNLOAD_DELAY": 0, "AUTOTHROTTLE_ENABLED": 0, "LOG_LEVEL": "ERROR",
            "CLOSESPIDER_PAGECOUNT": pages and pages + -(-links // A_MAP) + 3,
        }  # fmt: skip
        flags = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
        url = f"http://127.0.0.1:{port.value}/sitemap.xml"
        words = ["-m", "scrapy", "crawl", "sitemap", "-a", f"url={url}", "-a", "undated=yes", *flags]
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        with subprocess.Popen([sys.executable, *words], cwd=ROOT, env=environment) as process:
            watch(process, growth, asked, min(pages or links, links))
    growth.seconds = time.monotonic() - began
    server.terminate()
    server.join()
    return growth


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--links", type=int, nargs="+", default=[5000, 50_000])
    parser.add_argument("--pages", type=int, default=2000, help="how many are fetched; 0: all")
    parser.add_argument("--cleaners", type=int, default=1)
    given = parser.parse_args()
    print("  links     peak  by pages fetched")
    for links in given.links:
        growth = measure(links, given.pages, given.cleaners)
        shown = "  ".join(f"{pages:,}: {megabytes:.0f}" for pages, megabytes in growth.by_pages.items())
        print(f"{links:>7,} {growth.peak:>5.0f} MB  {shown}   ({growth.seconds:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
