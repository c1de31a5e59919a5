"""Reading lists for a person who looks around: articles by day and site, what stands beside one, what was refused."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from newsharvest.store.database import Database, StoreError, iso, moment

WINDOW = 50_000  # articles that are sorted into days: all of a large corpus would take seconds
_STEPS = 10_000  # of SQLite's virtual machine, between two looks at the clock
_WHEN = "coalesce(r.published_at, a.first_seen)"
_CURRENT = "{articles} a JOIN {revisions} r ON r.article = a.id AND r.n = a.revision"


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site: ``articles`` as they stand, ``copies`` and ``withdrawn`` among them, pages ``rejected``, last visit."""

    site: str
    articles: int
    copies: int
    withdrawn: int
    rejected: int
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class DayRow:
    """Articles of a day in India (``YYYY-MM-DD``), published or else first seen on it, by site, most first."""

    day: str
    sites: tuple[tuple[str, int], ...]

    @property
    def articles(self) -> int:
        """All articles of the day."""
        return sum(count for _, count in self.sites)


@dataclass(frozen=True, slots=True)
class Listed:
    """One article of a list. ``when`` is its time of publication, or else of the first visit."""

    id: int
    url: str | None
    site: str
    title: str | None
    when: datetime
    is_published: bool
    duplicate_of: int | None
    withdrawn_at: datetime | None


def sites(database: Database) -> list[SiteRow]:
    """Return every site of which something was read, in order of name."""
    rows = database.rows(
        "SELECT site, sum(articles) AS articles, sum(copies) AS copies, sum(withdrawn) AS withdrawn,"
        " sum(rejected) AS rejected, max(last_seen) AS last_seen FROM ("
        "SELECT site, count(*) AS articles, count(coalesce(duplicate_of, near_of)) AS copies,"
        " count(withdrawn_at) AS withdrawn, 0 AS rejected, max(last_seen) AS last_seen"
        " FROM {articles} NOT INDEXED GROUP BY site"  # the index of sites would lead all over the table
        " UNION ALL SELECT site, 0, 0, 0, count(DISTINCT coalesce(url, provenance)), max(seen_at)"
        " FROM {rejections} GROUP BY site) GROUP BY site ORDER BY site"
    )
    return [SiteRow(**{**dict(row), "last_seen": moment(row["last_seen"])}) for row in rows]


def days(database: Database, limit: int, window: int = WINDOW) -> list[DayRow]:
    """Return the newest days that have articles, newest first, of the ``window`` articles that were stored last."""
    rows = database.rows(
        f"SELECT date({_WHEN}, '+330 minutes') AS day, a.site AS site, count(*) AS n FROM {_CURRENT}"
        " WHERE a.id > (SELECT max(id) FROM {articles}) - ? GROUP BY 1, 2 ORDER BY 1 DESC, 3 DESC, 2",
        (window,),
    )
    found: dict[str, list[tuple[str, int]]] = {}
    for row in rows:
        if row["day"] not in found and len(found) == limit:
            break
        found.setdefault(row["day"], []).append((row["site"], row["n"]))
    return [DayRow(day, tuple(by_site)) for day, by_site in found.items()]


def newest(
    database: Database,
    *,
    site: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int,
    offset: int = 0,
) -> list[Listed]:
    """Return articles, newest first; ``since`` (included) and ``until`` (not included) are aware times."""

    def among(time: str, condition: str, *values: object) -> list[Listed]:
        limits = [(sign, iso(moment)) for sign, moment in ((">=", since), ("<", until)) if moment is not None]
        held = " AND ".join([condition, *(f"{time} {sign} ?" for sign, _ in limits)])
        return _listed(
            database,
            f"WHERE {held} ORDER BY {time} DESC, r.article DESC LIMIT ?",
            [*values, *(value for _, value in limits), offset + limit],
        )

    if site is not None:
        return among(_WHEN, "a.site = ?", site)[offset:]
    # Apart, as only so the index of times of publication is of use: in a large corpus all others would be sorted.
    found = [*among("r.published_at", "r.published_at NOT NULL"), *among("a.first_seen", "r.published_at IS NULL")]
    found.sort(key=lambda it: (it.when, it.id), reverse=True)
    return found[offset : offset + limit]


def copies(database: Database, article_id: int, limit: int = 50) -> list[Listed]:
    """Return the other articles with the same text, or nearly the same at one outlet: the original, then by age."""
    return _listed(
        database,
        "JOIN (SELECT coalesce((SELECT o.near_of FROM {articles} o WHERE o.id = m.duplicate_of), m.duplicate_of,"
        " m.near_of, m.id) AS original FROM {articles} m WHERE m.id = ?) me"
        " WHERE a.id <> ? AND (a.id = me.original OR a.duplicate_of = me.original OR a.near_of = me.original"
        " OR a.duplicate_of IN (SELECT o.id FROM {articles} o WHERE o.near_of = me.original))"
        " ORDER BY a.id <> me.original, a.id LIMIT ?",
        [article_id, article_id, limit],
    )


def cluster(database: Database, article_id: int, limit: int = 50) -> list[Listed]:
    """Return the other articles of the same story at all outlets, oldest first; an outlet's copies of its own article
    are not among them.
    """
    return _listed(
        database,
        "JOIN {articles} me ON me.id = ? WHERE a.cluster = me.cluster AND a.id <> me.id"
        " AND a.near_of IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM {articles} o WHERE o.id = a.duplicate_of AND o.site = a.site)"
        f" ORDER BY {_WHEN}, a.id LIMIT ?",
        [article_id, limit],
    )


def reasons(database: Database, site: str | None = None) -> list[tuple[str, str, int]]:
    """Return stage, reason and number of the refusals (of a site), most frequent first."""
    where, values = ("WHERE site = ?", [site]) if site is not None else ("", [])
    rows = database.rows(
        f"SELECT stage, reason, count(*) AS n FROM {{rejections}} {where} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2", values
    )
    return [(row["stage"], row["reason"], row["n"]) for row in rows]


def connect(path: str) -> sqlite3.Connection:
    """Open a database as the store reads it: read-only, and seeing what a crawl commits meanwhile."""
    return Database(path, readonly=True).connection


@contextmanager
def time_limit(database: Database, seconds: float) -> Iterator[None]:
    """Stop the statements of the block after so many seconds. Raises StoreError then."""
    deadline = time.monotonic() + seconds
    database.connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise StoreError(f"this took more than {seconds:g} s and was stopped: ask for less") from error
    finally:
        database.connection.set_progress_handler(None, 0)


def _listed(database: Database, rest: str, values: list[object]) -> list[Listed]:
    rows = database.rows(
        f"SELECT a.id, a.url, a.site, r.title, {_WHEN} AS moment, r.published_at IS NOT NULL AS is_published,"
        f" coalesce(a.duplicate_of, a.near_of) AS duplicate_of, a.withdrawn_at FROM {_CURRENT} {rest}",
        values,
    )
    return [
        Listed(
            id=row["id"],
            url=row["url"],
            site=row["site"],
            title=row["title"],
            when=datetime.fromisoformat(row["moment"]),
            is_published=bool(row["is_published"]),
            duplicate_of=row["duplicate_of"],
            withdrawn_at=moment(row["withdrawn_at"]),
        )
        for row in rows
    ]
