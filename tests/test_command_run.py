"""`newsharvest run`: sites side by side, an end in time, exit statuses, the summary; real processes and servers."""

from __future__ import annotations

import os
import pty
import signal
import sqlite3
import subprocess
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import newssite
import pytest
from console import run
from newsproject import furnish, has_traceback, make_project, started, stop, wait_until
from newssite import Answer, NewsSite

from newsharvest.commands.run import choose_status, summarise
from newsharvest.fleet import Crawl

BUDGET = 8.0  # seconds, those of the start included


@pytest.fixture
def sites():
    """Three empty sites."""
    with ExitStack() as stack:
        yield [stack.enter_context(newssite.serve()) for _ in range(3)]


def test_sites_side_by_side_one_broken(sites: list[NewsSite], tmp_path: Path) -> None:
    first, second, broken = sites
    broken.answers["/feed.xml"] = Answer(status=503)
    furnish(second, 3, first=50)
    second.answers["/desh/khabar-51.html"] = Answer(b"no", status=410)  # a page that fails is no site that fails
    project = make_project(
        tmp_path,
        amar=furnish(first, 5),
        bali=second.url("/feed.xml"),
        kharab=broken.url("/feed.xml"),
        refusing=broken.url("/feed.xml"),
        faulty=broken.url("/feed.xml"),
    )
    done = project.run("run", "--all", "--json")
    assert done.status == 1, done.err
    amar, bali, kharab = map(done.site, ("amar", "bali", "kharab"))
    assert (amar["outcome"], amar["failed"], amar["found"], amar["stored"]) == ("finished", False, 5, 5)
    assert (bali["outcome"], bali["failed"], bali["stored"], bali["rejected"]) == ("finished", False, 2, 1)
    assert (kharab["outcome"], kharab["failed"]) == ("sources_failed", True)
    assert kharab["error"] == "every source failed: feed: http 503" and kharab["sources_read"] == 0
    assert datetime.fromisoformat(amar["newest"]) == first.ago(hours=2)
    refusing, faulty = done.site("refusing"), done.site("faulty")
    assert (refusing["outcome"], refusing["error"]) == ("error", "refusing: it will not")
    assert (faulty["outcome"], faulty["error"]) == ("start_error", "its spider could not begin")
    totals = done.json["totals"]
    assert (totals["sites"], totals["failed"], totals["found"], totals["stored"]) == (5, 3, 8, 7)
    assert done.json["exit_status"] == 1 and done.json["database"] == str(project.database)
    assert {run.site: run.outcome for run in project.runs()} == {
        "amar": "finished", "bali": "finished", "kharab": "sources_failed", "faulty": "start_error",
    }  # fmt: skip
    assert "amar: finished" in done.err and "Versions" not in done.err
    assert "RuntimeError: a fault" in done.err and done.err.count("s: refusing: it will not") == 1
    again = project.run("run", "amar", "amar", "--quiet")  # named twice, crawled once
    assert (again.status, again.out, again.err) == (0, "", "")
    assert len(project.runs()) == 5


def test_the_end_of_the_time(tmp_path: Path) -> None:
    """A site that hangs, one that drips, one whose page stalls us, and one with more pages than there is time for."""
    with ExitStack() as stack:
        hanging, dripping, stalling, long = (stack.enter_context(newssite.serve()) for _ in range(4))
        hanging.answers["/robots.txt"] = Answer(seconds=50)
        project = make_project(
            tmp_path, hanging=hanging.url("/feed.xml"), dripping=furnish(dripping, 3, is_dripping=True),
            stalling=furnish(stalling, 3, first=100), long=furnish(long, 400, first=1000, seconds=0.05),
        )  # fmt: skip
        done = project.run("run", "--all", "--json", "--max-minutes", BUDGET / 60, "-s", "HARVEST_CLEANERS=1")
    assert done.status == 0, done.err
    assert {site["outcome"] for site in done.json["sites"]} == {"time_budget"}
    began, finished = (datetime.fromisoformat(done.json[name]) for name in ("started_at", "finished_at"))
    assert 10 < (finished - began).total_seconds() <= BUDGET + 15  # ten seconds were given, and no more
    assert done.site("long")["seconds"] < BUDGET + 2  # but nobody waits who has nothing under way
    assert not has_traceback(done.err) and "Task was destroyed" not in done.err
    # What was cut short stays to be done: a row in flight is pending as soon as the next run begins.
    assert project.pages("dripping") == {"active": 1, "pending": 2}
    assert sum(project.pages("stalling").values()) == 3 and "done" not in project.pages("stalling")
    pages = project.pages("long")
    assert 0 < pages.pop("done") == done.site("long")["stored"]
    assert 0 < pages.pop("pending") < 400
    assert pages in ({}, {"active": 1})
    assert {run.outcome for run in project.runs()} == {"time_budget"}


def test_no_time_at_all(site: NewsSite, tmp_path: Path) -> None:
    project = make_project(tmp_path, amar=furnish(site, 3))
    done = project.run("run", "amar", "--max-minutes", 0.0001)
    assert (done.status, done.out) == (0, "1 site: 0 found, 0 stored, 1 cut short\n")
    assert site.article_requests().total() == 0
    assert [run.outcome for run in project.runs()] == ["time_budget"]  # not finished: that would be a lie


def test_signals(site: NewsSite, tmp_path: Path) -> None:
    project = make_project(tmp_path, amar=furnish(site, 200, seconds=0.05), bali=site.url("/hanging.xml"))
    site.answers["/hanging.xml"] = Answer(seconds=50)
    with started(project, "run", "amar") as process:
        wait_until(lambda: site.article_requests().total() > 5, process)
        done = stop(process)
    assert done.status == 0 and done.seconds < 8  # nothing hangs: no ten seconds
    assert "1 cut short" in done.out
    assert [run.outcome for run in project.runs()] == ["shutdown"]
    with started(project, "run", "bali") as process:
        wait_until(lambda: "/hanging.xml" in site.asked, process)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None
        done = stop(process)
    assert done.status == 1 and done.seconds < 5 and "second signal" in done.out
    assert not has_traceback(done.err)
    assert project.runs()[-1].outcome is None


