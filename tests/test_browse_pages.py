"""Our pages: what they show, and what they say where there is nothing to show."""

from __future__ import annotations

import re

import pytest
from browsing import COPIED, DUMPED, ELSEWHERE, HOSTILE, REVISED, Server, id_of
from console import JUNK, PROSE
from store_pages import keep

from newsharvest.store import Store


def test_the_front_page_counts_sites_days_runs_and_refusals(server: Server) -> None:
    page = server.get("/").text
    assert re.search(r">other</a></td><td class=\"n\">1</td>", page)
    assert re.search(r">dumps</a></td><td class=\"n\">3</td><td class=\"n wide\">[12]</td>.*?>1</a></td>", page)
    assert '<a class="day" href="/search?from=2026-11-20&amp;to=2026-11-20">2026-11-20</a>' in page
    assert "example 25</a>" in page
    assert "finished" in page
    assert "stored 3 · rejected 1" in page
    assert "language: Marathi" in page


@pytest.mark.parametrize("words", ["हिंदी", "हिन्दी", "कानून", "क़ानून", "किताब*", '"की किताब"'])
def test_search_finds_every_spelling_and_marks_it(server: Server, words: str) -> None:
    page = server.get("/search", q=words).text
    assert page.count('class="title"') == 20
    assert "<mark>" in page
    assert "next page" in page


def test_search_filters_orders_and_pages(server: Server) -> None:
    second = server.get("/search", q="किताब", page="2").text
    assert second.count('class="title"') == 5
    assert "earlier page" in second
    assert "next page" not in second
    newest = server.get("/search", q="किताब", sort="newest").text
    assert newest.index("</mark> 0</a>") < newest.index("</mark> 1</a>")
    assert 'class="title"' not in server.get("/search", q="किताब", site="other").text
    assert 'class="title"' not in server.get("/search", q="किताब", **{"from": "2026-11-21"}).text
    assert server.get("/search", q="किताब", to="2026-11-20").text.count('class="title"') == 20
    assert "दूसरे की खबर" in server.get("/search", site="other").text  # without words the newest


@pytest.mark.parametrize(
    ("query", "message"),
    [({"q": '"किम'}, "not closed"), ({"from": "कल"}, "is no day"), ({"q": "किम", "to": "2026-13-01"}, "is no day")],
)
def test_what_cannot_be_understood_is_said(server: Server, query: dict[str, str], message: str) -> None:
    answer = server.get("/search", **query)
    assert answer.status == 400
    assert message in answer.text


def test_removed_lines_stand_in_their_place_with_rule_and_reason(server: Server) -> None:
    page = server.get(f"/article/{id_of(server, DUMPED)}").text
    body = page[page.index('class="text"') :]
    order = [body.index(PROSE[0]), body.index(f"<del>{JUNK}</del>"), body.index(PROSE[1]), body.index(PROSE[2])]
    assert order == sorted(order)
    assert "<code>also-read/" in body[order[1] : order[2]]
    assert "guess" not in page
    reason = re.search(r"<code>also-read/[a-z-]+</code> ([^<]+)", body)
    assert reason
    assert len(reason[1]) > 10


def test_where_the_rules_say_otherwise_now_the_places_are_called_a_guess(server: Server) -> None:
    page = server.get(f"/article/{id_of(server, HOSTILE)}").text
    assert "is a guess" in page
    assert "हटाया</del>" in page


def test_an_article_names_its_copies_and_the_same_story_elsewhere(server: Server) -> None:
    page = server.get(f"/article/{id_of(server, REVISED)}").text
    copies, cluster = page.index("The same text, or nearly (1)"), page.index("The same story at other outlets (1)")
    assert copies < page.index("वही बात") < cluster < page.index("दूसरे की खबर")
    assert "2 articles of 2 outlets, first other, after भाषा." in page
    copy = server.get(f"/article/{id_of(server, COPIED)}").text
    assert "copy of" in copy


def test_revisions_are_compared_word_by_word(server: Server) -> None:
    page = server.get(f"/article/{id_of(server, REVISED)}/revisions").text
    assert "From revision 1 to 2" in page
    assert '<del class="word">सस्ता</del>' in page
    assert '<ins class="word">महंगा</ins>' in page
    assert "<del>मंडी में प्याज सस्ता</del> <ins>प्याज महंगा</ins>" in page  # the title
    first = server.get(f"/article/{id_of(server, REVISED)}/revisions", to="1").text
    assert "nothing before revision 1" in first


def test_the_refused_are_listed_with_their_reason_and_their_page(server: Server) -> None:
    page = server.get("/rejected", site="dumps").text
    assert "marathi.txt" in page
    found = re.search(r'href="(/raw\?at=[0-9a-f]+)"', page)
    assert found
    answer = server.get(found[1])
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "महापालिकेने" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/article/999999", "/article/99999999999999999999", "/article/9223372036854775808/revisions", "/raw",
     "/raw?at=0123456789abcdef", "/raw?at=../news.db", "/raw?at=x%23/1", "/-/newsharvest/none.css", "/article/1x"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(server: Server, path: str) -> None:
    assert server.get(path).status == 404


def test_an_article_without_a_raw_page_says_so(server: Server) -> None:
    answer = server.get(f"/article/{id_of(server, ELSEWHERE)}/page")
    assert answer.status == 404
    assert "no raw page" in answer.text


def test_what_a_crawl_stores_meanwhile_is_seen(server: Server) -> None:
    with Store(server.database) as store:
        keep(store, "https://later.example/", "अभी अभी आई खबर", site="later", title="ताज़ा")
        try:
            assert "ताज़ा" in server.get("/search", q="ताजा").text
            assert server.rows("SELECT count(*) FROM corpus WHERE site = 'later'") == [[1]]
        finally:
            store.database.execute("UPDATE {articles} SET site = 'example' WHERE site = 'later'")
