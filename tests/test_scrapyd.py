"""scrapyd deploys the egg of this package and runs a spider from it."""

from __future__ import annotations

import importlib.util
import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import venv
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import newssite
import pytest
from newsproject import furnish
from newssite import NewsSite

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = ("newsharvest", "spiders", "cleaners")
VERSION = "0.0.dev7"  # of the egg alone, so that its requests are told from those of this tree
ASK = urllib.request.build_opener(urllib.request.ProxyHandler({}))
Api = Callable[..., dict]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("scrapyd") is None, reason="scrapyd is not installed (.[scrapyd])"),
]


@pytest.fixture(scope="module")
def egg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An egg of the working tree, built in a copy: building leaves folders behind."""
    folder = tmp_path_factory.mktemp("tree")
    for name in PACKAGES:
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(REPOSITORY / name, folder / name)
    (folder / "newsharvest" / "__init__.py").write_text(f'__version__ = "{VERSION}"\n')
    done = subprocess.run(
        [sys.executable, "-c", "from setuptools import setup; setup()", "bdist_egg"], cwd=folder, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (built,) = (folder / "dist").glob("*.egg")
    return built


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with all that is installed here but this package, which may be: the egg alone is to be used."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    installed = [path for path in sys.path if path.endswith("-packages")]
    (packages / "installed.pth").write_text("\n".join(installed))  # whose own .pth files are not followed
    return folder / "bin" / "python"


@pytest.fixture
def scrapyd(tmp_path: Path, python: Path) -> Iterator[Api]:
    """Run scrapyd on the loopback; return the function that asks its interface."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "scrapyd.conf").write_text(f"[scrapyd]\nhttp_port = {port}\npoll_interval = 0.2\nmax_proc = 1\n")
    environment = newssite.environment()
    del environment["PYTHONPATH"]
    with (tmp_path / "scrapyd.log").open("w") as log:
        process = subprocess.Popen([python, "-m", "scrapyd"], cwd=tmp_path, env=environment, stdout=log, stderr=log)

        def ask(name: str, **values: str | list[str]) -> dict:
            body = urllib.parse.urlencode(values, doseq=True).encode() if values else None
            with ASK.open(f"http://127.0.0.1:{port}/{name}.json", body, timeout=60) as answer:
                return json.load(answer)

        try:
            await_answer(lambda: ask("daemonstatus")["status"] == "ok", 30)
            yield ask
        finally:
            process.terminate()
            process.wait(20)


def await_answer(is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if is_so():
                return
        except urllib.error.URLError:  # it does not listen yet
            pass
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


@pytest.mark.parametrize("cleaners", [0, 1])
def test_a_spider_runs_from_the_egg(site: NewsSite, scrapyd: Api, egg: Path, tmp_path: Path, cleaners: int) -> None:
    added = scrapyd("addversion", project="news", version="1", egg=egg.read_bytes())
    assert added["status"] == "ok", added
    assert added["spiders"] > 40
    settings = {"HARVEST_DATABASE": tmp_path / "news.db", "HARVEST_ALLOW_PRIVATE": 1, "DOWNLOAD_DELAY": 0,
                "AUTOTHROTTLE_ENABLED": 0, "HARVEST_CLEANERS": cleaners}  # fmt: skip
    job = scrapyd("schedule", project="news", spider="feed", url=furnish(site, 3), site="khabar",
                  setting=[f"{name}={value}" for name, value in settings.items()])["jobid"]  # fmt: skip
    await_answer(lambda: [it["id"] for it in scrapyd("listjobs")["finished"]] == [job], 60)
    log = (tmp_path / "logs" / "news" / "feed" / f"{job}.log").read_text()
    with closing(sqlite3.connect(tmp_path / "news.db")) as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (3,), log
    assert "Traceback" not in log and "khabar (finished): 3 stored" in log
    assert site.agents == {f"newsharvest/{VERSION}"}