def test_the_same_site_twice(sites: list[NewsSite], tmp_path: Path) -> None:
    site, other, _ = sites
    project = make_project(tmp_path, amar=furnish(site, 2, seconds=50), bali=furnish(other, 2, first=50))
    with started(project, "run", "amar") as process:
        wait_until(lambda: site.article_requests().total() == 1, process)
        second = project.run("run", "amar", "bali")
        assert second.status == 1
        assert second.out == "2 sites: 2 found, 2 stored, 1 failed (amar: another process is crawling it)\n"
        plain = project.run(command=project.scrapy("crawl", "amar"))
        assert plain.status == 1 and not has_traceback(plain.err)
        assert plain.err.endswith(
            f"newsharvest: amar is being crawled already, into {project.database}; nothing was fetched\n"
        )
        assert run("runs", "--site", "amar", "--db", project.database).stdout.count("running") == 1
        process.kill()
        process.communicate()
    assert site.article_requests().total() == 1
    shown = run("runs", "--site", "amar", "--db", project.database).stdout
    assert "died" in shown and "running" not in shown and "locked" in shown
    for answer in site.answers.values():
        answer.seconds = 0
    assert project.run("run", "amar", "-q").status == 0  # the lock went with its holder
    assert project.pages("amar") == {"done": 2}


@pytest.mark.parametrize("number", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_processes_share_a_database(site: NewsSite, tmp_path: Path, number: int) -> None:
    feeds = {
        f"site{n}": furnish(site, 20, f"/feed{n}.xml", first=n * 100, section=f"section{n}") for n in range(number)
    }
    project = make_project(tmp_path, **feeds)
    with ExitStack() as stack:
        crawls = [stack.enter_context(started(project, "run", name)) for name in feeds]
        told = [process.communicate(timeout=90) for process in crawls]
    assert [out for out, _ in told] == ["1 site: 20 found, 20 stored\n"] * number, told
    assert {process.returncode for process in crawls} == {0}
    assert {run.outcome for run in project.runs()} == {"finished"}
    with closing(sqlite3.connect(project.database)) as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (20 * number,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_nothing_can_be_stored(site: NewsSite, tmp_path: Path) -> None:
    project = make_project(tmp_path, amar=furnish(site, 1))
    (tmp_path / "text.db").write_text("no database, only text\n" * 100)
    done = project.run("run", "amar", "--db", tmp_path / "text.db")
    assert (done.status, done.out) == (3, "")
    assert done.err == f"Error: {tmp_path / 'text.db'} is not a SQLite database\n"
    assert site.asked == []


def test_a_table_in_a_terminal(site: NewsSite, tmp_path: Path) -> None:
    project = make_project(tmp_path, amar=furnish(site, 3), kharab=site.url("/none.xml"))
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        project.command("run", "--all"), cwd=tmp_path, env=project.environment | {"TERM": "xterm", "COLUMNS": "120"},
        stdout=subprocess.PIPE, stderr=theirs, text=True,
    ) as process:  # fmt: skip
        os.close(theirs)
        seen = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            seen += part
        os.close(ours)
        out = process.stdout.read()
    shown = seen.decode().replace("\r", "").split("newest article")[-1]
    rows = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line.split()[1:]}
    assert rows["amar"][:2] == ["finished", "3"], seen
    assert rows["kharab"][0] == "sources_failed"
    assert out.startswith("2 sites: 3 found, 3 stored")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name the sites to crawl"),
        (["jagran", "--all"], "or all of them with --all"),
        (["jagrn"], "there is no site 'jagrn'. Did you mean jagran"),
        (["feed"], "scrapy crawl feed -a url="),
        (["jagran", "--max-minutes", "0"], "max-minutes"),
        (["jagran", "-s", "LOG_LEVEL"], "NAME=VALUE"),
        (["jagran", "-s", "HARVEST_DATABSE=x"], "Did you mean HARVEST_DATABASE?"),
    ],
)
def test_wrong_commands(arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "newsharvest.settings")  # the command may set it
    done = run("run", *arguments)
    assert done.exit_code == 2 and message in done.stderr and done.stdout == ""


def crawl(site: str, outcome: str, error: str | None = None, **stats: object) -> Crawl:
    names = {"read": "sources/read", "found": "links/found", "bad": "rejected/feed: http 503"}
    ended = Crawl(site, datetime(2024, 5, 1, tzinfo=UTC))
    ended.stats = {f"newsharvest/{names.get(name, name)}": value for name, value in stats.items()}
    ended.end(outcome, error)
    return ended


def test_summary_and_status() -> None:
    well = [crawl("a", "finished", read=1, found=1200, stored=3, revised=1), crawl("b", "time_budget", read=1)]
    assert summarise(well) == "2 sites: 1,200 found, 3 stored, 1 revised, 1 cut short"
    assert choose_status(well) == 0
    waiting = [crawl("a", "retry_after")]
    assert summarise(waiting) == "1 site: 0 found, 0 stored, 1 told to wait (a)" and choose_status(waiting) == 0
    bad = [crawl("a", "sources_failed", bad=2), crawl("b", "error", "no such thing")]
    assert summarise([*well, *bad]).endswith("2 failed (a: every source failed: feed: http 503; b: no such thing)")
    assert choose_status([*well, *bad]) == 1
    assert choose_status([*bad, crawl("c", "database_error", read=1)]) == 3
