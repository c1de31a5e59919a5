"""The frontier: every link that was found, as a row before it is a request, and what became of it.

A row is ``pending``, then ``active`` while in flight, then ``done``, ``rejected`` or ``failed``; a page becomes pending
again when it is due to be looked at, or when a source says that it has changed. A pending row with a ``next_visit`` has
failed for now and waits for that time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Literal, get_args

from newsharvest.store import tombstones
from newsharvest.store.database import Database, iso, moment
from newsharvest.store.storable import without_fragment

LinkKind = Literal["page", "feed", "sitemap", "rest", "listing"]
LinkState = Literal["pending", "active", "done", "rejected", "failed"]

MOST_FAILURES = 3  # runs in which a page may fail for now
MOST_CLAIMS = 12  # of one visit that never came to an end: a page that takes the process with it, each time
FIRST_WAIT = timedelta(minutes=5)  # after a failure; four times as long after each further one

_CHUNK = 1000  # links a transaction: another process waits milliseconds, not the length of a sitemap


@dataclass(frozen=True, slots=True)
class FrontierLink:
    """One link to visit. ``source`` is the address that listed it; ``listed_at`` and ``lastmod`` are the times (aware)
    of publication and of the last change given there.

    ``key`` is what makes two addresses one page (None: the address itself); of those the one with the fewest
    ``detours`` is asked for.
    """

    url: str
    kind: LinkKind = "page"
    source: str | None = None
    listed_at: datetime | None = None
    lastmod: datetime | None = None
    key: str | None = None
    detours: int = 0


@dataclass(frozen=True, slots=True)
class FrontierRow:
    """One row of the frontier. Times are aware UTC; ``attempts`` counts the claims of this visit, the present one
    included, ``failures`` the runs in which it failed.

    ``asked_at`` is the first claim of the present visit, ``visited_at`` the end of the last one, ``lastmod`` the newest
    time of a change that a source gave. ``article`` is the article that the page was; with ``by_rest`` its text comes
    from a REST interface, and the page is asked for only to see whether it still stands. ``is_own`` (told when a row
    is claimed): this address is that of the article itself, not one that led to it.
    """

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
    key: str
    detours: int
    lastmod: datetime | None
    asked_at: datetime | None
    visited_at: datetime | None
    failures: int
    article: int | None
    by_rest: bool
    is_own: bool = False


class Frontier:
    """The frontier of a database; every method is one or a few short transactions and has committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, links: Iterable[FrontierLink], site: str) -> int:
        """Add links of a site. Return how many rows became pending by it.

        A known page becomes pending again where the link's ``lastmod`` is newer than the one known, or than the last
        visit where none is. A source (feed, sitemap, REST page, listing) does whose last visit belongs to an earlier
        run. Other known links only add what they know: a newer ``lastmod``, a plainer address of what waits. What was
        forgotten is left out.
        """
        now = iso(datetime.now(UTC))
        rows = (_values(link, site, now) for link in links)
        added = 0
        while chunk := list(islice(rows, _CHUNK)):  # the links are read outside the transaction
            with self._database.transaction():
                if tombstones.are_any(self._database):
                    holds = tombstones.holds
                    chunk = [it for it in chunk if not holds(self._database, it["site"], it["key"], it["url"])]
                added += self._database.executemany(_ADD, chunk).rowcount
                self._database.executemany(_LEARN, [row for row in chunk if row["priority"]])
        return added

    def next(self, site: str, kinds: Iterable[LinkKind] | None = None) -> FrontierRow | None:
        """Claim the oldest pending row of a site (of these kinds): it is ``active`` on return. None if there is none.
        Rows that failed come last, when their time has come.

        Sources go before pages: a feed forgets its links within hours while a page stays, and what a source lists is
        safe, on disk, as soon as it was read.
        """
        now = datetime.now(UTC)
        for is_again in (False, True):
            where, values = _waiting(site, kinds, iso(now) if is_again else None)
            query = f"SELECT id FROM {{frontier}} WHERE {where} ORDER BY {_ORDER[is_again]} LIMIT 1"
            if self._database.row(query, values) is None:  # asked often while the last ones are in flight: no lock
                continue
            with self._database.transaction():
                row = self._database.row(
                    "UPDATE {frontier} SET state = 'active', attempts = attempts + 1, asked_at = coalesce(asked_at, ?)"
                    f" WHERE id = ({query}) RETURNING *, (SELECT a.url = {{frontier}}.url OR a.key = {{frontier}}.key"
                    " FROM {articles} a WHERE a.id = {frontier}.article) AS is_own",
                    [now.isoformat(timespec="microseconds"), *values],
                )
            if row is not None:
                return _row(row)
        return None

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
        """Set the state of a row and why. ``etag`` and ``last_modified`` stay as they were where they are None. Of what
        is done it is forgotten why it could not be fetched before.
        """
        if state not in get_args(LinkState):
            raise ValueError(f"no such state of a link: {state!r}")
        with self._database.transaction():
            self._database.execute(
                "UPDATE {frontier} SET state = ?, reason = ?, etag = coalesce(?, etag),"
                " last_modified = coalesce(?, last_modified), next_visit = ? WHERE id = ?",
                (state, reason, etag, last_modified, iso(next_visit), row_id),
            )
            if state == "done":
                self._database.execute(
                    "DELETE FROM {rejections} WHERE stage = 'fetch' AND (site, url) = (SELECT site, url FROM {frontier}"
                    " WHERE id = ?)",
                    (row_id,),
                )

    def retry(self, row_id: int, reason: str, *, is_counted: bool = True) -> LinkState:
        """Leave a row that failed for now: it waits, longer after each run that it fails in, and is ``failed`` after
        three of them, unless this one is not counted. Return its state.
        """
        with self._database.transaction():
            row = self._database.row("SELECT failures, next_visit FROM {frontier} WHERE id = ?", (row_id,))
            if row is None:
                return "failed"
            is_first = row["next_visit"] is None  # in this run
            failures = row["failures"] + (is_first and is_counted)
            state: LinkState = "failed" if failures >= MOST_FAILURES else "pending"
            now = datetime.now(UTC)
            due = now + FIRST_WAIT * 4 ** max(failures - 1, 0) if state == "pending" else None
            self._database.execute(
                "UPDATE {frontier} SET state = ?, reason = ?, failures = ?, next_visit = ?,"
                " visited_at = coalesce(?, visited_at) WHERE id = ?",
                (state, reason, failures, iso(due), iso(now) if state == "failed" else None, row_id),
            )
        return state

    def reset(self, site: str, *, revisit: bool = True, resume: bool = False) -> int:
        """Begin a run of a site: rows in flight when a process died are pending again (their number is returned), so
        are, unless not ``revisit``, pages that are due, and sources of earlier runs as soon as they are added, unless
        this run is to ``resume`` the one before. Only for who holds the lock of the site.
        """
        now = iso(datetime.now(UTC))
        with self._database.transaction():
            if not resume:
                self._database.execute(_RENEW_SOURCES, {"now": now, "site": site})
            if revisit:
                self._database.execute(_RENEW_PAGES, (site, now))
            self._database.execute(
                "UPDATE {frontier} SET next_visit = NULL WHERE site = ? AND state = 'pending' AND next_visit <= ?",
                (site, now),
            )
            self._database.execute(
                "UPDATE {frontier} SET state = 'failed', reason = 'never came to an end', visited_at = ?"
                f" WHERE site = ? AND state = 'active' AND attempts >= {MOST_CLAIMS} AND priority = 1",
                (now, site),
            )
            return self._database.execute(
                "UPDATE {frontier} SET state = 'pending', next_visit = NULL WHERE site = ? AND state = 'active'",
                (site,),
            ).rowcount

    def end_walk(self, site: str, url: str) -> None:
        """Note that what begins at a REST address was read to its end: later changes than its beginning are news."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE {frontier} SET lastmod = asked_at WHERE site = ? AND key = ? AND kind = 'rest'"
                " AND state = 'done' AND asked_at IS NOT NULL",
                (site, url),
            )

    def walks(self, site: str) -> dict[str, datetime]:
        """Return when the last complete reading of each REST address began."""
        rows = self._database.rows(
            "SELECT url, lastmod FROM {frontier} WHERE site = ? AND priority = 0 AND kind = 'rest'"
            " AND lastmod IS NOT NULL",
            (site,),
        )
        return {row["url"]: datetime.fromisoformat(row["lastmod"]) for row in rows}

    def pending(self, site: str) -> int:
        """Count the rows of a site that wait. Reads them all: ask ``has_pending`` where yes or no is enough."""
        row = self._database.row("SELECT count(*) AS n FROM {frontier} WHERE site = ? AND state = 'pending'", (site,))
        return row["n"] if row else 0

    def has_pending(self, site: str) -> bool:
        """Whether a row of a site can be claimed now."""
        now = iso(datetime.now(UTC))
        return any(
            self._database.row(f"SELECT 1 FROM {{frontier}} WHERE {where} LIMIT 1", values)
            for where, values in (_waiting(site, None, None), _waiting(site, None, now))
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


_ORDER = {False: "priority, id", True: "next_visit"}
_ADD = """INSERT INTO {frontier} (url, site, kind, source, found_at, listed_at, lastmod, key, detours, priority, state,
        attempts, failures, by_rest)
    VALUES (:url, :site, :kind, :source, :found_at, :listed_at, :lastmod, :key, :detours, :priority, 'pending', 0, 0, 0)
    ON CONFLICT (site, key) DO UPDATE
    SET state = 'pending', attempts = 0, failures = 0, reason = NULL, next_visit = NULL, asked_at = NULL,
        url = CASE WHEN excluded.detours > detours THEN url ELSE excluded.url END,
        detours = min(detours, excluded.detours)
    WHERE state NOT IN ('pending', 'active') AND CASE priority
        WHEN 0 THEN next_visit <= excluded.found_at
        ELSE by_rest = 0 AND excluded.lastmod > coalesce(lastmod, visited_at) END"""
_LEARN = """UPDATE {frontier} SET lastmod = max(coalesce(lastmod, ''), coalesce(:lastmod, lastmod)),
        listed_at = coalesce(listed_at, :listed_at),
        url = CASE WHEN state = 'pending' AND :detours < detours THEN :url ELSE url END,
        detours = CASE WHEN state = 'pending' THEN min(detours, :detours) ELSE detours END
    WHERE site = :site AND key = :key AND ((:lastmod IS NOT NULL AND coalesce(lastmod, '') < :lastmod)
        OR (listed_at IS NULL AND :listed_at IS NOT NULL) OR (:detours < detours AND state = 'pending'))"""
_RENEW_SOURCES = """UPDATE {frontier} SET next_visit = CASE state WHEN 'pending' THEN NULL ELSE :now END,
        attempts = 0, asked_at = NULL
    WHERE site = :site AND priority = 0"""
_RENEW_PAGES = """UPDATE {frontier} SET state = 'pending', attempts = 0, failures = 0, reason = NULL, asked_at = NULL,
        next_visit = NULL
    WHERE site = ? AND priority = 1 AND state IN ('done', 'rejected') AND next_visit <= ?"""


def _values(link: FrontierLink, site: str, now: str | None) -> dict[str, str | int | None]:
    url = without_fragment(link.url)
    return {
        "url": url, "site": site, "kind": link.kind, "source": link.source, "found_at": now,
        "listed_at": iso(link.listed_at), "lastmod": iso(link.lastmod), "key": link.key or url,
        "detours": link.detours, "priority": _priority(link.kind),
    }  # fmt: skip


def _waiting(site: str, kinds: Iterable[LinkKind] | None, again: str | None) -> tuple[str, list[str]]:
    """Return the condition for what can be claimed: rows that never failed, or those that may be tried ``again``."""
    where, values = "site = ? AND state = 'pending' AND next_visit IS NULL", [site]
    if again is not None:
        where, values = "site = ? AND state = 'pending' AND next_visit <= ?", [site, again]
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
    for name in ("found_at", "listed_at", "next_visit", "lastmod", "asked_at", "visited_at"):
        values[name] = moment(values[name])
    values["by_rest"] = bool(values["by_rest"])
    values["is_own"] = bool(values.get("is_own"))
    return FrontierRow(**values)
