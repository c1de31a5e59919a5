"""Site files and strips: loading, errors, choosing by name, host and day; what the five files do to a page."""

from datetime import UTC, date, datetime

import pytest

from cleaners import document, sites, strips
from cleaners.strips import DataError

WHEN = datetime(2024, 6, 20, tzinfo=UTC)
FIRST = "नगर परिषद ने मंगलवार को पेयजल योजना के दूसरे चरण का काम शुरू कराया और पाइपलाइन बिछाने का रास्ता साफ हुआ।"
SECOND = "अभियंता ने कहा कि तीन महीने में चालीस बस्तियों तक पानी पहुंचेगा, इसके लिए दो नई टंकियां भी बनाई जा रही हैं।"
MINIMAL = {"name": "नमूना", "hosts": ["example.com"]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bdy": []}, "x.toml: unknown key 'bdy'"),
        ({"hosts": []}, "x.toml: 'hosts'"),
        ({"name": None}, "x.toml: 'name'"),
        ({"body": ["//div["]}, "x.toml, body: bad xpath"),
        ({"body": "//div"}, "x.toml: 'body'"),
        ({"title": "//h1["}, "x.toml, title: bad xpath"),
        ({"valid_until": "2020"}, "x.toml: 'valid_until'"),
        ({"strip": [{"id": "a", "xpath": "//a["}]}, "x.toml, strip 'a': bad xpath"),
        ({"strip": [{"id": "a", "xpth": "//a"}]}, "x.toml, strip 'a': unknown key 'xpth'"),
        ({"strip": [{"id": "a"}]}, "x.toml, strip 'a': none of"),
        ({"strip": [{"id": "a", "classes": "b"}]}, "x.toml, strip 'a': 'classes'"),
        ({"strip": [{"xpath": "//a"}]}, "x.toml: a strip without id"),
        ({"strip": [{"id": "a", "tags": ["p"]}, {"id": "a", "tags": ["b"]}]}, "'x/a' is given twice"),
    ],
)
def test_a_wrong_file_names_file_and_key(change, message):
    with pytest.raises(DataError) as caught:
        sites.parse({**MINIMAL, **change}, "x", "x.toml")
    assert message in str(caught.value)


def test_shared_strips_say_why():
    assert all(strip.why for strip in strips.shared())
    with pytest.raises(DataError, match=r"strips.toml, strip 'a': no 'why'"):
        strips.parse({"id": "a", "tags": ["b"]}, "strips", why_needed=True)


def test_a_folder_is_read_and_a_broken_file_named(tmp_path):
    (tmp_path / "one.toml").write_text('name = "एक"\nhosts = ["one.in"]', encoding="utf-8")
    (tmp_path / "one.2020.toml").write_text(
        'name = "एक"\nhosts = ["one.in"]\nvalid_until = 2020-12-31', encoding="utf-8"
    )
    files = sites.load(tmp_path)
    assert [(file.slug, file.valid_until) for file in files] == [("one", date(2020, 12, 31)), ("one", None)]
    (tmp_path / "one.again.toml").write_text('name = "एक"\nhosts = ["one.in"]', encoding="utf-8")
    with pytest.raises(DataError, match="two files of the site are valid until ever"):
        sites.load(tmp_path)
    (tmp_path / "one.again.toml").write_text("name = ", encoding="utf-8")
    with pytest.raises(DataError, match=r"one\.again\.toml"):
        sites.load(tmp_path)


def test_the_day_of_the_fetch_chooses_the_layout():
    def layout(until):
        return sites.parse({**MINIMAL, "valid_until": until} if until else MINIMAL, "x", "x.toml")

    older, old, new = layout(date(2019, 5, 1)), layout(date(2021, 5, 1)), layout(None)
    files = (new, old, older)

    def on(*day):
        return sites.choose(files, "x", None, datetime(*day, 23, tzinfo=UTC))

    assert on(2019, 5, 1) is older
    assert on(2019, 5, 2) is old
    assert on(2021, 5, 2) is new


def test_name_comes_before_host_and_hosts_cover_sub_domains():
    assert sites.find("jagran", None, WHEN).slug == "jagran"
    assert sites.find(None, "https://www.jagran.com/x-1.html", WHEN).slug == "jagran"
    assert sites.find(None, "https://m.jagran.com/x-1.html", WHEN).slug == "jagran"
    assert sites.find("jagran", "https://www.bhaskar.com/x", WHEN).slug == "jagran"
    assert sites.find("unknown", "https://www.bhaskar.com/x", WHEN).slug == "bhaskar"
    assert sites.find(None, "https://notjagran.com/", WHEN) is None
    assert sites.find(None, "http://[broken/", WHEN) is None
    assert sites.find(None, None, WHEN) is None


def read(slug, body):
    page = f"<html><head><title>पेयजल योजना का काम शुरू</title></head><body>{body}<footer>मेन्यू</footer></body></html>"
    site = sites.find(slug, None, WHEN)
    return document.read(page.encode(), media_type="text/html", encoding=None, url=None, fetched_at=WHEN, site=site)


