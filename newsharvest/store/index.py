"""The full-text index: match keys of titles and texts, kept in step with the articles in the same transaction.

The index is contentless, so a text leaves it by being told again; that is done in one place, here.
"""

from __future__ import annotations

from cleaners.devanagari import match_key
from newsharvest.store.database import Database


def add(database: Database, article_id: int, title: str | None, text: str) -> None:
    """Index an article that is not in the index."""
    database.execute(
        "INSERT INTO {articles_fts} (rowid, title, text) VALUES (?, ?, ?)", (article_id, *_keys(title, text))
    )


def remove(database: Database, article_id: int, title: str | None, text: str) -> None:
    """Take an article out of the index; title and text are those with which it was added."""
    database.execute(
        "INSERT INTO {articles_fts} ({articles_fts}, rowid, title, text) VALUES ('delete', ?, ?, ?)",
        (article_id, *_keys(title, text)),
    )


def rebuild(database: Database) -> None:
    """Make the index anew from the view, within the caller's transaction."""
    database.execute("INSERT INTO {articles_fts} ({articles_fts}) VALUES ('delete-all')")
    # Keys go in as they are read: a corpus does not fit in memory.
    database.execute(
        "INSERT INTO {articles_fts} (rowid, title, text)"
        " SELECT id, match_key(coalesce(title, '')), match_key(text) FROM {corpus}"
    )


def is_sound(database: Database) -> bool:
    """Whether the index is intact in itself and holds one entry an article."""
    with database.transaction():
        database.execute("INSERT INTO {articles_fts} ({articles_fts}) VALUES ('integrity-check')")
        return not database.rows(
            "SELECT id FROM {articles} WHERE id NOT IN (SELECT rowid FROM {articles_fts})"
            " UNION ALL SELECT rowid FROM {articles_fts} WHERE rowid NOT IN (SELECT id FROM {articles})"
        )


def _keys(title: str | None, text: str) -> tuple[str, str]:
    return match_key(title or ""), match_key(text)
