"""Rows under our field names, and the Page that a record becomes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from newsharvest.formats import records
from newsharvest.formats.records import Columns, UnknownColumn, build_record, record_page

CHANGED = datetime(2024, 3, 1, 6, 0, tzinfo=UTC)
TEXT = "नगर निगम ने सड़क की मरम्मत के लिए नई निविदा निकाली।"


def page(record, site=None):
    return record_page(record, site=site, provenance="a.jsonl#1", changed_at=CHANGED)


def test_usual_column_names_become_ours():
    row = {"Headline": "सड़क बनेगी", "body": TEXT, "link": "https://example.com/1", "pub_date": "2024-02-29", "views": 7}
    assert build_record(row, Columns()) == {
        "url": "https://example.com/1",
        "title": "सड़क बनेगी",
        "text": TEXT,
        "published_at": "2024-02-29",
        "views": 7,
    }


def test_named_columns_go_before_usual_names():
    row = {"text": "टैग", "khabar": TEXT, "title": "x", "shirshak": "सड़क बनेगी"}
    record = build_record(row, Columns(text="khabar", title="shirshak"))
    assert (record["text"], record["title"]) == (TEXT, "सड़क बनेगी")


def test_one_column_is_not_used_for_two_fields():
    record = build_record({"body": TEXT}, Columns(title="body", text="body"))
    assert record == {"title": TEXT, "text": TEXT}  # as the user said
    assert build_record({"text": TEXT, "body": "x"}, Columns())["body"] == "x"


def test_empty_values_are_absent():
    row = {"text": TEXT, "title": "", "authors": [], "url": None, "score": float("nan")}
    assert build_record(row, Columns()) == {"text": TEXT}


def test_an_empty_text_stays_so_that_it_is_rejected_with_a_reason():
    assert build_record({"text": None, "title": "सड़क"}, Columns()) == {"title": "सड़क", "text": ""}


def test_markup_in_the_text_column_is_html():
    record = build_record({"body": f"<p>{TEXT}</p>"}, Columns())
    assert record == {"html": f"<p>{TEXT}</p>"}
    assert "text" in build_record({"body": "5 < 7 और <नाम> वाला वाक्य।"}, Columns())


def test_a_list_of_paragraphs_is_one_text():
    assert build_record({"text": ["पहला।", "दूसरा।"]}, Columns())["text"] == "पहला।\nदूसरा।"


def test_a_wordpress_post_stays_as_it_is():
    post = {"link": "https://example.com/p", "title": {"rendered": "x"}, "content": {"rendered": "<p>y</p>"}}
    assert build_record(post, Columns()) == post
    assert page(post).url == "https://example.com/p"


@pytest.mark.parametrize("url", ["NULL", "n/a", "javascript:alert(1)", "https://", "https://[bad"])
def test_what_is_no_web_address_is_no_url(url):
    record = build_record({"text": TEXT, "url": url}, Columns())
    assert "url" not in record and page(record).url is None


def test_a_row_without_text_names_the_fields_that_there_are():
    with pytest.raises(UnknownColumn, match=r"no column of text.*--text.*a, b"):
        build_record({"a": 1, "b": 2}, Columns())
    with pytest.raises(UnknownColumn, match="no column 'khabar'; there are: text"):
        build_record({"text": TEXT}, Columns(text="khabar"))


def test_every_named_column_must_stand_in_the_header():
    with pytest.raises(UnknownColumn, match="no column 'shirshak'"):
        records.check_columns(["text"], Columns(title="shirshak"))


def test_the_page_of_a_record():
    got = page({"url": "https://example.com/1", "text": TEXT})
    assert (got.url, got.media_type, got.encoding, got.provenance) == (
        "https://example.com/1", "application/json", "utf-8", "a.jsonl#1",
    )  # fmt: skip
    assert json.loads(got.body) == {"url": "https://example.com/1", "text": TEXT}
    assert got.fetched_at == CHANGED


@pytest.mark.parametrize("value", ["2023-05-01T10:00:00+05:30", "2023-05-01T04:30:00Z", "2023-05-01T04:30:00"])
def test_a_record_says_itself_when_it_was_fetched(value):
    assert page({"text": TEXT, "fetched_at": value}).fetched_at == datetime(2023, 5, 1, 4, 30, tzinfo=UTC)
    assert page({"text": TEXT, "fetched_at": "yesterday"}).fetched_at == CHANGED


def test_the_site_is_the_users_else_the_urls_else_corpus():
    url = "https://www.news.example.com/1"
    assert page({"text": TEXT, "url": url}, site="mine").site == "mine"
    assert page({"text": TEXT, "url": url}).site == "news.example.com"
    assert page({"text": TEXT}).site == "corpus"


def test_a_known_sites_url_gives_its_slug():
    assert page({"text": TEXT, "url": "https://www.bhaskar.com/local/x.html"}).site == "bhaskar"


def test_lone_surrogates_do_not_stop_the_import():
    assert json.loads(page({"text": "अ\ud83d"}).body) == {"text": "अ?"}
