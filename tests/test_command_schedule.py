"""`newsharvest schedule`: units that systemd takes, and lines for cron."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from console import run

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HARVEST_DATABASE", "HARVEST_CONTACT", "HARVEST_ARCHIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "newsharvest.settings")  # the command may set it
    monkeypatch.chdir(ROOT)


def test_systemd_prints_each_unit_under_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARVEST_DATABASE", "elsewhere/news.db")
    shown = run("schedule", "systemd", "jagran", "bhaskar", "--every", "30m").stdout
    for name in ("newsharvest@.service", "newsharvest-jagran.timer", "newsharvest-bhaskar.timer"):
        assert f"# /etc/systemd/system/{name}\n[Unit]\n" in shown
    assert f"ExecStart={sys.executable} -m newsharvest run %i --max-minutes 25\n" in shown
    assert f"WorkingDirectory={ROOT}\n" in shown
    assert f"Environment=HARVEST_DATABASE={ROOT}/elsewhere/news.db\n" in shown  # absolute: a timer starts elsewhere
    assert "OnCalendar=*-*-* *:07/30:00\n" in shown and "OnCalendar=*-*-* *:22/30:00\n" in shown
    assert shown.endswith("&& systemctl enable --now newsharvest-jagran.timer newsharvest-bhaskar.timer\n")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("options", [["--all"], ["--all", "--together", "--every", "6h"], ["jagran", "--user"]])
def test_systemd_takes_the_units(tmp_path: Path, options: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARVEST_CONTACT", "news@khabar.example")
    result = run("schedule", "systemd", *options, "--into", tmp_path / "units")
    assert result.exit_code == 0, result.output
    units = sorted((tmp_path / "units").iterdir())
    # The template is verified as an instance of it, as systemd would load it.
    named = [unit.with_name(unit.name.replace("@.", "@jagran.")) for unit in units]
    done = subprocess.run(["systemd-analyze", "verify", *named], capture_output=True, text=True, check=False)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "newsharvest" in line]
    assert done.returncode == 0 and not ours, done.stderr
    assert "enable --now " in result.stdout and ("--user" in result.stdout) == ("--user" in options)


def test_cron_lines() -> None:
    lines = run("schedule", "cron", "jagran", "bhaskar", "--every", "1d", "--max-minutes", "90").stdout.splitlines()
    assert lines[1] == "#MAILTO=you@example.com"
    command = f"cd {ROOT} && {sys.executable} -m newsharvest run"
    assert lines[2:] == [
        f"0 6 * * * {command} jagran --max-minutes 90 --quiet",
        f"0 18 * * * {command} bhaskar --max-minutes 90 --quiet",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cron"], "name the sites"),
        (["cron", "jagrn"], "Did you mean jagran"),
        (["systemd", "jagran", "--every", "7m"], "evenly"),
        (["systemd", "jagran", "--max-minutes", "0"], "max-minutes"),
    ],
)
def test_wrong_commands(arguments: list[str], message: str) -> None:
    result = run("schedule", *arguments)
    assert result.exit_code == 2 and message in result.stderr
