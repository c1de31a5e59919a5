"""Cleaning beside the crawl: pages go to worker processes with limits, so that none of them holds up the event loop."""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue

from cleaners.model import Article
from newsharvest.items import Page, Rejected
from newsharvest.workers import Died, Limits, Process

logger = logging.getLogger(__name__)

MOST_TRIES = 2  # a process may be killed for what is none of its page's doing
_REASONS_OF_ITS_OWN = ("timeout", "out of memory")


@dataclass(frozen=True, slots=True)
class Fault:
    """A page whose cleaning failed: a fault of ours. ``story`` is the traceback."""

    reason: str
    story: str


Outcome = Article | Rejected | Fault


class CleaningStopped(Exception):
    """The page was not cleaned, for reasons that are none of the page: it stays to be done."""


class Cleaners:
    """Cleans pages in up to ``number`` processes, each started when there is a page for it; with 0 in this one.

    One belongs to all crawlers of a process. Each process is served by a thread of ours, which waits for it.
    """

    def __init__(
        self, number: int, limits: Limits, start: Callable[[], Callable[[Page], Outcome]] | None = None
    ) -> None:
        self._number = number
        self._limits = limits
        self._start = start or cleaner
        self._pages: SimpleQueue[tuple[Page, Future[Outcome | Died]] | None] = SimpleQueue()
        self._under_way = 0
        self._threads: list[threading.Thread] = []
        self._processes: set[Process[Page, Outcome]] = set()
        self._lock = threading.Lock()
        self._is_closed = False
        self._clean_here: Callable[[Page], Outcome] | None = None
        if number:
            atexit.register(self.close)  # before multiprocessing's own, which would have a thread start anew

    async def clean(self, page: Page) -> Article | Rejected:
        """Return what a page is; one over a limit is rejected. Raises CleaningStopped."""
        if self._is_closed:
            raise CleaningStopped("cleaning has ended")
        if not self._number:
            return _judge(page, self._do_here(page))
        future: Future[Outcome | Died] = Future()
        self._under_way += 1
        try:
            self._pages.put((page, future))
            if len(self._threads) < min(self._number, self._under_way):
                thread = threading.Thread(target=self._serve, name="cleaning", daemon=True)
                self._threads.append(thread)
                thread.start()
            return _judge(page, await asyncio.wrap_future(future))
        finally:
            self._under_way -= 1

    def close(self) -> None:
        """End the processes at once. Whoever still waits for a page gets CleaningStopped."""
        with self._lock:
            self._is_closed = True
            for process in self._processes:
                process.kill()
        for _ in self._threads:
            self._pages.put(None)
        for thread in self._threads:
            thread.join()
        atexit.unregister(self.close)

    def _do_here(self, page: Page) -> Outcome | Died:
        self._clean_here = self._clean_here or self._start()
        try:
            return self._clean_here(page)
        except MemoryError:
            return Died("out of memory", "there was no more memory")

    def _serve(self) -> None:
        """Have a process clean page after page."""
        process: Process[Page, Outcome] | None = None
        while (job := self._pages.get()) is not None:
            page, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                for _ in range(MOST_TRIES):
                    process = process or self._new_process()
                    process.give([page])
                    outcome = process.take()
                    if not isinstance(outcome, Died):
                        break
                    process = self._bury(process)
                    if outcome.cause in _REASONS_OF_ITS_OWN:
                        break
                if self._is_closed and isinstance(outcome, Died):
                    raise CleaningStopped("cleaning has ended")
                if isinstance(outcome, Died) and outcome.is_new:
                    raise CleaningStopped(f"no process to clean in could be started: {outcome.reason}")
                future.set_result(outcome)
            except Exception as error:
                future.set_exception(error)
        if process is not None:
            self._bury(process)

    def _new_process(self) -> Process[Page, Outcome]:
        with self._lock:
            if self._is_closed:
                raise CleaningStopped("cleaning has ended")
            try:
                process: Process[Page, Outcome] = Process(self._start, (), self._limits)
            except OSError as error:
                raise CleaningStopped(f"no process to clean in could be started: {error}") from error
            self._processes.add(process)
            return process

    def _bury(self, process: Process[Page, Outcome]) -> None:
        with self._lock:
            self._processes.discard(process)
            process.end()


_borrowed: dict[tuple[int, Limits], tuple[Cleaners, int]] = {}


def borrow_cleaners(number: int, limits: Limits) -> Cleaners:
    """Return the Cleaners that all crawlers of this process share."""
    cleaners, users = _borrowed.get((number, limits)) or (Cleaners(number, limits), 0)
    _borrowed[number, limits] = (cleaners, users + 1)
    return cleaners


def return_cleaners(cleaners: Cleaners) -> None:
    """Give borrowed Cleaners back; the last one closes them."""
    key, users = next((key, users) for key, (known, users) in _borrowed.items() if known is cleaners)
    if users > 1:
        _borrowed[key] = (cleaners, users - 1)
    else:
        del _borrowed[key]
        cleaners.close()


def cleaner() -> Callable[[Page], Outcome]:
    """Return the function that cleans one page, with what it needs loaded."""
    from cleaners.rules import shared  # not in the parent, which cleans nothing
    from cleaners.sites import load_all
    from newsharvest import flow

    shared(), load_all()

    def clean(page: Page) -> Outcome:
        try:
            return flow.harvest(page)
        except MemoryError:
            raise
        except Exception as error:
            return Fault(f"{type(error).__name__}: {error}", traceback.format_exc())

    return clean


def _judge(page: Page, outcome: Outcome | Died) -> Article | Rejected:
    """Return what is to be stored of a page. A fault of ours costs that page only, and is shown."""
    if isinstance(outcome, Fault):
        logger.error("Cleaning %s failed\n%s", page.url, outcome.story.rstrip())
        return Rejected(page.url, "document", f"error: {outcome.reason}")
    if isinstance(outcome, Died):
        logger.warning("Cleaning %s was ended: %s", page.url, outcome.reason)
        if outcome.cause == "died":
            return Rejected(page.url, "document", f"error: {outcome.reason}")
        # Twice killed with one page: so does the kernel where the machine has no memory left.
        return Rejected(page.url, "document", "timeout" if outcome.cause == "timeout" else "out of memory")
    return outcome
