"""Metadata: what pages say of themselves, in every broken way that they say it."""

import json
from datetime import UTC, datetime

import pytest

from cleaners import jsonld, markup, metadata, sites, titles
from cleaners.dates import IST

WHEN = datetime(2024, 6, 20, 12, tzinfo=UTC)
URL = "https://www.example.com/state/pani-yojana-123.html"


def read(head="", body="", *, url=URL, site=None, listed_at=None):
    root = markup.parse(f"<html><head>{head}</head><body>{body}<p>पाठ</p></body></html>")
    return metadata.read(root, jsonld.read(root), metadata.Context(url, WHEN, site, listed_at))


def ld(**article):
    data = json.dumps({"@type": "NewsArticle", **article}, ensure_ascii=False)
    return f'<script type="application/ld+json">{data}</script>'


@pytest.mark.parametrize(
    ("shown", "named", "page_title", "expected"),
    [
        ("गांव में पानी पहुंचा", ["गांव में पानी पहुंचा - Example News"], None, "गांव में पानी पहुंचा"),
        ("गांव में पानी:घर-घर पहुंचा", ["गांव में पानी: घर-घर पहुंचा"], None, "गांव में पानी: घर-घर पहुंचा"),
        ("गांव में पानी पहुंचा", ["गांव में पानी पहुंचा - water reaches village in bihar"], None, "गांव में पानी पहुंचा"),
        (None, ["गांव में पानी पहुंचा - water reaches village in bihar"], None, "गांव में पानी पहुंचा"),
        (None, [], "water comes to gaya | गांव में पानी पहुंचा - Gaya News | Example", "गांव में पानी पहुंचा"),
        (None, [], "उदाहरण - गांव में पानी पहुंचा", "गांव में पानी पहुंचा"),
        (None, [], "गांव में पानी - मुखिया ने कहा", "गांव में पानी - मुखिया ने कहा"),
        ("Example", ["गांव में पानी पहुंचा"], None, "गांव में पानी पहुंचा"),
        ("राजनीति", ["गांव में पानी पहुंचा"], None, "गांव में पानी पहुंचा"),
        ("मुखिया बोले, अब हर घर में पानी", ["Water in every home"], None, "मुखिया बोले, अब हर घर में पानी"),
        ("पानी पहुंचा", [], None, "पानी पहुंचा"),
        (None, ["उदाहरण"], "Example", None),
    ],
)
def test_title_is_chosen_by_agreement(shown, named, page_title, expected):
    assert titles.choose(shown, named, page_title, ["Example", "उदाहरण"]) == expected


def test_title_is_unescaped_twice_and_taken_from_the_sites_element():
    assert read(ld(headline="राम &amp;quot;श्याम&amp;quot; &amp;amp; मोहन")).title == 'राम "श्याम" & मोहन'
    site = sites.parse({"name": "न", "hosts": ["example.com"], "title": "//h1[@class='t']"}, "x", "x.toml")
    both = "<h1>आज की सबसे बड़ी और लंबी खबर यहां</h1><h1 class=t>गांव में पानी पहुंचा</h1>"
    assert read(body=both, site=site).title == "गांव में पानी पहुंचा"
    assert read(body=both).title == "आज की सबसे बड़ी और लंबी खबर यहां"


@pytest.mark.parametrize(
    "source",
    [
        '{"@type": "NewsArticle", "headline": "पानी", "datePublished": "2024-06-01T10:00:00",}',
        '<!-- {"@type": ["NewsArticle"], "headline": "पानी", "datePublished": "2024-06-01T10:00:00+05:30"} -->',
        '{"@type": "http://schema.org/NewsArticle", "headline": "पा\u0001नी", "datePublished": "2024-06-01\t10:00:00"}',
        '{"@graph": [{"@type": "WebSite"}, {"@type": "Article", "name": "पानी", "datePublished": "2024-06-01 10:00"}]}',
        '[[{"@type": "NewsArticle", "headline": "पानी", "datePublished": "2024-06-01T04:30:00Z"}]]',
        '{"@type": "Organization"};{"@type": "NewsArticle", "headline": "पानी", "datePublished": "2024-06-01T10:00"}',
        '{"@type": "WebPage", "mainEntity": {"@type": "Article", "name": "पानी", "datePublished": "2024-06-01T10:00"}}',
        '{"headline": "पानी", "description": "वह "बोला" यहां", "datePublished": "2024-06-01T10:00:00+0530"}',
    ],
)
def test_broken_json_ld_is_read(source):
    found = read(f'<script type="application/ld+json">{source}</script>')
    assert found.title == "पानी"
    assert found.published_at == datetime(2024, 6, 1, 10, tzinfo=IST)
    assert found.published_source == "json-ld"


@pytest.mark.parametrize(
    "source", ["", "{", "null", "[" * 100_000, '{"@graph": 1, "author": [[]]}', '"x"', "<b>", "[1, {}]"]
)
def test_hopeless_json_ld_is_left_out(source):
    assert read(f'<script type="application/ld+json">{source}</script>').published_at is None


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("रमेश कुमार", ("रमेश कुमार",)),
        ({"@type": "Person", "name": "Dr. Anita Rao"}, ("Dr. Anita Rao",)),
        ([{"name": "रमेश कुमार"}, {"name": "सीता देवी"}, {"name": "रमेश कुमार"}], ("रमेश कुमार", "सीता देवी")),
        ("Edited By: रमेश कुमार और सीता देवी", ("रमेश कुमार", "सीता देवी")),
        ({"@type": "Person", "name": ["रमेश कुमार", "वेब डेस्क"]}, ("रमेश कुमार",)),
        ({"@type": "Organization", "name": "रमेश प्रकाशन"}, ()),
        ({"@id": "#me"}, ("हरि ओम",)),
        ("एबीपी लाइव", ()),
        ("Admin", ()),
        ("उदाहरण", ()),
        ("https://example.com/author/1", ()),
        (None, ()),
        (7, ()),
    ],
)
def test_authors_are_persons(author, expected):
    person = '<script type="application/ld+json">{"@type": "Person", "@id": "#me", "name": "हरि ओम"}</script>'
    assert read(ld(author=author, publisher={"name": "उदाहरण"}) + person).authors == expected