PAGES = {
    "abplive": (
        '<h1 class="abp-article-title">पेयजल योजना का काम शुरू</h1><div class="abp-story-article">'
        f'<p>{FIRST}</p><div class="ad-wrapper-leaderboard">विज्ञापन</div><p>{SECOND}</p>'
        '<div class="abp-story-article-more"><a id="read-full-article">पूरा लेख पढ़ें</a></div></div>',
        {"abplive/advertisement", "abplive/read-full-article"},
    ),
    "theprintlines": (
        '<h1 class="entry-title">पेयजल योजना का काम शुरू</h1><div class="tdm_block_inline_image">चित्र</div>'
        f'<div class="td_block_wrap tdb_single_content"><div class="tdb-block-inner"><p>{FIRST}</p>'
        f'<div class="td-a-rec">विज्ञापन</div><p>{SECOND}</p><div class="tdm_block_inline_image">दूसरा चित्र</div>'
        '</div></div><div class="tdb-author-box">रिपोर्टर</div>',
        {"strips/advertisement", "theprintlines/inline-image"},
    ),
    "bhaskar": (
        '<article class="a1"><div class="b2"><ul><li><a href="/">Hindi News</a></li><li>Local</li></ul></div>'
        '<h1><span>पेयजल योजना:</span>काम शुरू</h1><div class="c3"><div class="d4"><span>गया</span></div><ul><li>'
        '<button class="react-share__ShareButton"></button></li><li><span>कॉपी लिंक</span></li></ul></div>'
        '<div class="e5"><picture><img></picture></div><div class="f6"><span>पाइप बिछाते मजदूर</span></div>'
        f'<p>{FIRST}</p><div class="g7"><p>{SECOND}</p></div>'
        '<div class="h8"><div><h2><span>अधूरा नहीं! पढ़िए पूरा!</span></h2>'
        '</div><a href="https://dainik-b-alternate.app.link?x">पूरी खबर पढ़ें ऐप पर</a></div></article>',
        {
            "bhaskar/breadcrumb",
            "bhaskar/city-and-time",
            "bhaskar/share-bar",
            "bhaskar/picture-caption",
            "bhaskar/app-wall",
        },
    ),
    "jagran": (
        '<article class="detailBox"><div class="articleHd"><h1>पेयजल योजना का काम शुरू</h1></div>'
        f'<div class="articleBody"><p>{FIRST}</p><div class="relativeNews"><div class="h3"><a href="/x">दूसरी खबर</a>'
        f'</div></div><p>{SECOND}</p><p><a href="https://bit.ly/2wzjuC8">एप</a></p></div></article>'
        '<article class="newsBox"><p>और खबर</p></article>',
        {"jagran/related", "jagran/app-link"},
    ),
    "amarujala": (
        '<section class="article-detail"><h1>पेयजल योजना का काम शुरू</h1>'
        f'<div class="auw_speak_body">{FIRST}<br/>{SECOND}</div><div class="article-desc ul_styling">{FIRST}'
        f'<div class="ad-mb-app"><center class="vigyapan">विज्ञापन</center></div>{SECOND}</div></section>',
        {"amarujala/advertisement"},
    ),
}


@pytest.mark.parametrize("slug", PAGES)
def test_a_page_of_each_site(slug):
    body, rules = PAGES[slug]
    found = read(slug, body)
    assert [line.text for line in found.lines] == [FIRST, SECOND]
    assert {removal.rule for removal in found.removals} - {"document/title"} == rules
    assert all(document.why(removal.rule, sites.find(slug, None, WHEN)) for removal in found.removals + found.outside)
    assert f"{slug}/not-body" in {removal.rule for removal in found.outside} or "strips/footer" in {
        removal.rule for removal in found.outside
    }


def test_bhaskars_wall_marks_the_article_as_truncated():
    assert read("bhaskar", PAGES["bhaskar"][0]).truncated
    assert not read("jagran", PAGES["jagran"][0]).truncated


def test_the_tail_behind_abplives_button_stays():
    found = read(
        "abplive",
        f'<div class="abp-story-article"><p>{FIRST}</p><div class="abp-story-article-more"><p>{SECOND}</p></div></div>',
    )
    assert [line.text for line in found.lines] == [FIRST, SECOND]


def test_the_first_body_with_text_wins_and_nested_matches_are_read_once():
    empty = '<div class="abp-story-article"> </div>'
    nested = f'<div class="abp-story-detail"><p>{FIRST}</p><div class="abp-story-detail"><p>{SECOND}</p></div></div>'
    assert [line.text for line in read("abplive", empty + nested).lines] == [FIRST, SECOND]


def test_without_a_match_trafilatura_decides():
    found = read("abplive", f"<article><p>{FIRST}</p><p>{SECOND}</p></article>")
    assert [line.text for line in found.lines] == [FIRST, SECOND]
    assert not any(removal.rule == "abplive/not-body" for removal in found.outside)


def test_a_shared_strip_never_takes_the_body_but_a_sites_own_may():
    around = f'<div class="sidebar"><div class="abp-story-article share"><p>{FIRST}</p></div></div>'
    assert [line.text for line in read("abplive", around).lines] == [FIRST]
    boxes = f'<article><p>{FIRST}</p></article><article class="commonList"><p>{SECOND}</p></article>'
    assert [line.text for line in read("jagran", boxes).lines] == [FIRST]
