"""What every answer bears: no request leaves the machine, of a real browser either, and no other name is answered."""

from __future__ import annotations

from urllib.parse import quote

import chromium
import pytest
from browsing import HOSTILE, Server, id_of


@pytest.mark.parametrize(
    "path", ["/", "/search", "/rejected", "/article/1", "/news", "/news/corpus", "/-/versions.json"]
)
def test_every_answer_forbids_what_lies_outside_this_machine(server: Server, path: str) -> None:
    headers = {name.lower(): value for name, value in server.get(path).headers.items()}
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy
    assert "*" not in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-dns-prefetch-control"] == "off"


@pytest.mark.parametrize("path", ["/", "/article/1", "/news.json?sql=select+1"])
def test_other_names_of_this_machine_are_refused(server: Server, path: str) -> None:
    assert server.get(path, host="evil.example").status == 421
    assert server.get(path, host="127.0.0.1.evil.example:80").status == 421
    assert server.get(path, host="localhost:9999").status == 200


def _is_ours(server: Server, address: str) -> bool:
    return address.startswith((server.address + "/", "data:", "about:"))


@pytest.mark.browser
def test_the_enemy_gets_nothing(server: Server, browser: chromium.Browser) -> None:
    """Its pages load nothing and run nothing, in our pages, in the frame, alone, and in Datasette's tables."""
    number = id_of(server, HOSTILE)
    paths = [
        "/", "/search?q=" + quote("शत्रु"), f"/article/{number}", f"/article/{number}/revisions", "/rejected",
        f"/article/{number}/page", f"/raw?at={server.keys['hostile']}", "/news/corpus", f"/news/articles/{number}",
    ]  # fmt: skip
    for path in paths:
        browser.open(server.address + path)
        browser.wait(0.3)
        made = [address for address in browser.requests if address not in browser.blocked]
        assert made, path
        assert all(_is_ours(server, address) for address in made), (path, made)
        assert browser.look("typeof owned") == "undefined", path
        assert browser.look("location.href") == server.address + path
        assert server.enemy.visits == 0, path
