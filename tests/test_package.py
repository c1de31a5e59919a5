"""The wheel: the three packages, their data files, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = ("newsharvest", "spiders", "cleaners")
# Built as pip builds it, without looking for anything on the network.
BUILD = "from setuptools.build_meta import build_wheel; print(build_wheel('dist'))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel of the working tree, built in a copy: building leaves folders behind."""
    folder = tmp_path_factory.mktemp("tree")
    for name in (*PACKAGES, "tests", "samples"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "golden"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(REPOSITORY / name, folder / name)
    done = subprocess.run([sys.executable, "-c", BUILD], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(folder / "dist" / done.stdout.split()[-1])


def test_wheel_holds_the_packages_their_data_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    wanted = {
        file.relative_to(REPOSITORY).as_posix()
        for package in PACKAGES
        for file in (REPOSITORY / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert {Path(name).suffix for name in wanted} <= {".py", ".toml", ".json", ".css", ".html"}
    found = set(wheel.namelist())
    information = {name for name in found if name.split("/")[0].endswith(".dist-info")}
    assert found - information == wanted


def test_wheel_declares_its_command_and_its_dependencies(wheel: zipfile.ZipFile) -> None:
    (entry_points,) = (name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
    assert "newsharvest = newsharvest.cli:main" in wheel.read(entry_points).decode()
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    lines = wheel.read(metadata).decode().splitlines()
    assert any(line.startswith("Requires-Dist: scrapy>=") for line in lines)
    assert "Requires-Python: >=3.11" in lines
