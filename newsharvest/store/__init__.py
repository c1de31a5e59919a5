"""The database of articles (news.db): one ``Store`` a process and file keeps, finds and counts them.

A Store is used from the thread that opened it. Several processes may write one file at once: transactions are short,
and each waits up to 30 s for its turn.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType

from cleaners.model import Article
from newsharvest.exports.record import Exported
from newsharvest.items import Page, Rejected
from newsharvest.store import (
    adopting,
    clusters,
    figures,
    hits,
    keys,
    near,
    pauses,
    reading,
    repetition,
    revisions,
    schema,
    visits,
)
from newsharvest.store import search as searching
from newsharvest.store.articles import Kept, Origin
from newsharvest.store.clusters import Cluster
from newsharvest.store.database import Database, NameClash, SearchError, StoreError, is_writable
from newsharvest.store.exporting import Exports
from newsharvest.store.figures import SiteFigures, Stats
from newsharvest.store.frontier import Frontier, FrontierLink, FrontierRow
from newsharvest.store.hits import Hits
from newsharvest.store.reading import Rejection, StoredArticle
from newsharvest.store.recleaning import Recleaning
from newsharvest.store.repetition import Repeated
from newsharvest.store.revisions import Revision
from newsharvest.store.runs import Run, Runs
from newsharvest.store.search import Hit
from newsharvest.store.visits import NEVER, Revisit

__all__ = [
    "Cluster", "Exports", "Frontier", "FrontierLink", "FrontierRow", "Hit", "Hits", "Kept", "NameClash",
    "Recleaning", "Rejection", "Repeated", "Revision", "Revisit", "Run", "Runs", "SearchError", "SiteFigures",
    "Stats", "Store", "StoreError", "StoredArticle",
]  # fmt: skip


class Store:
    """The articles in one SQLite file, which may be a file that the user already has: other tables are left alone.

    Opening makes or upgrades our tables, under names that begin with ``prefix``. With ``readonly`` nothing is made, and
    a file without our tables is an error; tables of an older version are upgraded first where the file allows it.
    Raises StoreError where the file cannot be used, NameClash where a table of the user's bears one of our names.
    """

    def __init__(self, path: str | os.PathLike[str], *, prefix: str = "", readonly: bool = False) -> None:
        self._database = _open(path, prefix, readonly)
        self.frontier = Frontier(self._database)
        self.runs = Runs(self._database)
        self.recleaning = Recleaning(self._database)
        self.exports = Exports(self._database)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        self._database.close()

    @property
    def path(self) -> Path:
        """The file, absolute."""
        return self._database.path

    @property
    def database(self) -> Database:
        """The connection, for the modules that hold SQL."""
        return self._database

    def keep(
        self,
        page: Page,
        outcome: Article | Rejected,
        *,
        origin: Origin,
        rules_version: str,
        archive_key: str | None = None,
        frontier_id: int | None = None,
        seen_at: datetime | None = None,
        revisit: Revisit = NEVER,
        link: FrontierLink | None = None,
    ) -> Kept:
        """Keep what became of a page, and set the state of its frontier row, in one short transaction.

        An article is known by its address, else by ``page.key`` within its site, or, without an address, by site and
        provenance. Another text or field than before
        makes a revision; nothing new moves ``last_seen`` only; the text of another article makes a duplicate. A
        rejection leaves an article that was kept before as it is, but for a page that the site says is gone (``http
        404``, ``http 410``): its article is withdrawn until the page is seen again. ``revisit`` tells when the page of
        a row is to be looked at again, and how; ``link`` is the address of an article that came from a REST
        interface and has no row yet. ``seen_at`` (aware; else ``page.fetched_at``) is
        the time of this visit, ``rules_version`` the rules that cleaned the page.
        Raises StoreError where the file cannot be written; then nothing was.
        """
        return visits.keep(
            self._database, page, outcome, origin=origin, rules_version=rules_version, archive_key=archive_key,
            frontier_id=frontier_id, seen_at=seen_at, revisit=revisit, link=link,
        )  # fmt: skip

    def adopt(self, exported: Exported, rules_version: str, archive_key: str) -> Kept:
        """Keep an article that newsharvest exported, as it is, with its origin and times, in one short transaction.

        What is known of it already and was seen later stays as it is. ``archive_key`` is where its record is kept,
        ``rules_version`` the present rules, which leave a record alone. Raises StoreError.
        """
        return adopting.adopt(self._database, exported, rules_version, archive_key)

    def confirm(self, frontier_id: int, *, seen_at: datetime, revisit: Revisit = NEVER) -> Kept:
        """Note that the page of a frontier row stands as it was stored, in one short transaction: ``last_seen`` of its
        article moves, one that its site had taken back is restored, and the row is done until its next visit.
        """
        return visits.confirm(self._database, frontier_id, seen_at=seen_at, revisit=revisit)

    def fold(self, site: str, key_of: Callable[[str], str]) -> int:
        """Give the pages and articles of a site that were stored before there were keys theirs; return how many.

        ``key_of`` tells the key of an address. Of two rows of the frontier with one key the better known one stays.
        """
        return keys.fold(self._database, site, key_of)

    def article(self, url_or_id: str | int) -> StoredArticle | None:
        """Return an article by id, address (a fragment is ignored), id in digits, or provenance; None if unknown."""
        return reading.article(self._database, url_or_id)

    def revisions(self, article_id: int) -> list[Revision]:
        """Return every revision of an article, oldest first; none for an unknown article."""
        return revisions.read(self._database, article_id)

    def rejections(
        self, *, site: str | None = None, stage: str | None = None, limit: int | None = None
    ) -> list[Rejection]:
        """Return the pages refused (at a site, at a stage), latest first."""
        return reading.rejections(self._database, site=site, stage=stage, limit=limit)

    def search(
        self,
        query: str,
        *,
        site: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 20,
        offset: int = 0,
        sort: searching.Sort = "best",
        duplicates: bool = False,
    ) -> list[Hit]:
        """Return the articles that match: all words, "phrases", beginnings*, OR, NOT, brackets.

        In order of bm25, in which a title counts for five texts and what is newer for a little more; or newest first.
        A word that more than 5,000 articles hold does not count for the order: where every word is such, what was
        stored last comes first, before it of the last 5,000 those with all words in the title. Newest first without a
        filter looks at the 5,000 matches stored last.

        ``since`` (included) and ``until`` (not included) are aware times, compared with the publication time or, where
        that is unknown, the time of the first visit. A text that stands several times is listed once, unless
        ``duplicates``. Raises SearchError, whose message is for the user, where the query is malformed.
        """
        return searching.search(
            self._database, query, site=site, since=since, until=until, limit=limit, offset=offset, sort=sort,
            duplicates=duplicates,
        )  # fmt: skip

    def stats(self, *, site: str | None = None, top: int = 5) -> Stats:
        """Count what the database holds (of a site), with the ``top`` rules that removed most lines."""
        return figures.count(self._database, site=site, top=top)

    def rule_hits(self, *, site: str | None = None) -> list[Hits]:
        """Return how often each rule fired on the articles as they stand (of a site), most often first.

        A rule that never fired on a stored page is not listed; one whose lines are all gone since counts 0.
        """
        return hits.read(self._database, site)

    def repeated(self, *, site: str | None = None, least: int = 5, limit: int = 50) -> list[Repeated]:
        """Return the paragraphs that stand on at least ``least`` pages of a site, most frequent first."""
        return repetition.read(self._database, site=site, least=least, limit=limit)

    def cluster(self, cluster_id: int) -> Cluster | None:
        """Return a cluster: one story of several outlets; None for an unknown id."""
        return clusters.read(self._database, cluster_id)

    def tellers(self, cluster_id: int) -> list[tuple[int, str]]:
        """Return id and site of the articles of a cluster, the first published first."""
        return clusters.members(self._database, cluster_id)

    def nearly_same(self, article_id: int) -> list[int]:
        """Return the other articles of the same outlet that tell the story in nearly the same words."""
        return near.members(self._database, article_id)

    def not_before(self, site: str) -> datetime | None:
        """Return the time (aware UTC) before which a site asked not to be visited again; it may be past."""
        return pauses.not_before(self._database, site)

    def set_not_before(self, site: str, when: datetime) -> None:
        """Keep the time before which no run asks a site. Raises StoreError where the file cannot be written."""
        pauses.set_not_before(self._database, site, when)

    def sites_seen(self) -> tuple[str, ...]:
        """Return the sites of which an article, a rejection or a link is held, in order of name."""
        return reading.sites_seen(self._database)


def _open(path: str | os.PathLike[str], prefix: str, readonly: bool) -> Database:
    database = Database(path, prefix=prefix, readonly=readonly)
    try:
        if not readonly:
            schema.prepare(database)
        elif not schema.is_ready(database) and _can_write(database):
            database.close()
            writer = _open(path, prefix, readonly=False)
            writer.close()
            database = Database(path, prefix=prefix, readonly=True)
        elif not schema.is_ready(database):
            raise StoreError(f"{database.path} is of an older newsharvest and cannot be upgraded: it is read-only")
    except BaseException:
        database.close()
        raise
    return database


def _can_write(database: Database) -> bool:
    return is_writable(database.path) and is_writable(database.path.parent)
