"""Checking sites against servers on the loopback: a word for each source, and the line to change."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import newsproject
import newssite
import pytest
from console import MARATHI, PROSE
from newsproject import Project
from newssite import Answer, NewsSite

from cleaners.model import Article
from newsharvest import declarations
from newsharvest.archive import Archive
from newsharvest.findings import Sample, SiteFinding, SourceFinding
from newsharvest.flow import harvest
from newsharvest.items import Page
from newsharvest.remedies import propose
from newsharvest.store import Store
from spiders.feed import FeedSpider
from spiders.jagran import Jagran

ROOT = newssite.ROOT
NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
OUTLETS = """from spiders.base import NewsSpider
from spiders.feed import FeedSpider
from spiders.sources import Feed, Listing, Sitemap, WordPress

SECTIONS = ("desh", "gone")


class Khabar(NewsSpider):
    name = "khabar"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (
        Feed(
            "MAIN/feed.xml",
            verified=False,
        ),
        Sitemap("MAIN/index.xml"),
        Sitemap("MAIN/news-{yyyy}{mm}{dd}.xml"),
        Listing("MAIN/front", pattern=r"/khabar-"),
    )
    article_pattern = r"/khabar-\\d+\\.html$"


class Purana(NewsSpider):
    name = "purana"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (
        Feed("MAIN/moved.xml"),
        Feed("MAIN/elsewhere.xml"),
        Feed("MAIN/dead.xml"),
        Feed("MAIN/page.xml"),
        Feed("MAIN/empty.xml"),
        Feed("MAIN/stale.xml"),
        Feed("MAIN/denied.xml"),
        Feed("MAIN/faulty.xml"),
    )


class Khand(NewsSpider):
    name = "khand"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = tuple(Feed(f"MAIN/{section}/rss.xml", verified=False) for section in SECTIONS)


class Ulta(NewsSpider):
    name = "ulta"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (Feed("MAIN/feed.xml"),)
    article_pattern = r"/samachar/\\d+$"


class Sakht(NewsSpider):
    name = "sakht"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (Feed("STRICT/private/feed.xml"), Feed("STRICT/feed.xml"))


class Dheema(NewsSpider):
    name = "dheema"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (Feed("http://slow.example/feed.xml"), Feed("http://slow.example/other.xml"))


class Post(NewsSpider):
    name = "post"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (
        WordPress("MAIN/wp-json/"),
        WordPress("MAIN/off/wp-json/", fallback=(Feed("MAIN/feed.xml"),)),
    )


class Jagran(NewsSpider):
    name = "jagran"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (Feed("MAIN/feed.xml"),)


class AbpLive(NewsSpider):
    name = "abplive"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (Feed("MAIN/feed.xml"),)


class Do(NewsSpider):
    name = "do"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (Feed("MAIN/two.xml"), Feed("MAIN/two-again.xml"), Feed("MAIN/two-once-more.xml"))


class Marathi(NewsSpider):
    name = "marathi"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (Feed("MAIN/marathi.xml"),)


class Toota(NewsSpider):
    name = "toota"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (Feed("MAIN/feed.xml"), Feed("MAIN/two.xml"))

    def refuse(self, url, kind="page", *, is_article=False):
        raise SystemExit("it is broken")


class Ruka(NewsSpider):
    name = "ruka"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (Feed("MAIN/ruka.xml"),)


class Vyast(NewsSpider):
    name = "vyast"
    hosts = ("127.0.0.1",)
    is_secure = False
    sources = (Feed("MAIN/busy.xml"), Feed("MAIN/after-busy.xml"))
