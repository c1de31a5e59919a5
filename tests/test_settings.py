"""The crawl's settings hold what politeness and safety promise, and Scrapy knows every one of them."""

import gzip
from importlib import import_module

import pytest
from crawling import make_project, serve
from scrapy.core.downloader import Slot
from scrapy.settings import Settings, default_settings
from scrapy.utils.misc import load_object

from newsharvest import settings
from newsharvest.configuration import NAMES as OURS

NAMES = [name for name in vars(settings) if name.isupper()]


def test_scrapy_knows_every_setting():
    ours = [name for name in NAMES if not name.startswith("HARVEST_")]
    assert set(ours) <= set(vars(default_settings)), "a setting that Scrapy does not read does nothing"


def test_our_own_are_all_stated_here():
    assert [name for name in NAMES if name.startswith("HARVEST_")] == list(OURS)


@pytest.mark.parametrize(
    "path",
    [
        *settings.ADDONS,
        *settings.DOWNLOADER_MIDDLEWARES,
        *settings.SPIDER_MIDDLEWARES,
        *settings.ITEM_PIPELINES,
        *settings.EXTENSIONS,
        *filter(None, settings.DOWNLOAD_HANDLERS.values()),
        settings.DOWNLOADER,
        settings.SCHEDULER,
        settings.HTTPCACHE_STORAGE,
        settings.HTTPCACHE_POLICY,
    ],
)
def test_what_is_named_exists(path):
    assert isinstance(load_object(path), type)


def test_delay_is_one_to_two_seconds():
    loaded = Settings()
    loaded.setmodule(import_module("newsharvest.settings"))
    slot = Slot(
        loaded.getint("CONCURRENT_REQUESTS_PER_DOMAIN"),
        loaded.getfloat("DOWNLOAD_DELAY"),
        loaded.getfloat("DOWNLOAD_DELAY_JITTER"),
    )
    delays = [slot.download_delay() for _ in range(2000)]
    assert 1 <= min(delays) < 1.1
    assert 1.9 < max(delays) <= 2
    assert slot.concurrency == 1


def test_doors_are_shut():
    loaded = Settings()
    loaded.setmodule("newsharvest.settings")
    assert loaded.getbool("ROBOTSTXT_OBEY")
    for name in ("TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED", "COOKIES_ENABLED", "METAREFRESH_ENABLED"):
        assert loaded.getbool(name) is False, name
    schemes = {scheme for scheme, handler in loaded.getwithbase("DOWNLOAD_HANDLERS").items() if handler}
    assert schemes == {"http", "https"}
    assert loaded.getint("DOWNLOAD_TIMEOUT") == 30
    assert loaded.getint("DOWNLOAD_WARNSIZE") < loaded.getint("DOWNLOAD_MAXSIZE") < 30 * 1024 * 1024


def test_what_must_stand_between_what():
    ours, theirs = settings.DOWNLOADER_MIDDLEWARES, default_settings.DOWNLOADER_MIDDLEWARES_BASE
    retry, redirect, cache = (
        theirs[f"scrapy.downloadermiddlewares.{name}Middleware"]
        for name in ("retry.Retry", "redirect.Redirect", "httpcache.HttpCache")
    )
    assert ours["newsharvest.guard.NetworkGuard"] > cache
    assert ours["newsharvest.politeness.tdm.PageReservations"] > cache
    assert max(retry, redirect) < ours["newsharvest.politeness.retry.RetryAfter"] < cache
    assert ours["newsharvest.politeness.robots.RobotsTxt"] < ours["newsharvest.politeness.tdm.SiteReservations"]


def test_page_that_fills_memory_is_left_and_the_crawl_goes_on(tmp_path):
    size = 30 * 1024 * 1024
    with serve() as site:
        site.routes = {
            "/big": (200, {}, bytes(size)),
            "/bomb": (200, {"Content-Encoding": "gzip", "Content-Type": "text/html"}, gzip.compress(bytes(size))),
            "/page": (200, {}, b"page"),
        }
        run = make_project(tmp_path).crawl(*map(site.url, site.routes))
    assert run.status == 0
    outcomes = {(item.get("lost") or item["url"]).rpartition("/")[2]: item.get("why") for item in run.items}
    assert outcomes == {"big": "DownloadCancelledError", "bomb": "IgnoreRequest", "page": None}
