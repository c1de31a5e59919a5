"""A real Chromium without a window, told what to do through a pair of pipes (the DevTools protocol)."""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import conftest

SECONDS = 30.0
PHONE = 360
DESK = 1100


class Browser:
    """One tab. ``requests`` are the addresses that the last page and its frames asked for."""

    def __init__(self, program: subprocess.Popen, to: int, back: int) -> None:
        self._program, self._to, self._back = program, to, back
        self._numbers = itertools.count(1)
        self._read = b""
        self._events: list[dict[str, Any]] = []
        self._session: str | None = None
        target = self.tell("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.tell("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.tell(f"{domain}.enable")

    def tell(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self._events.append(answer)

    def open(self, url: str, *, width: int = DESK, height: int = 900, dark: bool = False) -> None:
        """Go to a page and wait until it and its frames are loaded."""
        self.tell(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", features=[scheme])
        self._events = []
        went = self.tell("Page.navigate", url=url)
        assert "errorText" not in went, went
        while not any(event.get("method") == "Page.loadEventFired" for event in self._events):
            self._events.append(self._next())

    @property
    def requests(self) -> list[str]:
        """Addresses asked for, the page's own first."""
        sent = (event for event in self._events if event.get("method") == "Network.requestWillBeSent")
        return [event["params"]["request"]["url"] for event in sent]

    @property
    def blocked(self) -> list[str]:
        """Addresses that were asked for and refused before a connection was made."""
        failed = (event["params"] for event in self._events if event.get("method") == "Network.loadingFailed")
        ids = {params["requestId"] for params in failed if params.get("blockedReason")}
        sent = (event["params"] for event in self._events if event.get("method") == "Network.requestWillBeSent")
        return [params["request"]["url"] for params in sent if params["requestId"] in ids]

    def look(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        answer = self.tell("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, file: Path) -> None:
        """Write the whole page as a PNG."""
        shot = self.tell("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def wait(self, seconds: float) -> None:
        """Let the page go on for a while, and note what it does."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if b"\0" in self._read or select.select([self._back], [], [], left)[0]:
                self._events.append(self._next())

    def _next(self) -> dict[str, Any]:
        deadline = time.monotonic() + SECONDS
        while b"\0" not in self._read:
            ready, _, _ = select.select([self._back], [], [], max(0, deadline - time.monotonic()))
            assert ready, "Chromium does not answer"
            piece = os.read(self._back, 1 << 16)
            assert piece, "Chromium has ended"
            self._read += piece
        message, _, self._read = self._read.partition(b"\0")
        return json.loads(message)


@contextmanager
def start(profile: Path) -> Iterator[Browser]:
    """Run Chromium with a profile of its own."""
    (names,) = conftest.PROGRAMS["browser"]
    program = next(found for name in names if (found := shutil.which(name)))
    their_in, to = os.pipe()
    back, their_out = os.pipe()
    # The protocol's descriptors are 3 and 4; a shell puts them there.
    shell = f'exec "$0" "$@" 3<&{their_in} 4>&{their_out}'
    arguments = (
        "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--remote-debugging-pipe",
        "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={profile}", "about:blank",
    )  # fmt: skip
    running = subprocess.Popen(
        ["/bin/bash", "-c", shell, program, *arguments],
        pass_fds=(their_in, their_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(their_in)
    os.close(their_out)
    try:
        yield Browser(running, to, back)
    finally:
        running.kill()
        running.wait()
        os.close(to)
        os.close(back)
