"""Commands of newsharvest that are killed at a moment which chance picks, and files as a killed one left them."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


class Killer:
    """Runs commands on a database and kills them; as a string it tells the seed of its moments, and those so far.

    Time counts from when a command has the database open: before that there is nothing to be lost.
    """

    def __init__(self, database: Path) -> None:
        self.log = database.with_name(database.name + "-wal")
        self.seed = random.SystemRandom().randrange(1_000_000)
        self.chance = random.Random(self.seed)
        self.moments: list[str] = []

    def __repr__(self) -> str:
        return f"seed {self.seed}; " + "; ".join(self.moments)

    def run(self, *words: object) -> float:
        """Run a command to its end, which must be a good one; return the seconds it took."""
        with self.started(*words) as process:
            began = time.monotonic()
            _, told = process.communicate(timeout=120)
        assert process.returncode == 0, f"{self}: {told}"
        return time.monotonic() - began

    def kill(self, *words: object, within: float) -> bool:
        """Run a command and kill it in the course of so many seconds; return whether it was killed before its end.

        Fails after 300 times: whoever waits for a kill at another moment waits in vain.
        """
        assert len(self.moments) < 300, self
        seconds = self.chance.uniform(0, within)
        with self.started(*words) as process:
            time.sleep(seconds)
            process.kill()
            _, told = process.communicate()
        self.moments.append(f"{seconds:.3f} of {within:.3f} s: {process.returncode}")
        assert process.returncode in (0, -signal.SIGKILL), f"{self}: {told}"
        return process.returncode != 0

    @contextmanager
    def started(self, *words: object) -> Iterator[subprocess.Popen[str]]:
        """Start a command, and wait until it has the database open."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("HARVEST_")}
        command = [sys.executable, "-m", "newsharvest", *map(str, words)]
        with subprocess.Popen(
            command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            while process.poll() is None and not _has_open(process.pid, self.log):
                time.sleep(0.001)
            yield process


@contextmanager
def copied(*files: Path) -> Iterator[Path]:
    """Copy databases with their logs; yield the folder.

    Whoever opens a database first after a kill rights it: that shall be the next command, not a test that looks on.
    """
    with TemporaryDirectory(dir=files[0].parent.parent) as folder:
        for file in files:
            for path in (file, file.with_name(file.name + "-wal")):
                if path.exists():
                    shutil.copy(path, folder)
        yield Path(folder)


def _has_open(pid: int, file: Path) -> bool:
    try:
        return any(os.readlink(it) == str(file) for it in Path(f"/proc/{pid}/fd").iterdir())
    except FileNotFoundError:  # closed meanwhile, or all has ended
        return False
