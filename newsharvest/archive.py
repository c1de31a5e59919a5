"""The archive: every response of a crawl and every imported document, raw, in each version, identical bodies once."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urldefrag, urlsplit

import zstandard
from w3lib.url import safe_url_string

from newsharvest import contentcoding, erasing

Kind = Literal["response", "document"]

LOCK_SECONDS = 30.0
COMPRESSION_LEVEL = 6
APPLICATION_ID = 0x4E484152  # "NHAR": tells our archives from any other SQLite file

# Numbered from 1; the number reached stands in PRAGMA user_version. Never change one that was released: add the next.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE bodies (id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, "
        "zstd BLOB NOT NULL)",
        "CREATE TABLE responses (key TEXT PRIMARY KEY, url TEXT NOT NULL, method TEXT NOT NULL, status INTEGER, "
        "headers TEXT NOT NULL, body INTEGER NOT NULL REFERENCES bodies(id), fetched_at TEXT NOT NULL, "
        "kind TEXT NOT NULL)",
        "CREATE INDEX responses_by_url ON responses (url, fetched_at)",
    ),
    (  # what was forgotten is never kept again; a response that something was cut out of bears the time of that
        "CREATE TABLE forgotten (address TEXT PRIMARY KEY, forgotten_at TEXT NOT NULL) WITHOUT ROWID",
        "ALTER TABLE responses ADD COLUMN cut_at TEXT",
        "CREATE INDEX responses_by_body ON responses (body)",
    ),
)

_FIELDS = "key, url, method, status, headers, bodies.size, bodies.zstd, fetched_at, kind"
_SELECT = f"SELECT {_FIELDS} FROM responses JOIN bodies ON bodies.id = responses.body"


class ArchiveError(Exception):
    """A file is not an archive, cannot be read or written, or lacks what was asked; the message names the path."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of one document. ``headers`` keep order and repeats; ``status`` is None for an imported document;
    ``body`` is as it came, ``fetched_at`` aware UTC.
    """

    key: str
    url: str
    method: str
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime
    kind: Kind

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever its case, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def decoded(self) -> bytes:
        """Return the body without its content coding, as a spider sees it. Raises ContentCodingError."""
        codings = [value for name, value in self.headers if name.lower() == "content-encoding"]
        return contentcoding.undo(self.body, codings)


class Archive:
    """One archive file; a context manager. Many processes may write it at once: each ``put`` is one short transaction.

    Raises ArchiveError where the file is something else, is missing (``readonly``), or comes from a newer release.
    """

    def __init__(self, path: str | os.PathLike[str], *, readonly: bool = False) -> None:
        self.path = Path(path).absolute()
        self._last_json: tuple[str, Any] | None = None
        if readonly and not self.path.is_file():
            raise ArchiveError(f"{self.path}: there is no such archive")
        with self._naming_the_file():
            self._db = _open_readonly(self.path) if readonly else self._open_for_writing()
            try:
                self._check(readonly)
            except BaseException:
                self._db.close()
                raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. May be called twice."""
        self._db.close()

    def put(
        self,
        url: str,
        *,
        status: int | None,
        headers: Iterable[tuple[str | bytes, str | bytes]],
        body: bytes,
        fetched_at: datetime,
        kind: Kind = "response",
        method: str = "GET",
    ) -> str:
        """Keep one version and return its key: 16 hex characters, the same on every machine for the same url, time,
        body and status. Committed on return. The same version again changes nothing. ``fetched_at`` must be aware.
        Of a forgotten address nothing is kept, though it has a key; a forgotten article is cut out of what holds many.
        """
        url = _address(url)
        moment = _iso(fetched_at)
        digest = hashlib.sha256(body).digest()
        key = hashlib.sha256(f"{url}|{moment}|{digest.hex()}|{status}".encode()).hexdigest()[:16]
        pairs = [(_text(name), _text(value)) for name, value in headers]
        cut_at = None
        with self._naming_the_file():
            if self._db.execute("SELECT 1 FROM responses WHERE key = ?", (key,)).fetchone():
                return key
            if self.forgets_any():
                if self.is_forgotten(url):
                    return key
                if (left := without_forgotten(body, pairs, self.is_folded_forgotten)) is not None:
                    body, pairs = left
                    digest, cut_at = hashlib.sha256(body).digest(), _iso(datetime.now(UTC))
            known = self._db.execute("SELECT 1 FROM bodies WHERE sha256 = ?", (digest,)).fetchone()
            packed = None if known else zstandard.compress(body, COMPRESSION_LEVEL)
            with self.transaction():
                if packed is not None:  # compressed before the lock is taken; another process may have been quicker
                    insert = "INSERT OR IGNORE INTO bodies (sha256, size, zstd) VALUES (?, ?, ?)"
                    self._db.execute(insert, (digest, len(body), packed))
                self._db.execute(
                    "INSERT OR IGNORE INTO responses (key, url, method, status, headers, body, fetched_at, kind, "
                    "cut_at) VALUES (?, ?, ?, ?, ?, (SELECT id FROM bodies WHERE sha256 = ?), ?, ?, ?)",
                    (key, url, method, status, dump_headers(pairs), digest, moment, kind, cut_at),
                )
        return key

    def get(self, key: str) -> Stored | None:
        """Return one version by its key, or None."""
        return next(iter(self._select("WHERE key = ?", key)), None)

    def body(self, provenance: str) -> bytes:
        """Return the bytes that a page was read from, without content coding.

        ``KEY`` is a whole document. ``KEY#/3`` is a value inside a JSON document (RFC 6901), written again as UTF-8
        JSON with json.dumps' own separators. Raises ArchiveError where there is no such document or value.
        """
        key, mark, pointer = provenance.partition("#")
        if not mark:
            return self._decoded(key)
        if self._last_json is None or self._last_json[0] != key:  # a REST response holds up to a hundred posts
            try:
                self._last_json = key, json.loads(self._decoded(key))
            except ValueError as error:
                raise ArchiveError(f"{self.path}: {key} is not JSON: {error}") from error
        try:
            value = _point(self._last_json[1], unquote(pointer))
        except (LookupError, TypeError, ValueError) as error:
            raise ArchiveError(f"{self.path}: {key} has nothing at {pointer!r}") from error
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")

    def latest(self, url: str, *, kind: Kind | None = None) -> Stored | None:
        """Return the newest version of a url that a GET would show (so no 304, which has no content), or None."""
        where = "WHERE url = ? AND method = 'GET' AND status IS NOT 304 AND kind = ifnull(?, kind)"
        newest = "ORDER BY fetched_at DESC, responses.rowid DESC LIMIT 1"
        return next(iter(self._select(f"{where} {newest}", _address(url), kind)), None)

    def versions(self, url: str) -> list[Stored]:
        """Return all versions of a url, oldest first."""
        return self._select("WHERE url = ? ORDER BY fetched_at, responses.rowid", _address(url))

    def urls(self) -> list[str]:
        """Return every url once, in order."""
        with self._naming_the_file():
            return [url for (url,) in self._db.execute("SELECT DISTINCT url FROM responses ORDER BY url")]

    def newest(self, *, kind: Kind | None = None) -> datetime | None:
        """Return the time of the newest version (aware UTC), or None for an empty archive."""
        with self._naming_the_file():
            query = "SELECT max(fetched_at) FROM responses WHERE kind = ifnull(?, kind)"
            (moment,) = self._db.execute(query, (kind,)).fetchone()
        return datetime.fromisoformat(moment) if moment else None

    def _decoded(self, key: str) -> bytes:
        stored = self.get(key)
        if stored is None:
            raise ArchiveError(f"{self.path}: there is no document {key}")
        try:
            return stored.decoded()
        except contentcoding.ContentCodingError as error:
            raise ArchiveError(f"{self.path}: {key} ({stored.url}): {error}") from error

    def _select(self, where: str, *values: object) -> list[Stored]:
        with self._naming_the_file():
            return [_read(*row) for row in self._db.execute(f"{_SELECT} {where}", values)]

    def forgets_any(self) -> bool:
        """Whether anything was forgotten here."""
        return self._has_tombstones and bool(self._db.execute("SELECT 1 FROM forgotten LIMIT 1").fetchone())

    def is_forgotten(self, url: str) -> bool:
        """Whether an address is one of a forgotten article."""
        return self.is_folded_forgotten(erasing.fold_address(url))

    def is_folded_forgotten(self, address: str) -> bool:
        """Whether a folded address (see newsharvest.erasing) is one of a forgotten article."""
        if not self._has_tombstones:
            return False
        return bool(self._db.execute("SELECT 1 FROM forgotten WHERE address = ?", (address,)).fetchone())

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection, for the modules of the store that keep archives."""
        return self._db

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the write lock for the block: all of it is committed, or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # a full disk has rolled back already
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _naming_the_file(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, zstandard.ZstdError, OSError) as error:
            raise ArchiveError(f"{self.path}: {error}") from error

    def _open_for_writing(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return sqlite3.connect(self.path, timeout=LOCK_SECONDS, isolation_level=None)

    def _check(self, readonly: bool) -> None:
        """Refuse a file that is not ours; bring ours up to date."""
        try:
            (owner,) = self._db.execute("PRAGMA application_id").fetchone()
            (tables,) = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
                raise
            raise ArchiveError(f"{self.path}: this is not an archive (not even an SQLite file)") from error
        if owner != APPLICATION_ID and (tables or owner or readonly):
            raise ArchiveError(f"{self.path}: this is not an archive of newsharvest")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise ArchiveError(f"{self.path}: written by a newer newsharvest, in format {version} of the archive")
        if not readonly:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._migrate()
        self._has_tombstones = not readonly or version >= 2

    def _migrate(self) -> None:
        if self._db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),):
            return
        with self.transaction():
            (reached,) = self._db.execute("PRAGMA user_version").fetchone()  # another process may have been quicker
            for statement in (statement for migration in MIGRATIONS[reached:] for statement in migration):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self._db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def is_same_file(one: Path, other: Path) -> bool:
    """Say whether two paths lead to one existing file."""
    return one.exists() and other.exists() and one.samefile(other)


def _open_readonly(path: Path) -> sqlite3.Connection:
    address = f"{path.as_uri()}?mode=ro"
    db = sqlite3.connect(address, uri=True, timeout=LOCK_SECONDS, isolation_level=None)
    try:
        db.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError:
        db.close()
        if path.with_name(path.name + "-wal").exists():
            raise
        # WAL needs its side files even to read; where the folder cannot be written nobody else writes either.
        return sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)
    except sqlite3.DatabaseError:
        return db  # not a database at all: the check that follows says so
    return db


def _read(
    key: str, url: str, method: str, status: int | None, headers: str, size: int, packed: bytes, moment: str, kind: Kind
) -> Stored:
    body = zstandard.decompress(packed, max_output_size=size)
    pairs = tuple((name, value) for name, value in json.loads(headers))
    return Stored(key, url, method, status, pairs, body, datetime.fromisoformat(moment), kind)


def without_forgotten(
    body: bytes, headers: Iterable[tuple[str, str]], is_forgotten: erasing.IsForgotten
) -> tuple[bytes, list[tuple[str, str]]] | None:
    """Return a body and its headers without what is forgotten in it, or None where nothing is. What is left has no
    content coding. Only what may hold many articles is looked at.
    """
    pairs = list(headers)
    kinds = " ".join(value.lower() for name, value in pairs if name.lower() == "content-type")
    if not any(kind in kinds for kind in ("json", "xml", "gzip", "rss", "atom")) or "xhtml" in kinds:
        return None
    try:
        plain = contentcoding.undo(body, [value for name, value in pairs if name.lower() == "content-encoding"])
    except contentcoding.ContentCodingError:
        return None
    left = erasing.cut(plain, is_forgotten)
    return None if left is None else (left, uncoded(pairs))


def uncoded(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return headers for a body that was written anew."""
    return [pair for pair in headers if pair[0].lower() not in ("content-encoding", "content-length")]


def dump_headers(headers: Iterable[tuple[str, str]]) -> str:
    """Return headers as they are stored."""
    return json.dumps([list(pair) for pair in headers], ensure_ascii=False)


def _address(url: str) -> str:
    """Return a url as a request bears it: escaped, without its fragment."""
    url = urldefrag(url).url
    return safe_url_string(url) if urlsplit(url).scheme in ("http", "https") else url


def _iso(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError(f"fetched_at must be an aware time, not {moment!r}")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")  # of one width, so that text sorts by time


def _text(header: str | bytes) -> str:
    return header.decode("latin-1") if isinstance(header, bytes) else header


def _point(value: Any, pointer: str) -> Any:
    """Return what an RFC 6901 pointer points at. Raises LookupError, TypeError or ValueError."""
    if pointer and not pointer.startswith("/"):
        raise ValueError(pointer)
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            if not (token.isascii() and token.isdigit()) or (token != "0" and token.startswith("0")):
                raise LookupError(token)
            value = value[int(token)]
        elif isinstance(value, dict):
            value = value[token]
        else:
            raise LookupError(token)
    return value
