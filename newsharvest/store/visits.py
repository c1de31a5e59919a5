"""What a visit of a page brought: kept, confirmed or withdrawn, and its row of the frontier ended, all in one go."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cleaners.model import Article
from newsharvest.fingerprint import sketch, text_hash
from newsharvest.items import Page, Rejected
from newsharvest.store import articles, storable, tombstones
from newsharvest.store.articles import Kept, Origin, Visit
from newsharvest.store.database import Database, iso
from newsharvest.store.frontier import FrontierLink

GONE = frozenset({"http 404", "http 410", "moved for good"})  # reasons by which a site says that it took a page back


@dataclass(frozen=True, slots=True)
class Revisit:
    """What the next visit of a page goes by: the validators of its answer, as headers give them, and the ages in hours
    at which it is looked at again (none: only when a source says that it changed).
    """

    etag: str | None = None
    last_modified: str | None = None
    hours: tuple[float, ...] = ()


NEVER = Revisit()


def next_visit(born: datetime, seen: datetime, hours: tuple[float, ...]) -> datetime | None:
    """Return when a page that appeared at ``born`` and was seen at ``seen`` (both aware) reaches the next age, or None
    where it has passed the last.
    """
    return next((due for due in (born + timedelta(hours=age) for age in sorted(hours)) if due > seen), None)


def keep(
    database: Database,
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
    """See ``Store.keep``."""
    if origin not in ("crawl", "corpus"):
        raise ValueError(f"origin is crawl or corpus, not {origin!r}")
    # The name of a file need not be UTF-8; two names must stay two.
    page = replace(page, provenance=page.provenance.encode("utf-8", "backslashreplace").decode())
    digest = drawn = None
    if isinstance(outcome, Article):
        outcome = storable.article(outcome)
        digest, drawn = text_hash(outcome.text) or None, sketch(outcome.text)
    seen_at = seen_at or page.fetched_at
    visit = Visit(page, origin, rules_version, archive_key, iso(seen_at) or "", digest, drawn)
    with database.transaction():
        if _is_forgotten(database, page, outcome):
            database.execute("DELETE FROM {frontier} WHERE id = ?", (frontier_id,))
            return Kept("forgotten", None)
        row = None if frontier_id is None else _row(database, frontier_id)
        if isinstance(outcome, Article):
            kept = articles.keep_article(database, visit, outcome)
            articles.forget_rejections(database, visit, outcome.url)
            if row is not None:
                _end(database, row, kept.article_id, seen_at, revisit)
            if link is not None:
                _note_post(database, link, page.site, kept, outcome.published_at, seen_at, revisit)
            return kept
        if row is not None and outcome.stage == "fetch" and outcome.reason in GONE:
            withdrawn = _withdraw(database, row, outcome, seen_at, revisit)
            if withdrawn is not None:
                return withdrawn
        kept = articles.keep_rejection(database, visit, outcome)
        if row is not None:
            _refuse(database, row, outcome, seen_at)
    return kept


def confirm(database: Database, frontier_id: int, *, seen_at: datetime, revisit: Revisit = NEVER) -> Kept:
    """See ``Store.confirm``."""
    with database.transaction():
        row = _row(database, frontier_id)
        known = None if row is None else _article_of(database, row)
        if row is None or known is None:
            # What was once stored is so no longer: asked on no condition, the page comes whole.
            database.execute(
                "UPDATE {frontier} SET state = CASE WHEN by_rest OR coalesce(etag, last_modified) IS NULL THEN 'done'"
                " ELSE 'pending' END, etag = NULL, last_modified = NULL WHERE id = ?",
                (frontier_id,),
            )
            return Kept("unchanged", None)
        database.execute(
            "UPDATE {articles} SET last_seen = max(last_seen, ?) WHERE id = ?", (iso(seen_at), known["id"])
        )
        if articles.is_back(known, iso(seen_at) or ""):
            articles.restore(database, known["id"])
        database.execute("DELETE FROM {rejections} WHERE url = ? AND stage = 'fetch'", (row["url"],))
        _end(database, row, known["id"], seen_at, revisit)
    return Kept("unchanged", known["id"])


def _is_forgotten(database: Database, page: Page, outcome: Article | Rejected) -> bool:
    file = None if page.url or outcome.url else tombstones.file_address(page.site, page.provenance)
    return tombstones.holds(database, page.site, page.key, page.url, outcome.url, file)


def _withdraw(database: Database, row: sqlite3.Row, gone: Rejected, seen_at: datetime, revisit: Revisit) -> Kept | None:
    """Withdraw the article of a page that is gone; None where there is none. That another address of an article is
    gone, or one that only led to it, says nothing of the article.
    """
    known = _article_of(database, row)
    if known is None or not (known["url"] == row["url"] or known["key"] == row["key"]):
        return None
    reason = f"{gone.stage}: {gone.reason}"
    if known["withdrawn_reason"] != reason:
        articles.withdraw(database, known["id"], reason, iso(seen_at) or "")
    _end(database, row, known["id"], seen_at, revisit)
    database.execute("UPDATE {frontier} SET state = 'rejected', reason = ? WHERE id = ?", (reason, row["id"]))
    return Kept("withdrawn", known["id"])


def _refuse(database: Database, row: sqlite3.Row, rejected: Rejected, seen_at: datetime) -> None:
    # Without validators: whoever listens to what the page says next wants it whole.
    database.execute(
        "UPDATE {frontier} SET state = 'rejected', reason = ?, visited_at = ?, etag = NULL, last_modified = NULL,"
        " next_visit = NULL WHERE id = ?",
        (f"{rejected.stage}: {storable.clean_text(rejected.reason)}", iso(seen_at), row["id"]),
    )


def _end(database: Database, row: sqlite3.Row, article_id: int | None, seen_at: datetime, revisit: Revisit) -> None:
    """End the visit of a page that is an article. An answer without validators keeps those that were known."""
    due = _due(database, article_id, row["listed_at"] or row["found_at"], seen_at, revisit)
    database.execute(
        "UPDATE {frontier} SET state = 'done', reason = NULL, failures = 0, article = ?, visited_at = ?,"
        " etag = ?, last_modified = ?, next_visit = ? WHERE id = ?",
        (article_id, iso(seen_at), revisit.etag, revisit.last_modified, due, row["id"]),
    )


def _note_post(
    database: Database, link: FrontierLink, site: str, kept: Kept, born: datetime | None, seen_at: datetime,
    revisit: Revisit,
) -> None:  # fmt: skip
    """Give a post that a REST interface brought its row, by which it is seen whether it still stands. A row that waits
    for such a look goes on waiting; one that waits for the text has it now.
    """
    due = next_visit(born or link.listed_at or seen_at, seen_at, revisit.hours)
    values = {
        "url": link.url, "site": site, "source": link.source, "now": iso(seen_at), "listed_at": iso(link.listed_at),
        "lastmod": iso(link.lastmod), "key": link.key or link.url, "detours": link.detours, "due": iso(due),
        "article": kept.article_id,
    }  # fmt: skip
    database.execute(
        """INSERT INTO {frontier} (url, site, kind, source, found_at, listed_at, lastmod, key, detours, priority, state,
            attempts, failures, by_rest, visited_at, next_visit, article)
        VALUES (:url, :site, 'page', :source, :now, :listed_at, :lastmod, :key, :detours, 1, 'done', 0, 0, 1, :now,
            :due, :article)
        ON CONFLICT (site, key) DO UPDATE SET by_rest = 1, article = :article, lastmod = coalesce(:lastmod, lastmod),
            state = CASE WHEN state = 'active' OR (by_rest AND state = 'pending') THEN state ELSE 'done' END,
            reason = CASE WHEN state = 'done' OR state = 'active' THEN reason END,
            next_visit = CASE WHEN by_rest AND state <> 'failed' OR state = 'active' THEN next_visit ELSE :due END""",
        values,
    )


def _due(database: Database, article_id: int | None, found: str, seen_at: datetime, revisit: Revisit) -> str | None:
    published = database.row(
        "SELECT r.published_at FROM {articles} a JOIN {revisions} r ON r.article = a.id AND r.n = a.revision"
        " WHERE a.id = ?",
        (article_id,),
    )
    born = (published["published_at"] if published else None) or found
    return iso(next_visit(datetime.fromisoformat(born).astimezone(UTC), seen_at, revisit.hours))


def _row(database: Database, frontier_id: int) -> sqlite3.Row | None:
    return database.row("SELECT * FROM {frontier} WHERE id = ?", (frontier_id,))


def _article_of(database: Database, row: sqlite3.Row) -> sqlite3.Row | None:
    """Return the article that a row of the frontier led to, or that its address or key names."""
    if row["article"] is not None:
        return articles.known(database, row["article"])
    return articles.find_by(database, row["url"], row["site"], row["key"])
