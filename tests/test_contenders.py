"""The rows of the quality table: ours with site files and without, and how a tool that fails is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from console import MARATHI
from goldens import ROOT

from cleaners import sites
from newsharvest import contenders, gold
from newsharvest.contenders import Contender, Reading
from newsharvest.flow import harvest

PAGE = gold.read_folder(ROOT / "bhaskar" / "exam-time-table-list")
DUMP = gold.read_folder(ROOT / "dumps" / "lake-cleaning-prose-first")
REFUSED = gold.read_folder(ROOT / "nadi-kinare" / "empty-body")


def test_our_own_row_is_what_the_path_makes_of_the_page():
    result, reading = contenders.measure(contenders.ours()[0], PAGE)
    article = harvest(PAGE.page)
    assert (reading.text, reading.title, reading.published) == (article.text, article.title, article.published_at)
    assert reading.removals == article.removals and result.failure is None
    assert result.score.is_perfect and result.score.title and result.score.published
    assert (result.name, result.site, result.kind) == (PAGE.name, "bhaskar", "page") and result.milliseconds > 0


def test_a_page_that_we_refuse_is_an_empty_text_with_its_reason():
    result, reading = contenders.measure(contenders.ours()[0], REFUSED)
    assert reading.text == "" and result.failure.startswith("rejected: document: ")


def test_any_language_is_read():
    page = replace(DUMP.page, body=MARATHI.encode())
    assert contenders.read_ours(page).text == MARATHI


def test_an_unknown_page_is_the_same_page_of_a_site_that_no_file_knows():
    page = PAGE.page
    unknown = contenders.make_unknown(page)
    assert sites.find(page.site, page.url, page.fetched_at) is not None
    assert sites.find(unknown.site, unknown.url, unknown.fetched_at) is None
    assert unknown.url == page.url.replace("bhaskar.com", "bhaskar.example") != page.url
    assert b"//www.bhaskar.com" in page.body and b"//www.bhaskar.com" not in unknown.body
    assert unknown.body.count(b"bhaskar.example") >= page.body.count(b"//www.bhaskar.com")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"https://www.jagran.com/a", b"https://www.jagran.example/a"),
        (rb"https:\/\/m.jagran.com\/a", rb"https:\/\/m.jagran.example\/a"),
        (b"//JAGRAN.com", b"//JAGRAN.example"),
        (b"https://notjagran.com/", b"https://notjagran.com/"),
        (b"https://jagran.community/", b"https://jagran.community/"),
        (b"https://jagran.com.example/", b"https://jagran.com.example/"),
        ("पढ़ें jagran.com पर".encode(), "पढ़ें jagran.com पर".encode()),
    ],
)
def test_only_hosts_in_addresses_are_renamed(before, after):
    assert contenders.make_unknown(replace(PAGE.page, body=before)).body == after


def test_a_page_without_address_stays_without():
    assert contenders.make_unknown(DUMP.page).url is None


def fail(_: object) -> Reading:
    raise ValueError("too deep")


def test_a_tool_that_raises_gave_an_empty_text_and_ours_may_not():
    result, reading = contenders.measure(Contender("other", "1", lambda page: page, fail), PAGE)
    assert result.failure == "ValueError: too deep" and reading.text == "" and result.score.f1 == 0.0
    with pytest.raises(ValueError, match="too deep"):
        contenders.measure(Contender(contenders.OURS, "1", lambda page: page, fail), PAGE)


def test_a_tool_is_not_judged_by_what_it_does_not_look_for():
    plain = Contender("other", "1", lambda page: page, lambda _: Reading("x"))
    assert contenders.measure(plain, PAGE)[0].score.title is False
    assert contenders.measure(plain, PAGE)[0].score.published is False
    score = contenders.measure(replace(plain, finds=("published",)), PAGE)[0].score
    assert (score.title, score.published) == (None, False)
