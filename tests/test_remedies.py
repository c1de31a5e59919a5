"""What to change after a check: which line of which file, and how."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from console import PROSE
from newssite import ROOT
from sitechecking import changes, site_of, verdicts

from cleaners.model import Article
from newsharvest.findings import Sample, SiteFinding, SourceFinding
from newsharvest.flow import harvest
from newsharvest.items import Page
from newsharvest.remedies import propose
from spiders.feed import FeedSpider

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def test_what_works_and_is_not_verified_is_to_be_verified(outlets):
    assert set(verdicts(outlets, "khabar").values()) == {"works"}
    assert site_of(outlets, "khabar")["works"]
    told = changes(outlets, "khabar")
    assert told.pop("verified=False,") == "drop verified=False"
    assert told == {"_AUTHOR_NODES = etree.XPath(": "no author and no agency is found, if the page names one"}


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
