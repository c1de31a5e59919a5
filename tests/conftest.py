"""Fixtures that several test files share."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import newssite
import pytest
import sidebyside
from hypothesis import settings

if TYPE_CHECKING:
    import browsing
    import chromium
    from newsproject import Project
    from recleaning import Corpus

    from newsharvest.store import Store

settings.register_profile("any-machine", deadline=None)  # how long an example takes is no test
settings.load_profile("any-machine")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell lets what it starts in the background ignore Ctrl-C, and so would every command that a test interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def site() -> Iterator[newssite.NewsSite]:
    """An empty news site on the loopback."""
    with newssite.serve() as running:
        yield running


@pytest.fixture(scope="session")
def standing() -> Iterator[sidebyside.Standing]:
    """A process that crawls."""
    process = sidebyside.Standing()
    yield process
    process.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty database, whose search index must be sound at the end."""
    from newsharvest.store import Store, index

    with Store(tmp_path / "news.db") as opened:
        yield opened
        assert index.is_sound(opened.database)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """A database and its archive, to be filled as a crawl fills them."""
    from recleaning import Corpus

    return Corpus(tmp_path)


@pytest.fixture(scope="session")
def enemy() -> Iterator[browsing.Enemy]:
    """A server that nobody should ask."""
    import browsing

    listening = browsing.Enemy()
    yield listening
    listening.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, enemy: browsing.Enemy) -> Iterator[browsing.Server]:
    """A running `newsharvest browse`, and the files it shows."""
    import browsing

    folder = tmp_path_factory.mktemp("browse %23?")  # signs that a file's address must escape
    with browsing.serve_corpus(folder, enemy) as running:
        yield running


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Browser]:
    """A tab of a real browser."""
    import chromium

    with chromium.start(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="module")
def outlets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project of sites that were checked, with their servers."""
    import sitechecking

    with sitechecking.checked(tmp_path_factory.mktemp("outlets")) as project:
        yield project


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write article.json and removed.tsv of every golden folder anew"
    )


# What a test may need beside Python, by its marker: the programs of which one must be there, or all of them, and the
# files of Debian packages that bring no program.
PROGRAMS = {
    "browser": (("chromium", "chromium-browser", "google-chrome"),),
    "wordpress": (("mariadbd", "mysqld"), ("php",)),
}
PACKAGES = {
    "wordpress": {
        "wordpress": "/usr/share/wordpress/wp-load.php",
        "wordpress-theme-twentytwentyone": "/usr/share/wordpress/wp-content/themes/twentytwentyone",
        "wordpress-theme-twentytwentytwo": "/usr/share/wordpress/wp-content/themes/twentytwentytwo",
        "wordpress-theme-twentytwentythree": "/usr/share/wordpress/wp-content/themes/twentytwentythree",
    },
}


def missing_program(marker: str) -> str | None:
    """Return the first program, or package, that tests with this marker need and this machine lacks, or None."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    lacking = [names[0] for names in PROGRAMS[marker] if not any(shutil.which(name, path=path) for name in names)]
    lacking += [name for name, file in PACKAGES.get(marker, {}).items() if not os.path.exists(file)]
    return lacking[0] if lacking else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a missing program, and say which; fail instead where TEST_REQUIRE names the marker."""
    required = os.environ.get("TEST_REQUIRE", "").replace(",", " ").split()
    for marker in PROGRAMS:
        if item.get_closest_marker(marker) and (program := missing_program(marker)):
            if marker in required:
                pytest.fail(f"TEST_REQUIRE names {marker!r}, but {program} is not installed", pytrace=False)
            pytest.skip(f"{program} is not installed ({marker})")
