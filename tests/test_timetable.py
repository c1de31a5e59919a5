"""Timetables: intervals, spread minutes, and words that mean themselves in a unit and in a crontab."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from newsharvest.timetable import Timetable, calendar, check_names, cron_times, read_interval, write_cron, write_systemd

SITES = [f"site{number}" for number in range(40)]


def table(sites: list[str] = SITES, minutes: int = 60, **options) -> Timetable:
    given = {
        "budget": 50, "interpreter": Path("/opt/news/bin/python"), "folder": Path("/srv/news"), "user": "news",
        "environment": {}, **options,
    }  # fmt: skip
    return Timetable(sites, minutes, **given)


@pytest.mark.parametrize(
    ("text", "minutes"), [("1m", 1), ("15m", 15), ("60m", 60), ("1h", 60), ("6h", 360), ("24h", 1440), ("1d", 1440)]
)
def test_intervals(text: str, minutes: int) -> None:
    assert read_interval(text) == minutes


@pytest.mark.parametrize("text", ["", "0m", "7m", "90m", "5h", "2d", "1w", "h", "-1h", "1 hour", "१h", "1.5h"])
def test_intervals_that_fit_no_day(text: str) -> None:
    with pytest.raises(ValueError, match="evenly"):
        read_interval(text)


@pytest.mark.parametrize("minutes", [10, 60, 360, 1440])
def test_times_are_spread_over_the_interval(minutes: int) -> None:
    offsets = [minute for _, minute in table(minutes=minutes).jobs]
    assert offsets == sorted(offsets) and offsets[0] >= 0 and offsets[-1] < minutes
    counts = [
        sum(start <= minute < start + minutes / 4 for minute in offsets) for start in range(0, minutes, minutes // 4)
    ]
    if minutes > 10:
        assert max(counts) - min(counts) <= 2


@pytest.mark.parametrize(
    ("minutes", "offset", "for_systemd", "for_cron"),
    [
        (15, 3, "*-*-* *:03/15:00", "3-59/15 * * * *"),
        (60, 7, "*-*-* *:07:00", "7 * * * *"),
        (360, 67, "*-*-* 01/6:07:00", "7 1-23/6 * * *"),
        (1440, 607, "*-*-* 10:07:00", "7 10 * * *"),
    ],
)
def test_times_in_words(minutes: int, offset: int, for_systemd: str, for_cron: str) -> None:
    assert calendar(minutes, offset) == for_systemd
    assert cron_times(minutes, offset) == for_cron


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize(("minutes", "offset"), [(15, 3), (60, 7), (360, 67), (1440, 607)])
def test_systemd_comes_back_after_the_interval(minutes: int, offset: int) -> None:
    command = [
        "systemd-analyze",
        "calendar",
        "--iterations=3",
        "--base-time=2024-05-01 00:00:00",
        calendar(minutes, offset),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"TZ": "UTC", "LC_ALL": "C"})
    found = [int(h) * 60 + int(m) for h, m in re.findall(r"(?:elapse|#\d+): \w+ [\d-]+ (\d\d):(\d\d):00", done.stdout)]
    assert found == [(offset + round_ * minutes) % 1440 for round_ in range(3)]


def test_a_unit_says_where_and_how() -> None:
    units = write_systemd(table(["jagran", "bhaskar"]))
    assert list(units) == ["newsharvest@.service", "newsharvest-jagran.timer", "newsharvest-bhaskar.timer"]
    service = units["newsharvest@.service"].splitlines()
    for line in (
        "User=news", "WorkingDirectory=/srv/news", "TimeoutStartSec=52min", "TimeoutStopSec=30", "KillMode=mixed",
        "ExecStart=/opt/news/bin/python -m newsharvest run %i --max-minutes 50",
    ):  # fmt: skip
        assert line in service
    timer = units["newsharvest-bhaskar.timer"].splitlines()
    assert "OnCalendar=*-*-* *:45:00" in timer and "Unit=newsharvest@bhaskar.service" in timer
    assert "User=" not in write_systemd(table(user=None))["newsharvest@.service"]


def test_all_in_one_process() -> None:
    units = write_systemd(table(is_together=True, is_all=True))
    assert list(units) == ["newsharvest.service", "newsharvest.timer"]
    assert "newsharvest run --all --max-minutes 50\n" in units["newsharvest.service"]
    assert "%i" not in "".join(units.values()) and "@" not in "".join(units.values())
    (line,) = write_cron(table(["jagran", "bhaskar"], is_together=True))
    assert " run jagran bhaskar --max-minutes 50 " in line


def test_odd_paths_and_values_mean_themselves() -> None:
    odd = table(
        ["jagran"], interpreter=Path("/opt/my news/$x/100%/python"), folder=Path("/srv/100% news"),
        environment={"HARVEST_CONTACT": 'a%b "c" \\ d', "HARVEST_DATABASE": "/srv/news.db"},
    )  # fmt: skip
    service = write_systemd(odd)["newsharvest@.service"]
    assert "WorkingDirectory=/srv/100%% news\n" in service
    assert 'ExecStart="/opt/my news/$$x/100%%/python" -m newsharvest' in service
    assert 'Environment="HARVEST_CONTACT=a%%b \\"c\\" \\\\ d"\n' in service
    assert "Environment=HARVEST_DATABASE=/srv/news.db\n" in service
    (line,) = write_cron(odd)
    assert not re.search(r"(?<!\\)%", line)  # cron ends a command at a bare one


def test_a_crontab_line_runs(tmp_path: Path) -> None:
    """What cron hands to sh, by its rules: the rest of the line after five fields, with \\% for %."""
    folder, python = tmp_path / "100% news", tmp_path / "my python"
    folder.mkdir()
    python.write_text('#!/bin/sh\npwd\necho "$HARVEST_CONTACT"\necho "$@"\n')
    python.chmod(0o755)
    (line,) = write_cron(table(["jagran"], interpreter=python, folder=folder, environment={"HARVEST_CONTACT": "a'%b"}))
    command = line.split(None, 5)[5].replace("\\%", "%")
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [str(folder), "a'%b", "-m newsharvest run jagran --max-minutes 50 --quiet"]


def test_names_that_no_unit_can_bear() -> None:
    check_names(["jagran", "tv9-hindi", "khabar.example"])
    for name in ("a b", "a/b", "दैनिक", "-a", "a@b", ""):
        with pytest.raises(ValueError, match="cannot be the name of a unit"):
            check_names([name])
