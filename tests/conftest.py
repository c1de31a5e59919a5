"""Fixtures that several test files share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import newssite
import pytest
import sidebyside


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
