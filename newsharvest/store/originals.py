"""Which of the articles with one text is the original, and the counter of changes that exports go by."""

from __future__ import annotations

import sqlite3

from newsharvest.store import near
from newsharvest.store.database import Database


def find(database: Database, article_id: int, key: str | None) -> sqlite3.Row | None:
    """Return the other article that is the original of this text: id, revision that holds the text, text."""
    if key is None:
        return None
    return database.row(
        "SELECT a.id, coalesce(r.text_from, r.id) AS holder, coalesce(r.text, o.text) AS text FROM {articles} a"
        " JOIN {revisions} r ON r.article = a.id AND r.n = a.revision LEFT JOIN {revisions} o ON o.id = r.text_from"
        " WHERE a.text_hash = ? AND a.duplicate_of IS NULL AND a.id <> ?",
        (key, article_id),
    )


def release(database: Database, article_id: int, key: str | None, change: int) -> None:
    """Where an original has got another text, its oldest duplicate becomes the original of the others."""
    heir = database.row(
        "SELECT id FROM {articles} WHERE duplicate_of = ? AND text_hash IS NOT ?"
        " ORDER BY withdrawn_at IS NOT NULL, id LIMIT 1",
        (article_id, key),
    )
    if heir is None:
        return
    database.execute("UPDATE {articles} SET duplicate_of = NULL, change = ? WHERE id = ?", (change, heir["id"]))
    database.execute(
        "UPDATE {articles} SET duplicate_of = ?, change = ? WHERE duplicate_of = ?", (heir["id"], change, article_id)
    )
    near.place(database, heir["id"], change)


def settle(database: Database, original: int, change: int) -> bool:
    """Let the oldest duplicate that is not withdrawn take the place of an original that is. Return whether one did."""
    heir = database.row(
        "SELECT d.id FROM {articles} o JOIN {articles} d ON d.duplicate_of = o.id"
        " WHERE o.id = ? AND o.withdrawn_at IS NOT NULL AND d.withdrawn_at IS NULL ORDER BY d.id LIMIT 1",
        (original,),
    )
    if heir is None:
        return False
    # The heir last: of one text never two are originals.
    database.execute(
        "UPDATE {articles} SET duplicate_of = ?1, change = ?2 WHERE id = ?3 OR (duplicate_of = ?3 AND id <> ?1)",
        (heir["id"], change, original),
    )
    database.execute("UPDATE {articles} SET duplicate_of = NULL, change = ? WHERE id = ?", (change, heir["id"]))
    for article_id in (original, heir["id"]):
        near.place(database, article_id, change)
    return True


def relink(database: Database) -> None:
    """Link all articles with equal texts anew, within the caller's transaction: the oldest that is not withdrawn is the
    original, unless one that stands is it already.
    """
    change = count_change(database)
    database.execute(
        "CREATE TEMP TABLE links AS SELECT id, text_hash, duplicate_of AS before, withdrawn_at IS NOT NULL AS"
        " is_withdrawn, (SELECT r.text_hash FROM {revisions} r WHERE r.article = a.id AND r.n = a.revision) AS digest"
        " FROM {articles} a"
    )
    database.execute("CREATE INDEX temp.links_digest ON links (digest, is_withdrawn, before IS NOT NULL, id)")
    database.execute("ALTER TABLE temp.links ADD COLUMN original INTEGER")
    database.execute(
        "UPDATE links SET original = (SELECT o.id FROM links o WHERE o.digest = links.digest"
        " ORDER BY o.is_withdrawn, o.before IS NOT NULL, o.id LIMIT 1)"
    )
    database.execute("UPDATE links SET original = NULL WHERE original = id")
    moved = "(SELECT id FROM links WHERE text_hash IS NOT digest OR before IS NOT original)"
    # First out of the way of the index that holds the originals apart.
    database.execute(f"UPDATE {{articles}} SET text_hash = NULL WHERE id IN {moved}")
    database.execute(
        "UPDATE {articles} SET duplicate_of = l.original, text_hash = l.digest, change = ? FROM links l"
        f" WHERE l.id = {{articles}}.id AND l.id IN {moved}",
        (change,),
    )
    database.execute("DROP TABLE temp.links")


def count_change(database: Database) -> int:
    """Return the next value of the counter of storing transactions: it only grows, also where rows are deleted."""
    row = database.row("UPDATE {_state} SET value = value + 1 WHERE name = 'change' RETURNING value")
    assert row is not None
    return row["value"]
