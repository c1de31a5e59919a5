"""Reading the database and the archive beside the event loop that serves the pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from newsharvest.configuration import HarvestSettings
from newsharvest.store import Store
from newsharvest.store.browsing import time_limit

Result = TypeVar("Result")

SECONDS = 10.0  # that a page may take to read


class Reader:
    """One thread with one read-only Store: what a crawl commits meanwhile is seen. Raises StoreError as Store does."""

    def __init__(self, settings: HarvestSettings) -> None:
        self.settings = settings
        self._thread = ThreadPoolExecutor(1, "reader")
        try:
            self._store = self._thread.submit(
                Store, settings.database, prefix=settings.table_prefix, readonly=True
            ).result()
        except BaseException:
            self._thread.shutdown()
            raise

    async def read(self, ask: Callable[[Store], Result]) -> Result:
        """Return what a function reads of the Store. Raises StoreError also where it takes too long."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, ask)

    def close(self) -> None:
        """Close the database."""
        self._thread.submit(self._store.close).result()
        self._thread.shutdown()

    def _ask(self, ask: Callable[[Store], Result]) -> Result:
        with time_limit(self._store.database, SECONDS):
            return ask(self._store)
