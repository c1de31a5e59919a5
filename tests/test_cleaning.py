"""Cleaning beside a crawl: a page that takes too long, or too much, costs itself; the crawl and other pages go on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import newssite
import pytest
from cleaning_actors import actor, page, unready
from newssite import Answer, NewsSite, crawl_command
from processes import await_end, is_running

from newsharvest import cleaning
from newsharvest.cleaning import Cleaners, CleaningStopped, Fault
from newsharvest.items import Page, Rejected
from newsharvest.workers import Limits

LIMITS = Limits(20, 1024)


def do(*names: str, number: int = 1, limits: Limits = LIMITS, body: bytes = b"") -> list[Rejected]:
    """Have pages cleaned at once, by their names; the processes end with it."""

    async def work() -> list[Rejected]:
        return await asyncio.gather(*(cleaners.clean(page(name, body)) for name in names))

    cleaners = Cleaners(number, limits, actor)
    try:
        return asyncio.run(work())
    finally:
        cleaners.close()
        assert threading.active_count() == 1


# --- limits ---


def test_pages_are_cleaned_elsewhere_side_by_side() -> None:
    pids = {int(done.reason) for done in do("sleep", "sleep", "sleep", number=2)}
    assert len(pids) == 2 and os.getpid() not in pids
    await_end(*pids, seconds=0.5)


def test_without_processes_it_is_done_here() -> None:
    assert [done.reason for done in do("a", "b", number=0)] == [str(os.getpid())] * 2
    assert do("grow", number=0)[0].reason == "out of memory"


def test_processes_are_started_only_as_they_are_needed() -> None:
    async def work() -> None:
        assert cleaners._processes == set() and threading.active_count() == 1
        await cleaners.clean(page("a"))
        await cleaners.clean(page("b"))
        assert len(cleaners._processes) == 1

    cleaners = Cleaners(4, LIMITS, actor)
    asyncio.run(work())
    cleaners.close()


def test_a_page_that_stalls_in_c_code_is_a_timeout(caplog: pytest.LogCaptureFixture) -> None:
    stalled, other = do("stall", "a", limits=Limits(0.5, 1024))
    assert (stalled.stage, stalled.reason) == ("document", "timeout")
    assert other.reason.isdigit()
    assert "https://khabar.example/stall was ended: it took more than 0.5 s" in caplog.text


def test_the_wait_for_a_process_is_not_counted() -> None:
    assert all(done.reason.isdigit() for done in do("sleep", "sleep", "sleep", limits=Limits(0.9, 1024)))


def test_a_page_that_needs_too_much_memory_is_named_so(caplog: pytest.LogCaptureFixture) -> None:
    grown, other = do("grow", "a", limits=Limits(20, 64))
    assert (grown.stage, grown.reason) == ("document", "out of memory")
    assert other.reason.isdigit()
    assert "it needed more than 64 MB" in caplog.text


def test_a_page_too_large_to_be_handed_over_is_named_so() -> None:
    assert do("a", limits=Limits(20, 16), body=bytes(40 * 2**20))[0].reason == "out of memory"
    assert do("a", limits=Limits(20, 100), body=bytes(40 * 2**20))[0].reason.isdigit()


def test_a_process_that_is_killed_once_costs_nothing(tmp_path: Path) -> None:
    first, second = do("once-1", "a", body=str(tmp_path / "once").encode())
    assert first.reason == second.reason and first.reason.isdigit()


def test_a_page_that_ends_its_process_again_is_refused() -> None:
    killed, crashed, other = do("kill", "crash", "a")
    assert killed.reason == "out of memory"
    assert crashed.reason == "error: its process died (-11)"
    assert other.reason.isdigit()


def test_a_fault_of_ours_is_shown_with_its_traceback(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert do("fault")[0] == Rejected("https://khabar.example/fault", "document", "error: RuntimeError: no such rule")
    assert "Cleaning https://khabar.example/fault failed\nTraceback" in caplog.text

    def fail(page: Page) -> None:
        raise LookupError("no such rule")

    monkeypatch.setattr("newsharvest.flow.harvest", fail)
    fault = cleaning.cleaner()(page("a"))
    assert isinstance(fault, Fault) and fault.reason == "LookupError: no such rule" and "in fail" in fault.story


def test_an_idle_process_that_is_killed_is_replaced() -> None:
    async def work() -> None:
        first = int((await cleaners.clean(page("a"))).reason)
        os.kill(first, signal.SIGKILL)
        await_end(first)
        assert int((await cleaners.clean(page("b"))).reason) != first

    cleaners = Cleaners(1, LIMITS, actor)
    asyncio.run(work())
    cleaners.close()


# --- ends ---


def test_where_no_process_can_be_started_the_page_is_not_refused() -> None:
    cleaners = Cleaners(1, LIMITS, unready)
    with pytest.raises(CleaningStopped, match=r"could be started: its process died \(3\)"):
        asyncio.run(cleaners.clean(page("a")))
    cleaners.close()


def test_what_waits_when_cleaning_ends_is_not_refused() -> None:
    async def work() -> None:
        waiting = [asyncio.ensure_future(cleaners.clean(page(name))) for name in ("stall", "a", "b")]
        await asyncio.sleep(1)
        start = time.monotonic()
        cleaners.close()
        ends = await asyncio.gather(*waiting, return_exceptions=True)
        assert time.monotonic() - start < 1
        assert [type(end) for end in ends] == [CleaningStopped] * 3
        with pytest.raises(CleaningStopped):
            await cleaners.clean(page("c"))

    cleaners = Cleaners(1, LIMITS, actor)
    asyncio.run(work())


def test_the_last_to_give_the_cleaners_back_ends_them() -> None:
    first, second = (cleaning.borrow_cleaners(1, LIMITS) for _ in range(2))
    assert first is second
    cleaning.return_cleaners(first)
    first._start = actor
    pid = int(asyncio.run(second.clean(page("a"))).reason)
    cleaning.return_cleaners(second)
    assert not is_running(pid) and cleaning._borrowed == {}


DYING = """
import asyncio, sys
from contextlib import suppress
from cleaning_actors import actor, page
from newsharvest.cleaning import Cleaners
from newsharvest.workers import Limits

