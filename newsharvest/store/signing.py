"""The fingerprints of a stored revision, computed from its fields as they stand in the database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from cleaners.model import Article, Block
from newsharvest.fingerprint import content_hash
from newsharvest.store.database import moment


def sign(revision: sqlite3.Row | Mapping, text: str, url: str | None, site: str) -> str:
    """Return the content hash of a row of ``revisions`` that shows a text, as a revision of an article of that address
    and site. Raises ValueError where a field holds what no revision does.
    """
    return content_hash(
        Article(
            url=url,
            site=site,
            title=revision["title"],
            summary=revision["summary"],
            authors=tuple(json.loads(revision["authors"])),
            agency=revision["agency"],
            section=revision["section"],
            image_url=revision["image_url"],
            published_at=moment(revision["published_at"]),
            published_source=revision["published_source"],
            modified_at=moment(revision["modified_at"]),
            language=revision["language"],
            truncated=bool(revision["truncated"]),
            blocks=(Block("paragraph", text, 0),) if text else (),
            removals=(),
        )
    )
