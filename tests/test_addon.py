"""A real crawl starts with its settings checked and resolved, or ends with one plain line."""

import json
from datetime import UTC, datetime

import pytest
from crawling import make_project, serve
from scrapy.settings import Settings

from newsharvest import __version__, addon
from newsharvest.archive import Archive


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


@pytest.fixture
def update(tmp_path, monkeypatch):
    """Run the add-on on given settings, in a folder and an environment without any."""
    monkeypatch.chdir(tmp_path)
    for name in ("HARVEST_DATABASE", "HARVEST_ARCHIVE", "HARVEST_REPLAY"):
        monkeypatch.delenv(name, raising=False)
    addon._warn_of_no_contact.cache_clear()

    def run(priority="project", **values):
        settings = Settings(values, priority=priority)
        addon.HarvestAddon().update_settings(settings)
        return settings

    return run


def test_writes_back_what_it_checked(update, tmp_path, caplog):
    given = {"HARVEST_WINDOW_DAYS": "5", "HARVEST_ALLOW_PRIVATE": "yes", "HARVEST_CLEANERS": "3"}
    settings = update(HARVEST_DATABASE="x/a.db", **given)
    assert settings["HARVEST_DATABASE"] == str(tmp_path / "x" / "a.db")
    assert settings["HARVEST_ARCHIVE"] == str(tmp_path / "x" / "archive.db")
    assert settings["HARVEST_REPLAY"] is None
    assert settings["HARVEST_WINDOW_DAYS"] == 5
    assert settings["HARVEST_TABLE_PREFIX"] == ""
    assert settings["HARVEST_ALLOW_PRIVATE"] is True
    assert [settings[f"HARVEST_CLEAN{name}"] for name in ("ERS", "_SECONDS", "_MB")] == [3, 30, 1024]
    assert settings["NEWSHARVEST_CLOCK"] is None
    assert settings["HTTPCACHE_IGNORE_MISSING"] is False
    again = Settings(settings)
    addon.HarvestAddon().update_settings(again)
    assert again["HARVEST_DATABASE"] == settings["HARVEST_DATABASE"]


def test_command_line_stands_above_the_environment(update, monkeypatch):
    monkeypatch.setenv("HARVEST_WINDOW_DAYS", "7")
    assert update(HARVEST_WINDOW_DAYS=5)["HARVEST_WINDOW_DAYS"] == 7
    assert update(priority="cmdline", HARVEST_WINDOW_DAYS=5)["HARVEST_WINDOW_DAYS"] == 5
    assert update(priority="spider", HARVEST_WINDOW_DAYS=5)["HARVEST_WINDOW_DAYS"] == 7


def test_user_agent_tells_who_we_are(update):
    assert update()["USER_AGENT"] == f"newsharvest/{__version__}"
    assert update(HARVEST_CONTACT="a@b.example")["USER_AGENT"] == f"newsharvest/{__version__} (+a@b.example)"
    assert update(USER_AGENT="mine/1.0", HARVEST_CONTACT="a@b.example")["USER_AGENT"] == "mine/1.0"


def test_no_contact_is_one_warning_a_run(update, caplog):
    update()
    update()
    assert [record.message.split()[0] for record in caplog.records] == ["HARVEST_CONTACT"]
    addon._warn_of_no_contact.cache_clear()
    caplog.clear()
    update(HARVEST_CONTACT="a@b.example")
    assert not caplog.records


def test_replay_sets_the_clock_and_refuses_what_is_missing(update, tmp_path, caplog):
    then = datetime(2025, 12, 1, 6, 30, tzinfo=UTC)
    with Archive(tmp_path / "old.db") as archive:
        archive.put("http://a.example/", status=200, headers=[], body=b"", fetched_at=then)
        archive.put("dump.txt", status=None, headers=[], body=b"", fetched_at=datetime.now(UTC), kind="document")
    settings = update(HARVEST_REPLAY="old.db", HTTPCACHE_IGNORE_MISSING=False)
    assert settings["NEWSHARVEST_CLOCK"] == "2025-12-01T06:30:00+00:00"
    assert settings["HTTPCACHE_IGNORE_MISSING"] is True
    assert not caplog.records  # nobody is visited, so nobody asks for a contact


def test_archive_that_is_none_ends_before_the_crawl(update, tmp_path):
    (tmp_path / "archive.db").write_text("mine\n" * 500)
    with pytest.raises(SystemExit, match=f"newsharvest: {tmp_path}/archive.db: this is not an archive"):
        update(HARVEST_DATABASE="news.db")


@pytest.mark.parametrize(
    ("settings", "env", "message"),
    [
        ({"HARVEST_DATABSE": "x"}, {}, "HARVEST_DATABSE (given on the command line) is not a setting. "
         "Did you mean HARVEST_DATABASE?"),
        ({}, {"HARVEST_DATABSE": "x"}, "Did you mean HARVEST_DATABASE?"),
        ({"HARVEST_REPLAY": "none.db"}, {}, "{folder}/none.db: there is no such archive"),
    ],
)
def test_wrong_setting_ends_with_one_line(project, tmp_path, settings, env, message):
    run = project.crawl("http://127.0.0.1:9/", env=env, **settings)
    assert run.status == 1
    assert run.log.splitlines()[-1].startswith("newsharvest: ")
    assert message.format(folder=tmp_path) in run.log.splitlines()[-1]
    assert "Traceback" not in run.log
    assert not (tmp_path / "output").exists()


def test_crawl_from_a_folder_below_bears_the_settings_out(project, tmp_path):
    below = tmp_path / "below"
    below.mkdir()
    with serve() as site:
        site.routes = {"/": (200, {"Set-Cookie": "a=1"}, b"hello"), "/more": (200, {}, b"more")}
        env = {"HARVEST_MOON_PHASE": "full", "HARVEST_CONTACT": "desk@a.example", "HARVEST_ALLOW_PRIVATE": "1"}
        urls = f"urls={site.url('/')} {site.url('/more')}"
        run = project.scrapy("crawl", "visitor", "-a", urls, "-O", "out.jsonl", env=env, cwd=below)
        headers = site.seen[-1][2]
    assert run.status == 0, run.log
    assert "Traceback" not in run.log
    assert len(list(map(json.loads, (below / "out.jsonl").read_text().splitlines()))) == 2
    assert (tmp_path / "output" / "archive.db").is_file()
    assert headers["User-Agent"] == f"newsharvest/{__version__} (+desk@a.example)"
    assert headers["Accept-Language"].startswith("hi")
    assert not {"Cookie", "Referer"} & set(headers)
    assert "HARVEST_CONTACT is not set" not in run.log
    for extension in ("TelnetConsole", "RemoteControl", "Telnet console listening"):
        assert extension not in run.log


def test_list_needs_no_database_and_runs_no_check(project, tmp_path):
    run = project.scrapy("list", env={"HARVEST_REPLAY": "none.db"})
    assert (run.status, run.log.strip()) == (0, "visitor")
    assert not (tmp_path / "output").exists()
