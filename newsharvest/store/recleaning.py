"""Cleaning stored pages again: which documents there are, what a new outcome means for one, and keeping it.

Re-cleaning is no visit: it moves no ``last_seen``, and a revision bears the time at which its page was seen. Nor does
it change an address. Where no field changes there is no revision, but the removals of the current one are signed anew
where other rules took the same lines, so that counts and explanations speak of the present rules.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from cleaners.model import Article
from newsharvest.fingerprint import content_hash, sketch, text_hash
from newsharvest.items import Page, Rejected
from newsharvest.store import articles, hits, storable, tombstones
from newsharvest.store.database import Database, iso, moment

State = Literal["unchanged", "changed", "relabelled", "restored", "withdrawn", "accepted", "refused", "overtaken"]

_ROWS_AT_A_TIME = 200


@dataclass(frozen=True, slots=True)
class Document:
    """An article or a rejected page whose raw document can be cleaned again.

    ``locator`` is the place of the document in the archive, None where nothing was archived; ``revision`` that of the
    article when it was listed, None for a rejected page.
    """

    is_article: bool
    id: int
    url: str | None
    site: str
    origin: articles.Origin
    provenance: str
    locator: str | None
    archive_key: str | None
    listed_at: datetime | None
    seen_at: datetime
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a new outcome means. ``article_id`` is the article concerned, None for a new one or none.

    ``changed``: a field differs. ``relabelled``: none does, but other rules removed the same. ``restored``: withdrawn
    by the rules before, an article again. ``accepted``: a rejected page that is an article now. ``withdrawn``: the page
    of an article is rejected now; ``refused``: one that was rejected is so for another ``reason``. ``overtaken``:
    another process has written the article in the meantime.
    """

    state: State
    article_id: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which documents: of a site, seen since an aware time, not yet cleaned by these rules (None: whichever)."""

    site: str | None = None
    since: datetime | None = None
    not_by: str | None = None


class Recleaning:
    """The documents of a database, cleaned again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, choice: Choice) -> int:
        """Count the documents to look at."""
        total = 0
        for table in ("articles", "rejections"):
            where, values = _where(choice, table)
            row = self._database.row(f"SELECT count(*) AS n FROM {{{table}}} d WHERE {where}", values)
            total += row["n"] if row else 0
        return total

    def documents(self, choice: Choice) -> Iterator[Document]:
        """Yield the documents in a fixed order: articles, then rejected pages, each by id.

        No statement stays open between two, so the same database can be written while they are read; what is added
        meanwhile is left out.
        """
        for table in ("articles", "rejections"):
            where, values = _where(choice, table)
            row = self._database.row(f"SELECT max(id) AS last FROM {{{table}}}")
            after, last = 0, (row["last"] or 0) if row else 0
            while rows := self._database.rows(
                f"{_SELECT[table]} WHERE d.id > ? AND d.id <= ? AND {where} ORDER BY d.id LIMIT {_ROWS_AT_A_TIME}",
                [after, last, *values],
            ):
                yield from map(_document, rows)
                after = rows[-1]["id"]

    def judge(self, document: Document, outcome: Article | Rejected) -> Verdict:
        """Say what an outcome means for a document, and write nothing."""
        if not document.is_article:
            return self._judge_rejected(document, outcome)
        known = articles.known(self._database, document.id)
        if known is None or known["revision"] != document.revision:
            return Verdict("overtaken", document.id)
        if isinstance(outcome, Rejected):
            reason = _reason(outcome)
            if known["withdrawn_at"] is None:
                return Verdict("withdrawn", document.id, reason)
            is_same = known["withdrawn_reason"] == reason or not articles.is_withdrawn_by_rules(known)
            return Verdict("unchanged" if is_same else "refused", document.id, reason)
        article = _as_known(outcome, document)
        if articles.is_withdrawn_by_rules(known):
            return Verdict("restored", document.id)
        if known["content_hash"] != content_hash(article):
            return Verdict("changed", document.id)
        return Verdict("unchanged" if self._is_signed_so(known, article) else "relabelled", document.id)

    def keep(self, document: Document, outcome: Article | Rejected, rules_version: str) -> Verdict:
        """Write what an outcome means for a document, in one short transaction; return it as ``judge`` does."""
        visit = _visit(document, outcome, rules_version)
        with self._database.transaction():
            verdict = self.judge(document, outcome)
            if verdict.state == "overtaken":
                return verdict
            if isinstance(outcome, Article):
                article = _as_known(outcome, document)
                if document.is_article:
                    self._keep_article(document, article, visit, verdict)
                else:
                    verdict = self._accept(document, article, visit)
            elif verdict.state == "withdrawn":
                articles.withdraw(self._database, document.id, _reason(outcome), iso(datetime.now(UTC)) or "")
            elif verdict.state == "refused":
                self._refuse(document, outcome)
            self._note([document], rules_version)
        return verdict

    def note(self, documents: Sequence[Document], rules_version: str) -> None:
        """Note, in one short transaction, that these rules cleaned documents and changed nothing."""
        if documents:
            with self._database.transaction():
                self._note(documents, rules_version)

    def _note(self, documents: Sequence[Document], rules_version: str) -> None:
        # A new revision bears its rules already; one that another process wrote is none of ours.
        self._database.executemany(
            "UPDATE {articles} SET rules_version = ? WHERE id = ? AND revision = ?",
            [(rules_version, it.id, it.revision) for it in documents if it.is_article],
        )
        self._database.executemany(
            "UPDATE {rejections} SET rules_version = ? WHERE id = ?",
            [(rules_version, it.id) for it in documents if not it.is_article],
        )

    def _judge_rejected(self, document: Document, outcome: Article | Rejected) -> Verdict:
        row = self._database.row("SELECT stage, reason FROM {rejections} WHERE id = ?", (document.id,))
        if row is None:
            return Verdict("overtaken")
        if isinstance(outcome, Rejected):
            is_same = (outcome.stage, storable.clean_text(outcome.reason)) == (row["stage"], row["reason"])
            return Verdict("unchanged" if is_same else "refused", reason=_reason(outcome))
        visit = _visit(document, outcome, "")
        known = articles.find(self._database, visit, storable.article(outcome))
        return Verdict("accepted", known["id"] if known else None)

    def _keep_article(self, document: Document, article: Article, visit: articles.Visit, verdict: Verdict) -> None:
        known = articles.known(self._database, document.id)
        assert known is not None  # just judged, in this transaction
        if verdict.state == "restored":
            articles.restore(self._database, document.id)
        if known["content_hash"] != content_hash(article):
            articles.revise(self._database, visit, article, known)
        elif not self._is_signed_so(known, article):
            self._sign(known, article)

    def _accept(self, document: Document, article: Article, visit: articles.Visit) -> Verdict:
        """Store the article of a page that was rejected, unless a later visit brought that article already."""
        if tombstones.holds(self._database, article.site, visit.page.key, article.url):
            return Verdict("overtaken")
        known = articles.find(self._database, visit, article)
        if known is not None and known["seen_at"] > visit.seen:
            kept = known["id"]
        else:
            kept = articles.keep_article(self._database, visit, article).article_id
        articles.forget_rejections(self._database, visit, article.url)
        return Verdict("accepted", kept)

    def _refuse(self, document: Document, rejected: Rejected) -> None:
        if document.is_article:
            self._database.execute(
                "UPDATE {articles} SET withdrawn_reason = ? WHERE id = ?", (_reason(rejected), document.id)
            )
            return
        reason = storable.clean_text(rejected.reason)
        self._database.execute(
            "DELETE FROM {rejections} WHERE stage = ? AND reason = ? AND id <> ?"
            " AND (url = ? OR (?4 IS NULL AND url IS NULL AND site = ? AND provenance = ?))",
            (rejected.stage, reason, document.id, document.url, document.site, document.provenance),
        )
        self._database.execute(
            "UPDATE {rejections} SET stage = ?, reason = ? WHERE id = ?", (rejected.stage, reason, document.id)
        )

    def _is_signed_so(self, known: sqlite3.Row, article: Article) -> bool:
        rows = self._database.rows(
            "SELECT stage, rule, because, text, position FROM {removals} WHERE revision = ? ORDER BY id",
            (known["revision_id"],),
        )
        return known["outside"] == storable.outside(article) and list(map(tuple, rows)) == storable.removals(article)

    def _sign(self, known: sqlite3.Row, article: Article) -> None:
        """Write the removals of the current revision anew: they explain its fields, which stay as they are."""
        revision = known["revision_id"]
        hits.subtract(self._database, known["site"], revision)
        self._database.execute("DELETE FROM {removals} WHERE revision = ?", (revision,))
        articles.add_removals(self._database, revision, article)
        self._database.execute("UPDATE {revisions} SET outside = ? WHERE id = ?", (storable.outside(article), revision))
        hits.add(self._database, known["site"], revision)


