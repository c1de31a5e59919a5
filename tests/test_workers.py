"""Work in several processes: in order, a bounded way ahead, and a task that kills its process costs itself alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsharvest import workers
from newsharvest.workers import Died, Workers

TESTS = Path(__file__).resolve().parent


def doubler(deadly: int | None = None, endless: int | None = None) -> Callable[[int], int]:
    """Return work that doubles a number, dies of one, and never ends with another."""

    def double(number: int) -> int:
        if number == deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        if number == endless:
            time.sleep(600)
        return 2 * number

    return double


def pids() -> Callable[[int], int]:
    """Return work that tells its process."""
    return lambda _: os.getpid()


@pytest.mark.parametrize("number", [0, 1, 3])
def test_results_come_in_the_order_of_the_tasks(number: int) -> None:
    with Workers(number, doubler) as pool:
        assert list(pool.map(range(200))) == [(task, 2 * task) for task in range(200)]


def test_no_task_no_process() -> None:
    with Workers(2, doubler) as pool:
        assert list(pool.map([])) == []
        assert pool._processes == []


def test_the_work_is_done_elsewhere_unless_none_is_wanted() -> None:
    with Workers(0, pids) as pool:
        assert {pid for _, pid in pool.map(range(3))} == {os.getpid()}
    with Workers(2, pids) as pool:
        used = {pid for _, pid in pool.map(range(200))}
    assert len(used) == 2 and os.getpid() not in used
    assert not any(Path(f"/proc/{pid}").exists() for pid in used)  # nor do they outlive the block


def test_tasks_are_taken_only_a_little_ahead() -> None:
    taken = 0

    def tasks() -> Iterator[int]:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield number

    with Workers(2, doubler) as pool:
        for done, _ in enumerate(pool.map(tasks())):
            assert taken <= done + 1 + workers.CHUNK * (workers.AHEAD * 2 + 1)
            if done == 2000:
                break


def test_a_task_that_kills_its_process_costs_itself() -> None:
    with Workers(2, doubler, 37) as pool:
        done = dict(pool.map(range(100)))
    assert done.pop(37) == Died("its process died (-9)")
    assert done == {task: 2 * task for task in range(100) if task != 37}


def test_a_task_that_does_not_end_costs_itself() -> None:
    with Workers(2, doubler, None, 5, patience=3.0) as pool:
        done = dict(pool.map(range(20)))
    assert done.pop(5) == Died("it took too long")
    assert done == {task: 2 * task for task in range(20) if task != 5}


def test_processes_end_with_their_parent_however_it_dies() -> None:
    code = (
        "from test_workers import pids\nfrom newsharvest.workers import Workers\nimport time\n"
        "with Workers(2, pids) as pool:\n"
        "    print(*{pid for _, pid in pool.map(range(200))}, flush=True)\n    time.sleep(60)"
    )
    path = os.pathsep.join((str(TESTS), str(TESTS.parent)))
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path}
    ) as parent:
        assert parent.stdout is not None
        used = parent.stdout.readline().split()
        parent.kill()
    assert len(used) == 2
    deadline = time.monotonic() + 10
    while alive := [pid for pid in used if _is_running(pid)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.05)


def _is_running(pid: str) -> bool:
    """A process that ended and that nobody has buried yet runs no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
