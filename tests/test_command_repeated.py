"""`newsharvest repeated`: paragraphs that stand on many pages, with where a rule for them would stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from console import run
from store_pages import keep

from newsharvest.store import Store

PLEA = "हमारे समाचार समूह से जुड़ने के लिए \u201cयहां\u201d दबाएं, क़दम बढ़ाएं"
SPELT_OTHERWISE = 'हमारे समाचार समूह से जुड़ने के लिए "यहां" दबाएं, कदम बढ़ाएं'
LONG = "यह लंबा अनुच्छेद हर पन्ने पर एक ही रूप में खड़ा रहता है और किसी खबर का हिस्सा नहीं है। " * 6


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "news.db"
    with Store(path) as store:
        for site, pages in (("one", 4), ("two", 3), ("three", 3)):
            for n in range(pages):
                plea = SPELT_OTHERWISE if n == 1 else PLEA
                text = f"{site} की खबर {n}\n{plea}\n{LONG if site == 'one' else plea}\n{plea}"
                keep(store, f"https://{site}.in/{n}", text, site=site)
        keep(store, "https://four.in/1", "one की खबर 0\n" + PLEA, site="four")
        for n in range(9):  # one text under many addresses is one page
            keep(store, f"https://five.in/{n}", "एक ही पाठ\nजो बार-बार आता है", site="five")
    return path


def found(db: Path, *options: object) -> list[dict]:
    return json.loads(run("repeated", "--db", db, "--json", *options).stdout)


def test_a_paragraph_is_counted_once_a_page_however_it_is_spelt(db: Path) -> None:
    rows = found(db, "--min", 3)
    assert [(row["site"], row["pages"], row["articles"], row["sites"]) for row in rows] == [
        ("one", 4, 4, 3), ("one", 4, 4, 1), ("three", 3, 3, 3), ("two", 3, 3, 3),
    ]  # fmt: skip
    assert (rows[0]["text"], rows[1]["text"]) == (PLEA, LONG)
    assert [example["url"] for example in rows[0]["examples"]] == ["https://one.in/0", "https://one.in/3"]


def test_site_least_and_limit(db: Path) -> None:
    assert {row["site"] for row in found(db, "--site", "two", "--min", 2)} == {"two"}
    assert len(found(db, "--min", 4)) == 2
    assert len(found(db, "--min", 3, "--limit", 1)) == 1
    assert found(db, "--min", 5) == []
    assert "no paragraph stands on 5 pages" in run("repeated", "--db", db).stdout


def test_it_tells_where_a_rule_would_stand(db: Path) -> None:
    shown = run("repeated", "--db", db, "--min", 3).stdout
    assert "4 of 4 pages  one\n" + PLEA + "\n  #1  https://one.in/0\n  #4  https://one.in/3\n" in shown
    assert "cleaners/data/rules/ (it stands on 3 sites)" in shown
    assert "rule: starts = [ its first words ] in cleaners/data/sites/one.toml" in shown
    assert shown.endswith("docs/add-a-rule.md tells how to write one.\n")


def test_copies_and_withdrawn_articles_do_not_count(db: Path) -> None:
    assert found(db, "--site", "five", "--min", 2) == []
    with Store(db) as store:
        store.database.execute("UPDATE {articles} SET withdrawn_at = last_seen WHERE site = 'two'")
    assert found(db, "--site", "two", "--min", 2) == []
    with Store(db, readonly=True) as store:
        assert store.repeated(site="one", least=4)
