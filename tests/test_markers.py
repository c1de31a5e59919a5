"""Tests that need a program: skipped with its name where it is missing, failed where TEST_REQUIRE names the marker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
NEEDY = """
import pytest


@pytest.mark.browser
def test_needs_a_browser():
    pass


def test_needs_nothing():
    pass
"""


def run(folder: Path, path: str, require: str = "") -> str:
    """Run one needy and one plain test with these conftest hooks, and return what pytest says."""
    (folder / "test_needy.py").write_text(NEEDY)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = browser\n")
    environment = {**os.environ, "PATH": path, "TEST_REQUIRE": require, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider", "-rs", str(folder)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True).stdout


@pytest.mark.parametrize("require", ["", "wordpress"])
def test_a_missing_program_skips_and_is_named(tmp_path: Path, require: str) -> None:
    said = run(tmp_path, str(tmp_path), require)
    assert "1 passed, 1 skipped" in said
    assert "chromium is not installed (browser)" in said


def test_a_required_program_that_is_missing_fails(tmp_path: Path) -> None:
    said = run(tmp_path, str(tmp_path), "wordpress, browser")
    assert "1 failed, 1 passed" in said or "1 passed, 1 error" in said
    assert "TEST_REQUIRE names 'browser', but chromium is not installed" in said


def test_a_program_that_is_there_runs_the_test(tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.touch(mode=0o755)
    assert "2 passed" in run(tmp_path, str(tmp_path), "browser")
