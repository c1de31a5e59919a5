"""Counting what a database holds: by site and origin what was stored and refused, and which rules removed lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from newsharvest.store.database import Database, moment

Counted = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SiteFigures:
    """Figures of one site and origin; of the whole database both are None.

    ``stored`` counts the articles with a text of their own, ``duplicates`` the others, ``revisions`` the changes after
    the first version. ``rejected`` counts pages by their latest ``stage: reason``, ``removed`` lines of the current
    revisions by rule; both most frequent first.
    """

    site: str | None
    origin: str | None
    stored: int
    duplicates: int
    revisions: int
    rejected: Counted
    removed: Counted
    first_published: datetime | None
    last_published: datetime | None

    @property
    def articles(self) -> int:
        """All articles, duplicates included."""
        return self.stored + self.duplicates

    @property
    def rejected_pages(self) -> int:
        """All pages refused."""
        return sum(count for _, count in self.rejected)


@dataclass(frozen=True, slots=True)
class Stats:
    """Figures of each site and origin, in order of name, and of all together.

    ``clusters`` counts the stories that several outlets tell (the site among them), ``largest_cluster`` the articles
    of the largest, ``largest_cluster_outlets`` its outlets; ``near_duplicates`` the articles that are nearly the same
    as an older one of their outlet.
    """

    sites: tuple[SiteFigures, ...]
    total: SiteFigures
    clusters: int = 0
    largest_cluster: int = 0
    largest_cluster_outlets: int = 0
    near_duplicates: int = 0


_Key = tuple[str, str]


def count(database: Database, *, site: str | None = None, top: int = 5) -> Stats:
    """See ``Store.stats``."""
    where, values = ("WHERE a.site = ?", [site]) if site is not None else ("", [])
    articles = {
        (row["site"], row["origin"]): row
        for row in database.rows(
            "SELECT a.site, a.origin, sum(a.duplicate_of IS NULL) AS stored, sum(a.duplicate_of IS NOT NULL) AS copies,"
            " sum(a.revision - 1) AS revisions, min(r.published_at) AS first, max(r.published_at) AS last"
            " FROM {articles} a JOIN {revisions} r ON r.article = a.id AND r.n = a.revision"
            f" {where} GROUP BY a.site, a.origin",
            values,
        )
    }
    rejected = _grouped(database, _REJECTED.replace("/*site*/", where), values)
    removed = _grouped(database, _REMOVED.replace("/*site*/", where), values)
    sites = []
    for key in sorted({*articles, *rejected, *removed}):
        row = articles.get(key)
        sites.append(
            SiteFigures(
                site=key[0],
                origin=key[1],
                stored=row["stored"] if row else 0,
                duplicates=row["copies"] if row else 0,
                revisions=row["revisions"] if row else 0,
                rejected=_ordered(rejected[key]),
                removed=_ordered(removed[key]),
                first_published=moment(row["first"]) if row else None,
                last_published=moment(row["last"]) if row else None,
            )
        )
    shown = tuple(_cut(figures, top) for figures in sites)
    return Stats(shown, _cut(_total(sites), top), *_stories(database, site))


def _stories(database: Database, site: str | None) -> tuple[int, int, int, int]:
    """Return how many clusters there are, articles and outlets of the largest, and how many near-duplicates."""
    largest = database.row(
        "SELECT count(*) OVER () AS n, size, outlets FROM {clusters}"
        " WHERE ?1 IS NULL OR id IN (SELECT cluster FROM {articles} WHERE site = ?1)"
        " ORDER BY size DESC, outlets DESC LIMIT 1",
        (site,),
    )
    near = database.row(
        "SELECT count(*) AS n FROM {articles} WHERE near_of IS NOT NULL AND (?1 IS NULL OR site = ?1)", (site,)
    )
    assert near is not None
    return (*((largest["n"], largest["size"], largest["outlets"]) if largest else (0, 0, 0)), near["n"])


# A page that was refused for one reason and later for another counts once, for the later.
_REJECTED = """
    SELECT site, origin, stage || ': ' || reason AS name, count(*) AS n FROM (
        SELECT *, row_number() OVER (
            PARTITION BY url IS NULL, CASE WHEN url IS NULL THEN site END, coalesce(url, provenance)
            ORDER BY seen_at DESC, id DESC
        ) AS place FROM {rejections} AS a /*site*/
    ) WHERE place = 1 GROUP BY site, origin, name"""
_REMOVED = """
    SELECT a.site, a.origin, m.rule AS name, count(*) AS n FROM {removals} AS m
    JOIN {revisions} AS r ON r.id = m.revision JOIN {articles} AS a ON a.id = r.article AND a.revision = r.n
    /*site*/ GROUP BY a.site, a.origin, m.rule"""


def _grouped(database: Database, sql: str, values: list[str]) -> dict[_Key, list[tuple[str, int]]]:
    groups: dict[_Key, list[tuple[str, int]]] = defaultdict(list)
    for row in database.rows(sql, values):
        groups[row["site"], row["origin"]].append((row["name"], row["n"]))
    return groups


def _ordered(counts: Iterable[tuple[str, int]]) -> Counted:
    return tuple(sorted(counts, key=lambda pair: (-pair[1], pair[0])))


def _total(sites: list[SiteFigures]) -> SiteFigures:
    rejected: dict[str, int] = defaultdict(int)
    removed: dict[str, int] = defaultdict(int)
    for figures in sites:
        for name, number in figures.rejected:
            rejected[name] += number
        for name, number in figures.removed:
            removed[name] += number
    return SiteFigures(
        site=None,
        origin=None,
        stored=sum(figures.stored for figures in sites),
        duplicates=sum(figures.duplicates for figures in sites),
        revisions=sum(figures.revisions for figures in sites),
        rejected=_ordered(rejected.items()),
        removed=_ordered(removed.items()),
        first_published=min((it.first_published for it in sites if it.first_published), default=None),
        last_published=max((it.last_published for it in sites if it.last_published), default=None),
    )


def _cut(figures: SiteFigures, top: int) -> SiteFigures:
    """Keep the rules that removed most; reasons of rejection are all kept, each page must be accounted for."""
    return SiteFigures(
        figures.site, figures.origin, figures.stored, figures.duplicates, figures.revisions, figures.rejected,
        figures.removed[:top], figures.first_published, figures.last_published,
    )  # fmt: skip
