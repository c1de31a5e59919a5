"""Stage 1: bytes of every sort to a document or a reason, the same on any day."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaners import document
from cleaners.model import Document, Refusal

WHEN = datetime(2024, 6, 20, 12, tzinfo=UTC)
URL = "https://example.com/bihar/pani-yojana-17.html"
FIRST = "नगर परिषद ने मंगलवार को पेयजल योजना के दूसरे चरण का काम शुरू कराया और पाइपलाइन बिछाने का रास्ता साफ हुआ।"
SECOND = "अभियंता ने कहा कि तीन महीने में चालीस बस्तियों तक पानी पहुंचेगा, इसके लिए दो नई टंकियां भी बनाई जा रही हैं।"
THIRD = "वार्ड पार्षदों ने मांग रखी कि सड़क की मरम्मत भी साथ में हो ताकि बरसात से पहले लोगों का आना-जाना आसान हो सके।"


def read(body, media_type="text/html", encoding=None, url=URL, **options):
    body = body.encode() if isinstance(body, str) else body
    return document.read(body, media_type=media_type, encoding=encoding, url=url, fetched_at=WHEN, **options)


def texts(found):
    assert isinstance(found, Document), found
    return [line.text for line in found.lines]


def page(body, head=""):
    return f"<html><head><title>पेयजल योजना शुरू</title>{head}</head><body>{body}</body></html>"


def as_json(**fields):
    return json.dumps(fields, ensure_ascii=False)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"%PDF-1.7 x", "not HTML: PDF"),
        (b"\x89PNG\r\n", "not HTML: image"),
        (b"\x1f\x8b\x08", "not HTML: gzip"),
        (b"\x00\x00\x00\x18ftypmp42", "not HTML: video"),
        (b"\x00\x01" * 600, "not HTML: binary"),
        (b'<?xml version="1.0"?><!-- x --><rss version="2.0"></rss>', "not HTML: feed"),
        (b"<urlset></urlset>", "not HTML: sitemap"),
        (b"<!-- nothing -->", "no text"),
        (b"<html><body><script>var a = 1;</script></body></html>", "no text"),
        ("<p>मेन्यू</p><p>होम</p>".encode(), "no text"),
        (b"<div>" * 3000 + b"x", "not HTML: nested deeper than 2048 elements"),
    ],
)
def test_what_is_no_page(body, reason):
    assert read(body) == Refusal(reason)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (FIRST.encode(), "iso-8859-1"),
        (b'<meta charset="windows-1252">' + FIRST.encode(), None),
        (b"\xef\xbb\xbf" + FIRST.encode(), "utf-16"),
        (FIRST.encode("utf-16"), "utf-8"),
        (FIRST.encode() + b"\xe0\xa4", "iso-8859-1"),
        (b'<?xml version="1.0" encoding="utf-16"?>' + FIRST.encode(), None),
        (FIRST.replace("योजना", "यो\x00ज\x08ना").encode(), None),
        (FIRST.encode(), "no-such-codec"),
    ],
)
def test_bytes_count_more_than_what_is_said_of_them(body, encoding):
    assert FIRST in texts(read(body, encoding=encoding))[0]


def test_other_encodings():
    text = "Le café était fermé pendant toute la journée de mardi à Paris."
    assert texts(read(f"<p>{text}</p>".encode("latin-1"), encoding="iso-8859-1")) == [text]
    assert texts(read(f'<meta charset="iso-8859-1"><p>{text}</p>'.encode("latin-1"), encoding="hex")) == [text]
    assert texts(read(f"<p>{text}</p>".encode("cp1252")))[0].startswith("Le caf")


def test_body_without_site_file():
    menu = "".join(f'<li><a href="/{n}">खबर {n}</a></li>' for n in range(30))
    tanks = "<ul><li>पहली टंकी</li><li>दूसरी टंकी</li></ul>"
    story = f'<p>{FIRST}</p><h2>कब मिलेगा पानी</h2><p>{SECOND} <a href="/x">योजना</a></p>{tanks}'
    end = f"{FIRST[:90]} फिर।"
    article = f"<article>{story}<aside><p>{THIRD}</p></aside><p>{end}</p></article>"
    found = read(page(f"<ul>{menu}</ul><h1>पेयजल योजना शुरू</h1>{article}"))
    assert texts(found) == [FIRST, "कब मिलेगा पानी", f"{SECOND} योजना", "पहली टंकी", "दूसरी टंकी", THIRD, end]
    kinds = [line.kind for line in found.lines]
    assert kinds == ["paragraph", "heading", "paragraph", "item", "item", "paragraph", "paragraph"]
    (link,) = found.lines[2].links
    assert (found.lines[2].text[link.start : link.end], link.href) == ("योजना", "/x")
    assert {"खबर 3", "खबर 29"} <= {removal.text for removal in found.outside if removal.rule == "beside/link-list"}
    assert all(document.why(rule) for rule in document.ids())


def test_what_stands_apart_from_the_story_is_left_out():
    notice = "Our office is in Patna. Write to us for all questions about this very old site, we will answer soon."
    story = f"<tr><td><div>{FIRST}</div><div>{SECOND}</div><div>{THIRD}</div></td></tr>"
    found = read(page(f"<table>{story}<tr><td>{notice}</td></tr></table>"))
    assert texts(found) == [FIRST, SECOND, THIRD]
    assert "Our office" in found.outside[-1].text


def test_the_same_paragraph_twice_is_read_once_where_it_first_stands():
    found = read(page(f"<article><p>{FIRST}</p><p>{SECOND}</p><p>{FIRST}</p></article>"))
    assert texts(found) == [FIRST, SECOND]
    assert [(removal.rule, removal.text) for removal in found.removals] == [("beside/repeated", FIRST)]


def test_removals_say_where_they_were():
    article = f'<article><p>{FIRST}</p><div class="sharedaddy">Share this:</div><p>{SECOND}</p></article>'
    found = read(page(f'{article}<div id="respond">टिप्पणी करें</div>'))
    (share,) = found.removals
    assert (share.stage, share.rule, share.because, share.text, share.position) == (
        "document", "strips/share-bar", ("strips/share-bar",), "Share this:", 1,
    )  # fmt: skip
    assert ("strips/comments", "टिप्पणी करें") in {(removal.rule, removal.text) for removal in found.outside}
    assert document.why("strips/comments")
    assert document.why("lines/other") is None


def test_the_title_in_the_body_is_metadata():
    found = read(page(f"<article><h1>पेयजल योजना  शुरू</h1><p>{FIRST}</p><p>{SECOND}</p></article>"))
    assert texts(found) == [FIRST, SECOND]
    assert document.TITLE in {removal.rule for removal in found.removals + found.outside}


def test_hidden_text_goes_but_the_hidden_tail_of_a_story_stays():
    hidden = '<span style="DISPLAY : none">{"id": 7}</span><div hidden>छिपा हुआ</div>'
    tail = f'<div style="display:none"><p>{SECOND} {THIRD}</p></div>'
    found = read(page(f"<article><p>{FIRST}</p>{hidden}{tail}</article>"))
    assert texts(found) == [FIRST, f"{SECOND} {THIRD}"]


def test_summary_that_only_copies_the_text_is_none():
    def summary(text, body):
        return read(page(f"<article>{body}</article>", f'<meta name="description" content="{text}">')).metadata.summary

    story = f"<p>{FIRST}</p><p>{SECOND}</p>"
    assert summary(FIRST[:80] + "...", story) is None
    assert summary("योजना से चालीस बस्तियों को राहत", story) == "योजना से चालीस बस्तियों को राहत"
    lead = "योजना से चालीस बस्तियों को राहत, दूसरे चरण का काम शुरू"
    assert summary(lead, f"<h2>{lead}</h2>{story}") == lead


LD = '<script type="application/ld+json">{}</script>'
OG = '<meta property="og:type" content="article">'


@pytest.mark.parametrize(
    ("head", "body", "reason"),
    [
        (LD.format('{"@type": "CollectionPage"}'), f"<p>{FIRST}</p><p>{SECOND}</p>", "listing"),
        ('<meta property="og:type" content="video.other">', f"<p>{FIRST}</p>", "video"),
        (LD.format('{"@type": "VideoObject"}'), f"<p>{FIRST}</p>", "video"),
        (LD.format('{"@type": "ImageGallery"}'), f"<p>{FIRST}</p>", "gallery"),
        (LD.format('{"@type": "ImageGallery"}') + OG, f"<p>{FIRST}</p>", "gallery"),
        ("", "".join(f'<p><a href="/{n}">{SECOND}</a></p>' for n in range(9)), "listing"),
        (LD.format('{"@type": "NewsArticle"}'), "<h2>सिर्फ शीर्षक</h2>", "no text"),
        (LD.format(f'{{"@type": "NewsArticle", "articleBody": "{FIRST * 5}"}}'), "<div id=root></div>", "no text"),
    ],
)
def test_pages_that_are_no_articles(head, body, reason):
    assert read(page(body, head)) == Refusal(reason)


def test_wordpress_names_its_own_listings():
    story = f"<article><p>{FIRST}</p><p>{SECOND}</p></article>"
    assert read(f'<body class="archive category">{story}</body>') == Refusal("listing")
    assert texts(read(f'<body class="single single-post">{story}</body>')) == [FIRST, SECOND]


def test_an_article_with_a_video_or_a_gallery_stays():
    kinds = LD.format('[{"@type": "NewsArticle"}, {"@type": "VideoObject"}, {"@type": "ImageGallery"}]')
    assert texts(read(page(f"<p>{FIRST}</p>", kinds))) == [FIRST]
    assert texts(read(page(f"<p>{FIRST}</p><p>{SECOND}</p>", OG + LD.format('{"@type": "VideoObject"}'))))
    long = f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}{FIRST}{SECOND}</p>"
    assert len(texts(read(page(long, LD.format('{"@type": "VideoObject"}'))))) == 3


@pytest.mark.parametrize(
    ("free", "truncated"), [("false", True), ('"False"', True), ('"http://schema.org/False"', True), ("true", False)]
)
def test_a_wall_told_by_json_ld_marks_the_article(free, truncated):
    head = LD.format(f'{{"@type": "NewsArticle", "isAccessibleForFree": {free}}}')
    assert read(page(f"<p>{FIRST}</p>", head)).truncated is truncated


def test_a_wall_in_the_page_marks_the_article():
    found = read(page(f'<article><p>{FIRST}</p><p>{SECOND}</p><div class="app-wall">आगे ऐप पर पढ़ें</div></article>'))
    assert texts(found) == [FIRST, SECOND]
    assert found.truncated


POST = {
    "date": "2024-06-01T10:00:00",
    "date_gmt": "2024-06-01T04:30:00",
    "modified_gmt": "2024-06-02T04:30:00",
    "status": "publish",
    "link": "https://example.com/bihar/pani/",
    "title": {"rendered": "पेयजल योजना &#8211; काम <em>शुरू</em>"},
    "excerpt": {"rendered": "<p>चालीस बस्तियों को राहत</p>\n"},
    "content": {"rendered": f'<p>{FIRST}</p>\n<div class="yarpp">और पढ़ें</div><p>{SECOND}</p>', "protected": False},
    "_embedded": {
        "author": [{"name": "सीता देवी"}, {"name": "admin"}, {"code": "rest_user_invalid_id"}],
        "wp:featuredmedia": [{"source_url": "https://example.com/a.jpg"}],
        "wp:term": [
            [{"taxonomy": "category", "name": "Uncategorized"}, {"taxonomy": "category", "name": "राज्य &amp; शहर"}],
            [],
        ],
    },
}


def test_wordpress_post():
    found = read(as_json(**POST), "application/json; charset=utf-8")
    assert texts(found) == [FIRST, SECOND]
    assert [(removal.rule, removal.position) for removal in found.removals] == [("strips/related", 1)]
    known = found.metadata
    assert known.title == "पेयजल योजना – काम शुरू"
    assert known.summary == "चालीस बस्तियों को राहत"
    assert known.authors == ("सीता देवी",)
    assert known.section == "राज्य & शहर"
    assert known.image_url == "https://example.com/a.jpg"
    assert known.canonical_url == "https://example.com/bihar/pani/"
    assert known.published_at == datetime(2024, 6, 1, 4, 30, tzinfo=UTC)
    assert known.published_source == "rest"
    assert known.modified_at == datetime(2024, 6, 2, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"content": {"rendered": "", "protected": True}}, "protected"),
        ({"status": "draft"}, "not published"),
        ({"content": {"rendered": "", "protected": False}}, "no text"),
        ({"content": {"rendered": "<img src=x>", "protected": False}}, "no text"),
    ],
)
def test_wordpress_post_that_is_no_article(change, reason):
    assert read(as_json(**POST | change), "application/json") == Refusal(reason)


def test_wordpress_post_with_little():
    post = {"content": {"rendered": f"<p>{FIRST}</p>"}, "excerpt": {"rendered": "कुछ और ही लिखा [&hellip;]"}}
    post |= {"date": "2024-06-01T10:00:00", "_embedded": [], "title": None}
    known = read(as_json(**post), "application/json").metadata
    assert known.summary is None
    assert known.title is None
    assert known.published_at == datetime(2024, 6, 1, 4, 30, tzinfo=UTC)


def test_record_with_text():
    record = {
        "id": 4, "url": URL, "title": "पेयजल  योजना", "summary": "", "text": f"{FIRST}\n\n{SECOND}\n", "section": None,
        "authors": '["सीता देवी", "रमेश कुमार"]', "agency": "PTI", "published_at": "2024-06-01T04:30:00+00:00",
        "modified_at": 1717302600, "truncated": 1, "image_url": "javascript:x",
    }  # fmt: skip
    found = read(as_json(**record), "application/json")
    assert texts(found) == [FIRST, SECOND]
    assert found.truncated
    known = found.metadata
    assert (known.title, known.summary, known.agency, known.image_url) == ("पेयजल योजना", None, "PTI", None)
    assert known.authors == ("सीता देवी", "रमेश कुमार")
    assert (known.published_at, known.published_source) == (datetime(2024, 6, 1, 4, 30, tzinfo=UTC), "record")
    assert known.modified_at == datetime(2024, 6, 2, 4, 30, tzinfo=UTC)


def test_record_with_html_takes_precedence_over_the_page():
    head = '<meta name="author" content="सीता देवी"><meta property="og:title" content="दूसरा शीर्षक यहां है">'
    record = {"html": page(f"<article><p>{FIRST}</p></article>", head), "title": "पेयजल योजना", "text": "अलग"}
    found = read(as_json(**record), "application/json")
    assert texts(found) == [FIRST]
    assert (found.metadata.title, found.metadata.authors) == ("पेयजल योजना", ("सीता देवी",))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", "broken JSON"),
        ("[" * 100_000, "broken JSON"),
        ("[]", "JSON that is no object"),
        ('{"title": "x"}', "JSON without content, text or html"),
        ('{"text": " "}', "empty"),
        ('{"text": null}', "empty"),
    ],
)
def test_json_that_is_no_article(body, reason):
    assert read(body, "application/json") == Refusal(reason)


def test_dump():
    found = read(f"\ufeffशीर्षक\r\n\n  {FIRST} \n\u200b\n{SECOND}", "text/plain")
    assert texts(found) == ["शीर्षक", FIRST, SECOND]
    assert {line.kind for line in found.lines} == {"paragraph"}
    assert found.metadata.title is None
    assert read("\u200b\n", "text/plain") == Refusal("empty")


def test_a_very_long_page_is_read_whole():
    body = "".join(f"<p>{FIRST} {number}</p>" for number in range(12_000))
    assert len(texts(read(page(f"<article>{body}</article>")))) == 12_000


FRAGMENTS = st.sampled_from(
    ["<p>", "</p>", "<div class='share'>", "</div>", "<br>", "<table><tr><td>", "<a href='/x'>", "</a>", "<h2>", "<li>",
     "&#1;", "&#xFFFE;", "<!--", "-->", "<script type='application/ld+json'>", "</script>", '{"@type": "NewsArticle",',
     "\x00", "\U00020001", FIRST, SECOND, "<time datetime='", "'>", "<meta property='og:title' content='", "<form>",
     "<svg>", "\ufdd0", "<h1>", "<pre>\n"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(FRAGMENTS, max_size=30), st.sampled_from(["text/html", "application/json", "text/plain"]))
def test_nothing_that_a_page_holds_raises(fragments, media_type):
    found = read("".join(fragments), media_type)
    assert isinstance(found, (Document, Refusal))
    if isinstance(found, Document):
        assert all(line.text == line.text.strip() != "" for line in found.lines)
        assert all(0 <= link.start < link.end <= len(line.text) for line in found.lines for link in line.links)


UNDER_A_CLOCK = """
import datetime, json, sys, time
shift, real, real_time = int(sys.argv[1]), datetime.datetime, time.time
class Shifted(real):
    @classmethod
    def now(cls, tz=None): return real.now(tz).replace(year=2024 + shift, month=3, day=3)
    utcnow = now
    @classmethod
    def today(cls): return cls.now()
