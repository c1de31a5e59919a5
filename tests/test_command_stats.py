"""`newsharvest stats`: counts by site and rule, and the summary of a harvest."""

from __future__ import annotations

import json
import shlex

import pytest
from console import DUMP, PROSE, run, write_corpus

from newsharvest.store import FrontierLink, Store


@pytest.fixture
def db(tmp_path):
    run("import", write_corpus(tmp_path / "corpus"), "--db", tmp_path / "news.db")
    return tmp_path / "news.db"


def test_counts_by_site_rule_and_reason(db):
    shown = run("stats", "--db", db).stdout
    header, site, *_ = shown.splitlines()
    assert header.split() == ["site", "origin", "found", "stored", "duplicates", "rejected", "first", "last"]
    assert site.split() == ["corpus", "corpus", "4", "2", "1", "1"]
    assert "language: Marathi (mr)      1" in shown
    assert "comments/form" in shown and f"database: {db}" in shown


def test_json(db):
    found = json.loads(run("stats", "--db", db, "--json").stdout)
    assert found["database"] == str(db)
    (site,) = found["sites"]
    assert (site["found"], site["stored"], site["duplicates"]) == (4, 2, 1)
    assert site["languages_rejected"] == {"Marathi (mr)": 1}
    assert site["lines_removed"]["comments/form"] == 2
    assert found["total"]["stored"] == 2


def test_links_that_wait_are_found_pages(db):
    with Store(db) as store:
        store.frontier.add([FrontierLink(f"https://a.example.com/{n}", "page") for n in range(7)], "a.example.com")
    run("import", write_corpus(db.parent / "more"), "--db", db, "--site", "a.example.com")
    found = {site["origin"]: site["found"] for site in json.loads(run("stats", "--db", db, "--json").stdout)["sites"]}
    assert found == {"corpus": 4}  # an import has no links: they are counted where pages were crawled


def test_one_site_only(db):
    run("import", db.parent / "corpus", "--db", db, "--site", "gaon")
    assert "total" in run("stats", "--db", db).stdout
    shown = run("stats", "--db", db, "--site", "gaon").stdout
    assert "gaon" in shown and "total" not in shown


def test_stories_of_several_outlets_are_told(tmp_path):
    db = tmp_path / "news.db"
    (tmp_path / "a.txt").write_text(DUMP, encoding="utf-8")
    run("import", tmp_path / "a.txt", "--db", db, "--site", "gaon")
    assert " outlet" not in run("stats", "--db", db, "--summary").stdout
    (tmp_path / "more.txt").write_text("\n".join(PROSE) + "\nपंचायत ने चौकीदार रखने की बात कही है।", encoding="utf-8")
    run("import", tmp_path / "more.txt", "--db", db, "--site", "gaon")
    alike = "\n\n1 article nearly the same as an older one of the same outlet\n\n"
    assert alike in run("stats", "--db", db, "--summary").stdout
    run("import", tmp_path / "a.txt", "--db", db, "--site", "nagar")
    shown = run("stats", "--db", db, "--summary").stdout
    assert f"\n\n1 story at several outlets: 3 articles of 2 outlets{alike[1:]}" in shown
    (tmp_path / "b.txt").write_text("पशु मेले में इस बार दो सौ ऊंट और चालीस घोड़े आए हैं।", encoding="utf-8")
    for site in ("gaon", "nagar"):
        run("import", tmp_path / "b.txt", "--db", db, "--site", site)
    assert "\n2 stories at several outlets, the largest 3 articles of 2 outlets\n" in run("stats", "--db", db).stdout
    found = json.loads(run("stats", "--db", db, "--json").stdout)
    assert (found["clusters"], found["largest_cluster"], found["largest_cluster_outlets"]) == (2, 3, 2)


def test_the_summary_ends_with_three_commands_that_work(db):
    shown = run("stats", "--db", db, "--summary").stdout
    assert f"database: {db}" in shown
    commands = [line.strip() for line in shown.split("Try next:\n")[1].splitlines()]
    assert len(commands) == 3 and all(line.startswith("newsharvest ") for line in commands)
    for line in commands:
        assert run(*shlex.split(line)[1:]).exit_code == 0


def test_the_usual_database_needs_no_option(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HARVEST_DATABASE", raising=False)
    run("import", write_corpus(tmp_path / "corpus"))
    assert (tmp_path / "output" / "news.db").exists()
    assert run("stats", "--summary").stdout.endswith("  newsharvest stats\n")
