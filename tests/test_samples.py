"""The samples: the demo's archive is complete, and every spider finds in it what it should, once."""

from __future__ import annotations

import os
import runpy
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from goldens import cases

from newsharvest.archive import Archive
from newsharvest.flow import harvest
from newsharvest.formats import find, read
from newsharvest.items import Rejected
from spiders.abplive import AbpLive
from spiders.amarujala import AmarUjala
from spiders.base import NewsSpider
from spiders.bhaskar import Bhaskar
from spiders.jagran import Jagran
from spiders.sources import Feed, Sitemap, WordPress
from spiders.theprintlines import ThePrintlines
from spiders.times import Window

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLES = REPOSITORY / "samples"
BUILD = runpy.run_path(str(SAMPLES / "build.py"))

GENERIC = {
    "wordpress": ("https://www.samachar-udyan.example/", "samachar-udyan"),
    "feed": ("https://nadi-kinare.example/feed/", "nadi-kinare"),
    "sitemap": ("https://www.seema-patrika.example/sitemap.xml", "seema-patrika"),
}
# All in one process, as an application would: they share one Store.
CRAWL_ALL = f"""
from scrapy.crawler import CrawlerProcess
from scrapy.utils.project import get_project_settings

process = CrawlerProcess(get_project_settings())
for name in ("abplive", "amarujala", "bhaskar", "jagran", "theprintlines"):
    process.crawl(name)
for name, (url, site) in {GENERIC!r}.items():
    process.crawl(name, url=url, site=site)
process.start()
"""
# Pages that stand by in the archive for a WordPress site whose REST interface is off.
BY_FEED_ONLY = {"theprintlines/turtle-rescue-centre", "theprintlines/winter-sunlight"} | {
    "samachar-udyan/millet-biscuits",
    "samachar-udyan/village-evening-class",
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample archive, built once."""
    path = tmp_path_factory.mktemp("samples") / "sample-archive.db"
    BUILD["build"](path)
    return path


def crawl_all(archive: Path, database: Path) -> None:
    """Replay the archive with every spider; the process must end well and say nothing worse than a warning."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HARVEST_", "SCRAPY_"))}
    environment |= {"HARVEST_REPLAY": str(archive), "HARVEST_DATABASE": str(database)}
    done = subprocess.run(
        [sys.executable, "-c", CRAWL_ALL], cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr and "Traceback" not in done.stderr, done.stderr


def ask(database: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def database(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database after one crawl of everything."""
    path = tmp_path_factory.mktemp("crawled") / "news.db"
    crawl_all(archive, path)
    return path


def test_archive_is_built_in_place_of_an_older_one(archive: Path) -> None:
    with Archive(archive, readonly=True) as before:
        urls, newest = before.urls(), before.newest()
    assert BUILD["build"](archive)
    with Archive(archive, readonly=True) as after:
        assert after.urls() == urls
        assert after.newest() == newest
        assert newest.isoformat() == "2026-11-20T06:00:00+00:00"


def test_every_sample_file_is_in_the_archive(archive: Path) -> None:
    with Archive(archive, readonly=True) as built:
        bodies = {built.latest(url).body for url in built.urls()}
    unused = [file for file in (SAMPLES / "web").rglob("*") if file.is_file() and file.read_bytes() not in bodies]
    assert unused == []


@pytest.mark.parametrize("spider", [AbpLive, AmarUjala, Bhaskar, Jagran, ThePrintlines])
def test_every_source_of_a_declared_site_answers(spider: type[NewsSpider], archive: Path) -> None:
    with Archive(archive, readonly=True) as built:
        days = Window.of(built.newest(), 3).days
        for source in spider.sources:
            if isinstance(source, Sitemap):
                addresses = source.addresses(days)
            else:
                addresses = (source.address() if isinstance(source, WordPress) else source.url,)
            for address in addresses:
                assert built.latest(address), f"samples/web.toml lacks {address}"


@pytest.mark.parametrize("spider", [AbpLive, AmarUjala, Bhaskar, Jagran])
def test_a_feed_lists_what_is_no_article_too(spider: type[NewsSpider], archive: Path) -> None:
    feed = next(source for source in spider.sources if isinstance(source, Feed))
    with Archive(archive, readonly=True) as built:
        links = list(feed.parse(built.latest(feed.url).body, feed.url, fetched_at=built.newest()))
    reasons = [spider().refuse(link.url.partition("?")[0]) for link in links]
    assert set(reasons) == {None, "excluded", "no-article"}
    assert reasons.count("excluded") >= 2  # a gallery and a video


def test_a_wrong_manifest_is_named(tmp_path: Path) -> None:
    manifest = tmp_path / "web.toml"
    manifest.write_text('fetched_at = 2026-01-01T00:00:00Z\n[[response]]\nurl = "https://a.example/"\nfille = "a"\n')
    with pytest.raises(BUILD["ManifestError"], match=r"web\.toml, response 1: unknown key 'fille'"):
        list(BUILD["read_manifest"](manifest))
    manifest.write_text('fetched_at = 2026-01-01T00:00:00Z\n[[response]]\ngolden = ["nowhere/nothing"]\n')
    with pytest.raises(BUILD["ManifestError"], match="no page"):
        list(BUILD["read_manifest"](manifest))


# The pages that are no goldens: an agency's dispatch as three outlets print it, and a fourth one's own report.
SAME_STORY = {
    ("abplive", "Gujarat News: पोरबंदर के पास समुद्र में डूबने लगी नौका, तटरक्षक बल ने 11 मछुआरों को बचाया"),
    ("jagran", "अरब सागर में डूब रही थी नाव, तीन घंटे में पहुंचा तटरक्षक बल का जहाज; 11 मछुआरे सुरक्षित"),
    ("seema-patrika", "डूबती नौका से 11 मछुआरे बचाए, सात वेरावल के रहने वाले"),
}
OWN_REPORT = {
    ("bhaskar", "वेरावल में रात भर जागी मछुआरों की बस्ती: सुबह छह बजे फोन आया- सब जिंदा हैं, शाम को घर लौटे पांच लोग"),
}

# The sites of `make harvest`; the other goldens only test how pages are read.
CRAWLED = frozenset(
    ["abplive", "amarujala", "bhaskar", "jagran", "theprintlines", "nadi-kinare", "samachar-udyan", "seema-patrika"]
)


def test_every_article_is_stored_once_and_nothing_else(database: Path) -> None:
    expected = {
        (case.folder.parent.name, case.gold.title)
        for case in cases()
        if case.gold.rejected is None
        and case.folder.parent.name in CRAWLED
        and case.name not in BY_FEED_ONLY | {"jagran/boat-ambulance-2020"}  # the layout of 2020: no source lists it
    }
    expected |= SAME_STORY | OWN_REPORT
    stored = ask(database, "SELECT site, title FROM corpus WHERE duplicate_of IS NULL AND withdrawn_at IS NULL")
    assert sorted(stored) == sorted(expected)
    assert not ask(database, "SELECT url FROM corpus WHERE url LIKE '%photo%' OR url LIKE '%video%'")


def test_what_an_agency_sent_is_one_story_of_three_outlets(database: Path) -> None:
    assert ask(database, "SELECT size, outlets, agency FROM clusters") == [(3, 3, "PTI")]
    told = ask(database, "SELECT site, agency, title FROM corpus WHERE cluster IS NOT NULL ORDER BY published_at")
    assert [(site, agency) for site, agency, _ in told] == [
        ("abplive", "PTI"),
        ("jagran", "PTI"),
        ("seema-patrika", "PTI"),
    ]
    assert sorted((site, title) for site, _, title in told) == sorted(SAME_STORY)
    (first,) = ask(database, "SELECT site FROM articles WHERE id = (SELECT first FROM clusters)")
    assert first == ("abplive",)


def test_what_an_outlet_reports_of_the_same_event_is_another_story(database: Path) -> None:
    repeated = "SELECT site, cluster IS NULL, agency FROM corpus WHERE text LIKE '%सौराष्ट्र तट पर अगले दो दिन%'"
    assert sorted(ask(database, repeated)) == [
        ("abplive", 0, "PTI"),
        ("bhaskar", 1, None),
        ("jagran", 0, "PTI"),
        ("seema-patrika", 0, "PTI"),
    ]


def test_what_is_rejected_is_named(database: Path) -> None:
    rejected = dict(ask(database, "SELECT url, reason FROM rejections"))
    sought = {
        "https://www.samachar-udyan.example/tur-harbhara-lagwad/": "Marathi",
        "https://www.samachar-udyan.example/sadasyon-ke-liye/": "protected",
        "https://nadi-kinare.example/rewa-library-hours/": "English",
        "https://nadi-kinare.example/naya-lekh/": "no text",
        "https://www.seema-patrika.example/news/1181": "Marathi",
        "https://www.seema-patrika.example/news/412": "legacy font",
    }
    assert rejected.keys() == sought.keys()
    assert {url: word for url, word in sought.items() if word not in rejected[url]} == {}


def test_a_second_crawl_stores_nothing_new(archive: Path, database: Path) -> None:
    count = "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM revisions), (SELECT count(*) FROM removals)"
    before = ask(database, count)
    crawl_all(archive, database)
    assert ask(database, count) == before


def test_the_sample_corpus_holds_a_duplicate_and_a_marathi_text() -> None:
    pages = [page for file in find([str(SAMPLES / "corpus")], set()) for page in read(file, site="sample-corpus")]
    outcomes = [harvest(page) for page in pages]
    texts = [outcome.text for outcome in outcomes if not isinstance(outcome, Rejected)]
    assert len(pages) == 12
    assert [outcome.reason[:7] for outcome in outcomes if isinstance(outcome, Rejected)] == ["Marathi"]
    assert len(texts) - len(set(texts)) == 1
