"""`newsharvest sites`: the spiders with their sources, and their last runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from console import PROSE, run

from newsharvest.flow import harvest
from newsharvest.items import Page
from newsharvest.store import Store


def lines(*arguments):
    return {line.split()[0]: line.split()[1:] for line in run("sites", *arguments).stdout.splitlines() if line}


def test_every_site_with_its_sources(tmp_path):
    shown = lines("--short", "--db", tmp_path / "none.db")
    assert shown["site"] == ["hosts", "sources", "verified", "last", "run", "outcome", "7", "days", "articles"]
    assert shown["bhaskar"][0] == "bhaskar.com" and int(shown["bhaskar"][1]) > 1
    assert shown["theprintlines"][1:] == ["2", "0"]
    assert not {"feed", "sitemap", "wordpress", "-"} & set(shown)


def test_the_address_of_each_source_stands_below_its_site(tmp_path):
    shown = run("sites", "--db", tmp_path / "none.db").stdout.splitlines()
    place = next(n for n, line in enumerate(shown) if line.startswith("theprintlines "))
    assert [line.split(None, 1)[1] for line in shown[place + 1 : place + 3]] == [
        "wordpress  https://www.theprintlines.com/wp-json/  (not verified)",
        "feed  https://www.theprintlines.com/feed/  (fallback, not verified)",
    ]
    assert any(line.endswith("- feed  https://rss.jagran.com/rss/news/national.xml") for line in shown)


def test_generic_spiders_are_told_apart(tmp_path):
    assert "scrapy crawl feed|sitemap|wordpress -a url=" in run("sites", "--db", tmp_path / "none.db").stdout


def test_spiders_without_a_site_file_and_site_files_without_a_spider(tmp_path, monkeypatch):
    from cleaners import sites

    kept = tuple(file for file in sites.load_all() if file.slug != "jagran")
    other = sites.parse({"name": "Other", "hosts": ["other.example"]}, "other", "other.toml")
    monkeypatch.setattr(sites, "load_all", lambda: (*kept, other))
    shown = run("sites", "--db", tmp_path / "none.db").stdout
    without = next(line for line in shown.splitlines() if line.startswith("No file in cleaners/data/sites"))
    assert "jagran" in without and "abplive" not in without
    assert "A file in cleaners/data/sites, but no spider: other" in shown
    told = json.loads(run("sites", "--json", "--db", tmp_path / "none.db").stdout)
    assert {site["site"]: site["has_site_file"] for site in told["sites"]}["jagran"] is False
    assert told["site_files_without_spider"] == ["other"]


def keep_one(path, first_seen: datetime) -> None:
    """Store one article of bhaskar, first seen at a time, in a run that finished."""
    url = f"https://www.bhaskar.com/a-{first_seen:%Y%m%d}.html"
    text = "\n".join((f"{first_seen:%d} {PROSE[0]}", *PROSE[1:]))
    page = Page(url, "bhaskar", first_seen, "text/plain", None, text.encode(), "k")
    with Store(path) as store:
        run_id = store.runs.start("crawl bhaskar", "bhaskar")
        store.keep(page, harvest(page), origin="crawl", rules_version="x", seen_at=first_seen)
        store.runs.finish(run_id, "finished", {"stored": 1})


def test_the_last_run_and_its_yield(tmp_path):
    keep_one(tmp_path / "news.db", datetime(2024, 2, 3, 4, 30, tzinfo=UTC))
    keep_one(tmp_path / "news.db", datetime.now(UTC))
    shown = lines("--short", "--db", tmp_path / "news.db")
    assert shown["bhaskar"][-3:] == ["finished", "1", "2"]
    assert shown["jagran"][-3:] == ["never", "0", "0"]


def test_for_machines(tmp_path):
    keep_one(tmp_path / "news.db", datetime(2024, 2, 3, 4, 30, tzinfo=UTC))
    shown = json.loads(run("sites", "--json", "--db", tmp_path / "news.db").stdout)["sites"]
    told = {site["site"]: site for site in shown}
    assert told["bhaskar"]["last_run"]["outcome"] == "finished"
    assert (told["bhaskar"]["articles"], told["bhaskar"]["articles_7_days"]) == (1, 0)
    assert told["jagran"]["last_run"] is None
    assert told["jagran"]["sources"][0] == {
        "kind": "feed", "url": "https://rss.jagran.com/rss/news/national.xml", "verified": True, "fallback": False
    }  # fmt: skip
    nowhere = json.loads(run("sites", "--json", "--db", tmp_path / "none.db").stdout)["sites"][0]
    assert (nowhere["articles"], nowhere["last_run"]) == (None, None)


def test_options_before_the_check_are_not_swallowed(tmp_path):
    result = run("sites", "--json", "check", "jagran")
    assert result.exit_code == 2 and "go behind it" in result.output
