"""The raw page: shown, and neither loads nor runs anything."""

from __future__ import annotations

import re

import chromium
import pytest
from browsing import HOSTILE, Server, id_of
from store_pages import make_page

from newsharvest.browse import raw


def test_a_raw_page_may_do_nothing(server: Server) -> None:
    answer = server.get("/raw", at=server.keys["hostile"])
    policy = answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert {"sandbox", "default-src 'none'", "form-action 'none'", "base-uri 'none'"} <= set(policy.split("; "))
    assert "allow-" not in policy
    assert not re.search("<(link|iframe|a|object|embed)[ >]", answer.text, re.IGNORECASE)
    assert "यहाँ लिखा है" in answer.text
    assert ">कड़ी</x-a>" in answer.text
    page = server.get(f"/article/{id_of(server, HOSTILE)}/page").text
    assert '<iframe class="raw" sandbox="" ' in page


def test_a_value_within_a_json_document_is_shown_as_text(server: Server) -> None:
    answer = server.get("/raw", at=server.keys["rest"] + "#/1")
    assert (answer.headers["content-type"], answer.text) == ("text/plain; charset=utf-8", '{"b": "<script>"}')


def test_other_kinds_are_named_only() -> None:
    page = make_page(None)
    assert raw.show(raw.Page(**{**_fields(page), "body": b"%PDF-1.4 x"})).body == b"(PDF, 10 bytes)\n"
    svg = raw.Page(**{**_fields(page), "media_type": "image/svg+xml", "body": b"<svg><script/></svg>"})
    assert raw.show(svg).content_type == "text/plain; charset=utf-8"
    wide = raw.Page(**{**_fields(page), "body": "<p>क</p><Link rel=preconnect>".encode("utf-16")})
    assert raw.show(wide).body == "<p>क</p><x-Link rel=preconnect>".encode()


def _fields(page: object) -> dict[str, object]:
    return {name: getattr(page, name) for name in page.__dataclass_fields__}  # type: ignore[attr-defined]


@pytest.mark.browser
def test_the_raw_page_is_shown_in_its_frame(server: Server, browser: chromium.Browser) -> None:
    browser.open(f"{server.address}/article/{id_of(server, HOSTILE)}/page")
    assert f"{server.address}/raw?at={server.keys['hostile']}" in browser.requests
    shown = [target["url"] for target in browser.tell("Target.getTargets")["targetInfos"] if target["type"] == "iframe"]
    assert shown == [f"{server.address}/raw?at={server.keys['hostile']}"]  # in a process of its own
    assert browser.look("document.querySelector('iframe').contentDocument") is None  # another origin: out of reach
