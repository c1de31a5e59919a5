"""A fleet's last resort, its settings and its sites; how it crawls is tested with the command that uses it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from newsharvest.configuration import ConfigurationError
from newsharvest.fleet import SETTINGS_MODULE, Crawl, crawlable_sites, project_settings

HELD_UP = """
import asyncio, time
from newsharvest import fleet
fleet._SECONDS_TO_EXIT = {patience}
async def main():
    fleet._Watch([], lambda: None, {seconds}).begin()
    time.sleep({held_up})
asyncio.run(main())
"""


@pytest.mark.parametrize(("patience", "seconds", "held_up", "status"), [
    (0.5, 0.2, 30, 1), (0.5, None, 30, 1), (15, 20, 0.1, 0),
])  # fmt: skip
def test_a_process_that_is_held_up_ends_in_time(
    patience: float, seconds: float | None, held_up: float, status: int
) -> None:
    began = time.monotonic()
    code = HELD_UP.format(patience=patience, seconds=seconds, held_up=held_up)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=25, check=False)
    assert done.returncode == status and time.monotonic() - began < 14
    assert ("did not end in time" in done.stderr) is bool(status)


def test_a_crawl_ends_once() -> None:
    crawl = Crawl("jagran")
    assert crawl.finished_at is None and crawl.outcome is None
    crawl.end("finished")
    when = crawl.finished_at
    crawl.end("interrupted", "too late")
    assert (crawl.outcome, crawl.error, crawl.finished_at) == ("finished", None, when)
    assert crawl.seconds == (when - crawl.started_at).total_seconds()


def test_settings_outside_of_any_project_are_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "x")
    monkeypatch.delenv("SCRAPY_SETTINGS_MODULE")
    monkeypatch.chdir(tmp_path)
    settings = project_settings()
    assert settings["BOT_NAME"] == "newsharvest" and settings["SPIDER_MODULES"] == ["spiders"]
    sites, generic = crawlable_sites(settings)
    assert {"jagran", "bhaskar"} <= set(sites) and sites == sorted(sites)
    assert generic == ["feed", "sitemap", "wordpress"]


def test_settings_of_another_project_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "scrapy.settings.default_settings")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=rf"default_settings.*from {SETTINGS_MODULE} import"):
        project_settings()
