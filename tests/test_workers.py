"""Work in several processes: in order, a bounded way ahead, and a task that kills its process costs itself alone."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsharvest import workers
from newsharvest.workers import Died, Limits, Workers

TESTS = Path(__file__).resolve().parent


def doubler(
    deadly: int | None = None, endless: int | None = None, greedy: int | None = None, refused: int | None = None
) -> Callable[[int], int]:
    """Return work that doubles a number, dies of one, never ends with another, wants all memory or fails."""

    def double(number: int) -> int:
        if number == deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        if number == endless:
            re.match(r"(?:a+)+$", "a" * 60 + "b")  # C code, deaf to whatever Python could do
        if number == greedy:
            bytearray(2**40)
        if number == refused:
            raise ConnectionError("not the pipe's")
        return 2 * number

    return double


def pids() -> Callable[[int], int]:
    """Return work that tells its process."""
    return lambda _: os.getpid()


def sleeper() -> Callable[[float], float]:
    """Return work that takes so many seconds."""
    return lambda seconds: time.sleep(seconds) or seconds


def grower(megabytes: int) -> Callable[[int], int]:
    """Return work that needs so many megabytes, beside those that it has from the start."""
    held = bytearray(megabytes * 2**20)
    return lambda more: len(held) and len(bytearray(more * 2**20)) // 2**20


def limited() -> Callable[[int], int]:
    """Return work that tells the limit of its memory, which the system has set lower."""
    resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
    return lambda _: resource.getrlimit(resource.RLIMIT_AS)[0]


@pytest.mark.parametrize("number", [0, 1, 3])
def test_results_come_in_the_order_of_the_tasks(number: int) -> None:
    with Workers(number, doubler) as pool:
        assert list(pool.map(range(200))) == [(task, 2 * task) for task in range(200)]


def test_no_task_no_process() -> None:
    with Workers(2, doubler) as pool:
        assert list(pool.map([])) == []
        assert pool._idle == pool._busy == []


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
    assert done.pop(37) == Died("killed", "its process died (-9)")
    assert done == {task: 2 * task for task in range(100) if task != 37}


def test_a_task_that_does_not_end_costs_itself() -> None:
    with Workers(2, doubler, None, 5, limits=Limits(1.0)) as pool:
        done = dict(pool.map(range(20)))
    assert done.pop(5) == Died("timeout", "it took more than 1 s")
    assert done == {task: 2 * task for task in range(20) if task != 5}


def test_time_is_counted_by_task() -> None:
    with Workers(1, sleeper, limits=Limits(0.9)) as pool:
        assert [result for _, result in pool.map([0.4] * 4)] == [0.4] * 4


@pytest.mark.parametrize(("number", "told"), [(2, "it needed more than 64 MB"), (0, "there was no more memory")])
def test_a_task_that_wants_too_much_memory_costs_itself(number: int, told: str) -> None:
    with Workers(number, doubler, None, None, 7, limits=Limits(20, 64)) as pool:
        done = dict(pool.map(range(20)))
    assert done.pop(7) == Died("out of memory", told)
    assert done == {task: 2 * task for task in range(20) if task != 7}


def test_memory_is_counted_from_what_a_process_has_at_its_start() -> None:
    with Workers(1, grower, 200, limits=Limits(20, 100)) as pool:
        assert [result for _, result in pool.map([80])] == [80]
        assert isinstance(next(pool.map([120]))[1], Died)


def test_a_lower_limit_of_the_system_stays() -> None:
    with Workers(1, limited, limits=Limits(20, 10_000)) as pool:
        assert [result for _, result in pool.map([0])] == [2**31]


def test_a_task_that_fails_as_a_pipe_does_is_no_quiet_end() -> None:
    with Workers(1, doubler, None, None, None, 3) as pool:
        done = dict(pool.map(range(5)))
    assert done.pop(3) == Died("died", "its process died (1)")
    assert done == {0: 0, 1: 2, 2: 4, 4: 8}


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


def test_ctrl_c_is_the_parents_from_the_first_moment_of_a_process() -> None:
    code = (
        "import os, signal, threading, time\nfrom test_workers import doubler\n"
        "from newsharvest.workers import Workers\n"
        "signal.signal(signal.SIGINT, lambda *_: None)\n"
        "def interrupt():\n    while True:\n        os.killpg(0, signal.SIGINT)\n        time.sleep(0.005)\n"
        "threading.Thread(target=interrupt, daemon=True).start()\n"
        "with Workers(1, doubler) as pool:\n    print(list(pool.map([1, 2])))"
    )
    path = os.pathsep.join((str(TESTS), str(TESTS.parent)))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path},
        start_new_session=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("[(1, 2), (2, 4)]\n", "")
