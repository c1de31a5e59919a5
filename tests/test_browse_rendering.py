"""What the templates make of others' words, and how it looks in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import chromium
import pytest
from browsing import DUMPED, HOSTILE, REVISED, Server, id_of

from newsharvest.browse import rendering


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://example.com/a?b=1", True),
        ("http://example.com", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt://x/%0aalert(1)", False),
        ("data:text/html,x", False),
        ("https://exam\u202eple.com/", False),
        ("https://a b/", False),
        ("//example.com/", False),
        ("https://[", False),
        (None, False),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str | None, is_link: bool) -> None:
    assert rendering.web_link(url) == (url if is_link else None)


def test_what_others_wrote_is_text_and_in_its_order(server: Server) -> None:
    number = id_of(server, HOSTILE)
    for path in ("/", "/search?q=" + quote("शत्रु"), "/search", f"/article/{number}", f"/article/{number}/revisions",
                 f"/article/{number}/page", "/rejected"):  # fmt: skip
        page = server.get(path).text
        assert "<script" not in page, path
        assert "<img" not in page, path
        assert 'href="javascript' not in page, path
        assert not set(page) & set("\u202e\u2066"), path
    assert "&lt;script&gt;" in server.get(f"/article/{number}").text


@pytest.mark.browser
@pytest.mark.parametrize("width", [chromium.PHONE, chromium.DESK])
def test_pages_fit_their_screen_and_hindi_has_room(
    server: Server, browser: chromium.Browser, tmp_path: Path, width: int
) -> None:
    number = id_of(server, DUMPED)
    hostile = id_of(server, HOSTILE)
    for path in ("/", "/search?q=" + quote("किताब"), f"/article/{number}", f"/article/{hostile}", "/rejected",
                 f"/article/{id_of(server, REVISED)}/revisions", f"/article/{hostile}/page", "/news"):  # fmt: skip
        browser.open(server.address + path, width=width)
        assert browser.look("document.documentElement.scrollWidth") <= width, path
    browser.open(f"{server.address}/article/{number}", width=width)
    style = "getComputedStyle(document.querySelector('.text p'))"
    size, line = (float(browser.look(f"parseFloat({style}.{name})")) for name in ("fontSize", "lineHeight"))
    assert size >= 16
    assert line / size >= 1.7
    assert "Noto Sans Devanagari" in browser.look(f"{style}.fontFamily")
    browser.screenshot(tmp_path / "article.png")
    assert (tmp_path / "article.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.browser
def test_removed_lines_are_struck_through_and_can_be_hidden(server: Server, browser: chromium.Browser) -> None:
    browser.open(f"{server.address}/article/{id_of(server, DUMPED)}")
    assert browser.look("getComputedStyle(document.querySelector('.removed del')).textDecorationLine") == "line-through"
    shown = "document.querySelector('.removed').offsetHeight"
    assert browser.look(shown) > 0
    browser.look("document.getElementById('show').click()")
    assert browser.look(shown) == 0


@pytest.mark.browser
def test_the_dark_is_dark(server: Server, browser: chromium.Browser) -> None:
    colours = []
    for dark in (False, True):
        browser.open(server.address, dark=dark)
        colours.append(browser.look("getComputedStyle(document.body).backgroundColor"))
    light, dim = ([int(part) for part in re.findall(r"\d+", colour)] for colour in colours)
    assert min(light) > 200
    assert max(dim) < 60
