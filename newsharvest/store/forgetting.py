"""Obeying a request for removal: an article's text and its raw pages go from both files, a tombstone stays.

The archive goes first, then the database in one transaction, then both files are written anew. Killed in between, the
same command does the rest: the database remembers addresses that only the erased pages told, and until the files are
written anew that they must be.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

from newsharvest.archive import Archive
from newsharvest.erasing import fold_address
from newsharvest.store import archives, articles, hits, index, near, originals, reading, tombstones
from newsharvest.store.compaction import compact
from newsharvest.store.database import Database, StoreError, iso
from newsharvest.store.signing import sign
from newsharvest.store.storable import without_fragment

_UNSWEPT = "unswept"
_BEGUN = "forgetting:"  # and the id of an article whose pages are being erased: its addresses, with their keys
_MERGE_PAGES = 500


@dataclass(frozen=True, slots=True)
class Copy:
    """Another article with the same text, or with nearly the same."""

    id: int
    url: str | None
    site: str
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be forgotten: an article (None where none is stored) with all its addresses, and where else it stands.

    ``addresses`` lead to the keys of its site, where known; ``places`` are posts within answers of a REST interface,
    ``sources`` what lists the articles of its site, ``listings`` those of them that are pages of links. ``copies`` are
    other articles; they stay.
    """

    wanted: str
    article: int | None
    title: str | None
    site: str | None
    provenance: str | None
    addresses: Mapping[str, str | None]
    places: tuple[str, ...]
    sources: tuple[str, ...]
    listings: tuple[str, ...]
    copies: tuple[Copy, ...]


def plan(database: Database, archive: Archive | None, wanted: str) -> Plan:
    """Return what forgetting an address, an id, or the path of an imported file means. Writes nothing.

    Raises StoreError for what is neither stored, nor forgotten already, nor an http address.
    """
    found = reading.article(database, wanted) or _by_form(database, wanted)
    if found is None:
        is_address = wanted.startswith(("http://", "https://", "file:"))
        url = (without_fragment(wanted) or wanted) if is_address else _forgotten_address(database, wanted)
        if url is None:
            raise StoreError(f"no article {wanted!r} in {database.path}, and no address to be kept away")
        row = database.row("SELECT site, key FROM {frontier} WHERE url = ? AND priority = 1", (url,))
        site, addresses, places = (row["site"] if row else None), {url: row["key"] if row else None}, []
    else:
        site, addresses = found.site, _addresses(database, archive, found)
        places = _places(database, found.id)
    sources, listings = _sources(database, site)
    return Plan(
        wanted=wanted,
        article=found.id if found else None,
        title=found.title if found else None,
        site=site,
        provenance=found.provenance if found else None,
        addresses=addresses,
        places=tuple(places),
        sources=sources,
        listings=listings,
        copies=_copies(database, found.id) if found else (),
    )


def _by_form(database: Database, wanted: str) -> reading.StoredArticle | None:
    """Find an article by another form of its address: with or without www., amp and the like, or as a file's."""
    if wanted.startswith("file:"):
        site, _, provenance = wanted.removeprefix("file:").partition("/")
        row = database.row(
            "SELECT id FROM {articles} WHERE url IS NULL AND site = ? AND provenance = ?",
            (unquote(site), unquote(provenance)),
        )
        return reading.article(database, row["id"]) if row else None
    if not wanted.startswith(("http://", "https://")):
        return None
    folded = fold_address(wanted)
    host, _, rest = folded.partition("/")
    rows = database.rows(
        "SELECT id, url FROM {articles} WHERE instr(url, ?) AND instr(lower(url), ?)",
        (host, rest.partition("?")[0].rpartition("/")[2].lower()),
    )
    for row in rows:
        if fold_address(row["url"]) == folded:
            return reading.article(database, row["id"])
    return None


def _forgotten_address(database: Database, wanted: str) -> str | None:
    """Return the address of an article that is forgotten already, by the id or the path that it had."""
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19:
        row = database.row("SELECT url FROM {forgotten} WHERE article = ? AND url <> ''", (int(wanted),))
        if row is not None:
            return row["url"]
    rows = database.rows("SELECT url FROM {forgotten} WHERE url LIKE 'file:%' ORDER BY change, address")
    return next((row["url"] for row in rows if unquote(row["url"].partition("/")[2]) == wanted), None)


def _addresses(database: Database, archive: Archive | None, found: reading.StoredArticle) -> dict[str, str | None]:
    """Return every address under which an article was found or its pages are kept, with its key; its own first."""
    row = database.row("SELECT key FROM {articles} WHERE id = ?", (found.id,))
    key = row["key"] if row else None
    addresses = {found.url or tombstones.file_address(found.site, found.provenance): key}
    for row in database.rows(
        "SELECT url, key FROM {frontier} WHERE priority = 1 AND (article = ?1 OR url = ?2 OR (key = ?3 AND site = ?4))",
        (found.id, found.url, key, found.site),
    ):
        addresses[row["url"]] = row["key"]
    begun = database.row("SELECT value FROM {_state} WHERE name = ?", (f"{_BEGUN}{found.id}",))
    for url, url_key in json.loads(begun["value"]).items() if begun else ():
        addresses.setdefault(url, url_key)
    if archive is not None:
        rows = database.rows("SELECT archive_key FROM {revisions} WHERE article = ?", (found.id,))
        for url in archives.urls_of(archive, {row["archive_key"] for row in rows if row["archive_key"]}):
            addresses.setdefault(url, None)
    return addresses


