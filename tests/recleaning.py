"""Databases to clean again, and rules that changed since."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from console import PROSE

from cleaners import lines, rules
from newsharvest.archive import Archive
from newsharvest.flow import harvest
from newsharvest.formats import archived
from newsharvest.items import Page
from newsharvest.reclean import Recleaned, reclean
from newsharvest.store import Kept, Store, index
from newsharvest.store.recleaning import Choice

ROOT = Path(__file__).resolve().parent.parent
FETCHED = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
LATER = FETCHED + timedelta(hours=5)
ONE, TWO, THREE = (f"https://khabar.example/{n}" for n in (1, 2, 3))
PROMO = "गांव की हर हलचल अब आपके मोबाइल तक पहुंचेगी"  # a line that no rule knows yet
ADDED = {
    "id": "mobile-promo",
    "equals": [PROMO],
    "strength": "decisive",
    "why": "Promotes the outlet's own service.",
    "removes": [PROMO],
    "keeps": [PROSE[0]],
}


def text_of(number: int, *more: str) -> str:
    """Return a story of its own, with more lines below its first paragraph."""
    ward = f"अधिकारी ने बताया कि वार्ड संख्या {number} में भी काम अगले महीने तक शुरू करा दिया जाएगा।"
    return "\n".join((PROSE[0], *more, *PROSE[1:], ward))


def html_of(text: str, title: str = "नहर की सफाई शुरू") -> bytes:
    """Return a page around a text, without a date."""
    body = "".join(f"<p>{line}</p>" for line in text.split("\n"))
    head = f"<head><title>{title}</title></head>"
    return f"<html>{head}<body><article><h1>{title}</h1>{body}</article></body></html>".encode()


class Corpus:
    """A database and its archive, filled as a crawl and an import fill them, by the present rules."""

    def __init__(self, folder: Path) -> None:
        self.db = folder / "news.db"
        self.archive = folder / "archive.db"

    def crawl(
        self, url: str, text: str, *, at: datetime = FETCHED, listed_at: datetime | None = None, **more: Any
    ) -> Kept:
        """Keep a page that was fetched."""
        with Store(self.db) as store, Archive(self.archive) as archive:
            key = archive.put(
                url, status=200, headers=[("Content-Type", "text/html; charset=utf-8")],
                body=html_of(text, **more), fetched_at=at,
            )  # fmt: skip
            page = archived.page_of(archive, key, url=url, site="khabar", provenance=key)
            page = Page(**{name: getattr(page, name) for name in Page.__slots__} | {"listed_at": listed_at})
            return store.keep(page, harvest(page), origin="crawl", rules_version=rules.rules_version(), archive_key=key)

    def crawl_posts(self, posts: dict[str, str], *, at: datetime = FETCHED) -> None:
        """Keep the posts of one answer of a WordPress site."""
        answer = [
            {"id": n, "link": url, "date_gmt": "2026-11-19T05:00:00", "title": {"rendered": f"समाचार {n}"},
             "content": {"rendered": "".join(f"<p>{line}</p>" for line in text.split("\n"))}}
            for n, (url, text) in enumerate(posts.items())
        ]  # fmt: skip
        with Store(self.db) as store, Archive(self.archive) as archive:
            key = archive.put(
                "https://khabar.example/wp-json/wp/v2/posts", status=200,
                headers=[("Content-Type", "application/json")], body=json.dumps(answer).encode(), fetched_at=at,
            )  # fmt: skip
            for position, url in enumerate(posts):
                where = f"{key}#/{position}"
                page = archived.page_of(archive, where, url=url, site="khabar", provenance=where)
                store.keep(page, harvest(page), origin="crawl", rules_version=rules.rules_version(), archive_key=key)

    def ask(self, sql: str, *values: object) -> list[tuple]:
        """Read the database as another program would."""
        with closing(sqlite3.connect(self.db)) as connection:
            return connection.execute(sql, values).fetchall()

    def state(self) -> dict[str, list[tuple]]:
        """Return all that the database says, but for the log of runs and the hour of a withdrawal."""
        queries = {
            "articles": "SELECT id, url, site, origin, provenance, first_seen, last_seen, revision, text_hash,"
            " duplicate_of, withdrawn_at IS NULL, withdrawn_reason, listed_at, rules_version, change FROM articles",
            "corpus": "SELECT id, title, text, published_at FROM corpus ORDER BY id",
            "index": "SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'मोबाइल' ORDER BY rowid",
            "_state": "SELECT * FROM _state ORDER BY name",
        }
        queries |= {name: f"SELECT * FROM {name} ORDER BY 1, 2" for name in TABLES}
        return {name: self.ask(query) for name, query in queries.items()}

    def documents(self) -> dict[tuple[str, object], tuple]:
        """Return what the database says of each document: of articles by id, of rejected pages by address or path."""
        found: dict[tuple[str, object], tuple] = {}
        for row in self.ask(
            "SELECT a.id, a.revision, a.withdrawn_reason, r.outside, (SELECT json_group_array(rule || text) FROM"
            " removals m WHERE m.revision = r.id)"
            " FROM articles a JOIN revisions r ON r.article = a.id AND r.n = a.revision"
        ):
            found["article", row[0]] = row[1:]
        for row in self.ask("SELECT coalesce(url, provenance), stage, reason FROM rejections"):
            found["page", row[0]] = row[1:]
        return found


TABLES = ("revisions", "removals", "rejections", "frontier", "rule_hits")


@contextmanager
def changed_rules(version: str, *, added: tuple[dict, ...] = (), dropped: tuple[str, ...] = ()) -> Iterator[None]:
    """In this process the shared rules are others for a while."""
    present = (*(rule for rule in rules.shared() if rule.id not in dropped), *(rules.parse(it, "ads") for it in added))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "shared", lambda: present)
        patch.setattr(rules, "rules_version", lambda: version)
        lines.rules_for.cache_clear()
        yield
    lines.rules_for.cache_clear()


def go(corpus: Corpus, choice: Choice | None = None, *, dry_run: bool = False) -> list[Recleaned]:
    """Re-clean in this process; the index must be sound afterwards."""
    version = rules.rules_version()
    with Store(corpus.db) as store:
        done = list(
            reclean(store, corpus.archive, choice or Choice(), rules_version=version, workers=0, dry_run=dry_run)
        )
        assert index.is_sound(store.database)
    return done


def states(done: list[Recleaned]) -> list[str]:
    return [one.state for one in done]


def found(corpus: Corpus, words: str) -> list[int]:
    """Search, and return the ids of what is found."""
    with Store(corpus.db, readonly=True) as store:
        return [hit.id for hit in store.search(words)]


def copy_tree(folder: Path) -> Path:
    """Copy the packages to a folder where their rules can be edited."""
    for name in ("cleaners", "newsharvest"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def add_rule(tree: Path) -> None:
    """Write the rule that is new into the rules of a copied tree."""
    file = tree / "cleaners" / "data" / "rules" / "ads.toml"
    entry = "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in ADDED.items())
    file.write_text(file.read_text(encoding="utf-8") + f"\n[[rule]]\n{entry}\n", encoding="utf-8")


def command_in(tree: Path, *arguments: object) -> dict[str, Any]:
    """Return what runs the newsharvest of a copied tree as a process: words and environment."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("HARVEST_")}
    words = [sys.executable, "-c", "from newsharvest.cli import main; main()", *map(str, arguments)]
    return {"args": words, "cwd": tree, "env": env | {"PYTHONPATH": str(tree)}}
