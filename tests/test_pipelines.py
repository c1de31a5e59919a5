"""The pipeline, over a real database and the real path."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import newssite
import pytest
from scrapy import Spider
from scrapy.exceptions import DropItem, NotConfigured
from scrapy.utils.test import get_crawler

from cleaners.rules import RuleError
from cleaners.strips import DataError
from newsharvest import flow, pipelines
from newsharvest.items import Page, Rejected
from newsharvest.pipelines import HarvestPipeline
from newsharvest.signals import cannot_go_on, source_read
from newsharvest.store import FrontierLink, Kept, Store, StoreError
from spiders.base import Visit
from spiders.feed import FeedSpider

NOW = datetime(2026, 9, 14, 6, 0, tzinfo=UTC)
Build = Callable[[], HarvestPipeline]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "news.db"


@pytest.fixture
def build(database: Path) -> Iterator[Build]:
    built: list[HarvestPipeline] = []

    def build_one() -> HarvestPipeline:
        crawler = get_crawler(FeedSpider, {"HARVEST_DATABASE": str(database)})
        crawler.spider = crawler._create_spider(url="https://khabar.example/feed")
        crawler._apply_settings()
        pipeline = HarvestPipeline.from_crawler(crawler)
        pipeline.open_spider()
        built.append(pipeline)
        return pipeline

    yield build_one
    for pipeline in built:
        pipeline.finish(pipeline._crawler.spider, "finished")


def page(number: int, body: bytes | None = None) -> Page:
    url = f"https://khabar.example/desh/khabar-{number}.html"
    return Page(url, "khabar.example", NOW, "text/html", "utf-8", body or newssite.article(number, NOW), f"KEY{number}")


def row(pipeline: HarvestPipeline, url: str, kind: str = "page") -> int:
    """Claim a row of the frontier for an address."""
    pipeline._store.frontier.add([FrontierLink(url, kind)], "khabar.example")
    return pipeline._store.frontier.next("khabar.example").id


def state(pipeline: HarvestPipeline, url: str) -> tuple[str, str | None]:
    found = pipeline._store.frontier.find("khabar.example", url)
    return found.state, found.reason


def process(pipeline: HarvestPipeline, visit: Visit) -> Kept:
    return asyncio.run(pipeline.process_item(visit))


def drop(pipeline: HarvestPipeline, visit: Visit) -> None:
    """Hand over what is no article: it is no item to Scrapy, and no warning either."""
    with pytest.raises(DropItem) as caught:
        process(pipeline, visit)
    assert caught.value.log_level == "DEBUG"


def test_an_article_is_kept_with_its_row(build: Build) -> None:
    pipeline, first = build(), page(1)
    number = row(pipeline, first.url)
    assert process(pipeline, Visit(first, number, "KEY1")).state == "stored"
    assert state(pipeline, first.url) == ("done", None)
    assert process(pipeline, Visit(first, number, "KEY1")).state == "unchanged"
    copy = Page(first.url + "?2", *[getattr(first, name) for name in first.__slots__[1:]])
    assert process(pipeline, Visit(copy)).state == "duplicate"
    stats = pipeline._stats
    assert [stats.get_value(f"newsharvest/{name}") for name in ("stored", "unchanged", "duplicate")] == [1, 1, 1]
    (revision,) = pipeline._store.database.rows("SELECT archive_key, rules_version FROM {revisions} WHERE article = 1")
    assert revision["archive_key"] == "KEY1" and len(revision["rules_version"]) >= 8


def test_a_refusal_of_the_path_is_kept_too(build: Build) -> None:
    pipeline, empty = build(), page(1, b"<html><body></body></html>")
    drop(pipeline, Visit(empty, row(pipeline, empty.url), "KEY1"))
    (rejection,) = pipeline._store.rejections()
    assert rejection.url == empty.url and rejection.stage in ("document", "line")
    assert state(pipeline, empty.url)[0] == "rejected"


def test_a_refusal_of_the_spider(build: Build) -> None:
    pipeline, url = build(), "https://khabar.example/a"
    refusal = Rejected(url, "fetch", "led elsewhere (https://khabar.example/)")
    drop(pipeline, Visit(refusal, row(pipeline, url), "KEY"))
    assert state(pipeline, url) == ("rejected", "fetch: led elsewhere (https://khabar.example/)")
    assert pipeline._stats.get_value("newsharvest/rejected/led elsewhere") == 1
    (rejection,) = pipeline._store.rejections()
    assert (rejection.site, rejection.reason) == ("khabar.example", refusal.reason)


def test_a_passing_failure_leaves_the_row_to_the_next_run(build: Build) -> None:
    pipeline, url = build(), "https://khabar.example/a"
    for attempt in (1, 2, 3):
        number = row(pipeline, url)
        drop(pipeline, Visit(Rejected(url, "fetch", "timeout"), number, can_retry=True))
        assert state(pipeline, url) == ("pending" if attempt < 3 else "failed", "timeout")
        assert pipeline._store.frontier.next("khabar.example") is None  # not before its time
        pipeline._store.database.execute("UPDATE {frontier} SET next_visit = '2026-01-01T00:00:00+00:00'")
        pipeline._store.frontier.reset("khabar.example")


def test_the_end_of_a_source(build: Build) -> None:
    pipeline, url, seen = build(), "https://khabar.example/feed", []

    def note() -> None:
        seen.append(state(pipeline, url)[0])

    pipeline._crawler.signals.connect(note, signal=source_read)
    drop(pipeline, Visit(None, row(pipeline, url, "feed"), "KEY"))
    assert seen == ["active"]  # its links were written before
    assert state(pipeline, url) == ("done", None)
    assert pipeline._store.rejections() == []


def test_a_fault_in_cleaning_costs_one_page_and_is_seen(
    build: Build, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(page: Page) -> None:
        raise RuntimeError("no such rule")

    pipeline, first = build(), page(1)
    monkeypatch.setattr(flow, "harvest", fail)
    drop(pipeline, Visit(first, row(pipeline, first.url), "KEY1"))
    (rejection,) = pipeline._store.rejections()
    assert (rejection.stage, rejection.reason) == ("document", "error: RuntimeError: no such rule")
    assert rejection.archive_key == "KEY1"
    assert pipeline._stats.get_value("newsharvest/rejected/error") == 1
    assert "Traceback" in caplog.text and first.url in caplog.text


def test_a_run_is_a_row_and_a_line(build: Build, database: Path, caplog: pytest.LogCaptureFixture) -> None:
    pipeline = build()
    process(pipeline, Visit(page(1)))
    second = build()  # keeps the file open
    with caplog.at_level(logging.INFO, "newsharvest.pipelines"):
        pipeline.finish(pipeline._crawler.spider, "closespider_itemcount")
    counts = "1 stored, 0 revised, 0 unchanged, 0 duplicate, 0 withdrawn, 0 rejected"
    assert f"{counts}. Database: {database}" in caplog.text
    run = second._store.runs.latest(2)[1]
    assert (run.command, run.site, run.outcome) == ("crawl feed", "khabar.example", "closespider_itemcount")
    assert run.counts == {"stored": 1} and run.finished_at is not None


def test_the_crawlers_of_a_process_share_one_store(build: Build, database: Path) -> None:
    first, second = build(), build()
    assert first._store is second._store
    settings = first._crawler.settings
    assert pipelines.borrow_store(settings) is first._store
    pipelines.return_store(first._store)
    assert first._store.stats() is not None  # still open


def test_a_spider_without_a_site_has_no_pipeline(database: Path) -> None:
    crawler = get_crawler(Spider, {"HARVEST_DATABASE": str(database)})
    crawler.spider = Spider("plain")
    with pytest.raises(NotConfigured):
        HarvestPipeline.from_crawler(crawler)
    assert not database.exists()


def test_a_database_that_is_none(build: Build, database: Path) -> None:
    database.write_text("notes")
    with pytest.raises(SystemExit, match=re.escape(f"{database} is not a SQLite database")):
        build()


@pytest.mark.parametrize(("name", "error"), [("shared", RuleError), ("load_all", DataError)])
def test_a_wrong_data_file_ends_the_crawl_before_it_begins(
    name: str, error: type[Exception], build: Build, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise error("jagran.toml: unknown key 'bodi'")

    monkeypatch.setattr(pipelines, name, fail)
    with pytest.raises(SystemExit, match=r"^newsharvest: jagran\.toml: unknown key 'bodi'$"):
        build()
    assert not database.exists()


def ends(pipeline: HarvestPipeline) -> list[tuple[str, str]]:
    """Return a list that grows by (outcome, error) whenever the crawl is told to end."""
    told: list[tuple[str, str]] = []

    def note(reason: str, error: Exception) -> None:
        told.append((reason, str(error)))

    pipeline._ear = note  # signals hold their receivers weakly
    pipeline._crawler.signals.connect(note, signal=cannot_go_on)
    return told


async def try_to_keep(pipeline: HarvestPipeline, *visits: Visit) -> None:
    for visit in visits:
        with pytest.raises(DropItem):
            await pipeline.process_item(visit)
    await asyncio.sleep(0)


def test_what_is_not_cleaned_stays_to_be_done_with_its_source(build: Build, caplog: pytest.LogCaptureFixture) -> None:
    pipeline, url, first = build(), "https://khabar.example/wp-json", page(1)
    source, number = row(pipeline, url, "rest"), row(pipeline, first.url)
    told = ends(pipeline)
    pipeline._cleaners.close()
    visits = (Visit(first, number, "KEY1"), Visit(page(2), None, "KEY"), Visit(None, source, "KEY"))
    asyncio.run(try_to_keep(pipeline, *visits))
    assert [state(pipeline, address)[0] for address in (url, first.url)] == ["active", "active"]
    assert pipeline._store.rejections() == [] and {reason for reason, _ in told} == {"cleaning_stopped"}
    assert caplog.records == []


def test_a_page_whose_run_is_over_is_not_stored(build: Build) -> None:
    pipeline, first = build(), page(1)
    other, number = build(), row(pipeline, first.url)
    pipeline.finish(pipeline._crawler.spider, "max_minutes")
    told = ends(pipeline)
    asyncio.run(try_to_keep(pipeline, Visit(first, number, "KEY1")))
    assert state(other, first.url)[0] == "active" and told == []


def test_a_full_disk_ends_the_crawl_and_loses_nothing(build: Build) -> None:
    text = "".join(f"<p>{sentence}</p>" for n in range(40) for sentence in newssite.sentences(n))
    body = f"<html><title>खबर</title><body><article>{text}</article></body></html>"
    pipeline, large = build(), page(1, body.encode())
    number = row(pipeline, large.url)
    (pages,) = pipeline._store.database.row("PRAGMA page_count")
    pipeline._store.database.execute(f"PRAGMA max_page_count = {pages}")
    told = ends(pipeline)
    asyncio.run(try_to_keep(pipeline, Visit(large, number, "KEY1")))
    ((outcome, error),) = told
    assert outcome == "database_error" and str(pipeline._store.database.path) in error
    assert state(pipeline, large.url)[0] == "active"
    pipeline._store.database.execute("PRAGMA max_page_count = 1000000")
    assert process(pipeline, Visit(large, number, "KEY1")).state == "stored"


def test_a_source_whose_links_are_not_on_disk_stays_to_be_done(build: Build) -> None:
    pipeline, url = build(), "https://khabar.example/feed"

    def fail() -> StoreError:
        return StoreError("cannot write news.db: it is full")

    number, told = row(pipeline, url, "feed"), ends(pipeline)
    pipeline._crawler.signals.connect(fail, signal=source_read)
    drop(pipeline, Visit(None, number, "KEY"))
    assert told == [("database_error", "cannot write news.db: it is full")]
    assert state(pipeline, url)[0] == "active"


def test_counts_are_json(build: Build) -> None:
    pipeline = build()
    pipeline._stats.inc_value("newsharvest/links/off-site", 3)
    pipeline._stats.set_value("newsharvest/other", datetime.now(UTC))
    pipeline.finish(pipeline._crawler.spider, "finished")
    with Store(pipeline._store.database.path) as store:
        assert json.loads(store.database.row("SELECT counts FROM {runs}")["counts"]) == {"links/off-site": 3}
