"""What a run shows while it works."""

from __future__ import annotations

import io
import logging
from datetime import UTC, datetime

import pytest

from newsharvest import progress
from newsharvest.fleet import Crawl
from newsharvest.tally import Tally


def crawl(site: str, outcome: str | None = None, stored: int = 0) -> Crawl:
    made = Crawl(site, datetime.now(UTC), stats={"newsharvest/stored": stored, "newsharvest/links/found": 7})
    if outcome:
        made.end(outcome)
    return made


def shown(crawls: list[Crawl], height: int) -> list[str]:
    from rich.console import Console

    console = Console(file=io.StringIO(), width=120)
    console.print(progress.build_table(crawls, height))
    return [line for line in console.file.getvalue().splitlines() if line.strip()]


def test_a_line_a_site_and_their_sum() -> None:
    lines = shown([crawl("jagran", "finished", 1200), crawl("bhaskar", stored=3)], 40)
    assert lines[0].split() == ["site", "state", *progress.COUNTS, "newest", "article"]
    assert lines[1].split()[:5] == ["jagran", "finished", "7", "0", "1,200"]
    assert lines[2].split()[:2] == ["bhaskar", "…"]
    assert lines[3].split()[:7] == ["all", "1", "under", "way", "14", "0", "1,203"]


def test_a_low_terminal_shows_those_under_way_first() -> None:
    crawls = [crawl(f"done{number}", "finished") for number in range(30)] + [crawl("jagran"), crawl("bhaskar")]
    lines = shown(crawls, 10)
    assert len(lines) == 9
    assert [line.split()[0] for line in lines[1:4]] == ["jagran", "bhaskar", "done0"]
    assert lines[-2].split() == ["and", "26", "more"]
    assert lines[-1].split()[0] == "all"


def test_a_log_tells_ends_at_once_and_movement_every_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "newsharvest.progress")
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    lines = progress.choose_progress(is_quiet=False)
    going, still, over = crawl("jagran", stored=1), crawl("bhaskar"), crawl("abplive", "finished", 2)
    for clock[0], going.stats["newsharvest/stored"] in ((101, 1), (102, 2), (161, 3), (162, 4), (222, 5), (223, 5)):
        lines.show([going, still, over])
    lines.close()
    told = [record.getMessage().partition(" fetched, ")[::2] for record in caplog.records]
    assert [(line.split(":")[0], counts.split(",")[0]) for line, counts in told] == [
        ("abplive", "2 stored"), ("jagran", "3 stored"), ("bhaskar", "0 stored"), ("jagran", "5 stored"),
    ]  # fmt: skip
    assert told[0][0].startswith("abplive: finished after 0 s: 7 found")


def test_nothing_where_it_is_quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    silence = progress.choose_progress(is_quiet=True)
    silence.show([crawl("jagran", "finished")])
    silence.close()
    assert not caplog.records


def test_figures_as_a_phrase() -> None:
    tally = Tally(found=3, stored=1, newest=datetime(2024, 5, 1, 20, 30, tzinfo=UTC))
    assert progress.describe(tally) == (
        "3 found, 0 fetched, 1 stored, 0 unchanged, 0 rejected, 0 errors, newest 2024-05-02 02:00"
    )