datetime.datetime = Shifted
time.time = lambda: real_time() + shift * 365 * 86400
from cleaners import dates, document, sites
when = Shifted(2024, 6, 20, 12, tzinfo=datetime.timezone.utc)
body = sys.stdin.buffer.read()
for site in (None, sites.find("jagran", None, when)):
    url = "https://www.jagran.com/a/b-1.html"
    print(document.read(body, media_type="text/html", encoding=None, url=url, fetched_at=when, site=site))
for text in ("2 घंटे पहले", "7 जून", "march-2021", "आज", "7 जून 3 hours ago"):
    print(dates.parse(text, base=when))
print(Shifted.now().year, file=sys.stderr)
"""


def test_the_clock_is_never_read():
    story = f"<div class='articleBody'><p>{FIRST}</p><p>{SECOND}</p></div><span class='dateInfo'>2 घंटे पहले</span>"
    runs = [
        subprocess.run(
            [sys.executable, "-c", UNDER_A_CLOCK, shift], input=page(story).encode(), capture_output=True, check=True
        )
        for shift in ("0", "10")
    ]
    assert [run.stderr.split()[-1] for run in runs] == [b"2024", b"2034"]
    assert runs[0].stdout == runs[1].stdout
    assert FIRST.encode() in runs[0].stdout
