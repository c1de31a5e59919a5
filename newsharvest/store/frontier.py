"""The frontier: every link that was found, as a row before it is a request, and what became of it.

A row is ``pending``, then ``active`` while in flight, then ``done``, ``rejected`` or ``failed``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Literal, get_args

from newsharvest.store.database import Database, iso, moment
from newsharvest.store.storable import without_fragment

LinkKind = Literal["page", "feed", "sitemap", "rest", "listing"]
LinkState = Literal["pending", "active", "done", "rejected", "failed"]

_CHUNK = 1000  # links a transaction: another process waits milliseconds, not the length of a sitemap


@dataclass(frozen=True, slots=True)
class FrontierLink:
    """One link to visit. ``source`` is the address that listed it, ``listed_at`` the time (aware) given there."""

    url: str
    kind: LinkKind = "page"
    source: str | None = None
    listed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FrontierRow:
    """One row of the frontier. Times are aware UTC; ``attempts`` counts the claims, the present one included."""

    id: int
    url: str
    site: str
    kind: LinkKind
    source: str | None
    found_at: datetime
    listed_at: datetime | None
    state: LinkState
    attempts: int
    reason: str | None
    etag: str | None
    last_modified: str | None
    next_visit: datetime | None


class Frontier:
    """The frontier of a database; every method is one or a few short transactions and has committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, links: Iterable[FrontierLink], site: str) -> int:
        """Add links of a site. Return how many rows became pending by it.

        A known address is ignored, but for a source (feed, sitemap, REST page, listing) whose last visit belongs to
        an earlier run: it is due again.
        """
        now = iso(datetime.now(UTC))
        rows = (
            (without_fragment(it.url), site, it.kind, it.source, now, iso(it.listed_at), _priority(it.kind))
            for it in links
        )
        added = 0
        while chunk := list(islice(rows, _CHUNK)):  # the links are read outside the transaction
            with self._database.transaction():
                added += self._database.executemany(
                    "INSERT INTO {frontier} (url, site, kind, source, found_at, listed_at, priority, state, attempts)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', 0) ON CONFLICT (site, url) DO UPDATE"
                    " SET state = 'pending', attempts = 0, reason = NULL, next_visit = NULL"
                    " WHERE priority = 0 AND state NOT IN ('pending', 'active') AND next_visit IS NOT NULL"
                    " AND next_visit <= excluded.found_at",
                    chunk,
                ).rowcount
        return added

    def next(self, site: str, kinds: Iterable[LinkKind] | None = None) -> FrontierRow | None:
        """Claim the oldest pending row of a site (of these kinds): it is ``active`` on return. None if there is none.

        Sources go before pages: a feed forgets its links within hours while a page stays, and what a source lists is
        safe, on disk, as soon as it was read.
        """
        where, values = _waiting(site, kinds)
        query = f"SELECT id FROM {{frontier}} WHERE {where} ORDER BY priority, id LIMIT 1"
        if self._database.row(query, values) is None:  # asked often while the last requests are in flight: no lock
            return None
        with self._database.transaction():
            row = self._database.row(
                f"UPDATE {{frontier}} SET state = 'active', attempts = attempts + 1 WHERE id = ({query}) RETURNING *",
                values,
            )
        return None if row is None else _row(row)

    def mark(
        self,
        row_id: int,
        state: LinkState,
        reason: str | None = None,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        next_visit: datetime | None = None,
    ) -> None:
        """Set the state of a row and why. ``etag`` and ``last_modified`` stay as they were where they are None."""
        if state not in get_args(LinkState):
            raise ValueError(f"no such state of a link: {state!r}")
        with self._database.transaction():
            self._database.execute(
                "UPDATE {frontier} SET state = ?, reason = ?, etag = coalesce(?, etag),"
                " last_modified = coalesce(?, last_modified), next_visit = ? WHERE id = ?",
                (state, reason, etag, last_modified, iso(next_visit), row_id),
            )

    def reset(self, site: str) -> int:
        """Begin a run of a site: rows in flight when a process died are pending again (their number is returned), and
        sources of earlier runs are due again as soon as they are added. Only for who holds the lock of the site.
        """
        now = iso(datetime.now(UTC))
        with self._database.transaction():
            self._database.execute(
                "UPDATE {frontier} SET next_visit = ?1 WHERE site = ?2 AND priority = 0"
                " AND state IN ('done', 'rejected', 'failed') AND (next_visit IS NULL OR next_visit > ?1)",
                (now, site),
            )
            return self._database.execute(
                "UPDATE {frontier} SET state = 'pending' WHERE site = ? AND state = 'active'", (site,)
            ).rowcount

    def pending(self, site: str) -> int:
        """Count the rows of a site that wait. Reads them all: ask ``has_pending`` where yes or no is enough."""
        row = self._database.row("SELECT count(*) AS n FROM {frontier} WHERE site = ? AND state = 'pending'", (site,))
        return row["n"] if row else 0

    def has_pending(self, site: str) -> bool:
        """Whether a row of a site waits."""
        return bool(
            self._database.row("SELECT 1 FROM {frontier} WHERE site = ? AND state = 'pending' LIMIT 1", (site,))
        )

    def counts(self, site: str) -> dict[tuple[str, str], int]:
        """Count the rows of a site by (kind, state)."""
        rows = self._database.rows(
            "SELECT kind, state, count(*) AS n FROM {frontier} WHERE site = ? GROUP BY kind, state", (site,)
        )
        return {(row["kind"], row["state"]): row["n"] for row in rows}

    def get(self, row_id: int) -> FrontierRow | None:
        """Return a row by its id, or None."""
        row = self._database.row("SELECT * FROM {frontier} WHERE id = ?", (row_id,))
        return None if row is None else _row(row)

    def find(self, site: str, url: str) -> FrontierRow | None:
        """Return the row of an address, or None."""
        row = self._database.row("SELECT * FROM {frontier} WHERE site = ? AND url = ?", (site, without_fragment(url)))
        return None if row is None else _row(row)


def _waiting(site: str, kinds: Iterable[LinkKind] | None) -> tuple[str, list[str]]:
    where, values = "site = ? AND state = 'pending'", [site]
    if kinds is not None:
        wanted = list(kinds)
        where += f" AND kind IN ({', '.join('?' * len(wanted))})"
        values += wanted
        if len(priorities := {_priority(kind) for kind in wanted}) == 1:  # then the index leads straight to them
            where += f" AND priority = {priorities.pop()}"
    return where, values


def _priority(kind: LinkKind) -> int:
    """Sources (0) go before pages (1)."""
    return int(kind == "page")


def _row(row: sqlite3.Row) -> FrontierRow:
    values = dict(row)
    del values["priority"]
    for name in ("found_at", "listed_at", "next_visit"):
        values[name] = moment(values[name])
    return FrontierRow(**values)
