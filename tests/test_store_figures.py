"""Figures of a database by site and origin: what was stored and refused, and which rules removed lines."""

from __future__ import annotations

from store_pages import LATER, NOON, ONE, OTHER, TEXT, THREE, TWO, keep, make_article, make_page, reject

from cleaners.model import Removal
from newsharvest.store import Store


def test_figures_by_site_and_origin(store: Store) -> None:
    def removal(rule: str) -> Removal:
        return Removal("line", rule, (rule,), "कॉपी लिंक", 0)

    keep(store, ONE, TEXT, removals=(removal("a/x"), removal("a/x"), removal("a/y")))
    keep(store, TWO, TEXT, published_at=LATER)
    keep(store, THREE, OTHER, site="second", published_at=None)
    keep(store, THREE, OTHER, site="second", published_at=None, title="नया", removals=(removal("a/y"),))
    store.keep(make_page(None), make_article(None, "चुनाव"), origin="corpus", rules_version="1")
    reject(store, "https://example.com/8")
    reject(store, "https://example.com/9", "nepali")
    reject(store, "https://example.com/9", "marathi", fetched_at=LATER)  # counts once, by its latest reason
    stats = store.stats(top=1)
    assert [(it.site, it.origin, it.stored, it.duplicates, it.revisions) for it in stats.sites] == [
        ("example", "corpus", 1, 0, 0),
        ("example", "crawl", 1, 1, 0),
        ("second", "crawl", 1, 0, 1),
    ]
    crawl = stats.sites[1]
    assert (crawl.rejected, crawl.rejected_pages) == ((("language: marathi", 2),), 2)
    assert crawl.removed == (("a/x", 2),)
    assert (crawl.first_published, crawl.last_published, stats.sites[2].last_published) == (NOON, LATER, None)
    assert (stats.total.stored, stats.total.duplicates, stats.total.articles) == (3, 1, 4)
    assert store.stats().total.removed == (("a/x", 2), ("a/y", 2))
    only = store.stats(site="second")
    assert [it.site for it in only.sites] == ["second"]
    assert only.total.rejected == ()
    assert store.sites_seen() == ("example", "second")


def test_figures_of_an_empty_database(store: Store) -> None:
    stats = store.stats()
    assert stats.sites == ()
    assert (stats.total.articles, stats.total.rejected_pages, stats.total.first_published) == (0, 0, None)
