"""The group: help without imports, UTF-8, errors as messages, and the documentation of every command."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import click
import pytest
from console import DUMP, command, run, run_process, write_corpus

from newsharvest import __version__
from newsharvest.cli import COMMANDS, main

ROOT = Path(__file__).parent.parent


def test_help_names_every_command_with_its_own_first_sentence():
    shown = run("--help").stdout
    for name, (_, text) in COMMANDS.items():
        assert f"  {name} " in shown and text in shown
        loaded = main.get_command(click.Context(main), name)
        assert loaded.get_short_help_str(limit=200).rstrip(".") == text.rstrip(".")


def test_version():
    assert run("--version").stdout == f"newsharvest, version {__version__}\n"


def test_every_module_of_a_command_is_in_the_table():
    support = {"__init__", "database", "rulebook", "sitecheck", "terminal"}
    files = {path.stem for path in (ROOT / "newsharvest" / "commands").glob("*.py")} - support
    assert files == {module for module, _ in COMMANDS.values()}


def test_help_imports_no_command_and_nothing_heavy():
    heavy = ("scrapy", "lxml", "trafilatura", "sqlite3", "sqlite_utils", "rich", "newsharvest.commands.clean")
    code = f"import sys, newsharvest.cli; print([name for name in {heavy!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_loads_what_it_does_not_need(name):
    module = f"newsharvest.commands.{COMMANDS[name][0]}"
    heavy = ("scrapy", "twisted", "rich", "warcio")
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_a_misspelt_command_gets_a_suggestion():
    result = run("serach", "x")
    assert result.exit_code == 2 and "Did you mean 'search'?" in result.stderr


@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_output_is_utf8_whatever_the_locale(tmp_path, locale):
    (tmp_path / "a.txt").write_text(DUMP, encoding="utf-8")
    done = run_process("clean", "a.txt", cwd=tmp_path, env=locale)
    assert done.returncode == 0 and "नहर विभाग" in done.stdout.decode("utf-8")


def test_errors_of_ours_are_messages(tmp_path):
    (tmp_path / "a.db").write_text("no database, only text\n" * 100)
    result = run("stats", "--db", tmp_path / "a.db")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {tmp_path}/a.db is not a SQLite database\n"


def test_an_archive_that_is_none_is_a_message(tmp_path, monkeypatch):
    (tmp_path / "archive.db").write_text("no database, only text\n" * 100)
    result = run("import", write_corpus(tmp_path / "corpus"), "--db", tmp_path / "a.db")
    assert result.exit_code == 1 and "this is not an archive" in result.stderr


def test_a_wrong_setting_is_a_message(tmp_path, monkeypatch):
    monkeypatch.setenv("HARVEST_WINDOW_DAYS", "many")
    result = run("stats", "--db", tmp_path / "a.db")
    assert result.exit_code == 2 and "HARVEST_WINDOW_DAYS" in result.stderr


def test_a_table_of_the_users_is_not_touched(tmp_path):
    import sqlite3

    connection = sqlite3.connect(tmp_path / "mine.db")
    connection.execute("create table articles (x)")
    connection.close()
    before = (tmp_path / "mine.db").read_bytes()
    result = run("import", write_corpus(tmp_path / "corpus"), "--db", tmp_path / "mine.db")
    assert result.exit_code == 1 and "HARVEST_TABLE_PREFIX" in result.stderr
    assert (tmp_path / "mine.db").read_bytes() == before


@pytest.mark.parametrize("arguments", [["search", "x"], ["show", "1"], ["stats"], ["explain", "1"]])
def test_reading_commands_say_that_there_is_no_database_yet(tmp_path, arguments):
    result = run(*arguments, "--db", tmp_path / "none.db")
    assert result.exit_code == 1
    assert f"there is no database at {tmp_path}/none.db yet" in result.stderr and "newsharvest import" in result.stderr
    assert not (tmp_path / "none.db").exists()


def test_the_usual_database_starts_at_the_project(tmp_path, monkeypatch):
    (tmp_path / "scrapy.cfg").write_text("[settings]\n")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    monkeypatch.delenv("HARVEST_DATABASE", raising=False)
    assert f"{tmp_path}/output/news.db" in run("stats").stderr
    monkeypatch.setenv("HARVEST_DATABASE", "other.db")
    assert f"{tmp_path}/other.db" in run("stats").stderr
    assert f"{tmp_path}/sub/x.db" in run("stats", "--db", "x.db").stderr


def test_a_reader_that_closes_the_pipe_ends_it_quietly(tmp_path):
    for number in range(300):
        (tmp_path / f"{number:03}.txt").write_text(DUMP, encoding="utf-8")
    with subprocess.Popen(command("clean", tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 1


def test_the_documentation_of_the_commands_is_up_to_date():
    reference = runpy.run_path(str(ROOT / "docs" / "make_cli.py"))["reference"]()
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == reference, "run: python docs/make_cli.py > docs/cli.md"
