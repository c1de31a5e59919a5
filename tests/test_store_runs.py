"""The log of runs, newest first."""

from __future__ import annotations

from datetime import UTC, datetime

from newsharvest.store import Store


def test_runs_are_logged(store: Store) -> None:
    crawl = store.runs.start("crawl", "example")
    store.runs.start("import")
    store.runs.finish(crawl, "finished", {"stored": 3})
    last, first = store.runs.latest()
    assert (last.command, last.site, last.finished_at, last.outcome, last.counts) == ("import", None, None, None, {})
    assert (first.command, first.site, first.outcome, first.counts) == ("crawl", "example", "finished", {"stored": 3})
    assert first.finished_at is not None
    assert first.started_at <= first.finished_at <= datetime.now(UTC)
    assert [run.id for run in store.runs.latest(1, site="example")] == [crawl]
