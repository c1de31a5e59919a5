"""Why a request brought no answer, in words that can be counted."""

from __future__ import annotations

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.spidermiddlewares.httperror import HttpError

_PASSING = {
    CannotResolveHostError: "host not found",
    DownloadConnectionRefusedError: "connection refused",
    DownloadTimeoutError: "timeout",
    ResponseDataLossError: "answer cut short",
    DownloadFailedError: "connection failed",
}
_PASSING_STATUS = frozenset({408, 425, 429})


def explain(error: BaseException) -> tuple[str, bool]:
    """Return the reason and whether a later run may have more luck."""
    if isinstance(error, HttpError):
        status = error.response.status
        return f"http {status}", status >= 500 or status in _PASSING_STATUS
    if isinstance(error, IgnoreRequest):
        return _explain_refusal(str(error))
    if isinstance(error, DownloadCancelledError):
        return "too large", False
    for kind, reason in _PASSING.items():
        if isinstance(error, kind):
            return reason, True
    return f"{type(error).__name__}: {error}".strip(": "), True


def _explain_refusal(message: str) -> tuple[str, bool]:
    """Make one countable reason of what Scrapy's middlewares, and ours, say of one request."""
    if message.startswith(("robots.txt unreachable", "told to wait")):
        return message, True
    if "robots.txt" in message:
        return "robots.txt forbids it", False
    if "not in cache" in message or "in replay" in message:
        return "not in the archive", True
    if "max redirections" in message:
        return "too many redirects", False
    if "DOWNLOAD_MAXSIZE" in message:
        return "too large", False
    if "not a public address" in message:
        return "private address refused", False
    return message or "refused", False
