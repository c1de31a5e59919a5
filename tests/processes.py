"""Processes that a test did not start itself: those of a crawl, and whether they are gone."""

from __future__ import annotations

import time
from pathlib import Path


def children(pid: int) -> list[int]:
    """Return the processes that a process, in any of its threads, has started and that have not ended."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for theirs in lists for child in theirs.read_text().split()]


def is_running(pid: int) -> bool:
    """A process that ended and that nobody has buried yet runs no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def await_end(*pids: int, seconds: float = 10) -> None:
    """Wait until none of the processes runs."""
    deadline = time.monotonic() + seconds
    while alive := [pid for pid in pids if is_running(pid)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.02)
