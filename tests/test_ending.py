"""A crawl that is told to end does: what waits is dropped, downloads get ten seconds, nothing is lost."""

from __future__ import annotations

import signal
import time
from contextlib import ExitStack
from pathlib import Path

import newssite
from newsproject import furnish, has_traceback, make_project, started, wait_until


def test_scrapy_crawl_ends_in_time_on_sigterm(tmp_path: Path) -> None:
    """One that waits for its delay ends at once, one that hangs after 10 s, one that stalls us after 12 s."""
    with ExitStack() as stack:
        waiting, hanging, stalling = (stack.enter_context(newssite.serve()) for _ in range(3))
        project = make_project(
            tmp_path,
            waiting=furnish(waiting, 3),
            hanging=furnish(hanging, 3, first=50, seconds=50),
            stalling=furnish(stalling, 3, first=100),
        )
        sites = {"waiting": waiting, "hanging": hanging, "stalling": stalling}
        processes = {}
        for name in sites:
            delay = 120 if name == "waiting" else 0
            command = project.scrapy("crawl", name, "-s", f"DOWNLOAD_DELAY={delay}", "-s", "ROBOTSTXT_OBEY=0")
            processes[name] = stack.enter_context(started(project, command=command))
        wait_until(lambda: waiting.asked, processes["waiting"])
        for name in ("hanging", "stalling"):
            wait_until(lambda site=sites[name]: site.article_requests().total(), processes[name])
        time.sleep(0.5)
        began = time.monotonic()
        seconds, logs = {}, {}
        for process in processes.values():
            process.send_signal(signal.SIGTERM)
        for name, process in processes.items():
            logs[name] = process.communicate(timeout=30)[1]
            seconds[name] = time.monotonic() - began
    assert seconds["waiting"] < 6
    assert 9.5 < seconds["hanging"] < 15
    assert 11.5 < seconds["stalling"] < 15
    assert {process.returncode for process in processes.values()} == {0}, logs
    assert {run.site: run.outcome for run in project.runs()} == dict.fromkeys(sites, "shutdown")
    assert project.pages("hanging") == {"active": 1, "pending": 2}  # no failed attempt: it is asked anew
    assert sum(project.pages("stalling").values()) == 3 and "done" not in project.pages("stalling")
    assert "stalling does not come to an end" in logs["stalling"]
    for name in ("waiting", "hanging"):
        assert not has_traceback(logs[name]), logs[name]
        assert "does not come to an end" not in logs[name]
