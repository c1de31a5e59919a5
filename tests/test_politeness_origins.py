"""An origin is asked once, however many requests come at once; an answer that could not be had is asked for again."""

from __future__ import annotations

import asyncio

import pytest
from scrapy import Request

from newsharvest.politeness.origins import Origins, origin_of


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://A.example/x?y#z", "https://a.example"),
        ("http://a.example:8080/", "http://a.example:8080"),
        ("http://name:word@a.example/", "http://a.example"),
        ("http://[::1]:81/a", "http://[::1]:81"),
    ],
)
def test_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(Request(url)) == origin


def test_each_origin_is_asked_once() -> None:
    asked: list[str] = []

    async def ask(origin: str) -> int:
        asked.append(origin)
        await asyncio.sleep(0)
        if len(asked) == 1:
            raise TimeoutError
        return len(asked)

    async def look() -> None:
        origins = Origins(ask)
        one, other = Request("http://a.example/1"), Request("http://b.example/2")
        with pytest.raises(TimeoutError):
            await origins.get(one)
        answers = await asyncio.gather(*(origins.get(request) for request in (one, one, other, one, other)))
        assert answers == [2, 2, 3, 2, 3]

    asyncio.run(look())
    assert asked == ["http://a.example", "http://a.example", "http://b.example"]
