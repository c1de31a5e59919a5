"""What is left of forgotten articles: their addresses, so that none is fetched, imported or merged again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from newsharvest.erasing import fold_address
from newsharvest.store.database import Database


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One forgotten address. ``article`` is the id of the article that stood there, which no other ever gets; None for
    an address that held none, or was another address of one. ``change`` counts like that of articles.
    """

    address: str
    url: str
    site: str | None
    key: str | None
    article: int | None
    reason: str | None
    forgotten_at: datetime
    change: int


LIFTED = "lifted:"  # what an address begins with whose tombstone was taken away: only the id stays taken

_COLUMNS = "address, url, site, key, article, reason, forgotten_at, change"


def file_address(site: str, provenance: str) -> str:
    """Return what stands for the address of an imported document that has none."""
    return f"file:{quote(site)}/{quote(provenance)}"


def are_any(database: Database) -> bool:
    """Whether anything was forgotten."""
    return database.row("SELECT 1 FROM {forgotten} LIMIT 1") is not None


def holds(database: Database, site: str, key: str | None, *urls: str | None) -> bool:
    """Whether an article of a site is forgotten, by the key of its site or by any of its addresses."""
    if not are_any(database):
        return False
    if key is not None and database.row("SELECT 1 FROM {forgotten} WHERE site = ? AND key = ?", (site, key)):
        return True
    return any(
        database.row("SELECT 1 FROM {forgotten} WHERE address = ?", (fold_address(url),)) is not None
        for url in urls
        if url
    )


def read(database: Database, *, after: int = -1) -> list[Tombstone]:
    """Return the tombstones with a ``change`` beyond ``after``, oldest first."""
    rows = database.rows(f"SELECT {_COLUMNS} FROM {{forgotten}} WHERE change > ? ORDER BY change, address", (after,))
    return [Tombstone(**{**dict(row), "forgotten_at": datetime.fromisoformat(row["forgotten_at"])}) for row in rows]
