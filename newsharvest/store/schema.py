"""The tables, made by numbered migrations that run by themselves when a database is opened."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlite_utils

from cleaners.devanagari import match_key
from newsharvest.store import index
from newsharvest.store.database import Database, NameClash, Names, StoreError, iso

logger = logging.getLogger(__name__)

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


def prepare(database: Database) -> None:
    """Bring the file to the newest schema and its index to the present match key; write nothing if both are there.

    Raises NameClash where a name is taken, StoreError where a newer newsharvest has written the file.
    """
    version = _version(database)
    if version < len(MIGRATIONS):
        _check_names(database)
        database.use_wal()
        for step in MIGRATIONS:
            _apply(database, step)
    else:
        database.use_wal()
    if index_is_stale(database):
        logger.info("building the search index of %s anew", database.path)
        with database.transaction():
            index.rebuild(database)
            database.execute("UPDATE {_state} SET value = ? WHERE name = 'match_key'", (_index_key(),))


def is_ready(database: Database) -> bool:
    """Whether the file has our tables in the present schema. Raises StoreError where it has none of ours."""
    version = _version(database)
    if not version:
        raise StoreError(f"{database.path} holds no articles yet: crawl or import into it first")
    return version == len(MIGRATIONS) and not index_is_stale(database)


def index_is_stale(database: Database) -> bool:
    """Whether the index was built with other match keys than those of this version."""
    row = database.row("SELECT value FROM {_state} WHERE name = 'match_key'")
    return row is None or row["value"] != _index_key()


def _version(database: Database) -> int:
    """Number of the last migration applied, 0 where none was, or where the table of that name is not ours."""
    if not _is_ours(database):
        return 0
    row = database.row("SELECT max(n) AS n FROM {_migrations}")
    version = row["n"] if row else 0
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{database.path} was written by a newer newsharvest (schema {version}, this one knows "
            f"{len(MIGRATIONS)}): upgrade newsharvest"
        )
    return version


def _is_ours(database: Database) -> bool:
    columns = database.rows("SELECT name FROM pragma_table_info(?)", (database.names.plain("_migrations"),))
    if [row["name"] for row in columns] != ["n", "name", "applied_at"]:
        return False
    first = database.row("SELECT name FROM {_migrations} WHERE n = 1")
    return first is not None and first["name"] == MIGRATIONS[0].name


def _check_names(database: Database) -> None:
    """Raise NameClash where a name that is still to be made is taken: beside somebody's tables we touch nothing."""
    version = _version(database)
    wanted = _objects(database.names.prefix, len(MIGRATIONS)) - _objects(database.names.prefix, version)
    taken = database.rows("SELECT name, type FROM sqlite_master ORDER BY name")
    clashes = [f"{row['type']} {row['name']}" for row in taken if row["name"].lower() in wanted]
    if clashes and _version(database) > version:  # another process has made them just now
        _check_names(database)
    elif clashes:
        raise NameClash(
            f"{database.path} already has {', '.join(clashes)}, not made by newsharvest. "
            "Set HARVEST_TABLE_PREFIX (for example HARVEST_TABLE_PREFIX=nh_) to put our tables beside yours under "
            "other names, or HARVEST_DATABASE to use another file"
        )


def _objects(prefix: str, version: int) -> set[str]:
    """Names, in lower case, that the migrations up to a version make: found by running them in memory."""
    if not version:
        return set()
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        scratch = sqlite_utils.Database(connection, execute_plugins=False)
        names = Names(prefix)
        for step in MIGRATIONS[:version]:
            step.step(scratch, names)
        return {name.lower() for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    finally:
        connection.close()


def _apply(database: Database, step: Migration) -> None:
    with database.transaction():
        if _version(database) >= step.number:  # another process was quicker
            return
        step.step(database.tables, database.names)
        database.execute("INSERT INTO {_migrations} VALUES (?, ?, ?)", (step.number, step.name, iso(datetime.now(UTC))))


def _index_key() -> str:
    """A digest of what ``match_key`` does to every Devanagari character and to what it is known to treat specially.

    The index forgets a text by being told the same keys again, so keys of another version must not be mixed in.
    """
    signs = [chr(code) for code in (*range(0x900, 0x980), 0xA0, 0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF)]
    probes = ["क" + sign + after for sign in signs for after in ("", "ा", " ", "।")]
    keys = [match_key(probe) for probe in (*probes, "ढे़ं", "A", "É", "ẞ", "१२", "न्द", "“”")]
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]


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
