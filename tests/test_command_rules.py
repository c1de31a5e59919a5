"""`newsharvest rules`: the rules and their reasons."""

from __future__ import annotations

import pytest
from console import run

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
