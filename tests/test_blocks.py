"""The block reader: kinds, lines, links and strips of small trees."""

import pytest

from cleaners import blocks, markup
from cleaners.strips import Strips, parse


def read(source, **options):
    return blocks.read(markup.parse(source), **options)


def lines(source):
    return [(item.line.kind, item.line.text) for item in read(source)]


def strips(**keys):
    return Strips([parse({"id": "gone", **keys}, "test")])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<h2>बाढ़ का हाल</h2><p>पानी घटा।</p>", [("heading", "बाढ़ का हाल"), ("paragraph", "पानी घटा।")]),
        ("<ul><li>एक<ul><li>भीतर</li></ul>फिर</li></ul>", [("item", "एक"), ("item", "भीतर"), ("item", "फिर")]),
        ("<blockquote><p>मैं आऊंगा।</p></blockquote>", [("quote", "मैं आऊंगा।")]),
        ("<blockquote><ul><li>क</li></ul>ख</blockquote>ग", [("item", "क"), ("quote", "ख"), ("paragraph", "ग")]),
        ("<dl><dt>नाम</dt><dd>राम</dd></dl>", [("item", "नाम"), ("item", "राम")]),
        ("<details><summary>सवाल</summary>जवाब</details>", [("paragraph", "सवाल"), ("paragraph", "जवाब")]),
        ("<div>पहला<br>दूसरा<br/><br/>तीसरा</div>", [("paragraph", x) for x in ("पहला", "दूसरा", "तीसरा")]),
        ("<p>एक<br>दो</p>", [("paragraph", "एक"), ("paragraph", "दो")]),
        ("<div>खुला पाठ<div>खंड</div>आगे</div>", [("paragraph", x) for x in ("खुला पाठ", "खंड", "आगे")]),
        ("<h3>लंबा<br>शीर्षक <div>यहां</div></h3>", [("heading", "लंबा शीर्षक यहां")]),
        ("<p><strong>उपशीर्षक जैसा</strong></p>", [("paragraph", "उपशीर्षक जैसा")]),
        ("<pre>एक\nदो</pre>", [("paragraph", "एक"), ("paragraph", "दो")]),
        ("<p>कि<b>सा</b>न और<i> मजदूर</i></p>", [("paragraph", "किसान और मजदूर")]),
        ("<p>पहले<!-- टिप्पणी --> बाद<script>var x = 1;</script> में</p>", [("paragraph", "पहले बाद में")]),
        ("<p> \n\t&nbsp;</p><p></p>", []),
        ("<h2>पह<h2>दू", [("heading", "पह"), ("heading", "दू")]),
        ("<h2>पह<p>पाठ<p>और", [("heading", "पह"), ("paragraph", "पाठ"), ("paragraph", "और")]),
        ("<h2>पह<div><p>पाठ</div><h3>और", [("heading", "पह"), ("paragraph", "पाठ"), ("heading", "और")]),
        ("<h2><div><p>भीतर का शीर्षक</div></h2>", [("heading", "भीतर का शीर्षक")]),
    ],
)
def test_lines_and_kinds(source, expected):
    assert lines(source) == expected


def test_data_table_is_a_line_a_row():
    head = "<tr><th>जिला</th><th></th><th>मौतें</th></tr>"
    row = "<tr><td><p>गया</p><p>नगर</p></td><td>3<br>4</td><td></td></tr>"
    assert lines(f"<table>{head}{row}</table>") == [("row", "जिला | मौतें"), ("row", "गया नगर | 3 4")]


