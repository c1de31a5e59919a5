"""The tables, made by numbered migrations, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlite_utils

from newsharvest.store.database import Names

Step = Callable[[sqlite_utils.Database, Names], None]


@dataclass(frozen=True, slots=True)
class Migration:
    """One step forward: ``number`` counts from 1 without gaps."""

    number: int
    name: str
    step: Step


MIGRATIONS: list[Migration] = []


def migration(number: int, name: str) -> Callable[[Step], Step]:
    """Register a migration. It runs in a transaction of its own; once released it is never edited."""

    def register(step: Step) -> Step:
        if number != len(MIGRATIONS) + 1:
            raise ValueError(f"migration {number} ({name}) does not follow {len(MIGRATIONS)}")
        MIGRATIONS.append(Migration(number, name, step))
        return step

    return register


@migration(1, "articles, their history, the frontier, the runs and the search index")
def _first(tables: sqlite_utils.Database, names: Names) -> None:
    _make_bookkeeping(tables, names)
    _make_articles(tables, names)
    _make_refused(tables, names)
    _make_frontier(tables, names)
    _make_reading(tables, names)


def _make_bookkeeping(tables: sqlite_utils.Database, names: Names) -> None:
    tables.table(names.plain("_migrations")).create({"n": int, "name": str, "applied_at": str}, pk="n")
    # `change` counts storing transactions; `match_key` tells with which keys the index was built.
    tables.execute(f"CREATE TABLE {names['_state']} (name TEXT PRIMARY KEY, value)")
    tables.execute(f"INSERT INTO {names['_state']} VALUES ('change', 0), ('match_key', '')")
    tables.table(names.plain("runs")).create(
        {"id": int, "command": str, "site": str, "started_at": str, "finished_at": str, "outcome": str, "counts": str},
        pk="id",
        not_null={"command", "started_at"},
    )


def _make_articles(tables: sqlite_utils.Database, names: Names) -> None:
    tables.table(names.plain("articles")).create(
        {"id": int, "url": str, "site": str, "origin": str, "provenance": str, "first_seen": str, "last_seen": str,
         "revision": int, "text_hash": str, "duplicate_of": int, "cluster": int, "withdrawn_at": str, "change": int},
        pk="id",
        not_null={"site", "origin", "provenance", "first_seen", "last_seen", "revision", "change"},
        foreign_keys=[("duplicate_of", names.plain("articles"), "id")],
    )  # fmt: skip
    tables.table(names.plain("revisions")).create(
        {"id": int, "article": int, "n": int, "title": str, "summary": str, "text": str, "text_from": int,
         "authors": str, "agency": str, "section": str, "image_url": str, "published_at": str, "published_source": str,
         "modified_at": str, "language": str, "truncated": int, "content_hash": str, "text_hash": str,
         "archive_key": str, "rules_version": str, "outside": str, "seen_at": str},
        pk="id",
        not_null={"article", "n", "authors", "language", "truncated", "content_hash", "outside", "seen_at"},
        foreign_keys=[
            ("article", names.plain("articles"), "id"),
            ("text_from", names.plain("revisions"), "id"),  # the revision that holds this text, where this does not
        ],
    )  # fmt: skip
    tables.table(names.plain("removals")).create(
        {"id": int, "revision": int, "stage": str, "rule": str, "because": str, "text": str, "position": int},
        pk="id",
        not_null={"revision", "stage", "rule", "because", "text", "position"},
        foreign_keys=[("revision", names.plain("revisions"), "id")],
    )
    articles, revisions, removals = names["articles"], names["revisions"], names["removals"]
    for sql in (
        f"CREATE UNIQUE INDEX {names['articles_url']} ON {articles} (url) WHERE url IS NOT NULL",
        f"CREATE UNIQUE INDEX {names['articles_provenance']} ON {articles} (site, provenance) WHERE url IS NULL",
        # Of all articles with the same text exactly one is the original.
        f"CREATE UNIQUE INDEX {names['articles_original']} ON {articles} (text_hash)"
        " WHERE duplicate_of IS NULL AND text_hash IS NOT NULL",
        f"CREATE INDEX {names['articles_duplicate_of']} ON {articles} (duplicate_of) WHERE duplicate_of IS NOT NULL",
        f"CREATE INDEX {names['articles_change']} ON {articles} (change)",
        f"CREATE INDEX {names['articles_site']} ON {articles} (site, origin)",
        f"CREATE UNIQUE INDEX {names['revisions_article']} ON {revisions} (article, n)",
        f"CREATE INDEX {names['revisions_text_from']} ON {revisions} (text_from) WHERE text_from IS NOT NULL",
        f"CREATE INDEX {names['removals_revision']} ON {removals} (revision)",
    ):
        tables.execute(sql)


def _make_refused(tables: sqlite_utils.Database, names: Names) -> None:
    tables.table(names.plain("rejections")).create(
        {"id": int, "url": str, "site": str, "origin": str, "provenance": str, "stage": str, "reason": str,
         "seen_at": str, "archive_key": str},
        pk="id",
        not_null={"site", "origin", "provenance", "stage", "reason", "seen_at"},
    )  # fmt: skip
    table = names["rejections"]
    tables.execute(
        f"CREATE UNIQUE INDEX {names['rejections_url']} ON {table} (url, stage, reason) WHERE url IS NOT NULL"
    )
    tables.execute(
        f"CREATE UNIQUE INDEX {names['rejections_provenance']} ON {table} (site, provenance, stage, reason)"
        " WHERE url IS NULL"
    )


def _make_frontier(tables: sqlite_utils.Database, names: Names) -> None:
    tables.table(names.plain("frontier")).create(
        {"id": int, "url": str, "site": str, "kind": str, "source": str, "found_at": str, "listed_at": str,
         "priority": int, "state": str, "attempts": int, "reason": str, "etag": str, "last_modified": str,
         "next_visit": str},
        pk="id",
        not_null={"url", "site", "kind", "found_at", "priority", "state", "attempts"},
    )  # fmt: skip
    table = names["frontier"]
    tables.execute(f"CREATE UNIQUE INDEX {names['frontier_url']} ON {table} (site, url)")
    # Only what waits: claiming the next row costs the same however many are done.
    tables.execute(f"CREATE INDEX {names['frontier_waiting']} ON {table} (site, priority, id) WHERE state = 'pending'")
    tables.execute(f"CREATE INDEX {names['frontier_sources']} ON {table} (site) WHERE priority = 0")
    tables.execute(f"CREATE INDEX {names['frontier_active']} ON {table} (site) WHERE state = 'active'")


def _make_reading(tables: sqlite_utils.Database, names: Names) -> None:
    # Contentless: the texts stand in `revisions` once. Nukta, vowel signs and virama belong to their word.
    tables.execute(
        f"CREATE VIRTUAL TABLE {names['articles_fts']} USING fts5(title, text, content='', "
        "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'\")"
    )
    fts = names["articles_fts"]
    tables.execute(f"INSERT INTO {fts} ({fts}, rank) VALUES ('rank', 'bm25(5.0, 1.0)')")
    tables.execute(
        f"""CREATE VIEW {names["corpus"]} AS
        SELECT a.id, a.url, a.site, a.origin, a.provenance, r.title, r.summary, coalesce(r.text, o.text) AS text,
               r.authors, r.agency, r.section, r.image_url, r.published_at, r.published_source, r.modified_at,
               r.language, r.truncated, a.first_seen, a.last_seen, a.revision, a.duplicate_of, a.cluster, a.withdrawn_at
        FROM {names["articles"]} AS a
        JOIN {names["revisions"]} AS r ON r.article = a.id AND r.n = a.revision
        LEFT JOIN {names["revisions"]} AS o ON o.id = r.text_from"""
    )


@migration(2, "reclean")
def _second(tables: sqlite_utils.Database, names: Names) -> None:
    for table, columns in (
        ("articles", ("withdrawn_reason", "listed_at", "rules_version")),
        ("rejections", ("listed_at", "rules_version")),
    ):
        for column in columns:
            tables.execute(f"ALTER TABLE {names[table]} ADD COLUMN {column} TEXT")
    articles, revisions, removals, hits = (names[it] for it in ("articles", "revisions", "removals", "rule_hits"))
    current = f"FROM {articles} a JOIN {revisions} r ON r.article = a.id AND r.n = a.revision"
    tables.execute(
        f"UPDATE {articles} SET rules_version = (SELECT r.rules_version FROM {revisions} r"
        f" WHERE r.article = {articles}.id AND r.n = {articles}.revision)"
    )
    tables.execute(
        f"CREATE TABLE {hits} (rule TEXT NOT NULL, site TEXT NOT NULL, removed INTEGER NOT NULL,"
        " supported INTEGER NOT NULL, outside INTEGER NOT NULL, last_fired TEXT NOT NULL, PRIMARY KEY (site, rule))"
        " WITHOUT ROWID"
    )
    tables.execute(
        f"""INSERT INTO {hits}
        SELECT rule, site, sum(removed), sum(supported), sum(outside), max(seen_at) FROM (
            SELECT m.rule AS rule, a.site AS site, 1 AS removed, 0 AS supported, 0 AS outside, r.seen_at AS seen_at
            {current} JOIN {removals} m ON m.revision = r.id
            UNION ALL
            SELECT j.value, a.site, 0, 1, 0, r.seen_at
            {current} JOIN {removals} m ON m.revision = r.id, json_each(m.because) j WHERE j.value <> m.rule
            UNION ALL
            SELECT j.key, a.site, 0, 0, j.value, r.seen_at {current}, json_each(r.outside) j
        ) GROUP BY site, rule"""
    )


@migration(3, "keys of articles, and visits that come again")
def _third(tables: sqlite_utils.Database, names: Names) -> None:
    articles, frontier = names["articles"], names["frontier"]
    columns = (
        "key TEXT", "detours INTEGER NOT NULL DEFAULT 0", "lastmod TEXT", "asked_at TEXT", "visited_at TEXT",
        "failures INTEGER NOT NULL DEFAULT 0", "article INTEGER", "by_rest INTEGER NOT NULL DEFAULT 0",
    )  # fmt: skip
    for column in columns:
        tables.execute(f"ALTER TABLE {frontier} ADD COLUMN {column}")
    tables.execute(f"ALTER TABLE {articles} ADD COLUMN key TEXT")
    # The address stands in for the key until a crawl of the site, which alone can tell it, folds it.
    tables.execute(f"UPDATE {articles} SET key = url WHERE origin = 'crawl'")
    tables.execute(
        f"UPDATE {frontier} SET key = url, visited_at = CASE WHEN state IN ('pending', 'active') THEN NULL"
        f" ELSE found_at END, article = (SELECT a.id FROM {articles} a WHERE a.url = {frontier}.url)"
    )
    waiting, url = names["frontier_waiting"], names["frontier_url"]
    for sql in (
        f"CREATE INDEX {names['articles_key']} ON {articles} (site, key) WHERE key IS NOT NULL",
        f"CREATE INDEX {names['articles_unfolded']} ON {articles} (site) WHERE key = url",
        f"CREATE UNIQUE INDEX {names['frontier_key']} ON {frontier} (key, site)",
        f"CREATE INDEX {names['frontier_unfolded']} ON {frontier} (site, state) WHERE priority = 1 AND key = url",
        f"DROP INDEX {url}",
        f"CREATE INDEX {url} ON {frontier} (url, site)",
        f"DROP INDEX {waiting}",
        f"CREATE INDEX {waiting} ON {frontier} (site, priority, id) WHERE state = 'pending' AND next_visit IS NULL",
        f"CREATE INDEX {names['frontier_again']} ON {frontier} (site, next_visit) WHERE state = 'pending'"
        " AND next_visit IS NOT NULL",
        f"CREATE INDEX {names['frontier_due']} ON {frontier} (site, next_visit) WHERE priority = 1"
        " AND state IN ('done', 'rejected') AND next_visit IS NOT NULL",
    ):
        tables.execute(sql)


@migration(4, "cursors of exports")
def _cursors(tables: sqlite_utils.Database, names: Names) -> None:
    # `next_…` tells of a file that is whole and about to get its name, or has it while the cursor has not moved yet.
    tables.table(names.plain("export_cursors")).create(
        {"name": str, "choice": str, "change": int, "last_id": int, "dest": str, "moved_at": str,
         "next_dest": str, "next_inode": int, "next_change": int, "next_last_id": int},
        pk="name",
        not_null={"choice", "change", "last_id"},
    )  # fmt: skip


@migration(5, "tombstones of what was forgotten")
def _tombstones(tables: sqlite_utils.Database, names: Names) -> None:
    forgotten = names["forgotten"]
    tables.execute(
        f"CREATE TABLE {forgotten} (address TEXT PRIMARY KEY, url TEXT NOT NULL, site TEXT, key TEXT, article INTEGER,"
        " reason TEXT, forgotten_at TEXT NOT NULL, change INTEGER NOT NULL) WITHOUT ROWID"
    )
    for name, columns in (("key", "site, key"), ("article", "article"), ("change", "change")):
        tables.execute(f"CREATE INDEX {names['forgotten_' + name]} ON {forgotten} ({columns})")


@migration(6, "near-duplicates and clusters")
def _near_duplicates(tables: sqlite_utils.Database, names: Names) -> None:
    articles, revisions, bands = names["articles"], names["revisions"], names["bands"]
    for sql in (
        f"ALTER TABLE {articles} ADD COLUMN near_of INTEGER REFERENCES {articles} (id)",
        f"UPDATE {articles} SET cluster = NULL WHERE cluster IS NOT NULL",
        f"CREATE INDEX {names['articles_near_of']} ON {articles} (near_of) WHERE near_of IS NOT NULL",
        f"CREATE INDEX {names['articles_cluster']} ON {articles} (cluster, site) WHERE cluster IS NOT NULL",
        f"CREATE TABLE {names['signatures']} (id INTEGER PRIMARY KEY, text_hash TEXT NOT NULL UNIQUE,"
        " words INTEGER NOT NULL, signature BLOB NOT NULL)",
        # What it holds is its key; the newest texts of a band are its last.
        f"CREATE TABLE {bands} (band INTEGER NOT NULL, signature INTEGER NOT NULL, PRIMARY KEY (band, signature))"
        " WITHOUT ROWID",
        f"CREATE TABLE {names['clusters']} (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, outlets INTEGER NOT NULL,"
        " first INTEGER, first_at TEXT, agency TEXT, agency_of INTEGER, agency_at TEXT)",
        # `cluster` counts the ids given; `near` tells how texts were compared, and up to which article.
        f"INSERT OR REPLACE INTO {names['_state']} VALUES ('cluster', 0), ('near', '')",
        f"DROP VIEW {names['corpus']}",
        f"""CREATE VIEW {names["corpus"]} AS
        SELECT a.id, a.url, a.site, a.origin, a.provenance, r.title, r.summary, coalesce(r.text, o.text) AS text,
               r.authors, r.agency, r.section, r.image_url, r.published_at, r.published_source, r.modified_at,
               r.language, r.truncated, a.first_seen, a.last_seen, a.revision,
               coalesce(a.duplicate_of, a.near_of) AS duplicate_of, a.cluster, a.withdrawn_at
        FROM {articles} AS a
        JOIN {revisions} AS r ON r.article = a.id AND r.n = a.revision
        LEFT JOIN {revisions} AS o ON o.id = r.text_from""",
    ):
        tables.execute(sql)


@migration(7, "revisions by the time of publication")
def _by_time(tables: sqlite_utils.Database, names: Names) -> None:
    # What was published since some day is what readers of the view ask most.
    tables.execute(f"CREATE INDEX {names['revisions_published']} ON {names['revisions']} (published_at, article)")
