"""Cleaners that do what the name of a page says: their own module, so that their processes start at once."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from newsharvest.cleaning import Fault, Outcome
from newsharvest.items import Page, Rejected

NOW = datetime(2026, 9, 14, 6, 0, tzinfo=UTC)


def page(name: str, body: bytes = b"") -> Page:
    return Page(f"https://khabar.example/{name}", "khabar.example", NOW, "text/html", "utf-8", body, "KEY")


def actor() -> Callable[[Page], Outcome]:
    """Return a cleaner that does what the page's name says, and tells its process where nothing else comes of it."""

    def clean(page: Page) -> Outcome:
        what = page.url.rpartition("/")[2]
        if what == "stall":
            re.match(r"(?:a+)+$", "a" * 60 + "b")
        if what == "grow":
            bytearray(2**40)
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if what.startswith("once-") and not os.path.exists(marker := page.body.decode()):
            Path(marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "sleep":
            time.sleep(0.5)
        if what == "fault":
            return Fault("RuntimeError: no such rule", "Traceback (most recent call last): ...")
        return Rejected(page.url, "line", str(os.getpid()))

    return clean


def unready() -> Callable[[Page], Outcome]:
    """Stand for a cleaner that cannot be set up."""
    os._exit(3)