# Of the rows of one rejected page the latest counts. What could not be fetched never reached the cleaners.
_LATER = "later.stage <> 'fetch' AND (later.seen_at, later.id) > (d.seen_at, d.id)"
_LATEST = f"""d.stage <> 'fetch'
    AND NOT EXISTS (SELECT 1 FROM {{rejections}} later WHERE later.url = d.url AND {_LATER})
    AND NOT EXISTS (SELECT 1 FROM {{rejections}} later WHERE d.url IS NULL AND later.url IS NULL
        AND later.site = d.site AND later.provenance = d.provenance AND {_LATER})"""
_SELECT = {
    "articles": """SELECT 1 AS is_article, d.id, d.url, d.site, d.origin, d.provenance, r.archive_key, r.seen_at,
        coalesce(d.listed_at, f.listed_at) AS listed_at, d.revision FROM {articles} d
        JOIN {revisions} r ON r.article = d.id AND r.n = d.revision
        LEFT JOIN {frontier} f ON f.site = d.site AND f.url = d.url""",
    "rejections": """SELECT 0 AS is_article, d.id, d.url, d.site, d.origin, d.provenance, d.archive_key, d.seen_at,
        coalesce(d.listed_at, f.listed_at) AS listed_at, NULL AS revision FROM {rejections} d
        LEFT JOIN {frontier} f ON f.site = d.site AND f.url = d.url""",
}


