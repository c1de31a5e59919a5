"""Bringing a database to the newest schema when it is opened, and to the present ways of comparing texts."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from datetime import UTC, datetime

import sqlite_utils

from cleaners.devanagari import match_key
from newsharvest.store import comparison, index
from newsharvest.store.database import Database, NameClash, Names, StoreError, iso
from newsharvest.store.migrations import MIGRATIONS, Migration, migration

__all__ = ["MIGRATIONS", "Migration", "index_is_stale", "is_ready", "migration", "prepare"]

logger = logging.getLogger(__name__)


def prepare(database: Database) -> None:
    """Bring the file to the newest schema, its index to the present match key, and its near-duplicates to the present
    way of comparing; write nothing where all is so.

    Raises NameClash where a name is taken, StoreError where a newer newsharvest has written the file.
    """
    migrate(database)
    if index_is_stale(database):
        logger.info("building the search index of %s anew", database.path)
        with database.transaction():
            index.rebuild(database)
            database.execute("UPDATE {_state} SET value = ? WHERE name = 'match_key'", (_index_key(),))
    comparison.compare_all(database)


def migrate(database: Database) -> None:
    """Bring the tables to the newest schema, each migration in a transaction of its own. Raises as ``prepare`` does."""
    if _version(database) < len(MIGRATIONS):
        _check_names(database)
        database.use_wal()
        for step in MIGRATIONS:
            _apply(database, step)
    else:
        database.use_wal()


def is_ready(database: Database) -> bool:
    """Whether the file has our tables in the present schema. Raises StoreError where it has none of ours."""
    version = _version(database)
    if not version:
        raise StoreError(f"{database.path} holds no articles yet: crawl or import into it first")
    return version == len(MIGRATIONS) and not index_is_stale(database)


def version(database: Database) -> int:
    """Return the number of the last migration applied, 0 where none of ours was. Raises StoreError for a newer file."""
    return _version(database)


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