async def main():
    cleaners = Cleaners(2, Limits(3, 1024), actor)
    for _ in range(2):
        print(*{done.reason for done in await asyncio.gather(*(cleaners.clean(page("sleep")) for _ in range(2)))})
    sys.stdout.flush()
    asyncio.ensure_future(cleaners.clean(page("stall")))
    await asyncio.sleep(60)

if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
"""


@pytest.mark.parametrize(("end", "seconds"), [(signal.SIGKILL, 5), (signal.SIGINT, 2)])
def test_no_process_is_left_behind(end: signal.Signals, seconds: float, tmp_path: Path) -> None:
    """Not even the one whose page stalls: the limit of its time holds without a parent."""
    script = tmp_path / "dying.py"
    script.write_text(DYING)
    path = os.pathsep.join((str(newssite.ROOT / "tests"), str(newssite.ROOT)))
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": path}, start_new_session=True,
    ) as parent:  # fmt: skip
        pids = {int(pid) for _ in range(2) for pid in parent.stdout.readline().split()}
        time.sleep(0.3)
        os.kill(parent.pid, signal.SIGKILL) if end == signal.SIGKILL else os.killpg(parent.pid, end)
        parent.wait(10)
        await_end(*pids, seconds=seconds)
        told = parent.stderr.read()
    assert len(pids) == 2
    assert told.count("Traceback") == 0, told


# --- a crawl ---


def large(count: int) -> bytes:
    """Return the page of an article as long as a book."""
    text = "".join(f"<p>{sentence}</p>" for number in range(count) for sentence in newssite.sentences(number))
    return f"<html lang='hi'><title>खबर</title><body><article><h1>खबर</h1>{text}</article></body></html>".encode()


def furnish(site: NewsSite, first: bytes) -> str:
    """Give a site a feed of a large page and six articles; return the address of the feed."""
    urls = [site.url("/desh/large.html"), *(site.add_article(number) for number in range(6))]
    site.answers["/desh/large.html"] = Answer(first)
    site.answers["/feed.xml"] = Answer(newssite.rss([(url, site.ago(hours=1)) for url in urls]), "application/rss+xml")
    return site.url("/feed.xml")


def ask(database: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("limit", "reason", "size"),
    [({"HARVEST_CLEAN_SECONDS": 1}, "timeout", 1500), ({"HARVEST_CLEAN_MB": 16}, "out of memory", 2000)],
)
def test_a_page_over_a_limit_costs_itself_alone(
    site: NewsSite, tmp_path: Path, limit: dict[str, int], reason: str, size: int
) -> None:
    feed, database = furnish(site, large(size)), tmp_path / "news.db"
    settings = {"HARVEST_CLEANERS": 1, "LOG_LEVEL": "DEBUG", **limit}
    run = newssite.crawl("feed", database, settings, url=feed, site="khabar")
    assert run.returncode == 0, run.stderr
    assert ask(database, "SELECT count(*) FROM articles") == [(6,)]
    assert ask(database, "SELECT url, stage, reason FROM rejections") == [
        (site.url("/desh/large.html"), "document", reason)
    ]
    assert ask(database, "SELECT state, count(*) FROM frontier WHERE kind = 'page' GROUP BY 1 ORDER BY 1") == [
        ("done", 6),
        ("rejected", 1),
    ]
    assert ask(tmp_path / "archive.db", "SELECT count(*) FROM responses WHERE url LIKE '%large.html'") == [(1,)]
    assert "Cleaning" in run.stderr and "Traceback" not in run.stderr
    if reason == "timeout":  # the other pages came in meanwhile
        before, _, _ = run.stderr.partition("was ended: it took more than 1 s")
        assert before.count("Crawled (200)") == 8


def posts(site: NewsSite, count: int) -> bytes:
    """Return one answer of a WordPress, the first of whose posts is long."""
    texts = ["".join(f"<p>{s}</p>" for n in range(1500) for s in newssite.sentences(n))]
    texts += ["".join(f"<p>{s}</p>" for s in newssite.sentences(n)) for n in range(1, count)]
    return json.dumps([
        {"id": n, "link": site.url(f"/{n}/"), "date_gmt": f"{site.ago(hours=2):%Y-%m-%dT%H:%M:%S}",
         "title": {"rendered": newssite.headline(n)}, "content": {"rendered": text}}
        for n, text in enumerate(texts)
    ]).encode()  # fmt: skip


def begin(spider: str, database: Path, settings: dict[str, object], **arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        crawl_command(spider, database, settings, arguments), cwd=newssite.ROOT, env=newssite.environment(),
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def await_rows(database: Path, sql: str, count: int) -> None:
    """Wait until a query has so many rows."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if len(ask(database, sql)) >= count:
                return
        except sqlite3.OperationalError:  # the crawl has not made it yet
            pass
        time.sleep(0.02)
    raise AssertionError(sql)