def _where(choice: Choice, table: str) -> tuple[str, list[str]]:
    seen = "d.last_seen" if table == "articles" else "d.seen_at"
    conditions, values = ["1" if table == "articles" else _LATEST], []
    for condition, value in (
        ("d.site = ?", choice.site),
        (f"{seen} >= ?", iso(choice.since)),
        ("d.rules_version IS NOT ?", choice.not_by),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    return " AND ".join(conditions), values


def _document(row: sqlite3.Row) -> Document:
    # A crawled page's provenance is its place in the archive, which may lie inside a response; a file's is its path.
    locator = row["provenance"] if row["origin"] == "crawl" else row["archive_key"]
    return Document(
        is_article=bool(row["is_article"]),
        id=row["id"],
        url=row["url"],
        site=row["site"],
        origin=row["origin"],
        provenance=row["provenance"],
        locator=locator if row["archive_key"] else None,
        archive_key=row["archive_key"],
        listed_at=moment(row["listed_at"]),
        seen_at=datetime.fromisoformat(row["seen_at"]),
        revision=row["revision"],
    )


def _as_known(article: Article, document: Document) -> Article:
    """An article keeps its site and address, whatever its page says of them now."""
    article = storable.article(article)
    return replace(article, site=document.site, url=document.url) if document.is_article else article


def _visit(document: Document, outcome: Article | Rejected, rules_version: str) -> articles.Visit:
    page = Page(document.url, document.site, document.seen_at, "", None, b"", document.provenance, document.listed_at)
    seen = iso(document.seen_at) or ""
    key = drawn = None
    if isinstance(outcome, Article):
        text = storable.article(outcome).text
        key, drawn = text_hash(text) or None, sketch(text)
    return articles.Visit(page, document.origin, rules_version, document.archive_key, seen, key, drawn)


def _reason(rejected: Rejected) -> str:
    return f"{rejected.stage}: {storable.clean_text(rejected.reason)}"