"""


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


@pytest.fixture(scope="module")
def outlets(tmp_path_factory) -> Project:
    """A project with its servers, checked once live: ``report`` is what came of it, ``main`` the server asked."""
    folder = tmp_path_factory.mktemp("outlets")
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
        names = re.findall(r'name = "(.+)"', OUTLETS.replace('"dheema"', ""))
        project.finished = project.run("sites", "check", *names, "--json")
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
    return {path: source["verdict"] for path, source in sources_of(project, name).items()}


def changes(project: Project, name: str) -> dict[str, str]:
    """Return what to do, by the text of the line that is to be changed, after seeing that it stands there."""
    told = {}
    for change in site_of(project, name)["changes"]:
        path = project.folder / change["file"]
        line = path.read_text(encoding="utf-8").splitlines()[change["line"] - 1].strip() if change["line"] else ""
        told[line] = change["do"]
    return told


def test_what_works_and_is_not_verified_is_to_be_verified(outlets):
    assert set(verdicts(outlets, "khabar").values()) == {"works"}
    assert site_of(outlets, "khabar")["works"]
    told = changes(outlets, "khabar")
    assert told.pop("verified=False,") == "drop verified=False"
    assert told == {"_AUTHOR_NODES = etree.XPath(": "no author and no agency is found, if the page names one"}


def test_links_are_counted_by_what_the_spider_makes_of_them(outlets):
    feed = sources_of(outlets, "khabar")["/feed.xml"]
    assert (feed["status"], feed["pages"], feed["taken"]) == (200, 3, 1)
    assert feed["refused"] == {"excluded": 1, "no-article": 1}
    assert feed["refused_examples"]["no-article"] == [outlets.main.url("/about")]
    assert datetime.fromisoformat(feed["newest"]) == outlets.main.ago(hours=3)


def test_a_sample_article_is_read(outlets):
    sample = sources_of(outlets, "khabar")["/feed.xml"]["sample"]
    assert sample["url"] == outlets.main.url("/desh/khabar-0.html")
    assert sample["title"] == newssite.headline(0)
    assert sample["lines"] == 6 and sample["characters"] == len("\n".join(newssite.sentences(0)))
    assert datetime.fromisoformat(sample["published_at"]) == outlets.main.ago(hours=2)
    assert (sample["published_source"], sample["language"], sample["authors"]) == ("json-ld", "hi", [])
    assert (sample["robots"], sample["fault"], sample["site_file"]) == ("allowed", None, None)


def test_each_source_has_a_sample_of_its_own_while_there_are_some_and_none_is_asked_twice(outlets):
    samples = [source["sample"]["url"] for source in sources_of(outlets, "do").values()]
    one, other = outlets.main.url("/two/khabar-7.html"), outlets.main.url("/two/khabar-8.html")
    assert samples == [one, other, one]
    assert [path for path in outlets.asked if path.startswith("/two/")] == ["/two/khabar-7.html", "/two/khabar-8.html"]


def test_an_index_is_followed_to_its_newest_sitemap(outlets):
    index = sources_of(outlets, "khabar")["/index.xml"]
    assert (index["sitemaps"], index["pages"], index["taken"]) == (2, 1, 1)
    assert "/old.xml" not in outlets.asked and "/new.xml" in outlets.asked


def test_a_dated_sitemap_that_is_not_there_yet_is_asked_of_the_day_before(outlets):
    dated = sources_of(outlets, "khabar")["/news-{yyyy}{mm}{dd}.xml"]
    asked = [path for path in outlets.asked if path.startswith("/news-")]
    assert len(asked) == 2 and dated["asked"].endswith(asked[1]) and dated["verdict"] == "works"


def test_a_listing_is_as_new_as_its_article(outlets):
    listing = sources_of(outlets, "khabar")["/front"]
    assert listing["pages"] == 1
    assert datetime.fromisoformat(listing["newest"]) == outlets.main.ago(hours=2)


def test_each_way_in_which_a_source_does_not_work_has_its_word(outlets):
    assert verdicts(outlets, "purana") == {
        "/moved.xml": "moved", "/elsewhere.xml": "works", "/dead.xml": "dead", "/page.xml": "unreadable",
        "/empty.xml": "empty", "/stale.xml": "stale", "/denied.xml": "forbidden", "/faulty.xml": "unreachable",
    }  # fmt: skip
    sources = sources_of(outlets, "purana")
    assert sources["/moved.xml"]["redirected_to"] == outlets.main.url("/feed.xml")
    assert sources["/page.xml"]["fault"] == "feed: not a feed but HTML"
    assert (sources["/dead.xml"]["status"], sources["/dead.xml"]["fault"]) == (404, "http 404")


def test_each_that_is_gone_names_its_line(outlets):
    told, url = changes(outlets, "purana"), outlets.main.url
    assert told == {
        f'Feed("{url("/moved.xml")}"),': f'replace "{url("/moved.xml")}" by "{url("/feed.xml")}"',
        f'Feed("{url("/dead.xml")}"),': f'remove Feed("{url("/dead.xml")}")',
        f'Feed("{url("/page.xml")}"),': f'remove Feed("{url("/page.xml")}")',
        f'Feed("{url("/empty.xml")}"),': f'remove Feed("{url("/empty.xml")}") if it stays empty',
        f'Feed("{url("/stale.xml")}"),': f'remove Feed("{url("/stale.xml")}"), or find its successor',
        f'Feed("{url("/denied.xml")}"),': f'remove Feed("{url("/denied.xml")}")',
    }


def test_one_of_many_that_one_line_makes_is_told_by_its_part(outlets):
    assert verdicts(outlets, "khand") == {"/desh/rss.xml": "works", "/gone/rss.xml": "dead"}
    told = changes(outlets, "khand")
    assert told['SECTIONS = ("desh", "gone")'].startswith('remove "gone", which makes Feed("')
    line = next(line for line in told if "verified=False" in line)
    assert told[line] == f'declare Feed("{outlets.main.url("/desh/rss.xml")}") by itself, without verified=False'


def test_a_pattern_that_takes_nothing_is_named_with_two_links(outlets):
    assert verdicts(outlets, "ulta") == {"/feed.xml": "refused"}
    (change,) = site_of(outlets, "ulta")["changes"]
    assert list(changes(outlets, "ulta")) == [r'article_pattern = r"/samachar/\d+$"']
    urls = outlets.main.url("/desh/khabar-0.html"), outlets.main.url("/about")
    assert change["why"] == f"no-article: {urls[0]} and {urls[1]}"


def test_robots_txt_is_obeyed_and_told(outlets):
    assert verdicts(outlets, "sakht") == {"/private/feed.xml": "forbidden", "/feed.xml": "forbidden"}
    sources = sources_of(outlets, "sakht")
    assert sources["/private/feed.xml"]["robots"] == "forbidden"
    assert (sources["/feed.xml"]["robots"], sources["/feed.xml"]["sample"]["robots"]) == ("allowed", "forbidden")
    assert site_of(outlets, "sakht")["crawl_delay"] == 0.3
    assert set(outlets.strict.asked) <= {"/robots.txt", "/feed.xml", "/.well-known/tdmrep.json"}


def test_a_site_that_hangs_ends_at_its_time_and_delays_no_other(outlets):
    with newssite.serve() as slow:
        slow.answers["/feed.xml"] = Answer(b"x", seconds=60)
        text = (outlets.folder / "outlets.py").read_text()
        (outlets.folder / "outlets.py").write_text(text.replace("http://slow.example", slow.url("")))
        finished = outlets.run("sites", "check", "dheema", "ulta", "--json", "--max-seconds", "3")
    assert finished.status == 1, finished.err
    assert [source["verdict"] for source in finished.site("dheema")["sources"]] == ["timeout", "timeout"]
    assert finished.site("dheema")["fault"] == "not done after 3 s"
    assert 3 <= finished.site("dheema")["seconds"] < 5
    assert finished.site("ulta")["sources"][0]["verdict"] == "refused" and finished.site("ulta")["seconds"] < 3
    assert finished.seconds < 20


def test_a_wordpress_site_and_one_whose_interface_is_off(outlets):
    assert verdicts(outlets, "post") == {"/wp-json/": "works", "/off/wp-json/": "dead", "/feed.xml": "works"}
    sample = sources_of(outlets, "post")["/wp-json/"]["sample"]
    assert (sample["title"], sample["published_source"], sample["lines"]) == ("नहर की सफाई", "rest", 3)
    assert "/2026/post-1/" not in outlets.asked
    off = outlets.main.url("/off/wp-json/")
    assert [*changes(outlets, "post").values()] == [f'remove WordPress("{off}", …), but keep its fallback as a source']


def test_which_selector_of_the_site_file_finds_the_text(outlets):
    assert verdicts(outlets, "jagran") == {"/feed.xml": "works"}
    sample = sources_of(outlets, "jagran")["/feed.xml"]["sample"]
    assert sample["bodies_found"] == [False, False, False, True] and sample["title_found"]
    assert not [change for change in site_of(outlets, "jagran")["changes"] if change["file"].endswith(".toml")]


def test_selectors_that_find_nothing_are_named_in_the_site_file(outlets):
    assert verdicts(outlets, "abplive") == {"/feed.xml": "works"}  # read by general means
    (change,) = site_of(outlets, "abplive")["changes"]
    assert change["file"].endswith("cleaners/data/sites/abplive.toml")
    assert changes(outlets, "abplive") == {
        "body  = [": "change body: none of its expressions finds text",
    }


def test_what_no_article_has_is_told_with_the_line_that_looks_for_it(monkeypatch):
    monkeypatch.chdir(ROOT)
    article = harvest(Page(None, "x", NOW, "text/plain", None, "\n".join(PROSE).encode(), "x"))
    assert isinstance(article, Article)
    article = replace(article, title=None)
    site_file = str(ROOT / "cleaners/data/sites/jagran.toml")
    for file, places in (
        (None, {"cleaners/metadata.py": "def _shown_title(", "cleaners/timestamps.py": "def published("}),
        (site_file, {"cleaners/data/sites/jagran.toml": "title = ", "cleaners/timestamps.py": "def published("}),
    ):
        sample = Sample("https://x.example/1", article=article, site_file=file, is_titled=False if file else None)
        source = SourceFinding("feed", "https://x.example/feed", True, at=NOW, pages=1, taken=1, samples=[sample])
        told = propose(FeedSpider, SiteFinding("x", [source]))
        found = {it.place.file: (ROOT / it.place.file).read_text().splitlines()[it.place.line - 1] for it in told}
        assert found.keys() == places.keys()
        assert all(found[file].startswith(text) for file, text in places.items())


def test_a_path_is_shown_as_one_types_it(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    (declaration,) = [declarations.find_source(Jagran, "Feed", source.url) for source in Jagran.sources[:1]]
    line = declaration.place.line
    assert str(declaration.place) == f"spiders/jagran.py:{line}"
    assert Jagran.sources[0].url in (ROOT / "spiders/jagran.py").read_text().splitlines()[line - 1]
    monkeypatch.chdir(tmp_path)
    assert str(declarations.find_attribute(Jagran, "exclude")).startswith(f"{ROOT}/spiders/base.py:")


def test_pages_that_are_no_articles(outlets):
    assert verdicts(outlets, "marathi") == {"/marathi.xml": "unread"}
    assert sources_of(outlets, "marathi")["/marathi.xml"]["sample"]["fault"].startswith("language: Marathi")
    (change,) = site_of(outlets, "marathi")["changes"]
    assert change["do"] == "let article_pattern leave out such pages"


def test_a_site_that_asks_for_time_gets_it(outlets):
    assert verdicts(outlets, "ruka") == {"/ruka.xml": "waiting"}
    assert verdicts(outlets, "vyast") == {"/busy.xml": "waiting", "/after-busy.xml": "waiting"}
    assert not {"/ruka.xml", "/after-busy.xml"} & set(outlets.asked)
    assert not site_of(outlets, "ruka")["changes"] and not site_of(outlets, "vyast")["changes"]


def test_a_spider_that_is_broken_is_told_and_stops_no_other(outlets):
    assert site_of(outlets, "toota")["fault"] == "RuntimeError: it is broken"
    assert set(verdicts(outlets, "toota").values()) == {"unchecked"}
    assert not site_of(outlets, "toota")["changes"]


def test_nothing_is_stored(outlets):
    assert outlets.finished.status == 1
    assert outlets.finished.err.count("broke off") == 1  # that of the broken spider
    assert outlets.left["news.db"] == outlets.files["news.db"]
    assert "archive.db" not in outlets.left


def test_an_archive_is_read_instead_of_the_web_and_left_as_it_is(outlets, tmp_path):
    archive, before = tmp_path / "archive.db", len(outlets.main.asked)
    with Archive(archive) as writing:
        for path, answer in outlets.main.answers.items():
            headers = [("Content-Type", answer.media_type)]
            url, at = outlets.main.url(path), outlets.main.now
            writing.put(url, status=answer.status, headers=headers, body=answer.body, fetched_at=at)
    content = archive.read_bytes()
    finished = outlets.run("sites", "check", "khabar", "--archive", archive, "--db", tmp_path / "news.db")
    assert finished.status == 0, finished.out + finished.err
    assert len(outlets.main.asked) == before
    assert archive.read_bytes() == content
    assert "khabar: 4 of 4 sources work" in finished.out
    assert f"-> outlets.py:{line_of('verified=False,')}: drop verified=False" in finished.out
    assert newssite.headline(0) in finished.out
    assert finished.out.splitlines()[-1] == "1 site, 4 sources: 4 works"


def test_a_live_check_asks_no_reservation_that_the_archive_knows_and_writes_nothing_there(outlets, tmp_path):
    with Archive(tmp_path / "archive.db") as archive:
        answer = {"status": 404, "headers": [], "body": b"", "fetched_at": datetime.now(UTC)}
        archive.put(outlets.main.url("/.well-known/tdmrep.json"), **answer)
    content, asked = (tmp_path / "archive.db").read_bytes(), outlets.main.times("/.well-known/tdmrep.json")
    finished = outlets.run("sites", "check", "khabar", "--db", tmp_path / "news.db")
    assert finished.status == 0, finished.out + finished.err
    assert outlets.main.times("/.well-known/tdmrep.json") == asked and asked.total()
    assert (tmp_path / "archive.db").read_bytes() == content
    assert not (tmp_path / "news.db").exists()


def line_of(text: str) -> int:
    return [line.strip() for line in OUTLETS.splitlines()].index(text) + 1


@pytest.mark.parametrize(
    ("name", "message"),
    [("jagren", "Did you mean jagran?"), ("feed", "it declares no sources to check"), ("xyz", "`newsharvest sites`")],
)
def test_a_wrong_name(name, message, monkeypatch):
    from console import run

    monkeypatch.chdir(ROOT)
    result = run("sites", "check", name)
    assert result.exit_code == 2 and message in result.output


def test_an_archive_that_is_none(monkeypatch, tmp_path):
    from console import run

    monkeypatch.chdir(ROOT)
    assert run("sites", "check", "jagran", "--archive", tmp_path / "none.db").exit_code == 2
    Path(tmp_path / "text.db").write_text("x")
    result = run("sites", "check", "jagran", "--archive", tmp_path / "text.db")
    assert result.exit_code == 2 and "text.db" in result.output
