"""`newsharvest rules`: the rules and their reasons."""

from __future__ import annotations

import pytest
from console import run
from recleaning import Corpus, text_of

from cleaners import rules, structure
from newsharvest.commands import rulebook


def test_every_rule_is_listed_with_its_reason():
    shown = run("rules").stdout
    for rule in rules.shared():
        assert rule.id in shown and rule.why in shown
    assert all(name in shown for name in structure.REGISTRY)
    assert "trafilatura/not-body" in shown and "strips/navigation" in shown
    assert "bhaskar/" not in shown


def test_the_rules_of_a_site_are_listed_on_demand():
    assert "bhaskar/not-body" in run("rules", "--site", "bhaskar").stdout
    result = run("rules", "--site", "bhasker")
    assert result.exit_code == 2 and "no site 'bhasker'" in result.stderr and "bhaskar" in result.stderr


def test_one_rule_in_full():
    shown = run("rules", "comments/form").stdout
    assert shown.startswith("comments/form\n  rule · decisive\n  why: The comment form")
    assert "    - Leave a Comment\n" in shown and "  keeps:\n" in shown and "  then: end\n" in shown


def test_a_site_rule_needs_no_option():
    assert "only bhaskar" in run("rules", "bhaskar/not-body").stdout


def test_the_rules_of_one_file():
    shown = run("rules", "also-read").stdout
    assert "also-read/label" in shown and "comments/form" not in shown


def test_a_misspelt_id_gets_a_suggestion():
    result = run("rules", "comments/from")
    assert result.exit_code == 2 and "Did you mean 'comments/form'?" in result.stderr


def test_every_id_has_a_reason():
    assert [entry.id for entry in rulebook.by_id().values() if not entry.why] == []


@pytest.mark.parametrize("kind", ["rule", "structure", "strip", "document"])
def test_every_kind_of_entry_can_be_shown(kind):
    entry = next(entry for entry in rulebook.by_id().values() if entry.kind == kind)
    assert run("rules", entry.id).stdout.startswith(f"{entry.id}\n  {kind}")


# --- what fired in a database ---

RELATED = "यह भी पढ़ें: मंडी में आलू के दाम गिरे, व्यापारी परेशान"


@pytest.fixture
def db(tmp_path):
    corpus = Corpus(tmp_path)
    corpus.crawl("https://khabar.example/1", text_of(1, RELATED))
    return corpus.db


def listed(result):
    assert result.exit_code == 0
    return {line.split()[0] for line in result.stdout.splitlines() if line[:1].strip() and "/" in line.split()[0]}


def test_hits_are_counted_by_rule(db):
    lines = run("rules", "--hits", "--db", db).stdout.splitlines()
    assert lines[0].split() == ["rule", "removed", "supported", "outside", "last", "fired"]
    assert ["also-read/labelled-headline", "1", "0", "0", "2026-11-20", "11:30"] in [line.split() for line in lines]
    assert run("rules", "--hits", "--site", "elsewhere", "--db", db).stdout.count("\n") == 1


def test_unused_lists_what_never_fired(db):
    unused = listed(run("rules", "--unused", "--db", db))
    assert {"comments/form", "structure/repeated-line", "strips/navigation"} <= unused
    assert "also-read/labelled-headline" not in unused
    assert not any(name.startswith("bhaskar/") for name in unused)  # nothing of that site is here
    told = run("rules", "--unused", "--db", db).stdout.splitlines()[-1]
    assert told.startswith(f"{len(unused)} of ") and told.endswith(f"never fired in {db}.")


def test_what_only_protects_is_never_called_unused(db):
    unused = listed(run("rules", "--unused", "--db", db))
    protecting = {entry.id for entry in rulebook.entries() if entry.strength == "protecting"}
    assert "structure/attribution" in protecting and not protecting & unused
    assert not any(name.endswith(("/not-body", "document/title")) for name in unused)


def test_unused_of_a_site_lists_its_own_rules_only(db):
    result = run("rules", "--unused", "--site", "bhaskar", "--db", db)
    assert listed(result) and all(name.startswith("bhaskar/") for name in listed(result))
    assert " rules of bhaskar never fired" in result.stdout
    assert run("rules", "--unused", "--site", "bhasker", "--db", db).exit_code == 2


def test_counts_need_a_database_and_no_id(tmp_path, db):
    assert "there is no database" in run("rules", "--unused", "--db", tmp_path / "none.db").stderr
    assert run("rules", "--hits", "comments/form", "--db", db).exit_code == 2


def test_structure_functions_are_shown_with_examples():
    shown = run("rules", "structure/repeated-line").stdout
    assert shown.startswith("structure/repeated-line\n  structure\n") and "  removes:\n    - " in shown
    assert run("rules", "structure/attribution").stdout.startswith("structure/attribution\n  structure · protecting\n")
