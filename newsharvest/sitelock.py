"""A lock a site, so that no site is crawled twice at once; the system releases it when its process dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from urllib.parse import quote

from newsharvest.store import StoreError

_TRIES = 5  # somebody who only looks (``is_held``) has the lock for an instant
_SECONDS_BETWEEN = 0.02
_held: set[int] = set()  # open lock files of this process


class SiteBusy(SystemExit):
    """Another crawl of the site goes on; the message says so. Uncaught, it ends the process with status 1."""

    def __init__(self, lock: SiteLock) -> None:
        super().__init__(
            f"newsharvest: {lock.site} is being crawled already, into {lock.database}; nothing was fetched"
        )


class SiteLock:
    """The right to crawl a site into a database: a locked file under ``<database>.locks/``.

    The file stays when the lock goes: whoever removed it could remove one that another process has just locked.
    """

    def __init__(self, database: Path | str, site: str) -> None:
        self.database, self.site = Path(os.path.realpath(database)), site
        self._file: int | None = None

    @property
    def path(self) -> Path:
        """The lock's file, which holds the id of the process that locked it last."""
        return self.database.with_name(f"{self.database.name}.locks") / f"{quote(self.site, safe='')}.lock"

    def acquire(self) -> bool:
        """Take the lock and return True, or False at once where another crawl has it. Raises StoreError."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise StoreError(f"cannot lock {self.path}: {error.strerror}") from error
        if not _lock(file, self.path):
            os.close(file)
            return False
        _held.add(file)
        self._file = file
        _write_owner(file)
        return True

    def take(self) -> SiteLock:
        """Take the lock and return it. Raises SystemExit: SiteBusy where another crawl has it, else why it cannot."""
        try:
            is_ours = self.acquire()
        except StoreError as error:
            raise SystemExit(f"newsharvest: {error}") from None
        if not is_ours:
            raise SiteBusy(self)
        return self

    def release(self) -> None:
        """Let others crawl the site; releasing twice does nothing."""
        if self._file is not None:
            file, self._file = self._file, None
            _held.discard(file)
            os.close(file)

    def is_held(self) -> bool:
        """Whether a crawl, of any process, has the lock at this moment. Makes no file."""
        try:
            file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # nobody ever locked it, or not for us to see
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False


def _lock(file: int, path: Path) -> bool:
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_SECONDS_BETWEEN)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            continue
        except OSError as error:  # a file system without locks
            os.close(file)
            raise StoreError(f"cannot lock {path}: {error.strerror}") from error
    return False


def _write_owner(file: int) -> None:
    """Write the process id for whoever looks; a full disk does not matter to the lock."""
    try:
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    except OSError:
        return


def _forget_in_child() -> None:
    """Close what a forked child inherited: the lock would else outlive its owner in there."""
    for file in _held:
        os.close(file)
    _held.clear()


os.register_at_fork(after_in_child=_forget_in_child)
