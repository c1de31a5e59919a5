"""Settings are found in their three places, in order, and a wrong one is named with what it should be."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsharvest import settings
from newsharvest.archive import Archive
from newsharvest.configuration import ConfigurationError, HarvestSettings, harvest_settings, project_folder


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(environ=None, overrides=None, project=None):
    return harvest_settings(environ or {}, overrides, project)


def test_defaults(folder):
    assert read() == HarvestSettings(
        database=folder / "output" / "news.db",
        archive=folder / "output" / "archive.db",
        replay=None,
        window_days=3,
        revisit_hours=(1, 6, 24, 168),
        table_prefix="",
        allow_private=False,
        respect_tdm=True,
        cleaners=max(1, len(os.sched_getaffinity(0)) - 1),
        clean_seconds=30,
        clean_mb=1024,
        contact=None,
    )


def test_command_line_wins_over_environment_and_that_over_settings():
    name = "HARVEST_WINDOW_DAYS"
    assert read(project={name: 7}).window_days == 7
    assert read({name: "8"}, project={name: 7}).window_days == 8
    assert read({name: "8"}, {name: 9}, {name: 7}).window_days == 9
    assert read({name: "8"}, {name: None}, {name: 7}).window_days == 8
    assert read({name: " "}, project={name: 7}).window_days == 7


def test_shipped_settings_are_the_project_unless_told(monkeypatch):
    monkeypatch.setattr(settings, "HARVEST_WINDOW_DAYS", 12)
    assert read().window_days == 12


def test_archive_lies_beside_the_database(folder):
    assert read(overrides={"HARVEST_DATABASE": "a/b.db"}).archive == folder / "a" / "archive.db"
    assert read({"HARVEST_ARCHIVE": "c.db"}, {"HARVEST_DATABASE": "a/b.db"}).archive == folder / "c.db"
    assert read({"HARVEST_ARCHIVE": "c.db"}, {"HARVEST_ARCHIVE": ""}).archive == folder / "output" / "archive.db"


def test_paths_start_at_the_folder_of_scrapy_cfg(folder, monkeypatch):
    (folder / "scrapy.cfg").touch()
    inner = folder / "one" / "two"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert project_folder() == folder
    assert read({"HARVEST_DATABASE": "x/../a.db"}).database == folder / "a.db"
    assert read({"HARVEST_DATABASE": "/srv/a.db"}).database == Path("/srv/a.db")
    assert read({"HARVEST_DATABASE": "~/a.db"}).database == Path.home() / "a.db"


@pytest.mark.parametrize(("text", "value"), [("1", True), ("Yes", True), ("off", False), ("0", False), (True, True)])
def test_switch(text, value):
    assert read(overrides={"HARVEST_ALLOW_PRIVATE": text}).allow_private is value


@pytest.mark.parametrize(("cores", "number"), [(1, 1), (2, 1), (8, 7)])
def test_cleaners_leave_one_core_to_the_crawl(cores, number, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    assert read().cleaners == read({"HARVEST_CLEANERS": " "}).cleaners == number
    assert read(overrides={"HARVEST_CLEANERS": ""}).cleaners == number
    assert read({"HARVEST_CLEANERS": "0"}).cleaners == read(overrides={"HARVEST_CLEANERS": 0}).cleaners == 0
    assert read({"HARVEST_CLEANERS": "12"}).cleaners == 12


def test_limits_of_cleaning():
    chosen = read({"HARVEST_CLEAN_SECONDS": "5", "HARVEST_CLEAN_MB": "256"})
    assert (chosen.clean_seconds, chosen.clean_mb) == (5, 256)


@pytest.mark.parametrize("contact", ["desk@a.example", "https://a.example/bot?x=1"])
def test_contact(contact):
    assert read({"HARVEST_CONTACT": contact}).contact == contact


def test_prefix():
    assert read({"HARVEST_TABLE_PREFIX": "nh_"}).table_prefix == "nh_"


def test_replay_is_an_archive_with_responses(folder):
    path = folder / "replay.db"
    with Archive(path) as archive:
        archive.put("http://a.example/", status=200, headers=[], body=b"", fetched_at=datetime.now(UTC))
    assert read({"HARVEST_REPLAY": "replay.db"}).replay == path


WRONG_VALUES = [
    ("HARVEST_REVISIT_HOURS", "1,six", "hours with commas"),
    ("HARVEST_REVISIT_HOURS", "1,-2", "hours with commas"),
    ("HARVEST_REVISIT_HOURS", "nan", "hours with commas"),
    ("HARVEST_WINDOW_DAYS", "abc", "whole number"),
    ("HARVEST_WINDOW_DAYS", "0", "whole number"),
    ("HARVEST_WINDOW_DAYS", "-3", "whole number"),
    ("HARVEST_WINDOW_DAYS", "2.5", "whole number"),
    ("HARVEST_WINDOW_DAYS", "99999999999", "whole number"),
    ("HARVEST_ALLOW_PRIVATE", "maybe", "1 or 0"),
    ("HARVEST_CLEANERS", "-1", "whole number of processes, from 0 to 256,"),
    ("HARVEST_CLEANERS", "all", "whole number"),
    ("HARVEST_CLEANERS", "257", "whole number"),
    ("HARVEST_CLEAN_SECONDS", "0", "whole number of seconds, from 1 to 3600,"),
    ("HARVEST_CLEAN_SECONDS", "0.5", "whole number"),
    ("HARVEST_CLEAN_MB", "15", "whole number of megabytes, from 16 to 1048576,"),
    ("HARVEST_TABLE_PREFIX", "a-b", "letters"),
    ("HARVEST_TABLE_PREFIX", "1a", "letters"),
    ("HARVEST_TABLE_PREFIX", "sqlite_x", "letters"),
    ("HARVEST_CONTACT", "me", "e-mail"),
    ("HARVEST_CONTACT", "डेस्क@a.example", "e-mail"),
    ("HARVEST_CONTACT", "a@b.example\nX: y", "e-mail"),
    ("HARVEST_CONTACT", "https://a.example/)", "e-mail"),
    ("HARVEST_CONTACT", "ftp://a.example/", "e-mail"),
]


@pytest.mark.parametrize(("name", "value", "needed"), WRONG_VALUES)
def test_wrong_value_is_named(name, value, needed):
    with pytest.raises(ConfigurationError) as error:
        read({name: value})
    assert str(error.value).startswith(f"{name} = {value!r} (given in the environment): ")
    assert needed in str(error.value)


def test_wrong_paths_are_named_whole(folder):
    (folder / "some").mkdir()
    (folder / "text.db").write_text("no database\n" * 200)
    Archive(folder / "empty.db").close()
    for name, value, message in [
        ("HARVEST_DATABASE", "some", f"{folder}/some is a folder"),
        ("HARVEST_DATABASE", "", "the path of a file is needed"),
        ("HARVEST_ARCHIVE", "some", f"{folder}/some is a folder"),
        ("HARVEST_REPLAY", "none.db", f"{folder}/none.db: there is no such archive"),
        ("HARVEST_REPLAY", "text.db", f"{folder}/text.db: this is not an archive"),
        ("HARVEST_REPLAY", "empty.db", f"{folder}/empty.db: the archive holds no responses"),
    ]:
        with pytest.raises(ConfigurationError) as error:
            read(overrides={name: value})
        assert f"{name} = {value!r} (given on the command line)" in str(error.value)
        assert message in str(error.value)
    with pytest.raises(ConfigurationError, match=f"the same file, {folder}/a.db"):
        read({"HARVEST_DATABASE": "a.db", "HARVEST_ARCHIVE": "./a.db"})


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("HARVEST_DATABSE", "HARVEST_DATABASE"),
        ("HARVEST_DATABAES", "HARVEST_DATABASE"),
        ("HARVEST_REPALY", "HARVEST_REPLAY"),
        ("HARVEST_WINDOWS_DAYS", "HARVEST_WINDOW_DAYS"),
        ("HARVST_ARCHIVE", "HARVEST_ARCHIVE"),
        ("harvest_contact", "HARVEST_CONTACT"),
    ],
)
def test_misspelt_name_is_answered_with_the_right_one(wrong, right):
    message = rf"^{wrong} \(given .*\) is not a setting. Did you mean {right}\?$"
    for places in ({"environ": {wrong: "1"}}, {"overrides": {wrong: "1"}}, {"project": {wrong: "1"}}):
        with pytest.raises(ConfigurationError, match=message):
            read(**places)


def test_unknown_name_is_an_error_but_in_the_environment():
    for places in ({"overrides": {"HARVEST_MOON_PHASE": "1"}}, {"project": {"HARVEST_MOON_PHASE": "1"}}):
        with pytest.raises(ConfigurationError, match=r"HARVEST_MOON_PHASE .* These are: HARVEST_DATABASE, "):
            read(**places)
    for name in ("HARVEST_MOON_PHASE", "HARVEST_ACCOUNT_ID", "HARVEST_DATABASE_URL", "HARVEST", "DATABASE"):
        assert read({name: "1"}) == read()


def test_settings_of_others_are_no_concern():
    assert read(overrides={"HTTPCACHE_DIR": "x", "LOG_LEVEL": "INFO"}, project={"BOT_NAME": "x"}) == read()


def test_reading_needs_neither_scrapy_nor_sqlite():
    code = "import sys, newsharvest.configuration as c; c.harvest_settings({}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"scrapy", "twisted", "sqlite3", "lxml"} & set(done.stdout.split())