def _places(database: Database, article_id: int) -> list[str]:
    row = database.row("SELECT provenance, origin FROM {articles} WHERE id = ?", (article_id,))
    return [row["provenance"]] if row and row["origin"] == "crawl" and "#/" in row["provenance"] else []


def _sources(database: Database, site: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    rows = database.rows("SELECT url, kind FROM {frontier} WHERE site = ? AND priority = 0", (site,))
    return tuple(row["url"] for row in rows), tuple(row["url"] for row in rows if row["kind"] == "listing")


def _copies(database: Database, article_id: int) -> tuple[Copy, ...]:
    """Return the articles with the same text now, or whose text stands in a revision of this one; and those that are
    nearly the same.
    """
    rows = database.rows(
        "WITH me AS (SELECT * FROM {articles} WHERE id = ?1), same AS ("
        " SELECT id FROM {articles} WHERE text_hash = (SELECT text_hash FROM {articles} WHERE id = ?1)"
        " UNION SELECT id FROM {articles} WHERE duplicate_of = ?1"
        " UNION SELECT duplicate_of FROM {articles} WHERE id = ?1"
        " UNION SELECT t.article FROM {revisions} r JOIN {revisions} t ON t.text_from = r.id WHERE r.article = ?1)"
        " SELECT a.id, a.url, a.site, a.id IN same AS is_exact FROM {articles} a, me WHERE a.id <> me.id"
        " AND (a.id IN same OR a.id = me.near_of OR a.near_of = coalesce(me.near_of, me.id) OR a.cluster = me.cluster)"
        " ORDER BY a.id",
        (article_id,),
    )
    return tuple(Copy(row["id"], row["url"], row["site"], bool(row["is_exact"])) for row in rows)


def forget(database: Database, archive: Archive | None, planned: Plan, reason: str | None = None) -> None:
    """Erase what a plan names from the archive and the database, and leave tombstones. Then ``sweep`` must follow.

    Killed at any moment it can be called again. Raises StoreError or ArchiveError where a file cannot be written.
    """
    if archive is not None:
        if planned.article is not None:
            _note(database, planned.article, planned.addresses)
        archives.erase(
            archive, planned.addresses, places=planned.places, sources=planned.sources, listings=planned.listings
        )
    database.execute("PRAGMA secure_delete = ON")
    now = iso(datetime.now(UTC))
    with database.transaction():
        if planned.article is not None:
            _erase(database, planned.article)
        change = originals.count_change(database)
        for url in planned.addresses:
            database.execute(
                "DELETE FROM {rejections} WHERE url = ?1 OR (url IS NULL AND site = ?2 AND provenance = ?3)",
                (url, planned.site, planned.provenance),
            )
            database.execute("DELETE FROM {frontier} WHERE url = ? AND priority = 1", (url,))
        if planned.article is not None:
            database.execute("DELETE FROM {frontier} WHERE article = ?", (planned.article,))
            database.execute("DELETE FROM {_state} WHERE name = ?", (f"{_BEGUN}{planned.article}",))
        _bury(database, planned, reason, now or "", change)
        database.execute("INSERT OR REPLACE INTO {_state} VALUES (?, ?)", (_UNSWEPT, now))


def _note(database: Database, article_id: int, addresses: Mapping[str, str | None]) -> None:
    value = json.dumps(dict(addresses), ensure_ascii=False)
    with database.transaction():
        database.execute("INSERT OR REPLACE INTO {_state} VALUES (?, ?)", (f"{_BEGUN}{article_id}", value))


def _erase(database: Database, article_id: int) -> None:
    """Erase an article within the caller's transaction; what others had from it they get first."""
    known = articles.known(database, article_id)
    if known is None:
        return
    index.remove(database, article_id, known["title"], known["text"])
    hits.subtract(database, known["site"], known["revision_id"])
    _hand_over_texts(database, article_id)
    change = originals.count_change(database)
    had = database.row("SELECT text_hash FROM {articles} WHERE id = ?", (article_id,))
    database.execute("UPDATE {articles} SET text_hash = NULL, duplicate_of = NULL WHERE id = ?", (article_id,))
    originals.release(database, article_id, None, change)
    near.place(database, article_id, change)
    near.forget_text(database, had["text_hash"] if had else None)
    database.execute(
        "DELETE FROM {removals} WHERE revision IN (SELECT id FROM {revisions} WHERE article = ?)", (article_id,)
    )
    # Of an article's own revisions some may show the text of others among them.
    database.execute("UPDATE {revisions} SET text_from = NULL WHERE article = ?", (article_id,))
    database.execute("DELETE FROM {revisions} WHERE article = ?", (article_id,))
    database.execute("UPDATE {frontier} SET article = NULL WHERE article = ?", (article_id,))
    database.execute("DELETE FROM {articles} WHERE id = ?", (article_id,))


def _hand_over_texts(database: Database, article_id: int) -> None:
    """Give each text that other articles show from this one's revisions to the first of theirs."""
    rows = database.rows(
        "SELECT r.id AS holder, r.text, min(t.id) AS heir FROM {revisions} r JOIN {revisions} t ON t.text_from = r.id"
        " WHERE r.article = ?1 AND t.article <> ?1 GROUP BY r.id",
        (article_id,),
    )
    for row in rows:
        heir = database.row(
            "SELECT r.*, a.url, a.site FROM {revisions} r JOIN {articles} a ON a.id = r.article WHERE r.id = ?",
            (row["heir"],),
        )
        assert heir is not None
        # It may have been spelt otherwise: what it shows now is what its hash is of.
        database.execute(
            "UPDATE {revisions} SET text = ?, text_from = NULL, content_hash = ? WHERE id = ?",
            (row["text"], sign(heir, row["text"], heir["url"], heir["site"]), heir["id"]),
        )
        database.execute(
            "UPDATE {revisions} SET text_from = ? WHERE text_from = ? AND article <> ?",
            (heir["id"], row["holder"], article_id),
        )


def _bury(database: Database, planned: Plan, reason: str | None, now: str, change: int) -> None:
    folded: dict[str, tuple[str, str | None]] = {}
    for url, key in planned.addresses.items():
        folded.setdefault(fold_address(url), (url, key))
    for place, (address, (url, key)) in enumerate(folded.items()):
        database.execute(
            "INSERT INTO {forgotten} (address, url, site, key, article, reason, forgotten_at, change)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (address) DO UPDATE SET site = coalesce(excluded.site, site),"
            " key = coalesce(excluded.key, key), reason = coalesce(excluded.reason, reason),"
            " article = coalesce(excluded.article, article),"
            " change = CASE WHEN excluded.article IS NULL THEN change ELSE excluded.change END",
            (
                address, url, planned.site, key, planned.article if place == 0 else None, reason, now, change,
            ),
        )  # fmt: skip


def is_unswept(database: Database) -> bool:
    """Whether something was erased since the files were last written anew."""
    return database.row("SELECT 1 FROM {_state} WHERE name = ?", (_UNSWEPT,)) is not None


def sweep(database: Database, archive: Archive | None) -> None:
    """Drop what is erased from the search index for good, and write both files anew, so that no byte of it is left.

    Takes minutes for a corpus of millions, and once more its space on the disk. Raises StoreError or ArchiveError where
    another process is in the way; then it can be called again.
    """
    try:
        _merge_index(database)
        if archive is not None:
            archives.shrink(archive)
        compact(database.connection, database.path)
        with database.transaction():
            database.execute("DELETE FROM {_state} WHERE name = ?", (_UNSWEPT,))
    except sqlite3.Error as error:
        raise StoreError(f"{database.path}: {error}") from error


def _merge_index(database: Database) -> None:
    """Merge the segments of the index into one, a few pages at a time: only then are deleted words gone."""
    pages = -_MERGE_PAGES  # the first time: all segments at once
    while True:
        before = database.connection.total_changes
        with database.transaction():
            database.execute("INSERT INTO {articles_fts} ({articles_fts}, rank) VALUES ('merge', ?)", (pages,))
        if database.connection.total_changes - before < 2:
            return
        pages = _MERGE_PAGES


def lift(database: Database, archive: Archive | None, wanted: str) -> tuple[str, ...]:
    """Take the tombstone of an address away, with those of its article's other addresses; return them.

    The text is gone: it is only that the page may be fetched or imported again. An id stays taken.
    """
    folded = fold_address(wanted)
    row = database.row("SELECT change FROM {forgotten} WHERE address = ? OR url = ?", (folded, wanted))
    if row is None:
        raise StoreError(f"{wanted} is not forgotten in {database.path}")
    gone = [it for it in tombstones.read(database, after=row["change"] - 1) if it.change == row["change"]]
    if archive is not None:
        archives.lift(archive, [it.address for it in gone])
    with database.transaction():
        for it in gone:
            database.execute("DELETE FROM {forgotten} WHERE address = ?", (it.address,))
            if it.article is not None:  # its id stays taken
                database.execute(
                    "INSERT INTO {forgotten} (address, url, article, forgotten_at, change) VALUES (?, '', ?, ?, ?)",
                    (f"{tombstones.LIFTED}{it.article}", it.article, iso(it.forgotten_at), it.change),
                )
    return tuple(it.url for it in gone)
