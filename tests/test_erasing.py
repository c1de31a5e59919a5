"""Forgotten articles are cut out of what holds many, and nothing else is."""

from __future__ import annotations

import gzip
import json

import pytest

from newsharvest import erasing

GONE = "https://khabar.example/desh/nahar-4711"
STAYS = "https://khabar.example/desh/nahar-4712"


def is_forgotten(address: str) -> bool:
    return address == erasing.fold_address(GONE)


@pytest.mark.parametrize(
    "address",
    [
        GONE, GONE + "/", GONE + "?utm_source=rss", GONE + "#top", GONE + "/amp", "http://www.khabar.example/desh/nahar-4711",
        "https://m.khabar.example/desh/nahar-4711?amp=1",
    ],
)  # fmt: skip
def test_every_form_of_an_address_is_the_same(address: str) -> None:
    assert is_forgotten(erasing.fold_address(address))
    assert not is_forgotten(erasing.fold_address(address.replace("4711", "4712")))


def test_what_is_no_address_stays_as_it_is() -> None:
    assert erasing.fold_address("file:corpus/a.txt") == "file:corpus/a.txt"


@pytest.mark.parametrize(
    "post",
    [
        {"link": GONE, "content": {"rendered": "पाठ"}}, {"link": STAYS, "guid": {"rendered": GONE}}, {"url": GONE},
    ],
)  # fmt: skip
def test_a_post_becomes_null_in_its_place(post: dict) -> None:
    others = [{"link": STAYS, "n": n} for n in range(2)]
    left = erasing.cut(json.dumps([others[0], post, others[1]]).encode(), is_forgotten)
    assert json.loads(left) == [others[0], None, others[1]]
    assert erasing.cut(json.dumps(post).encode(), is_forgotten) == b"null"
    assert erasing.cut(json.dumps(others).encode(), is_forgotten) is None


def test_the_text_of_the_others_is_left_alone() -> None:
    other = {"link": STAYS, "content": {"rendered": "कानून\ud800 <a>" + GONE}}
    left = erasing.cut(json.dumps([other, {"link": GONE}]).encode(), is_forgotten)
    assert json.loads(left.decode("utf-8", "surrogatepass")) == [other, None]


RSS = (
    '<?xml version="1.0"?><rss><channel><link>https://khabar.example/</link><image><url>https://khabar.example/i</url>'
    "</image>{}</channel></rss>"
)
ITEM = "<item><title>{1}</title><link>{0}</link><description>{1}</description></item>"


@pytest.mark.parametrize(
    ("frame", "entry"),
    [
        (RSS, ITEM),
        (RSS, '<item rdf:about="x"><title>{1}</title><link><![CDATA[ {0} ]]></link></item>'),
        (RSS, "<item><link>https://feedproxy.example/x</link><feedburner:origLink>{0}</feedburner:origLink>{1}</item>"),
        (RSS, '<item><guid isPermaLink="true">{0}?a=1&amp;utm_source=x</guid>{1}</item>'.replace("?a=1&amp;", "?")),
        ("<feed>{}</feed>", "<entry><link rel='alternate' href='{0}'/><content>{1}</content></entry>"),
        ("<urlset>{}</urlset>", "<url><loc>{0}</loc><news:title>{1}</news:title></url>"),
        ("<sm:urlset>{}</sm:urlset>", "<sm:url>\n<sm:loc>{0}</sm:loc>{1}</sm:url >"),
    ],
)
def test_an_entry_goes_and_the_others_stay(frame: str, entry: str) -> None:
    gone, first, last = entry.format(GONE, "गुप्त"), entry.format(STAYS, "एक"), entry.format(STAYS + "0", "दो")
    body = frame.format(first + gone + last).encode()
    assert erasing.cut(body, is_forgotten) == frame.format(first + last).encode()
    assert erasing.cut(gzip.compress(body), is_forgotten) == frame.format(first + last).encode()
    assert erasing.cut(frame.format(first + last).encode(), is_forgotten) is None


def test_an_entry_that_only_speaks_of_it_stays() -> None:
    body = RSS.format(ITEM.format(STAYS, f"&lt;a href='{GONE}'>")).encode()
    assert erasing.cut(body, is_forgotten) is None


@pytest.mark.parametrize("body", [b"", b"\x1f\x8bnothing", b"[broken", b"plain", b"{}", b"[1, null]", b"<p>"])
def test_what_cannot_be_read_is_left(body: bytes) -> None:
    assert erasing.cut(body, is_forgotten) is None


def test_a_place_is_cut_once() -> None:
    assert erasing.cut_pointer(b'[{"a": 1}, 2]', 0) == b"[null, 2]"
    for body in (b"[null, 2]", b"[]", b"{}", b"x"):
        assert erasing.cut_pointer(body, 0) is None


def test_a_listing_mentions_what_it_links_to() -> None:
    assert erasing.mentions(
        b'<a class=x href="/desh/nahar-4711?utm_source=a">', "https://khabar.example/", is_forgotten
    )
    assert not erasing.mentions(b'<a href="/desh/nahar-4712">', "https://khabar.example/", is_forgotten)
    assert not erasing.mentions(b"<a href='mailto:x'>", "https://khabar.example/", is_forgotten)