def test_author_of_meta_and_of_the_visible_byline():
    assert read('<meta name="author" content="सीता देवी">').authors == ("सीता देवी",)
    assert read(ld(author="न्यूज डेस्क"), '<a rel="author">By सीता देवी</a>').authors == ("सीता देवी",)


def test_a_reader_who_commented_is_no_author():
    comment = '<div class="wp-block-comment-author-name"><a href="/x">एक पाठक</a></div>'
    assert read("", comment).authors == ()
    assert read("", '<p class="wp-block-post-author__name">सीमा वर्मा</p>' + comment).authors == ("सीमा वर्मा",)


def test_agency_among_the_credits():
    found = read(ld(author=[{"@type": "Organization", "name": "आईएएनएस"}, {"name": "सीता देवी"}]))
    assert (found.agency, found.authors) == ("IANS", ("सीता देवी",))


def test_summary_is_not_the_title_again():
    head = '<meta property="og:title" content="पानी पहुंचा"><meta property="og:description" content="पानी पहुंचा">'
    assert read(head).summary is None
    assert read(head + '<meta name="description" content="योजना पूरी हुई।">').summary == "योजना पूरी हुई।"
    assert read(ld(headline="पानी", description="योजना &amp;#39;पूरी&amp;#39; हुई")).summary == "योजना 'पूरी' हुई"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("/state/pani.html", "https://www.example.com/state/pani.html"),
        ("https://m.example.com/a/b", "https://m.example.com/a/b"),
        ("https://other.com/a/b", None),
        ("https://www.example.com/", None),
        ("javascript:void(0)", None),
        ("http://[", None),
    ],
)
def test_canonical_address_is_of_the_same_site(href, expected):
    assert read(f'<link rel="canonical" href="{href}">').canonical_url == expected


@pytest.mark.parametrize("slug", ["%e0%a4%97%e0%a4%be%e0%a4%82%e0%a4%b5", "गांव"])
def test_canonical_address_has_one_spelling(slug):
    head = f'<link rel="canonical" href="https://www.example.com/{slug}/">'
    assert read(head).canonical_url == "https://www.example.com/%E0%A4%97%E0%A4%BE%E0%A4%82%E0%A4%B5/"


def test_canonical_address_with_an_impossible_port_is_none():
    assert read('<link rel="canonical" href="https://www.example.com:port/a/">').canonical_url is None


def test_canonical_address_may_be_all_that_is_known():
    assert (
        read('<meta property="og:url" content="https://other.com/a">', url=None).canonical_url == "https://other.com/a"
    )


def test_image_and_section():
    found = read(
        '<meta property="og:image" content="//img.example.com/a.jpg">' + ld(articleSection="City &amp; states")
    )
    assert found.image_url == "https://img.example.com/a.jpg"
    assert found.section == "City & states"
    assert read(ld(image=[{"@type": "ImageObject", "url": "/b.jpg"}])).image_url == "https://www.example.com/b.jpg"
    assert read('<meta property="og:image" content="https://example.com">').image_url is None
    crumbs = [{"item": {"name": name}} for name in ("होम", "बिहार", "गया", "खबर")]
    assert read(ld() + ld(**{"@type": "BreadcrumbList", "itemListElement": crumbs})).section == "गया"


LISTED = datetime(2024, 6, 3, tzinfo=UTC)
META = '<meta property="article:published_time" content="2024-06-02T10:00:00+05:30">'
TIME = '<time datetime="2024-06-04T10:00:00+05:30">4 जून</time>'


@pytest.mark.parametrize(
    ("head", "body", "listed_at", "day", "source"),
    [
        (ld(datePublished="2024-06-01T10:00:00") + META, TIME, LISTED, 1, "json-ld"),
        (META, TIME, LISTED, 2, "meta"),
        (ld(datePublished="1970-01-01") + META, TIME, LISTED, 2, "meta"),
        (ld(datePublished="2024-07-01") + META, TIME, LISTED, 2, "meta"),
        ("", TIME, LISTED, 3, "listing"),
        ("", TIME, None, 4, "byline"),
        ("", '<div class="post-meta"><span>By राम</span><span>5 जून 2024</span></div>', None, 5, "byline"),
        ("", '<span class="dateInfo">Publish Date: Thu, 06 Jun 2024 01:34 PM (IST)</span>', None, 6, "byline"),
        ("", '<b class="date">20 June 2024</b><h1>पानी</h1><b class="date">7 जून 2024</b>', None, 7, "byline"),
        ("", '<div class="box">5 जून 2024</div>', None, None, None),
    ],
)
def test_time_and_where_it_came_from(head, body, listed_at, day, source):
    found = read(head, body, listed_at=listed_at)
    assert found.published_source == source
    assert (found.published_at.astimezone(IST).day if found.published_at else None) == day


def test_modified_time():
    assert read(ld(dateModified="2024-06-05T10:00:00")).modified_at == datetime(2024, 6, 5, 10, tzinfo=IST)
    assert read('<meta property="article:modified_time" content="5 June 2024">').modified_at is not None
