"""An article that another database exported is kept as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from exporting import text_of, url_of
from store_pages import NOON, keep, make_article, reject

from newsharvest.exports.record import Exported
from newsharvest.store import Store

URL = url_of(1)
TEXT = text_of(1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "news.db") as store:
        yield store


def exported(text: str = TEXT, *, url: str | None = URL, origin: str = "crawl", hours: int = 0, **fields) -> Exported:
    article = make_article(url, text, **fields)
    return Exported(article, origin, "their-key", NOON - timedelta(days=9), NOON + timedelta(hours=hours))


def adopt(store: Store, it: Exported) -> str:
    return store.adopt(it, "rules-2", "our-key").state


def test_its_origin_and_times_are_kept(store: Store) -> None:
    assert adopt(store, exported()) == "stored"
    found = store.article(URL)
    assert found is not None
    assert (found.text, found.origin, found.language) == (TEXT, "crawl", "hi")
    assert (found.first_seen, found.last_seen) == (NOON - timedelta(days=9), NOON)
    # It is read again from its record, which our archive holds; the other archive's key leads nowhere.
    assert (found.provenance, found.archive_key) == ("our-key", "our-key")
    assert adopt(store, exported()) == "unchanged"
    assert store.article(URL) == found


def test_an_imported_document_keeps_its_path(store: Store) -> None:
    it = exported(url=None, origin="corpus")
    assert [adopt(store, it), adopt(store, it)] == ["stored", "unchanged"]
    found = store.article("their-key")
    assert found is not None and (found.origin, found.archive_key, found.url) == ("corpus", "our-key", None)


def test_what_was_seen_later_here_stays(store: Store) -> None:
    keep(store, URL, "नया पाठ।", seen_at=NOON + timedelta(hours=2))
    assert adopt(store, exported(hours=1)) == "unchanged"
    found = store.article(URL)
    assert found is not None and (found.text, found.revision) == ("नया पाठ।", 1)
    assert (found.first_seen, found.last_seen) == (NOON - timedelta(days=9), NOON + timedelta(hours=2))
    assert adopt(store, exported(hours=3)) == "revised"
    found = store.article(URL)
    assert found is not None and (found.text, found.revision) == (TEXT, 2)
    assert found.last_seen == NOON + timedelta(hours=3)


def test_it_is_an_article_like_any_other(store: Store) -> None:
    reject(store, URL)
    assert adopt(store, exported("प्याज़ सस्ता हुआ।\ud800")) == "stored"
    assert [hit.url for hit in store.search("प्याज")] == [URL]
    assert store.rejections() == []
    assert adopt(store, exported("प्याज़ सस्ता हुआ।", url=url_of(2))) == "duplicate"


def test_what_was_forgotten_does_not_come_back(store: Store) -> None:
    store.database.execute(
        "INSERT INTO {forgotten} (address, url, forgotten_at, change) VALUES (?, ?, '2026-11-23T06:00:00+00:00', 1)",
        (URL.removeprefix("https://"), URL),
    )
    assert adopt(store, exported()) == "forgotten"
    assert store.article(URL) is None
    assert adopt(store, replace(exported(url=url_of(2)))) == "stored"
