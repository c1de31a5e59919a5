"""Every golden folder: against what a person says of it, and against what the path last made of it."""

from __future__ import annotations

import pytest
from goldens import Case, cases, describe, describe_removals, faults

from cleaners.model import Article
from newsharvest.flow import harvest
from newsharvest.items import Rejected

CASES = cases()
ARTICLES = [case for case in CASES if case.gold.rejected is None]
REFUSED = [case for case in CASES if case.gold.rejected is not None]


def test_each_site_has_goldens() -> None:
    sites = {case.folder.parent.name for case in ARTICLES}
    assert sites >= {"abplive", "amarujala", "bhaskar", "jagran", "theprintlines", "dumps"}
    assert all(sum(case.folder.parent.name == site for case in ARTICLES) >= 2 for site in sites)


@pytest.mark.parametrize("case", ARTICLES, ids=lambda case: case.name)
def test_article_is_as_labelled_by_hand(case: Case) -> None:
    article = harvest(case.page)
    assert isinstance(article, Article), article
    assert not (found := faults(case.gold, article)), "\n".join(found)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_page_is_refused_as_labelled_by_hand(case: Case) -> None:
    refused = harvest(case.page)
    assert isinstance(refused, Rejected), refused
    stage, reason = case.gold.rejected
    assert refused.stage == stage
    assert reason.casefold() in refused.reason.casefold()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_outcome_is_as_it_was(case: Case, request: pytest.FixtureRequest) -> None:
    outcome = harvest(case.page)
    files = {"article.json": describe(outcome)}
    if isinstance(outcome, Article):
        files["removed.tsv"] = describe_removals(outcome.removals)
    for name, text in files.items():
        path = case.folder / name
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"{path} is missing: pytest --update-golden writes it"
        assert path.read_text(encoding="utf-8") == text, "pytest --update-golden writes it anew; read the diff"
    assert isinstance(outcome, Article) or not (case.folder / "removed.tsv").exists()


def test_page_cut_by_the_app_wall_says_so() -> None:
    truncated = {case.name for case in ARTICLES if harvest(case.page).truncated}
    assert truncated == {"bhaskar/narmada-ghat-app-wall"}
