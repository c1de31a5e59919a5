"""What a spider hands on: what came of one request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newsharvest.items import Page, Rejected


@dataclass(frozen=True, slots=True, repr=False)
class Visit:
    """What came of a request: a page, a refusal, or None where a source has been read to its end.

    ``frontier_id`` is the row of the frontier that ends with it, if any; ``can_retry`` says that a later run may have
    more luck; ``archive_key`` names the response. ``is_confirmed``: the page stands as it was, and is not here (None).
    ``etag`` and ``last_modified`` are what the answer said of itself. ``lastmod`` is the time of the last edit of a
    post that a REST interface brought; with ``is_update`` the post is of interest only where it is known. ``walked`` is
    the address with which a reading began that ends, complete, with this.
    """

    item: Page | Rejected | None
    frontier_id: int | None = None
    archive_key: str | None = None
    can_retry: bool = False
    is_confirmed: bool = False
    etag: str | None = None
    last_modified: str | None = None
    lastmod: datetime | None = None
    is_update: bool = False
    walked: str | None = None

    def __repr__(self) -> str:
        what = f"Page {self.item.url}" if isinstance(self.item, Page) else self.item
        return f"<Visit {self.frontier_id}: {what}>"
