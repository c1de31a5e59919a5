"""Lines and removals in the order of the page, and texts compared line by line and word by word."""

from __future__ import annotations

from pathlib import Path

import pytest
from store_pages import make_article, make_page

from cleaners.model import Block, Removal
from newsharvest.browse.unfolding import Compared, compare, unfold
from newsharvest.store import Store, StoredArticle

URL = "https://example.com/1"
TITLE = Removal("document", "site/strip", ("site/strip",), "होम", 1)
PLEA = Removal("line", "share/plea", ("share/plea",), "शेयर करें", 3)
CUT = Removal("line", "share/tail", ("share/tail",), "और पढ़ें", 4)
# As a page gives them: a title at 0, lines at 1, 2 and 4, of which the last lost its end.
BLOCKS = (Block("paragraph", "पहला", 1), Block("heading", "दूसरा", 2), Block("paragraph", "तीसरा", 4))


@pytest.fixture
def stored(tmp_path: Path) -> StoredArticle:
    article = make_article(URL, "", blocks=BLOCKS, removals=(TITLE, PLEA, CUT))
    with Store(tmp_path / "news.db") as store:
        kept = store.keep(make_page(URL), article, origin="crawl", rules_version="1")
        found = store.article(kept.article_id or 0)
    assert found is not None
    return found


def test_what_is_read_again_as_it_is_stored_gives_each_line_its_place(stored: StoredArticle) -> None:
    again = make_article(URL, "", blocks=BLOCKS, removals=(TITLE, PLEA, CUT))
    unfolded = unfold(stored, again)
    assert unfolded.is_exact
    assert unfolded.lines == (TITLE, BLOCKS[0], BLOCKS[1], PLEA, BLOCKS[2], CUT)


@pytest.mark.parametrize("change", [{"removals": (TITLE, PLEA)}, {"blocks": BLOCKS[:2]}])
def test_what_the_rules_read_otherwise_now_is_not_shown_as_what_was_stored(
    stored: StoredArticle, change: dict[str, object]
) -> None:
    again = make_article(URL, "", **{"blocks": BLOCKS, "removals": (TITLE, PLEA, CUT), **change})
    for read_again in (again, None):
        unfolded = unfold(stored, read_again)
        assert not unfolded.is_exact
        assert [line.text for line in unfolded.lines if isinstance(line, Block)] == ["पहला", "दूसरा", "तीसरा"]
        assert [line for line in unfolded.lines if isinstance(line, Removal)] == [TITLE, PLEA, CUT]
        assert unfolded.lines.index(PLEA) == 4  # its place is taken by no line that stayed


def test_without_removals_there_is_nothing_to_guess(tmp_path: Path) -> None:
    with Store(tmp_path / "news.db") as store:
        store.keep(make_page(URL), make_article(URL, "एक\nदो"), origin="crawl", rules_version="1")
        found = store.article(1)
    assert found is not None
    unfolded = unfold(found, None)
    assert unfolded.is_exact
    assert [line.text for line in unfolded.lines] == ["एक", "दो"]


def test_a_changed_line_is_compared_word_by_word() -> None:
    assert compare("मंडी बंद\nप्याज सस्ता हुआ", "मंडी बंद\nप्याज महंगा हुआ") == [
        Compared("same", (("मंडी बंद", False),)),
        Compared("gone", (("प्याज", False), ("सस्ता", True), ("हुआ", False))),
        Compared("new", (("प्याज", False), ("महंगा", True), ("हुआ", False))),
    ]


def test_lines_that_came_and_went_stand_whole() -> None:
    assert compare("एक\nदो", "एक\nतीन\nचार\nदो") == [
        Compared("same", (("एक", False),)),
        Compared("new", (("तीन", False),)),
        Compared("new", (("चार", False),)),
        Compared("same", (("दो", False),)),
    ]
    assert [line.change for line in compare("एक\nदो\nतीन", "चार")] == ["gone", "gone", "gone", "new"]


def test_very_long_lines_are_not_compared_word_by_word() -> None:
    old, new = "क " * 3000, "क " * 3000 + "ख"
    assert compare(old, new) == [Compared("gone", ((old, False),)), Compared("new", ((new, False),))]
