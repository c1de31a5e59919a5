"""Which elements of a tree go, by tag, class, id or XPath, and which are spared around a body."""

import pytest

from cleaners import markup, strips
from cleaners.strips import Strips, parse


def going(source, *tables, stem="test"):
    """Return the ids of what goes, by the name that each element bears in data-n."""
    root = markup.parse(source)
    found = Strips([parse(table, stem, why_needed=False) for table in tables]).on(root)
    return {element.get("data-n"): strip.rule for element, strip in found.items()}


def shared(source):
    found = Strips(strips.shared()).on(markup.parse(source))
    return {element.get("data-n"): strip.rule for element, strip in found.items()}


def test_elements_go_by_tag_class_token_id_and_xpath():
    source = (
        '<div><b data-n=1></b><p data-n=2 class="a x"></p><p data-n=3 id=y></p><p data-n=4 title=z></p><p class=xx>'
    )
    table = {"id": "gone", "tags": ["b"], "classes": ["x"], "ids": ["y"], "xpath": "//*[@title]"}
    assert going(source, table) == dict.fromkeys("1234", "test/gone")


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("<b class=c id=i title=t>", "x"),
        ("<b class=c id=i>", "t"),
        ("<p class=c id=i>", "c"),
        ("<p class=d id=i>", "i"),
    ],
)
def test_an_xpath_counts_before_a_tag_before_a_class_before_an_id(element, expected):
    tables = (
        {"id": "i", "ids": ["i"]},
        {"id": "c", "classes": ["c"]},
        {"id": "t", "tags": ["b"]},
        {"id": "x", "xpath": "//*[@title]"},
    )
    assert going(f"<div>{element.replace('>', ' data-n=1>')}</div>", *tables) == {"1": f"test/{expected}"}


def test_a_shared_strip_takes_no_article_for_its_class():
    table = {"id": "gone", "classes": ["x"]}
    source = "<article class=x data-n=1></article><div class=x data-n=2></div>"
    assert going(source, table, stem="strips") == {"2": "strips/gone"}
    assert set(going(source, table)) == {"1", "2"}


def test_strips_without_tags_take_nothing_by_tag():
    assert going("<div><p>text</p></div>", {"id": "gone", "classes": ["x"]}) == {}


def test_what_is_around_a_body_is_spared_and_the_body_but_for_a_sites_own_strip():
    root = markup.parse("<div class=x><section class=x><p class=x></p></section></div>")
    outer, body, inner = root.iter("div", "section", "p")
    for stem, left in (("strips", {inner}), ("test", {body, inner})):
        found = Strips([parse({"id": "gone", "classes": ["x"]}, stem)]).on(root)
        assert set(found) == {outer, body, inner}
        assert set(strips.sparing(found, [body])) == left


@pytest.mark.parametrize(
    ("element", "rule"),
    [
        ("<div data-n=1 hidden>छिपा</div>", "hidden"),
        ("<div data-n=1 style='color: red; DISPLAY : None'>छिपा</div>", "hidden"),
        ("<div data-n=1 style='display:block'>दिखता</div>", None),
        (f"<div data-n=1 style='display:none'><p>{'आगे की खबर ' * 20}</p></div>", None),
        ("<p data-n=1>Powered By <a href='https://xyzscripts.com/'>XYZScripts.com</a></p>", "publisher-credit"),
        ("<p><a data-n=1 title='WP2Social Auto Publish' href='/x'>X</a></p>", "publisher-credit"),
        ("<div data-n=1 id='mvp-related-posts'>और</div>", "related"),
        ("<div data-n=1 id='mvp-post-add-box'>और</div>", "related"),
        ("<section data-n=1 role=region><a href='#end-of-list'>छोड़ें</a></section>", "skippable"),
        ("<section data-n=1 role=region><a href='#list'>सूची</a></section>", None),
    ],
)
def test_a_shared_xpath_takes_what_it_is_written_for(element, rule):
    assert shared(f"<main>{element}</main>") == ({"1": f"strips/{rule}"} if rule else {})
