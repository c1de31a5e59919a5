"""A project of sites that fail in every way, on the loopback, and what a check of them said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import newsproject
import newssite
from console import MARATHI, PROSE
from newsproject import Project
from newssite import Answer, NewsSite

from newsharvest.store import Store


def _feeds(*urls: str) -> str:
    return "\n        ".join(("sources = (", *(f'Feed("{url}"),' for url in urls))) + "\n    )"


# By name: what a spider declares, MAIN and STRICT standing for the servers.
DECLARED = {
    "khabar": """sources = (
        Feed(
            "MAIN/feed.xml",
            verified=False,
        ),
        Sitemap("MAIN/index.xml"),
        Sitemap("MAIN/news-{yyyy}{mm}{dd}.xml"),
        Listing("MAIN/front", pattern=r"/khabar-"),
    )
    article_pattern = r"/khabar-\\d+\\.html$"
""",
    "purana": _feeds(
        *(f"MAIN/{name}.xml" for name in ("moved", "elsewhere", "dead", "page", "empty", "stale", "denied", "faulty"))
    ),
    "khand": 'sources = tuple(Feed(f"MAIN/{section}/rss.xml", verified=False) for section in SECTIONS)',
    "ulta": _feeds("MAIN/feed.xml") + '\n    article_pattern = r"/samachar/\\d+$"',
    "sakht": _feeds("STRICT/private/feed.xml", "STRICT/feed.xml"),
    "dheema": _feeds("http://slow.example/feed.xml", "http://slow.example/other.xml"),
    "post": 'sources = (WordPress("MAIN/wp-json/"), WordPress("MAIN/off/wp-json/", fallback=(Feed("MAIN/feed.xml"),)))',
    "jagran": _feeds("MAIN/feed.xml"),
    "abplive": _feeds("MAIN/feed.xml"),
    "do": _feeds("MAIN/two.xml", "MAIN/two-again.xml", "MAIN/two-once-more.xml"),
    "marathi": _feeds("MAIN/marathi.xml"),
    "toota": _feeds("MAIN/feed.xml", "MAIN/two.xml")
    + """

    def refuse(self, url, kind="page", *, is_article=False):
        raise SystemExit("it is broken")
""",
    "ruka": _feeds("MAIN/ruka.xml"),
    "vyast": _feeds("MAIN/busy.xml", "MAIN/after-busy.xml"),
}
OUTLETS = """from spiders.base import NewsSpider
from spiders.sources import Feed, Listing, Sitemap, WordPress

SECTIONS = ("desh", "gone")
""" + "".join(
    f"""

class {name.title()}(NewsSpider):
    name = "{name}"
    hosts = ("127.0.0.1",)
    is_secure = False
    {declared}
