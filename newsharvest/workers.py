"""Work shared among processes: results come in the order of the tasks, and a task that kills its process costs itself.

Each process has a pipe of its own, so that it ends with its parent however that dies, and the parent knows which task
a dead one had. Nothing is queued ahead but a few chunks: memory does not grow with the number of tasks.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

CHUNK = 16  # tasks sent at once: neighbours in the archive share a response
AHEAD = 3  # chunks a process, finished or not, before the oldest must be taken
PATIENCE = 120.0  # seconds for a chunk, then for each of its tasks alone


@dataclass(frozen=True, slots=True)
class Died:
    """A task whose process died, or was ended because it took too long."""

    reason: str


class Workers(Generic[Task, Result]):
    """``number`` processes, started when they are needed; with 0 the work is done in this one. A context manager.

    ``start(*arguments)`` is called once in each process and returns the function that does one task. Both are looked
    up by name in a new interpreter, so they stand at the top of a module.
    """

    def __init__(
        self, number: int, start: Callable[..., Callable[[Task], Result]], *arguments: Any, patience: float = PATIENCE
    ) -> None:
        self._number = number
        self._start = start
        self._arguments = arguments
        self._patience = patience
        self._processes: list[_Process] = []

    def __enter__(self) -> Workers[Task, Result]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.end()

    def map(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Result | Died]]:
        """Yield each task with its result, in the order of the tasks."""
        if not self._number:
            work = self._start(*self._arguments)
            yield from ((task, work(task)) for task in tasks)
            return
        remaining = iter(tasks)
        chunks = iter(lambda: list(islice(remaining, CHUNK)), [])
        finished: dict[int, list[tuple[Task, Result | Died]]] = {}
        oldest = following = 0
        while True:
            following = self._hand_out(chunks, following, oldest + AHEAD * self._number)
            while oldest in finished:
                yield from finished.pop(oldest)
                oldest += 1
                following = self._hand_out(chunks, following, oldest + AHEAD * self._number)
            busy = [process for process in self._processes if process.tasks]
            if not busy:
                return
            for process in self._ready(busy):
                number, given = process.number, process.tasks
                finished[number] = list(zip(given, self._collect(process), strict=True))

    def _hand_out(self, chunks: Iterator[list[Task]], number: int, limit: int) -> int:
        """Give chunks, the next of which has this number, to processes that have none. Return the next number."""
        while number < limit:
            idle = next((process for process in self._processes if not process.tasks), None)
            if idle is None and len(self._processes) >= self._number:
                break
            chunk = next(chunks, None)
            if chunk is None:
                break
            if idle is None:
                idle = _Process(self._start, self._arguments)
                self._processes.append(idle)
            idle.give(number, chunk)
            number += 1
        return number

    def _ready(self, busy: list[_Process]) -> list[_Process]:
        """Wait until processes have answered, died, or used up the patience; return them."""
        remaining = min(process.since for process in busy) + self._patience - time.monotonic()
        ready = wait([process.connection for process in busy], max(0, remaining))
        late = time.monotonic() - self._patience
        return [process for process in busy if process.connection in ready or process.since <= late]

    def _collect(self, process: _Process) -> list[Result | Died]:
        tasks = process.tasks
        try:
            return process.take(0)
        except _NoAnswer as error:
            self._replace(process)
            if len(tasks) == 1:
                return [Died(str(error))]
        results: list[Result | Died] = []
        for task in tasks:  # which of them was it?
            alone = next(it for it in self._processes if not it.tasks)
            alone.give(0, [task])
            try:
                results += alone.take(self._patience)
            except _NoAnswer as error:
                self._replace(alone)
                results.append(Died(str(error)))
        return results

    def _replace(self, process: _Process) -> None:
        process.end()
        self._processes[self._processes.index(process)] = _Process(self._start, self._arguments)


class _NoAnswer(Exception):
    """A process has died or takes too long; the message says which."""


class _Process:
    """One process and our end of its pipe. ``tasks`` is the chunk it works on, ``since`` when it got it."""

    def __init__(self, start: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        spawning = multiprocessing.get_context("spawn")  # a fork would copy our locks and our connections to SQLite
        self.connection, theirs = spawning.Pipe()
        self._process = spawning.Process(target=_serve, args=(theirs, start, arguments), daemon=True)
        self._process.start()
        theirs.close()
        self.number = 0
        self.tasks: list[Any] = []
        self.since = 0.0

    def give(self, number: int, tasks: list[Any]) -> None:
        """Send a chunk and return at once."""
        self.number, self.tasks, self.since = number, tasks, time.monotonic()
        with suppress(OSError):  # it has died: reading from it will tell
            self.connection.send(tasks)

    def take(self, patience: float) -> list[Any]:
        """Return the results of the chunk, waiting for at most so many seconds. Raises _NoAnswer."""
        try:
            if not self.connection.poll(patience):
                raise _NoAnswer("it took too long")
            results = self.connection.recv()
        except (EOFError, OSError):
            self._process.join(5)
            raise _NoAnswer(f"its process died ({self._process.exitcode})") from None
        self.tasks = []
        return results

    def end(self) -> None:
        """End the process, whatever it is doing: it holds nothing that could be lost."""
        self._process.kill()
        self._process.join()
        self.connection.close()


def _serve(connection: Connection, start: Callable[..., Callable[[Any], Any]], arguments: tuple[Any, ...]) -> None:
    """Do what comes through a pipe until the parent closes its end, or is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; the parent decides
    work = start(*arguments)
    with suppress(EOFError, OSError):
        while True:
            connection.send([work(task) for task in connection.recv()])
