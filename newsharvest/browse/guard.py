"""What every answer bears: no request leaves the reader's machine, and no other web site gets in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

# Our pages have no script. Datasette's have, in the page itself.
OURS = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
DATASETTE = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A stored page: nothing is loaded, nothing runs, its links lead nowhere within the frame.
RAW = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-dns-prefetch-control", b"off"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
# A web site whose name is made to lead to this machine would otherwise read the corpus.
_HOSTS = {"127.0.0.1", "localhost", "::1"}


def protect(app: App) -> App:
    """Wrap an ASGI application: other names than this machine's own are refused, and headers are added."""

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif not _is_local(scope):
            await _refuse(send)
        else:
            await app(scope, receive, lambda message: send(_with_headers(message)))

    return guarded


def _is_local(scope: Message) -> bool:
    named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    try:
        return len(named) == 1 and urlsplit(f"//{named[0]}").hostname in _HOSTS
    except ValueError:
        return False


def _with_headers(message: Message) -> Message:
    if message["type"] != "http.response.start":
        return message
    headers = list(message.get("headers", ()))
    if not any(name.lower() == b"content-security-policy" for name, _ in headers):
        headers.append((b"content-security-policy", DATASETTE.encode()))
    return {**message, "headers": [*headers, *_HEADERS]}


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_HEADERS]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": b"Open this by the name 127.0.0.1 or localhost.\n"})
