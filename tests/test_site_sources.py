"""Every source that a spider declares, parsed from a file whose structure follows the real one.

A site has a folder ``tests/sources/<site>/``: its files (``.xml``, ``.json``, ``.html``) and a table ``sources.toml``
of what its spider makes of them, one ``[[answer]]`` a file:

    [[answer]]
    source    = "https://www.example.com/rss/*.xml"   # as the spider declares it; * stands for sources of one kind
    at        = "https://www.example.com/rss/a.xml"   # where it was answered: given for *, for a placeholder such as
                                                      # {dd}, for WordPress, and for a sitemap below the declared one
    file      = "feed.xml"
    listed_at = 2026-09-14T10:42:31+05:30             # of the first link taken; left out where the file gives none
    lastmod   = 2026-09-14T11:00:00+05:30             # the same
    id        = "2911001"                             # of the first link taken, by article_id; left out where none
    taken     = ["https://www.example.com/a-2911001"] # all of them in the order of the file, in their canonical form

    [answer.refused]                                  # all the others, and why
    "https://www.example.com/videos/b-2911002" = "excluded"

Each source, fallbacks included, needs an answer, each answer a source, and each file an answer; each site refuses at
least one page. A time without an offset means UTC, as TOML has it. Sentences in the files are written for them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from newsharvest.settings import SPIDER_MODULES
from spiders.addresses import canonical, expand
from spiders.base import NewsSpider
from spiders.sources import Link, Source

FILES = Path(__file__).parent / "sources"
GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 9, 14, 6, 0, tzinfo=UTC)
KEYS = {"source", "at", "file", "listed_at", "lastmod", "id", "taken", "refused"}


def load_sites() -> dict[str, type[NewsSpider]]:
    """Return the spiders that declare sources, by name."""
    loader = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": SPIDER_MODULES}))
    return {name: loader.load(name) for name in sorted(loader.list()) if loader.load(name).sources}


SITES = load_sites()


def read_table(site: str) -> list[dict[str, Any]]:
    path = FILES / site / "sources.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))["answer"] if path.exists() else []


def list_sources(spider: type[NewsSpider]) -> list[Source]:
    return [each for source in spider.sources for each in (source, *getattr(source, "fallback", ()))]


def find_sources(spider: type[NewsSpider], answer: dict[str, Any]) -> list[Source]:
    """Return the sources, all of one kind, that an answer is one of."""
    pattern = re.escape(answer["source"]).replace(r"\*", ".*")
    found = [source for source in list_sources(spider) if re.fullmatch(pattern, source.url)]
    return [source for source in found if source.kind == found[0].kind]


def id_pattern(spider: type[NewsSpider]) -> str | None:
    return getattr(spider, "article_id", None)


def parse(spider: type[NewsSpider], answer: dict[str, Any]) -> Iterator[tuple[str, Link, str | None]]:
    """Yield each link of an answer: its canonical address, itself, and why the spider refuses it."""
    body, at = (FILES / spider.name / answer["file"]).read_bytes(), answer.get("at", answer["source"])
    instance = spider()
    for link in find_sources(spider, answer)[0].parse(body, at, fetched_at=NOW):
        url = canonical(link.url, at, instance.secure_hosts)
        yield url, link, instance.refuse(url, link.kind)


CASES = [
    pytest.param(SITES[site], answer, id=f"{site}-{answer.get('file', n)}")
    for site in SITES
    for n, answer in enumerate(read_table(site))
]


@pytest.mark.parametrize("site", SITES)
def test_every_source_has_an_answer_and_every_file_is_one(site: str) -> None:
    answers = read_table(site)
    assert answers, f"tests/sources/{site}/sources.toml is missing"
    found = [find_sources(SITES[site], answer) for answer in answers]
    assert [answer["source"] for answer, sources in zip(answers, found, strict=True) if not sources] == []
    answered = {source.url for sources in found for source in sources}
    assert [source.url for source in list_sources(SITES[site]) if source.url not in answered] == []
    files = {path.name for path in (FILES / site).iterdir()} - {"sources.toml"}
    assert files == {answer["file"] for answer in answers}


def test_no_folder_is_without_a_spider() -> None:
    assert {path.name for path in FILES.iterdir() if path.is_dir()} - SITES.keys() == set()


@pytest.mark.parametrize("site", SITES)
def test_no_source_is_declared_twice(site: str) -> None:
    urls = [source.url for source in list_sources(SITES[site])]
    assert len(urls) == len(set(urls))


@pytest.mark.parametrize("site", SITES)
def test_every_site_refuses_a_page(site: str) -> None:
    assert any(why for answer in read_table(site) for _, link, why in parse(SITES[site], answer) if link.kind == "page")


@pytest.mark.parametrize(("spider", "answer"), CASES)
def test_links_taken_and_refused(spider: type[NewsSpider], answer: dict[str, Any]) -> None:
    assert answer.keys() <= KEYS
    found = list(parse(spider, answer))
    assert [url for url, _, why in found if why is None] == answer["taken"]
    assert {url: why for url, _, why in found if why} == answer.get("refused", {})
    assert len(found) == len(answer["taken"]) + len(answer.get("refused", {}))


@pytest.mark.parametrize(("spider", "answer"), CASES)
def test_the_first_link_taken(spider: type[NewsSpider], answer: dict[str, Any]) -> None:
    url, link = next((url, link) for url, link, why in parse(spider, answer) if why is None)
    times = [answer.get(name) for name in ("listed_at", "lastmod")]
    times = [moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) for moment in times]
    assert [link.listed_at, link.lastmod] == times
    pattern = id_pattern(spider) if link.kind == "page" else None
    number = re.search(pattern, url) if pattern else None
    assert (number[1] if number else None) == answer.get("id")


@pytest.mark.parametrize(("spider", "answer"), CASES)
def test_an_answer_stands_where_its_source_is_asked(spider: type[NewsSpider], answer: dict[str, Any]) -> None:
    source, at = find_sources(spider, answer)[0], answer.get("at", answer["source"])
    assert "*" not in at
    assert expand(at, [date(2026, 9, 14)]) == (at,)  # no placeholder is left
    assert source.kind != "rest" or at == source.address()


@pytest.mark.parametrize("site", SITES)
def test_an_article_id_is_one_group_and_found(site: str) -> None:
    if pattern := id_pattern(SITES[site]):
        assert re.compile(pattern).groups == 1
        assert any("id" in answer for answer in read_table(site))


@pytest.mark.parametrize("site", SITES)
def test_other_addresses_of_an_article_are_taken_as_it(site: str) -> None:
    """The mobile, fast and printed forms, those of a feed's own counters, and http."""
    instance = SITES[site]()
    found = (each for answer in read_table(site) for each in parse(SITES[site], answer))
    taken = next(url for url, link, why in found if why is None and link.kind == "page")
    parts = urlsplit(taken)
    host, tail = parts.netloc.removeprefix("www."), f"{parts.path}?{parts.query}".rstrip("?")
    mark = "&" if parts.query else "?"
    forms = [f"https://{door}.{host}{tail}" for door in ("m", "amp", "www")]
    forms += [f"https://{host}/amp{tail}", f"http://{parts.netloc}{tail}"]
    forms += [f"{taken}{mark}{asked}" for asked in ("print=1", "amp", "outputType=amp", "utm_source=rss", "ref=feed")]
    if not parts.query:
        forms += [f"{taken.rstrip('/')}/{part}" for part in ("", "amp", "amp/", "print")]
    urls = {form: canonical(form, secure=instance.secure_hosts) for form in forms}
    assert {form: why for form, url in urls.items() if (why := instance.refuse(url))} == {}
    keys = {instance.key_of(url) for form, url in urls.items() if instance.article_id or not form.endswith("ref=feed")}
    assert keys == {instance.key_of(taken)}


@pytest.mark.parametrize("site", SITES)
def test_the_articles_of_the_golden_pages_are_taken(site: str) -> None:
    """Their addresses have the shapes that the site's articles have, of today and of earlier years."""
    instance = SITES[site]()
    pages = [meta.parent for meta in sorted((GOLDEN / site).glob("*/meta.toml"))]
    articles = [page for page in pages if "rejected\t" not in (page / "gold.tsv").read_text(encoding="utf-8")]
    urls = [tomllib.loads((page / "meta.toml").read_text(encoding="utf-8")).get("url") for page in articles]
    assert {url: why for url in urls if url and (why := instance.refuse(url))} == {}
