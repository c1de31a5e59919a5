"""`newsharvest sites`: the spiders and their last runs."""

from __future__ import annotations

from datetime import UTC, datetime

from console import PROSE, run

from newsharvest.flow import harvest
from newsharvest.items import Page
from newsharvest.store import Store


def lines(*arguments):
    return {line.split()[0]: line.split()[1:] for line in run("sites", *arguments).stdout.splitlines() if line}


def test_every_site_with_its_sources(tmp_path):
    shown = lines("--db", tmp_path / "none.db")
    assert shown["site"] == ["hosts", "sources", "verified", "last", "run", "outcome", "articles"]
    assert shown["bhaskar"][0] == "bhaskar.com" and int(shown["bhaskar"][1]) > 1
    assert shown["theprintlines"][1:] == ["1", "0"]
    assert not {"feed", "sitemap", "wordpress"} & set(shown)


def test_generic_spiders_are_told_apart(tmp_path):
    assert "scrapy crawl feed|sitemap|wordpress -a url=" in run("sites", "--db", tmp_path / "none.db").stdout


def test_the_last_run_and_its_yield(tmp_path):
    now = datetime(2024, 2, 3, 4, 30, tzinfo=UTC)
    page = Page("https://www.bhaskar.com/a-1.html", "bhaskar", now, "text/plain", None, "\n".join(PROSE).encode(), "k")
    with Store(tmp_path / "news.db") as store:
        run_id = store.runs.start("crawl bhaskar", "bhaskar")
        store.keep(page, harvest(page), origin="crawl", rules_version="x")
        store.runs.finish(run_id, "finished", {"stored": 1})
    shown = lines("--db", tmp_path / "news.db")
    assert shown["bhaskar"][-2:] == ["finished", "1"]
    assert shown["jagran"][-2:] == ["never", "0"]
