"""One export from the database to its file, and with a cursor exactly once, whenever it is killed.

With ``--new`` the steps are these. The file is written beside its place and brought to the disk; the cursor notes its
final name and its inode (announced); it gets its name; the cursor moves. A run that died before the name was given left
nothing that a reader could see: the next one begins anew. One that died after it left a whole file, which the next run
knows by its inode, and moves the cursor instead of exporting the same again. Every step is on the disk before the next.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from newsharvest.exports import record
from newsharvest.exports.target import Target, TargetError, inode_of, remove, temporary_path
from newsharvest.sitelock import SiteLock
from newsharvest.store import Store
from newsharvest.store.exporting import Announced, Choice, Cursor, Gone, Position, Snapshot

# Format -> the ends of names that it takes; none: a folder.
SUFFIXES = {
    "jsonl": (".jsonl", ".jsonl.gz", ".jsonl.zst"),
    "parquet": (".parquet",),
    "txt": (),
    "sentences": (".txt", ".txt.gz", ".txt.zst"),
    "dataset": (),
    "warc": (".warc", ".warc.gz"),
}


class Writer(Protocol):
    """What takes the articles of an export one by one."""

    def write(self, article: dict[str, Any]) -> None: ...

    def withdraw(self, article_id: int, withdrawn_at: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Order:
    """What to export, in a format of SUFFIXES, to where; ``cursor`` None is everything, else what is new since."""

    kind: str
    dest: Path
    choice: Choice
    archive: Path
    cursor: str | None = None
    replace: bool = False


@dataclass(slots=True)
class Delivered:
    """What an export did. ``documents`` are what the file holds; ``missing`` those that the archive lacks.

    ``resumed`` is the file of an earlier run that died before its cursor had moved, ``repeated`` one that was whole
    then and is nowhere now: what it held is exported again. Where ``resumed`` is ``dest`` nothing else was done.
    """

    dest: Path
    documents: int = 0
    withdrawn: int = 0
    missing: int = 0
    resumed: Path | None = None
    repeated: Path | None = None


def check_dest(kind: str, dest: Path) -> str:
    """Return the compression that a name asks for ("", ".gz", ".zst"). Raises TargetError where it fits not."""
    suffixes = SUFFIXES[kind]
    if not suffixes:
        if dest.name.endswith((".txt", ".gz", ".zst", ".parquet", ".jsonl")):
            raise TargetError(f"{dest}: {kind} is written to a folder, which this is no name for")
        return ""
    found = next((suffix for suffix in reversed(suffixes) if dest.name.endswith(suffix)), None)
    if found is None or dest.name == found:
        raise TargetError(f"{dest}: name a file that ends in {' or '.join(suffixes)}")
    return found.removeprefix(suffixes[0])


def deliver(store: Store, order: Order, advance: Callable[[], None] = lambda: None) -> Delivered:
    """Export. Raises TargetError, StoreError, ArchiveError, OSError; then there is nothing new at ``dest``."""
    check_dest(order.kind, order.dest)
    if order.cursor is None:
        return _export(store, order, None, advance)
    with _locked(store, order.cursor):
        known = store.exports.cursor(order.cursor)
        if known is not None and known.choice != order.choice.describe():
            raise TargetError(
                f"the cursor {order.cursor} reads another choice of articles, {known.choice}: "
                "name another with --cursor, which begins at the beginning"
            )
        resumed, repeated = _recover(store, known)
        if resumed == order.dest:
            return Delivered(order.dest, resumed=resumed)
        known = store.exports.cursor(order.cursor)
        done = _export(store, order, known.position if known else Position(), advance)
        done.resumed, done.repeated = resumed, repeated
        return done


@contextmanager
def _locked(store: Store, cursor: str) -> Iterator[None]:
    lock = SiteLock(store.path, f"export:{cursor}")
    if not lock.acquire():
        raise TargetError(f"another export with the cursor {cursor} is going on")
    try:
        yield
    finally:
        lock.release()


def _recover(store: Store, known: Cursor | None) -> tuple[Path | None, Path | None]:
    """End what a dead run began; return the file that it had published, or the one that cannot be found."""
    if known is None or known.announced is None:
        return None, None
    dest = Path(known.announced.dest)
    if inode_of(dest) == known.announced.inode:
        store.exports.move(known.name)
        return dest, None
    store.exports.take_back(known.name)
    temporary = temporary_path(dest)
    if inode_of(temporary) != known.announced.inode:
        return None, dest
    remove(temporary)
    return None, None


def _export(store: Store, order: Order, after: Position | None, advance: Callable[[], None]) -> Delivered:
    done = Delivered(order.dest)
    with Target(order.dest, is_folder=not SUFFIXES[order.kind], replace=order.replace) as target:
        with store.exports.snapshot() as snapshot:
            position = snapshot.position
            if order.kind == "warc":
                _write_warc(snapshot, order, after, target.temporary, done, advance)
            else:
                _write_articles(store, snapshot, order, after, target.temporary, done, advance)
        inode = target.seal()
        if order.cursor is not None:
            announced = Announced(str(order.dest), inode, position)
            store.exports.announce(order.cursor, after or Position(), order.choice, announced)
        target.publish()
    if order.cursor is not None:
        store.exports.move(order.cursor)
    return done


def _write_articles(
    store: Store, snapshot: Snapshot, order: Order, after: Position | None, path: Path, done: Delivered,
    advance: Callable[[], None],
) -> None:  # fmt: skip
    rows: Generator[Any, None, None]
    rows = snapshot.articles(order.choice) if after is None else snapshot.changes(order.choice, after)
    with closing(rows), _open_writer(order, path) as writer:
        for row in rows:
            if isinstance(row, Gone):
                writer.withdraw(row.id, row.withdrawn_at)
                done.withdrawn += 1
            else:
                writer.write(record.build(row))
                done.documents += 1
            advance()
    if order.kind == "dataset":
        from newsharvest.exports import card

        is_partial = after is not None and after != Position()
        facts = card.Facts(store.stats(top=50), snapshot.rules(), order.choice, is_partial, datetime.now(UTC))
        card.write(path, writer.counts, facts)


def _open_writer(order: Order, path: Path) -> AbstractContextManager[Any]:
    suffix = check_dest(order.kind, order.dest)
    if order.kind == "jsonl":
        from newsharvest.exports import jsonl

        return jsonl.open_writer(path, suffix)
    if order.kind == "parquet":
        from newsharvest.exports import parquet

        return parquet.open_writer(path)
    if order.kind == "dataset":
        from newsharvest.exports import dataset

        return dataset.open_writer(path)
    from newsharvest.exports import text

    return text.open_folder(path) if order.kind == "txt" else text.open_sentences(path, suffix)


def _write_warc(
    snapshot: Snapshot, order: Order, after: Position | None, path: Path, done: Delivered, advance: Callable[[], None]
) -> None:
    from newsharvest.archive import Archive
    from newsharvest.exports import warc

    keys = snapshot.archive_keys(order.choice, after)
    with closing(keys), Archive(order.archive, readonly=True) as archive, warc.open_stream(path) as stream:
        done.documents, done.missing = warc.write(
            stream, archive, keys, name=order.dest.name, is_gzip=order.dest.name.endswith(".gz"), advance=advance
        )
