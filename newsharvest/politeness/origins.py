"""What is asked of each origin (scheme, host, port) once a crawl, before anything else there is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from scrapy import Request
from scrapy.utils.httpobj import urlparse_cached

Answer = TypeVar("Answer")


def origin_of(request: Request) -> str:
    """Return the beginning of a request's address: scheme, host and port."""
    parts = urlparse_cached(request)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


class Origins(Generic[Answer]):
    """The answers known so far. One that could not be had (``ask`` raised) is asked for again."""

    def __init__(self, ask: Callable[[str], Awaitable[Answer]]) -> None:
        self._ask = ask
        self._known: dict[str, Answer] = {}
        self._lock = asyncio.Lock()

    async def get(self, request: Request) -> Answer:
        """Return the answer for the origin of a request, asking for it where nobody has."""
        origin = origin_of(request)
        async with self._lock:  # requests that come meanwhile wait for the same answer
            if origin not in self._known:
                self._known[origin] = await self._ask(origin)
        return self._known[origin]
