"""Tests that need a program: skipped with its name where it is missing, failed where TEST_REQUIRE names the marker."""

from __future__ import annotations

from pathlib import Path

import conftest
import pytest


@pytest.fixture
def needy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.Item:
    """A test that wants a browser, on a machine that has no program at all."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TEST_REQUIRE", raising=False)
    request.node.add_marker("browser")
    return request.node


@pytest.mark.parametrize("required", ["", "wordpress"])
def test_a_missing_program_skips_and_is_named(
    needy: pytest.Item, monkeypatch: pytest.MonkeyPatch, required: str
) -> None:
    monkeypatch.setenv("TEST_REQUIRE", required)
    with pytest.raises(pytest.skip.Exception, match=r"chromium is not installed \(browser\)"):
        conftest.pytest_runtest_setup(needy)


def test_a_required_program_that_is_missing_fails(needy: pytest.Item, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_REQUIRE", "wordpress, browser")
    with pytest.raises(pytest.fail.Exception, match="TEST_REQUIRE names 'browser', but chromium is not installed"):
        conftest.pytest_runtest_setup(needy)


def test_a_program_that_is_there_lets_the_test_run(
    needy: pytest.Item, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "chromium-browser").touch(mode=0o755)
    monkeypatch.setenv("TEST_REQUIRE", "browser")
    conftest.pytest_runtest_setup(needy)


def test_one_without_the_marker_is_let_alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_REQUIRE", "browser wordpress")
    conftest.pytest_runtest_setup(request.node)


def test_a_package_that_brings_no_program_is_named_too(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for program in ("mariadbd", "php"):
        (tmp_path / program).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(conftest.PACKAGES, "wordpress", {"wordpress": str(tmp_path), "a-theme": str(tmp_path / "none")})
    assert conftest.missing_program("wordpress") == "a-theme"
    (tmp_path / "none").mkdir()
    assert conftest.missing_program("wordpress") is None
