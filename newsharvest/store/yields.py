"""What each site yielded of late, counted by when an article was first seen."""

from __future__ import annotations

from datetime import datetime

from newsharvest.store.database import Database, iso


def crawled_since(database: Database, when: datetime) -> dict[str, int]:
    """Return how many articles of each site were first crawled at or after a time (aware), duplicates included."""
    rows = database.rows(
        "SELECT site, count(*) AS n FROM {articles} WHERE origin = 'crawl' AND first_seen >= ? GROUP BY site",
        (iso(when),),
    )
    return {row["site"]: row["n"] for row in rows}
