"""Reading the corpus out in one consistent pass, and the cursors that tell what a reader was given already.

Articles come from a cursor of SQLite within one read transaction: memory does not grow with the corpus, and writers are
neither waited for nor kept waiting. The counter ``change`` of the storing transactions orders what happened; SQLite has
one writer at a time, so whatever counts up to the value read in a transaction is visible in it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from cleaners.devanagari import words
from newsharvest.store.database import Database, StoreError, iso

Dedupe = Literal["none", "exact", "cluster"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which articles: of a site; published (else first seen) from ``since`` on and before ``until``, aware times; with
    so many words; all of them, none that is a duplicate (``exact``), or also one a cluster only, its earliest.

    Duplicates and clusters are those of the whole database, whatever else is chosen: exports of one site each hold,
    taken together, every text once.
    """

    site: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    dedupe: Dedupe = "none"
    min_words: int = 0

    def describe(self) -> str:
        """Return the choice as JSON, equal for equal choices."""
        names = {"site": self.site, "from": iso(self.since), "before": iso(self.until), "dedupe": self.dedupe}
        return json.dumps(names | {"min_words": self.min_words}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader has come: all up to storing transaction ``change``, when ``last_id`` was the newest article."""

    change: int = 0
    last_id: int = 0


@dataclass(frozen=True, slots=True)
class Announced:
    """A file that is whole and about to get its final name, or has just got it: it brings the cursor to ``position``.

    ``inode`` is that of the file or folder, which a change of its name leaves alone.
    """

    dest: str
    inode: int
    position: Position


@dataclass(frozen=True, slots=True)
class Cursor:
    """A named reader of ``--new``: where it is, what it reads, and the file that may or may not have been published."""

    name: str
    position: Position
    choice: str
    announced: Announced | None


@dataclass(frozen=True, slots=True)
class Gone:
    """An article that a reader may have and shall drop: withdrawn, forgotten, or no longer of its choice. The time is
    ISO UTC.
    """

    id: int
    withdrawn_at: str


class Snapshot:
    """The corpus as it was at one moment, of which ``position`` tells."""

    def __init__(self, database: Database) -> None:
        self._database = database
        row = database.row(
            "SELECT (SELECT value FROM {_state} WHERE name = 'change') AS change,"
            " max((SELECT coalesce(max(id), 0) FROM {articles}),"
            " (SELECT coalesce(max(article), 0) FROM {forgotten})) AS last_id"
        )
        assert row is not None
        self.position = Position(row["change"], row["last_id"])

    def articles(self, choice: Choice) -> Generator[sqlite3.Row, None, None]:
        """Yield the chosen articles that stand, rows of the view ``corpus``, by id."""
        where, values = _conditions(choice)
        yield from self._stream(
            f"SELECT c.* {_FROM} WHERE a.withdrawn_at IS NULL AND {' AND '.join(where)} ORDER BY a.id", values
        )

    def changes(self, choice: Choice, after: Position) -> Generator[sqlite3.Row | Gone, None, None]:
        """Yield each article that is new or changed after a position, in the order in which that happened; as Gone
        where it was withdrawn, or where the choice held it before, for all we know, and does not now. What was
        forgotten comes last.
        """
        where, values = _conditions(choice)
        rows = self._stream(
            f"SELECT c.*, ({' AND '.join(where)}) AS is_chosen {_FROM}"
            " WHERE a.change > ? AND (? IS NULL OR +a.site = ?) ORDER BY a.change, a.id",
            [*values, after.change, choice.site, choice.site],
        )
        for row in rows:
            if row["is_chosen"] and row["withdrawn_at"] is None:
                yield row
            elif row["is_chosen"] or row["id"] <= after.last_id:
                yield Gone(row["id"], row["withdrawn_at"] or row["last_seen"])
        for row in self._stream(
            "SELECT article, forgotten_at FROM {forgotten} WHERE change > ? AND article <= ?"
            " AND (? IS NULL OR site IS NULL OR site = ?) ORDER BY change",
            [after.change, after.last_id, choice.site, choice.site],
        ):
            yield Gone(row["article"], row["forgotten_at"])

    def archive_keys(self, choice: Choice, after: Position | None) -> Generator[str, None, None]:
        """Yield, once each, the keys of the archived documents that the chosen articles were read from."""
        where, values = _conditions(choice)
        if after is not None:
            where, values = [*where, "a.change > ?"], [*values, after.change]
        rows = self._stream(
            "SELECT DISTINCT r.archive_key AS key FROM {articles} a CROSS JOIN {corpus} c ON c.id = a.id"
            " CROSS JOIN {revisions} r ON r.article = a.id AND r.n = a.revision"
            f" WHERE r.archive_key IS NOT NULL AND a.withdrawn_at IS NULL AND {' AND '.join(where)}",
            values,
        )
        for row in rows:
            yield row["key"]

    def rules(self) -> list[tuple[str | None, int]]:
        """Return the versions of the rules that last cleaned the articles that stand, with counts, most first."""
        rows = self._database.rows(
            "SELECT rules_version, count(*) AS n FROM {articles} WHERE withdrawn_at IS NULL GROUP BY 1 ORDER BY 2 DESC"
        )
        return [(row["rules_version"], row["n"]) for row in rows]

    def _stream(self, sql: str, values: list[Any]) -> Generator[sqlite3.Row, None, None]:
        with closing(self._database.execute(sql, values)) as rows:
            yield from rows


class Exports:
    """The corpus on its way out of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Hold one read transaction for the block. Nothing may be written with this store meanwhile."""
        database = self._database
        database.connection.create_function("has_words", 2, _has_words, deterministic=True)
        database.execute("BEGIN")
        try:
            yield Snapshot(database)
        finally:
            database.execute("ROLLBACK")

    def cursor(self, name: str) -> Cursor | None:
        """Return a cursor by its name, None where nothing was ever exported with it."""
        row = self._database.row("SELECT * FROM {export_cursors} WHERE name = ?", (name,))
        if row is None:
            return None
        announced = None
        if row["next_dest"] is not None:
            position = Position(row["next_change"], row["next_last_id"])
            announced = Announced(row["next_dest"], row["next_inode"], position)
        return Cursor(name, Position(row["change"], row["last_id"]), row["choice"], announced)

    def announce(self, name: str, before: Position, choice: Choice, announced: Announced) -> None:
        """Note that a file is whole and gets its name next. Raises StoreError where the cursor is not at ``before``."""
        with self._durable():
            known = self.cursor(name)
            if known is not None and (known.position != before or known.announced is not None):
                raise StoreError(f"the cursor {name} of {self._database.path} was moved by another export meanwhile")
            self._database.execute(
                "INSERT INTO {export_cursors} (name, choice, change, last_id, next_dest, next_inode, next_change,"
                " next_last_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
                " next_dest = excluded.next_dest, next_inode = excluded.next_inode,"
                " next_change = excluded.next_change, next_last_id = excluded.next_last_id",
                (
                    name, choice.describe(), before.change, before.last_id, announced.dest, announced.inode,
                    announced.position.change, announced.position.last_id,
                ),
            )  # fmt: skip

    def move(self, name: str) -> None:
        """Move the cursor to where the announced file, which has its name now, brings it."""
        with self._durable():
            self._database.execute(
                "UPDATE {export_cursors} SET change = next_change, last_id = next_last_id, dest = next_dest,"
                f" moved_at = ?, {_NOTHING_NEXT} WHERE name = ? AND next_dest IS NOT NULL",
                (iso(datetime.now(UTC)), name),
            )

    def take_back(self, name: str) -> None:
        """Forget the announced file, which never got its name."""
        with self._durable():
            self._database.execute(f"UPDATE {{export_cursors}} SET {_NOTHING_NEXT} WHERE name = ?", (name,))

    @contextmanager
    def _durable(self) -> Iterator[None]:
        """Hold a transaction that is on the disk when it ends, and with it every one before it."""
        self._database.execute("PRAGMA synchronous = FULL")
        try:
            with self._database.transaction():
                yield
        finally:
            self._database.execute("PRAGMA synchronous = NORMAL")


_NOTHING_NEXT = "next_dest = NULL, next_inode = NULL, next_change = NULL, next_last_id = NULL"
_FROM = "FROM {articles} a CROSS JOIN {corpus} c ON c.id = a.id"
_WHEN = "coalesce(c.published_at, c.first_seen)"
# Of a cluster its first, of the other articles those that are no copy.
_ONE_OF_EACH = (
    "CASE WHEN a.cluster IS NULL THEN c.duplicate_of IS NULL"
    " ELSE a.id = (SELECT k.first FROM {clusters} k WHERE k.id = a.cluster) END"
)


def _conditions(choice: Choice) -> tuple[list[str], list[Any]]:
    where, values = ["1"], []
    for condition, value in (
        ("+a.site = ?", choice.site),  # by no index: that would bring another order
        (f"{_WHEN} >= ?", iso(choice.since)),
        (f"{_WHEN} < ?", iso(choice.until)),
        ("has_words(c.text, ?)", choice.min_words or None),
    ):
        if value is not None:
            where.append(condition)
            values.append(value)
    if choice.dedupe != "none":
        where.append("c.duplicate_of IS NULL" if choice.dedupe == "exact" else _ONE_OF_EACH)
    return where, values


def _has_words(text: str | None, least: int) -> bool:
    """Whether a text has so many words: of a long one mostly its start is counted, whose last word may be cut."""
    text = text or ""
    return len(words(text[: 8 * least])) > least or len(words(text)) >= least
