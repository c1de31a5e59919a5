"""What kind of page it is: plain signs, and none of them against a page with a story."""

from __future__ import annotations

import pytest
from lxml import html

from cleaners import jsonld, pagetype
from cleaners.model import Line, Link

SENTENCE = "The village council met on Friday evening to decide whether the old mill should be sold or repaired."
CHINESE = "位于山谷里的石溪镇日前把一座废弃二十多年的茶厂改建成公共图书馆，开馆当天有近五百名居民前来参观。"
PROSE = [Line("paragraph", SENTENCE)] * 5
LINKS = [Line("paragraph", SENTENCE, (Link(0, len(SENTENCE), "/a"),))] * 5
LD = '<script type="application/ld+json">{{"@type": "{}"}}</script>'


def refusal(head: str, lines: list[Line], body: str = "<body>", url: str | None = None) -> str | None:
    root = html.document_fromstring(f"<html><head>{head}</head>{body}<p>.</p></body></html>")
    return pagetype.refusal(root, jsonld.read(root), url, lines)


@pytest.mark.parametrize(
    ("head", "lines", "reason"),
    [
        ("", PROSE, None),
        ("", LINKS, "listing"),
        ("", [], "no text"),
        (LD.format("CollectionPage"), PROSE[:1], "listing"),
        (LD.format("NewsArticle"), LINKS[:1] + PROSE[:1], None),
        (LD.format("VideoObject"), PROSE[:1], "video"),
        (LD.format("VideoObject"), PROSE, None),
        (LD.format("ImageGallery"), PROSE[:1], "gallery"),
        ("", [Line("paragraph", CHINESE)], None),
        (LD.format("VideoObject"), [Line("paragraph", CHINESE)] * 4, None),
    ],
)
def test_refusal(head: str, lines: list[Line], reason: str | None) -> None:
    assert refusal(head, lines) == reason


def test_home_page_and_wordpress_archive() -> None:
    assert refusal('<meta property="og:type" content="website">', PROSE, url="https://example.com/") == "listing"
    assert refusal('<meta property="og:type" content="website">', PROSE, url="https://example.com/mill") is None
    assert refusal("", PROSE, '<body class="archive category">') == "listing"
    assert refusal("", PROSE, '<body class="single archive">') is None
