"""Times of publication: to the minute where the page shows it, and from whom."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import html

from cleaners import jsonld, metadata

NOW = datetime(2022, 1, 20, 6, tzinfo=UTC)
H1 = "<h1>घराट की आवाज गांव में लौटी</h1>"
LD = '<script type="application/ld+json">{}</script>'


def published(body: str, head: str = "", url: str | None = None, listed_at: datetime | None = None) -> str | None:
    root = html.document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")
    found = metadata.read(root, jsonld.read(root), metadata.Context(url, NOW, None, listed_at))
    return f"{found.published_at:%Y-%m-%d %H:%M} {found.published_source}" if found.published_at else None


@pytest.mark.parametrize(
    ("body", "moment"),
    [
        ("<p>Publish Date:Sat, 28 Nov 2020 01:34 PM (IST)</p>", "2020-11-28 08:04 byline"),
        ("<ul><li>अमित</li><li>Updated Thu, 16 Apr 2020 01:00 AM IST</li></ul>", "2020-04-15 19:30 byline"),
        ("<div>01:40 AM Jan 10, 2022 IST</div>", "2022-01-09 20:10 byline"),
        ("<i>अपडेटेड सन, 18 अप्रैल 2021 12:01 AM IST</i>", "2021-04-17 18:31 byline"),
        ("<span>3 घंटे पहले</span>", "2022-01-20 03:00 byline"),
        ("<b>By Ravi | Published: 10 Jan 2022 05:30 PM | Updated: 11 Jan 2022 06:30 PM</b>", "2022-01-10 12:00 byline"),
        ("<p>Updated: 11 Jan 2022 06:30 PM</p><p>Published: 10 Jan 2022 05:30 PM</p>", "2022-01-10 12:00 byline"),
        (f"<p>{'ग्राम पंचायत ने बैठक में तय किया। ' * 6}</p><p>10 Jan 2022 05:30 PM</p>", None),
    ],
)
def test_bylines_behind_the_title(body: str, moment: str | None) -> None:
    assert published(H1 + body) == moment


def test_sources_in_order() -> None:
    head = '<meta property="article:published_time" content="2022-01-03T05:00:00+05:30">'
    article = LD.format('{"@type": "NewsArticle", "datePublished": "2022-01-02T11:11:00+05:30"}')
    listed = datetime(2022, 1, 4, 4, 4, tzinfo=UTC)
    shown, url = "<p>05 Jan 2022 05:30 PM</p>", "https://example.com/2022/01/06/mill"
    assert published(H1 + shown, article + head, url, listed) == "2022-01-02 05:41 json-ld"
    assert published(H1 + shown, head, url, listed) == "2022-01-02 23:30 meta"
    assert published(H1 + shown, "", url, listed) == "2022-01-04 04:04 listing"
    assert published(H1 + shown, "", url) == "2022-01-05 12:00 byline"
    assert published(H1, "", url) == "2022-01-05 18:30 url"
    assert published(H1, "", "https://example.com/2022/02/31/mill") is None
    assert published(H1) is None


def test_day_of_data_is_made_exact_by_the_byline_of_that_day() -> None:
    head = LD.format('{"@type": "NewsArticle", "datePublished": "2022-01-02"}')
    assert published(H1 + "<p>02 Jan 2022, 05:15 PM IST</p>", head) == "2022-01-02 11:45 byline"
    assert published(H1 + "<p>09 Jan 2022, 05:15 PM IST</p>", head) == "2022-01-01 18:30 json-ld"


def test_page_that_is_no_article_by_type_still_says_when() -> None:
    page = LD.format('{"@type": "WebPage", "datePublished": "2022-01-02T11:11:00+05:30"}')
    assert published(H1, page) == "2022-01-02 05:41 json-ld"


def test_of_several_articles_the_one_with_the_title_of_the_page() -> None:
    other = '{"@type": "NewsArticle", "headline": "दूसरी खबर का शीर्षक", "datePublished": "2022-01-01T10:00:00+05:30"}'
    own = (
        '{"@type": "NewsArticle", "headline": "घराट की आवाज गांव में लौटी", "datePublished": "2022-01-02T11:11:00+05:30"}'
    )
    assert published(H1, LD.format(f"[{other}, {own}]")) == "2022-01-02 05:41 json-ld"
    assert published("<h1>और कुछ</h1>", LD.format(f"[{other}, {own}]")) == "2022-01-01 04:30 json-ld"
