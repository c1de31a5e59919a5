"""Worker processes: each task has limits of time and memory, and one that ends its process costs itself alone.

A process reads its tasks from a pipe of its own: the parent knows which task a dead one had, and a process without a
task ends with its parent however that dies. The time of a task is kept by an alarm of the system within the process,
which ends it whatever C code it is in, and whether or not the parent still lives.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Literal, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

CHUNK = 16  # tasks given at once: neighbours in the archive share a response
AHEAD = 3  # chunks a process, finished or not, before the oldest must be taken
_READY = "ready"
_OUT_OF_MEMORY = 77  # exit status of a process that asked for more than its limit


@dataclass(frozen=True, slots=True)
class Limits:
    """What a task may take: seconds from when it is begun, and memory beside what its process had at the start."""

    seconds: float = 120.0
    megabytes: int | None = None


@dataclass(frozen=True, slots=True)
class Died:
    """A task that ended its process, and how; ``is_new``: the process had not come as far as doing any."""

    cause: Literal["timeout", "out of memory", "killed", "died"]
    reason: str
    is_new: bool = False


class Process(Generic[Task, Result]):
    """A process that does tasks one by one.

    ``start(*arguments)`` is called once in it and returns the function that does a task, which must not raise anything
    but MemoryError. ``start`` is looked up by name in a new interpreter, so it stands at the top of a module.
    """

    def __init__(self, start: Callable[..., Callable[[Task], Result]], arguments: tuple[Any, ...], limits: Limits):
        spawning = multiprocessing.get_context("spawn")  # a fork would copy our locks and our connections to SQLite
        self.connection, theirs = spawning.Pipe()
        self._limits = limits
        self._is_ready = False
        self._process = spawning.Process(target=_serve, args=(theirs, start, arguments, limits), daemon=True)
        with theirs, _holding_interrupts():
            self._process.start()

    def give(self, tasks: list[Task]) -> None:
        """Send tasks; waits only until they are in the pipe."""
        with suppress(OSError):  # it has died: taking from it will tell
            self.connection.send(tasks)

    def take(self) -> Result | Died:
        """Wait for the next result. After Died the process is no more, and the tasks behind that one were not begun."""
        try:
            result = self.connection.recv()
            if not self._is_ready:
                self._is_ready = result == _READY
                result = self.connection.recv()
            return result
        except (EOFError, OSError):
            self._process.join(5)
            return self._explain(self._process.exitcode)

    def kill(self) -> None:
        """End the process at once, whatever it is doing, and leave its remains to ``end``."""
        self._process.kill()

    def end(self) -> None:
        """End the process, whatever it is doing: it holds nothing that could be lost."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self.connection.close()

    def _explain(self, status: int | None) -> Died:
        if status == -signal.SIGALRM:
            return Died("timeout", f"it took more than {self._limits.seconds:g} s")
        if status == _OUT_OF_MEMORY:
            return Died("out of memory", f"it needed more than {self._limits.megabytes} MB")
        cause: Literal["killed", "died"] = "killed" if status == -signal.SIGKILL else "died"
        return Died(cause, f"its process died ({status})", is_new=not self._is_ready)


class Workers(Generic[Task, Result]):
    """``number`` processes, started when they are needed; with 0 the work is done in this one, without limits.

    A context manager. ``start`` and ``arguments`` as in Process.
    """

    def __init__(
        self,
        number: int,
        start: Callable[..., Callable[[Task], Result]],
        *arguments: Any,
        limits: Limits = Limits(),
    ) -> None:
        self._number = number
        self._start = start
        self._arguments = arguments
        self._limits = limits
        self._idle: list[Process[Task, Result]] = []
        self._busy: list[_Chunk[Task, Result]] = []

    def __enter__(self) -> Workers[Task, Result]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in (*self._idle, *(chunk.process for chunk in self._busy)):
            process.end()
        self._idle, self._busy = [], []

    def map(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Result | Died]]:
        """Yield each task with its result, in the order of the tasks, of which a few are taken ahead."""
        if not self._number:
            yield from self._do_here(tasks)
            return
        remaining = iter(tasks)
        chunks = enumerate(iter(lambda: list(islice(remaining, CHUNK)), []))
        finished: dict[int, list[tuple[Task, Result | Died]]] = {}
        oldest = given = 0
        while True:
            while given < oldest + AHEAD * self._number and len(self._busy) < self._number:
                number, chunk = next(chunks, (given, []))
                if not chunk:
                    break
                self._hand_out(number, chunk)
                given = number + 1
            if oldest in finished:
                yield from finished.pop(oldest)
                oldest += 1
            elif self._busy:
                finished |= self._wait()
            else:
                return

    def _do_here(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Result | Died]]:
        work = self._start(*self._arguments)
        for task in tasks:
            try:
                yield task, work(task)
            except MemoryError:
                yield task, Died("out of memory", "there was no more memory")

    def _hand_out(self, number: int, tasks: list[Task]) -> None:
        process = self._idle.pop() if self._idle else self._new()
        process.give(tasks)
        self._busy.append(_Chunk(number, tasks, process))

    def _new(self) -> Process[Task, Result]:
        return Process(self._start, self._arguments, self._limits)

    def _wait(self) -> dict[int, list[tuple[Task, Result | Died]]]:
        """Wait for one result or more; return the chunks that are whole now."""
        ready = wait([chunk.process.connection for chunk in self._busy])
        for chunk in self._busy:
            if chunk.process.connection in ready:
                result = chunk.process.take()
                chunk.results.append((chunk.tasks[len(chunk.results)], result))
                if isinstance(result, Died):
                    chunk.process.end()
                    chunk.process = self._new()
                    chunk.process.give(chunk.tasks[len(chunk.results) :])
        whole = [chunk for chunk in self._busy if len(chunk.results) == len(chunk.tasks)]
        self._busy = [chunk for chunk in self._busy if chunk not in whole]
        self._idle += [chunk.process for chunk in whole]
        return {chunk.number: chunk.results for chunk in whole}


@dataclass(eq=False)
class _Chunk(Generic[Task, Result]):
    number: int
    tasks: list[Task]
    process: Process[Task, Result]
    results: list[tuple[Task, Result | Died]] = field(default_factory=list)


@contextmanager
def _holding_interrupts() -> Iterator[None]:
    """Ctrl-C reaches our processes too; one born here is deaf to it from its first moment. The parent decides."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # its start, once a process, would let them through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(
    connection: Connection, start: Callable[..., Callable[[Any], Any]], arguments: tuple[Any, ...], limits: Limits
) -> None:
    """Do what comes through a pipe until the parent closes its end, or is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work = start(*arguments)
    try:
        connection.send(_READY)
        _limit_memory(limits.megabytes)
        while True:
            for task in connection.recv():
                connection.send(_do(work, task, limits.seconds))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except MemoryError:  # what a library leaves behind then is not to be trusted: the next task gets a new process
        os._exit(_OUT_OF_MEMORY)


def _do(work: Callable[[Any], Any], task: Any, seconds: float) -> Any:
    if not hasattr(signal, "setitimer"):
        return work(task)
    signal.setitimer(signal.ITIMER_REAL, seconds)  # nobody handles the alarm: it ends the process
    try:
        return work(task)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _limit_memory(megabytes: int | None) -> None:
    """Let this process grow by so much, where the system can hold it to that (Linux)."""
    if megabytes is None or not sys.platform.startswith("linux"):
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + megabytes * 2**20
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))