def test_layout_table_is_no_data():
    one_cell = "<table><tr><td><div>पहला</div><div>दूसरा</div></td></tr></table>"
    assert lines(one_cell) == [("paragraph", "पहला"), ("paragraph", "दूसरा")]
    nested = f"<table><tr><td>मेन्यू</td><td>{one_cell}</td></tr></table>"
    assert [kind for kind, _ in lines(nested)] == ["paragraph"] * 3
    long_cell = f"<table><tr><td>{'लंबा पाठ ' * 100}</td><td>किनारा</td></tr></table>"
    assert [kind for kind, _ in lines(long_cell)] == ["paragraph"] * 2


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('<p>यह भी पढ़ें:  <a href=" /x "> नई  खबर </a> ।</p>', [("नई खबर", "/x")]),
        ('<p><a href="/a">प<b>ह</b>ला</a><a href="/b">दूसरा</a></p>', [("पहला", "/a"), ("दूसरा", "/b")]),
        ('<a href="/q"><h3>शीर्षक</h3><p>सार</p></a>', [("शीर्षक", "/q"), ("सार", "/q")]),
        ('<p>सड\u093c\u200bक <a href="/n">पढ\u0947\u093cं</a></p>', [("पढ\u093c\u0947ं", "/n")]),
        ('<p>क<a href="/z">\u093cलम</a> है</p>', [("क\u093cलम", "/z")]),
        ('<p>लंगर <a name="here">यहां</a></p>', []),
        ('<p><a href="/e"> </a>बिना पाठ</p>', []),
    ],
)
def test_links_are_spans_of_the_normalised_text(source, expected):
    found = read(source)
    spans = [(item.line.text[link.start : link.end], link.href) for item in found for link in item.line.links]
    assert len(spans) == len(expected)
    for (text, href), (wanted, wanted_href) in zip(spans, expected, strict=True):
        assert href == wanted_href
        # A link that begins with a combining sign covers at least its own letters.
        assert text == wanted or wanted.endswith(text)


def test_strip_within_a_paragraph_does_not_cut_it():
    source = '<p>पहला <span class="x">विज्ञापन</span>दूसरा <a href="/a">तीसरा</a></p>'
    root = markup.parse(source)
    found = blocks.read(root, strips=strips(classes=["x"]).on(root))
    assert [(item.strip.rule if item.strip else None, item.line.text) for item in found] == [
        ("test/gone", "विज्ञापन"),
        (None, "पहला दूसरा तीसरा"),
    ]


def test_strip_of_a_link_keeps_the_link_behind_it():
    root = markup.parse('<p><a href="/a">एक <i class="x">चित्र</i> दो</a></p>')
    found = blocks.read(root, strips=strips(classes=["x"]).on(root))
    assert [len(item.line.links) for item in found] == [0, 1]


def test_stripped_block_gives_its_own_lines():
    root = markup.parse('<div>पहले<div class="x"><p>एक</p><ul><li>दो</li></ul></div>बाद</div>')
    found = blocks.read(root, strips=strips(classes=["x"]).on(root))
    assert [(bool(item.strip), item.line.text) for item in found] == [
        (False, "पहले"),
        (True, "एक"),
        (True, "दो"),
        (False, "बाद"),
    ]


def test_inside_is_told_once_for_nested_bodies():
    root = markup.parse("<div id=o>बाहर<div id=a>एक<div id=b>दो</div></div></div>")
    found = blocks.read(root, bodies=root.xpath("//*[@id = 'a' or @id = 'b']"))
    assert [(item.line.text, item.inside) for item in found] == [("बाहर", False), ("एक", True), ("दो", True)]


def test_title_heading_is_told_apart():
    assert [item.is_title for item in read("<h1>एक</h1><h2>दो</h2>")] == [True, False]


def test_depth_is_no_limit():
    found = read("<div>" * 1900 + "गहरा" + "</div>" * 1900 + "<p>बाहर</p>")
    assert [item.line.text for item in found] == ["गहरा", "बाहर"]


@pytest.mark.parametrize(
    "source",
    [
        '<h1>क</h1>ख<p>ग <a href="/">घ</a>ङ<br>च</p><ul><li>छ<p>ज</p>झ</li></ul>',
        "<div>ञ<span>ट<div>ठ</div>ड</span>ढ</div>",
        "<table><tr><td>क<td>ख<tr><td>ग</table>घ<pre>ङ\nच</pre><blockquote>छ<footer>ज</footer></blockquote>",
        "<p>क<div>ख</p>ग</div><li>घ<h2>ङ<li>च",
    ],
)
def test_no_letter_is_lost_or_doubled(source):
    root = markup.parse(source)
    read_letters = "".join(item.line.text for item in blocks.read(root)).replace("|", "").replace(" ", "")
    assert read_letters == "".join(root.text_content().split())