"""
    for name, declared in DECLARED.items()
)


def furnish(site: NewsSite) -> None:
    """Give a site one answer of every kind."""
    days = {name: [site.add_article(number)] for number, name in enumerate(("desh", "news", "front", "deep"))}
    video = site.url("/video/khabar-9.html")

    def feed(urls: list[str], **age: float) -> Answer:
        return Answer(newssite.rss([(url, site.ago(**age)) for url in urls]), "application/rss+xml")

    site.answers["/feed.xml"] = feed([*days["desh"], video, site.url("/about")], hours=3)
    site.answers["/desh/rss.xml"] = site.answers["/feed.xml"]
    for path in ("/two.xml", "/two-again.xml", "/two-once-more.xml"):
        site.answers[path] = feed([site.add_article(number, "two") for number in (7, 8)], hours=1)
    site.answers["/index.xml"] = Answer(
        newssite.sitemap([(site.url("/old.xml"), site.ago(days=90)), (site.url("/new.xml"), site.now)], is_index=True),
        "text/xml",
    )
    site.answers["/new.xml"] = Answer(newssite.sitemap([(days["deep"][0], site.ago(hours=2))]), "text/xml")
    yesterday = (site.now + timedelta(hours=5.5) - timedelta(days=1)).strftime("%Y%m%d")
    site.answers[f"/news-{yesterday}.xml"] = Answer(newssite.sitemap([(days["news"][0], None)]), "text/xml")
    site.answers["/front"] = Answer(f"<body><a href='/'>x</a><a href='{days['front'][0]}'>y</a></body>".encode())
    for path, status in (("/moved.xml", 301), ("/elsewhere.xml", 302)):
        site.answers[path] = Answer(status=status, headers={"Location": "/feed.xml"})
    site.answers["/page.xml"] = Answer(b"<!doctype html><html><body><p>x</p></body></html>")
    site.answers["/empty.xml"] = feed([])
    site.answers["/stale.xml"] = feed(days["desh"], days=40)
    site.answers["/denied.xml"] = Answer(b"no", status=403)
    site.answers["/faulty.xml"] = Answer(b"no", status=500)
    site.answers["/busy.xml"] = Answer(b"no", status=429, headers={"Retry-After": "3600"})
    body = "".join(f"<p>{line}</p>" for line in MARATHI.splitlines())
    site.answers["/marathi/1.html"] = Answer(f"<html><body><article><h1>x</h1>{body}</article></body></html>".encode())
    site.answers["/marathi.xml"] = feed([site.url("/marathi/1.html")], hours=1)
    post = {
        "link": site.url("/2026/post-1/"), "status": "publish", "date_gmt": f"{site.ago(hours=5):%Y-%m-%dT%H:%M:%S}",
        "title": {"rendered": "नहर की सफाई"}, "content": {"rendered": "".join(f"<p>{line}</p>" for line in PROSE)},
    }  # fmt: skip
    site.answers["/wp-json/wp/v2/posts"] = Answer(json.dumps([post]).encode(), "application/json")


@contextmanager
def checked(folder: Path) -> Iterator[Project]:
    """Check a project with its servers once live: ``finished`` is what came of it, ``main`` the server asked."""
    with newssite.serve() as main, newssite.serve() as strict:
        furnish(main)
        strict.answers["/robots.txt"] = Answer(
            b"User-agent: *\nCrawl-delay: 0.3\nDisallow: /private\nDisallow: /desh\n", "text/plain"
        )
        newsproject.furnish(strict, 1)
        project = newsproject.make_project(folder)
        text = OUTLETS.replace("MAIN", main.url("")).replace("STRICT", strict.url(""))
        (folder / "outlets.py").write_text(text)
        with Store(project.database) as store:
            store.set_not_before("ruka", datetime.now(UTC) + timedelta(hours=1))
        project.files = {path.name: path.read_bytes() for path in folder.glob("*.db*")}
        project.finished = project.run("sites", "check", *(name for name in DECLARED if name != "dheema"), "--json")
        assert project.finished.out, project.finished.err
        project.left = {path.name: path.read_bytes() for path in folder.glob("*.db*")}
        project.main, project.strict, project.asked = main, strict, list(main.asked)
        yield project


def site_of(project: Project, name: str) -> dict:
    return project.finished.site(name)


def sources_of(project: Project, name: str) -> dict[str, dict]:
    """Return the sources of a site by their path."""
    return {re.sub(r"^http://[^/]+", "", source["url"]): source for source in site_of(project, name)["sources"]}


def verdicts(project: Project, name: str) -> dict[str, str]:
    """Return the words for the sources of a site, by their path."""
    return {path: source["verdict"] for path, source in sources_of(project, name).items()}


def changes(project: Project, name: str) -> dict[str, str]:
    """Return what to do, by the text of the line that is to be changed, after seeing that it stands there."""
    told = {}
    for change in site_of(project, name)["changes"]:
        path = project.folder / change["file"]
        line = path.read_text(encoding="utf-8").splitlines()[change["line"] - 1].strip() if change["line"] else ""
        told[line] = change["do"]
    return told


def line_of(text: str) -> int:
    """Return the number of a line of the project's spiders."""
    return [line.strip() for line in OUTLETS.splitlines()].index(text) + 1
