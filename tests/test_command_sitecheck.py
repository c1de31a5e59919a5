"""`newsharvest sites check`: names and archives that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from newssite import ROOT


@pytest.mark.parametrize(
    ("name", "message"),
    [("jagren", "Did you mean jagran?"), ("feed", "it declares no sources to check"), ("xyz", "`newsharvest sites`")],
)
def test_a_wrong_name(name, message, monkeypatch):
    from console import run

    monkeypatch.chdir(ROOT)
    result = run("sites", "check", name)
    assert result.exit_code == 2 and message in result.output


def test_an_archive_that_is_none(monkeypatch, tmp_path):
    from console import run

    monkeypatch.chdir(ROOT)
    assert run("sites", "check", "jagran", "--archive", tmp_path / "none.db").exit_code == 2
    Path(tmp_path / "text.db").write_text("x")
    result = run("sites", "check", "jagran", "--archive", tmp_path / "text.db")
    assert result.exit_code == 2 and "text.db" in result.output
