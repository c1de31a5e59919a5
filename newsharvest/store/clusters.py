"""Clusters: one story as several outlets tell it, with how many articles and outlets there are and who was first.

A row of ``clusters`` is kept in step with its members in the same transaction. A member that comes costs the same
however many there are; only a member that goes, and was the first, has the others looked through.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from newsharvest.store.database import Database


@dataclass(frozen=True, slots=True)
class Cluster:
    """One story of several outlets.

    ``size`` counts the articles, ``outlets`` their sites; ``first`` is the article that was published first (where
    that is unknown: seen first), at ``first_at`` (aware UTC), ``site`` its outlet; ``agency`` what the first member
    that names one names.
    """

    id: int
    size: int
    outlets: int
    first: int
    first_at: datetime
    site: str
    agency: str | None


def read(database: Database, cluster: int) -> Cluster | None:
    """Return a cluster by its id, or None."""
    row = database.row(
        "SELECT c.id, c.size, c.outlets, c.first, c.first_at, a.site, c.agency FROM {clusters} c"
        " JOIN {articles} a ON a.id = c.first WHERE c.id = ?",
        (cluster,),
    )
    return None if row is None else Cluster(**{**dict(row), "first_at": datetime.fromisoformat(row["first_at"])})


def members(database: Database, cluster: int) -> list[tuple[int, str]]:
    """Return id and site of the articles of a cluster, the one published first (or seen first) first."""
    rows = database.rows(f"{_MEMBER} WHERE a.cluster = ? ORDER BY at, a.id", (cluster,))
    return [(row["id"], row["site"]) for row in rows]


def largest(database: Database, candidates: Collection[int]) -> int | None:
    """Return the cluster with most members, of equals the oldest; None of none."""
    marks = ", ".join("?" * len(candidates))
    row = database.row(
        f"SELECT id FROM {{clusters}} WHERE id IN ({marks}) ORDER BY size DESC, id LIMIT 1", [*candidates]
    )
    return row["id"] if row else None


def make(database: Database) -> int:
    """Make a cluster that has no members yet. Ids are never used again."""
    row = database.row("UPDATE {_state} SET value = value + 1 WHERE name = 'cluster' RETURNING value")
    assert row is not None
    database.execute("INSERT INTO {clusters} (id, size, outlets) VALUES (?, 0, 0)", (row["value"],))
    return row["value"]


def add(database: Database, cluster: int, members: Sequence[int], change: int) -> None:
    """Put articles that are in no cluster into one."""
    before = _first(database, cluster)
    for member in members:
        row = database.row(f"{_MEMBER} WHERE a.id = ?", (member,))
        assert row is not None
        is_new_outlet = not database.row(
            "SELECT 1 FROM {articles} WHERE cluster = ? AND site = ? LIMIT 1", (cluster, row["site"])
        )
        database.execute("UPDATE {articles} SET cluster = ?, change = ? WHERE id = ?", (cluster, change, member))
        database.execute(
            "UPDATE {clusters} SET size = size + 1, outlets = outlets + ? WHERE id = ?", (is_new_outlet, cluster)
        )
        _note(database, cluster, row)
    _tell(database, cluster, before, change)


def merge(database: Database, cluster: int, others: Collection[int], change: int) -> None:
    """Put the members of other clusters into one; those are gone then."""
    before = _first(database, cluster)
    for other in others:
        database.execute("UPDATE {articles} SET cluster = ?, change = ? WHERE cluster = ?", (cluster, change, other))
        database.execute("DELETE FROM {clusters} WHERE id = ?", (other,))
    if others:
        _refresh(database, cluster)
        _tell(database, cluster, before, change)


def remove(database: Database, cluster: int, member: int, change: int) -> None:
    """Take an article out of its cluster. What is left of one outlet only is a cluster no longer."""
    row = database.row("UPDATE {articles} SET cluster = NULL, change = ? WHERE id = ? RETURNING site", (change, member))
    assert row is not None
    has_outlet = database.row("SELECT 1 FROM {articles} WHERE cluster = ? AND site = ? LIMIT 1", (cluster, row["site"]))
    left = database.row(
        "UPDATE {clusters} SET size = size - 1, outlets = outlets - ? WHERE id = ? RETURNING outlets, first, agency_of",
        (has_outlet is None, cluster),
    )
    assert left is not None
    if left["outlets"] < 2:
        database.execute("UPDATE {articles} SET cluster = NULL, change = ? WHERE cluster = ?", (change, cluster))
        database.execute("DELETE FROM {clusters} WHERE id = ?", (cluster,))
    elif member in (left["first"], left["agency_of"]):
        _refresh(database, cluster)
        _tell(database, cluster, left["first"], change)


def reread(database: Database, member: int, change: int) -> None:
    """Note that the publication time or the agency of a member may be another now."""
    row = database.row(f"{_MEMBER} WHERE a.id = ? AND a.cluster IS NOT NULL", (member,))
    if row is None:
        return
    known = database.row("SELECT first, agency_of FROM {clusters} WHERE id = ?", (row["cluster"],))
    assert known is not None
    if member in (known["first"], known["agency_of"]):
        _refresh(database, row["cluster"])
    else:
        _note(database, row["cluster"], row)
    _tell(database, row["cluster"], known["first"], change)


def unsound(database: Database) -> list[str]:
    """Return what is wrong with the clusters, a line each: the rows do not tell what their members are."""
    problems = []
    for row in database.rows(
        f"""SELECT c.id, c.size, c.outlets, c.first, c.first_at, c.agency, m.n, m.sites, m.earliest, m.withdrawn
        FROM {{clusters}} c LEFT JOIN (
            SELECT cluster, count(*) AS n, count(DISTINCT site) AS sites, min(at) AS earliest,
                sum(withdrawn_at IS NOT NULL) AS withdrawn FROM ({_MEMBER}) WHERE cluster IS NOT NULL GROUP BY cluster
        ) m ON m.cluster = c.id"""
    ):
        if (row["size"], row["outlets"], row["first_at"]) != (row["n"], row["sites"], row["earliest"]):
            problems.append(f"cluster {row['id']} tells other members than it has")
        elif row["outlets"] < 2 or row["withdrawn"]:
            problems.append(f"cluster {row['id']} has members that do not make one")
    for row in database.rows(
        "SELECT id FROM {articles} WHERE cluster IS NOT NULL AND cluster NOT IN (SELECT id FROM {clusters})"
    ):
        problems.append(f"article {row['id']} is in a cluster that is not there")
    return problems


_MEMBER = (
    "SELECT a.id, a.site, a.cluster, a.withdrawn_at, coalesce(r.published_at, a.first_seen) AS at, r.agency"
    " FROM {articles} a JOIN {revisions} r ON r.article = a.id AND r.n = a.revision"
)


def _first(database: Database, cluster: int) -> int | None:
    row = database.row("SELECT first FROM {clusters} WHERE id = ?", (cluster,))
    return row["first"] if row else None


def _tell(database: Database, cluster: int, before: int | None, change: int) -> None:
    """Count both as changed where another member is the first now: exports of one article a cluster go by it."""
    after = _first(database, cluster)
    if after != before:
        database.execute("UPDATE {articles} SET change = ? WHERE id IN (?, ?)", (change, before, after))


def _note(database: Database, cluster: int, member: sqlite3.Row) -> None:
    """Let a member be the first, or the first that names an agency, if it is."""
    database.execute(
        "UPDATE {clusters} SET first = ?, first_at = ? WHERE id = ?"
        " AND (first IS NULL OR (first_at, first) > (?2, ?1))",
        (member["id"], member["at"], cluster),
    )
    if member["agency"] is not None:
        database.execute(
            "UPDATE {clusters} SET agency = ?, agency_of = ?, agency_at = ? WHERE id = ?"
            " AND (agency_of IS NULL OR (agency_at, agency_of) > (?3, ?2))",
            (member["agency"], member["id"], member["at"], cluster),
        )


def _refresh(database: Database, cluster: int) -> None:
    """Tell anew what the members are."""
    database.execute(
        "UPDATE {clusters} SET (size, outlets) = (SELECT count(*), count(DISTINCT site) FROM {articles}"
        " WHERE cluster = ?1), first = NULL, first_at = NULL, agency = NULL, agency_of = NULL, agency_at = NULL"
        " WHERE id = ?1",
        (cluster,),
    )
    first = database.row(f"{_MEMBER} WHERE a.cluster = ? ORDER BY at, a.id LIMIT 1", (cluster,))
    naming = database.row(
        f"{_MEMBER} WHERE a.cluster = ? AND r.agency IS NOT NULL ORDER BY at, a.id LIMIT 1", (cluster,)
    )
    for row in (first, naming):
        if row is not None:
            _note(database, cluster, row)
