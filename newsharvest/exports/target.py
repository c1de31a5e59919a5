"""A file or folder that gets its name when it is whole: written beside its place, synced to the disk, renamed."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from types import TracebackType


class TargetError(Exception):
    """A file cannot be written as asked; the message is for the user and names it."""


def temporary_path(dest: Path) -> Path:
    """Return where a file or folder stands until it is whole: hidden, beside its place."""
    return dest.with_name(f".{dest.name}.part")


class Target:
    """The right to write one file or folder, held from entry to exit; what was not published is gone after an error.

    Write to ``temporary``, then call ``seal`` and ``publish``. Raises TargetError where there is something at ``dest``
    already (a file may be replaced with ``replace``, a folder never), or another process writes it, or it cannot be.
    """

    def __init__(self, dest: Path, *, is_folder: bool, replace: bool = False) -> None:
        self.dest, self.temporary = dest, temporary_path(dest)
        self._is_folder, self._replace = is_folder, replace
        self._lock: int | None = None

    def __enter__(self) -> Target:
        self._check_place()
        try:
            self.dest.parent.mkdir(parents=True, exist_ok=True)
            self._lock = self._open_locked()
            if self._is_folder:
                for entry in self.temporary.iterdir():
                    remove(entry)
        except OSError as error:
            self._release()
            raise TargetError(f"cannot write {self.dest}: {error.strerror or error}") from error
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None and self._lock is not None and self._is_ours(self._lock):
            remove(self.temporary)
        self._release()

    def seal(self) -> int:
        """Bring what was written to the disk; return the inode of the file or folder."""
        if self._is_folder:
            for folder, _, names in os.walk(self.temporary, topdown=False):
                for name in names:
                    _sync(Path(folder, name))
                _sync(Path(folder))
        else:
            _sync(self.temporary)
        return self.temporary.stat().st_ino

    def publish(self) -> None:
        """Give it its name, at one moment and for good."""
        self._check_place()
        os.rename(self.temporary, self.dest)
        _sync(self.dest.parent)

    def _check_place(self) -> None:
        if not os.path.lexists(self.dest):
            return
        if self._is_folder:
            raise TargetError(f"{self.dest} exists already: name another folder, or remove it first")
        if self.dest.is_dir():
            raise TargetError(f"{self.dest} is a folder")
        if not self._replace:
            raise TargetError(f"{self.dest} exists already: name another file, or replace it with --force")

    def _open_locked(self) -> int:
        while True:
            if self._is_folder:
                self.temporary.mkdir(exist_ok=True)
                file = os.open(self.temporary, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            else:
                file = os.open(self.temporary, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                raise TargetError(f"{self.dest} is being written by another export") from None
            except BaseException:
                os.close(file)
                raise
            if self._is_ours(file):
                return file
            os.close(file)  # the one who held the lock has published it in between: this is no temporary any more

    def _is_ours(self, file: int) -> bool:
        try:
            return os.stat(self.temporary).st_ino == os.fstat(file).st_ino
        except FileNotFoundError:
            return False

    def _release(self) -> None:
        if self._lock is not None:
            file, self._lock = self._lock, None
            os.close(file)


def inode_of(path: Path) -> int | None:
    """Return the inode of a file or folder, None where there is none."""
    try:
        return path.lstat().st_ino
    except (FileNotFoundError, NotADirectoryError):
        return None


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
