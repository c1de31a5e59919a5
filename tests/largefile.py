"""A database of as many articles as are wanted, made in a short time, and how far they are compared with each other."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from newsharvest.items import Rejected
from newsharvest.store import FrontierLink, Store, clusters, near
from newsharvest.store.database import Database

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


def fill(path: Path, articles: int) -> None:
    """Keep articles of 40 outlets as a crawl would, but for comparing them with each other: that is still to be done.

    Each tenth is changed later, each fiftieth refused; one in twenty links leads to a page that is to be fetched.
    """
    with pytest.MonkeyPatch.context() as patch, Store(path) as store:
        patch.syspath_prepend(str(BENCHMARKS))
        from generator import Corpus

        patch.setattr(near, "place", lambda *_: None)
        store.database.execute("PRAGMA synchronous = OFF")
        corpus = Corpus(articles)
        for n in range(articles):
            page, article = corpus.article(n)
            if n % 20 == 0:
                store.frontier.add([FrontierLink(page.url), FrontierLink(f"{page.url}?page=2")], page.site)
            outcome = Rejected(page.url, "language", "marathi") if n % 50 == 49 else article
            store.keep(page, outcome, origin="crawl", rules_version="rules-1")
            if n % 10 == 1:
                _, other = corpus.article(n - 1)
                changed = {name: getattr(article, name) for name in article.__slots__}
                changed |= {"blocks": other.blocks} if n % 20 == 1 else {"title": f"{article.title} और"}
                store.keep(page, type(article)(**changed), origin="crawl", rules_version="rules-2")
        store.runs.finish(store.runs.start("crawl", "khabar00"), "finished", {"stored": articles})
        store.database.execute("UPDATE {_state} SET value = '' WHERE name = 'near'")
    sys.modules.pop("generator", None)


def contents(path: Path) -> dict[str, list[dict]]:
    """Return all that a database holds, the bytes of its search index too, but for when it was migrated."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        objects = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()
        held = {"sqlite_master": [dict(row) for row in objects]}
        for kind, name, sql in objects:
            if kind == "table" and "VIRTUAL" not in sql:
                held[name] = [dict(row) for row in connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2")]
    for row in held["_migrations"]:
        del row["applied_at"]
    return held


def check_compared(path: Path, told: str) -> float:
    """Check that each article up to one has been compared, once, and none beyond; return which share is left.

    ``told`` is said where it is not so.
    """
    with closing(sqlite3.connect(path)) as connection:

        def ask(sql: str, *values: object) -> list[tuple]:
            return connection.execute(sql, values).fetchall()

        ((state,),) = ask("SELECT value FROM _state WHERE name = 'near'")
        ((last,),) = ask("SELECT max(id) FROM articles")
        key, _, place = state.partition(" ")
        after = int(place) if place else last if key else 0
        # A copy goes where its original goes.
        own = "SELECT id FROM articles WHERE id > ? AND duplicate_of IS NULL AND (near_of OR cluster)"
        assert ask(own, after) == [], told
        texts = (
            "SELECT DISTINCT text_hash FROM articles WHERE duplicate_of IS NULL AND withdrawn_at IS NULL AND id <= ?"
        )
        assert ask("SELECT text_hash FROM signatures ORDER BY 1") == ask(f"{texts} ORDER BY 1", after), told
        assert ask("SELECT count(*) * 24 FROM signatures") == ask("SELECT count(*) FROM bands"), told
    with closing(Database(path, readonly=True)) as database:
        assert clusters.unsound(database) == [], told
    return 1 - after / last