STATES = "SELECT state, count(*) FROM frontier WHERE kind <> 'feed' GROUP BY 1 ORDER BY 1"


def test_the_row_of_an_answer_is_done_only_after_all_its_posts(site: NewsSite, tmp_path: Path) -> None:
    site.answers["/wp-json/wp/v2/posts"] = Answer(posts(site, 12), "application/json")
    database, settings = tmp_path / "news.db", {"HARVEST_CLEANERS": 2}
    address = {"url": site.url("/"), "site": "blog"}
    with begin("wordpress", database, settings, **address) as crawl:
        await_rows(database, "SELECT 1 FROM articles", 11)
        time.sleep(0.2)
        assert ask(database, "SELECT DISTINCT state FROM frontier WHERE kind = 'rest'") == [("active",)]
        crawl.kill()
    run = newssite.crawl("wordpress", database, settings | {"HARVEST_CLEAN_SECONDS": 1}, **address)
    assert ask(database, "SELECT DISTINCT state FROM frontier WHERE kind = 'rest'") == [("done",)]
    assert ask(database, "SELECT url, reason FROM rejections") == [(site.url("/0/"), "timeout")], run.stderr


@pytest.mark.parametrize("is_forced", [False, True])
def test_what_is_cleaned_at_the_end_is_finished_or_stays_to_be_done(
    site: NewsSite, tmp_path: Path, is_forced: bool
) -> None:
    feed, database = furnish(site, large(300)), tmp_path / "news.db"
    with begin("feed", database, {"HARVEST_CLEANERS": 1}, url=feed, site="khabar") as crawl:
        await_rows(tmp_path / "archive.db", "SELECT 1 FROM responses WHERE url LIKE '%large.html'", 1)
        time.sleep(0.2)
        for _ in range(1 + is_forced):
            crawl.send_signal(signal.SIGTERM)
            time.sleep(0.2)
        told = crawl.communicate(timeout=20)[1]
    assert "Traceback" not in told
    states = dict(ask(database, STATES))
    if is_forced:
        assert ask(database, "SELECT count(*) FROM articles") == [(0,)] and states["active"] >= 1
    else:
        assert "shutdown" in told and states.get("active", 0) == 0
        assert ask(database, "SELECT count(*) FROM articles") == [(states["done"],)]


def test_a_crawl_that_cannot_clean_ends_and_loses_nothing(site: NewsSite, tmp_path: Path) -> None:
    """No process can be started: the interpreter for them is not there."""
    feed, database = furnish(site, large(1)), tmp_path / "news.db"
    words = crawl_command("feed", database, {"HARVEST_CLEANERS": 1}, {"url": feed, "site": "khabar"})
    code = (
        "import multiprocessing, runpy, sys; multiprocessing.set_executable('/nowhere/python');"
        f"sys.argv = {['scrapy', *words[words.index('crawl') :]]}; runpy.run_module('scrapy', run_name='__main__')"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=newssite.ROOT, env=newssite.environment(), capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert "stays to be done" in run.stderr and "(cleaning_stopped)" in run.stderr
    assert ask(database, "SELECT count(*) FROM rejections") == [(0,)]
    assert "done" not in dict(ask(database, STATES))
