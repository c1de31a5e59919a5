"""The archive beside a database: joined with another, relieved of what is forgotten, and checked."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import zstandard

from newsharvest import erasing
from newsharvest.archive import COMPRESSION_LEVEL, Archive, ArchiveError, dump_headers, uncoded, without_forgotten
from newsharvest.contentcoding import ContentCodingError
from newsharvest.store.compaction import compact

_AT_ONCE = 50  # responses in one transaction: another process waits milliseconds


@dataclass(frozen=True, slots=True)
class Erased:
    """How many responses went, and how many lost a part."""

    responses: int
    cut: int


def count(archive: Archive) -> int:
    """Count the responses of an archive."""
    return archive.connection.execute("SELECT count(*) FROM responses").fetchone()[0]


def has_key(archive: Archive, key: str) -> bool:
    """Whether an archive holds a response."""
    return archive.connection.execute("SELECT 1 FROM responses WHERE key = ?", (key,)).fetchone() is not None


def merge(archive: Archive, other: Archive) -> Iterator[tuple[int, int]]:
    """Copy what another archive holds and this one does not; yield (looked at, copied) for every few responses.

    Keys are the same in every archive, so whatever names one goes on naming the same response. What was forgotten here
    is not brought back. Each portion is one transaction: an end at any moment loses nothing.
    """
    other.connection.row_factory = None
    has_cuts = any(row[1] == "cut_at" for row in other.connection.execute("PRAGMA table_info(responses)"))
    columns = "r.rowid, key, url, method, status, headers, sha256, size, zstd, fetched_at, kind"
    query = (
        f"SELECT {columns}, {'r.cut_at' if has_cuts else 'NULL'} FROM responses r JOIN bodies b ON b.id = r.body"
        f" WHERE r.rowid > ? ORDER BY r.rowid LIMIT {_AT_ONCE}"
    )
    last = 0
    while rows := other.connection.execute(query, (last,)).fetchall():
        missing = [row[1:] for row in rows if not has_key(archive, row[1])]
        if missing:
            with archive.transaction():
                forgets = archive.forgets_any()
                for row in missing:
                    _copy(archive, _without_forgotten(archive, row) if forgets else row)
        last = rows[-1][0]
        yield len(rows), len(missing)


def _without_forgotten(archive: Archive, row: tuple) -> tuple | None:
    key, url, method, status, headers, _, size, packed, fetched_at, kind, _ = row
    if archive.is_forgotten(url):
        return None
    body = zstandard.decompress(packed, max_output_size=size)
    left = without_forgotten(body, json.loads(headers), archive.is_folded_forgotten)
    if left is None:
        return row
    body, pairs = left
    digest, packed = hashlib.sha256(body).digest(), zstandard.compress(body, COMPRESSION_LEVEL)
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    return key, url, method, status, dump_headers(pairs), digest, len(body), packed, fetched_at, kind, now


def _copy(archive: Archive, row: tuple | None) -> None:
    if row is None:
        return
    key, url, method, status, headers, digest, size, packed, fetched_at, kind, cut_at = row
    archive.connection.execute(
        "INSERT OR IGNORE INTO bodies (sha256, size, zstd) VALUES (?, ?, ?)", (digest, size, packed)
    )
    archive.connection.execute(
        "INSERT OR IGNORE INTO responses (key, url, method, status, headers, body, fetched_at, kind, cut_at)"
        " VALUES (?, ?, ?, ?, ?, (SELECT id FROM bodies WHERE sha256 = ?), ?, ?, ?)",
        (key, url, method, status, headers, digest, fetched_at, kind, cut_at),
    )


def urls_of(archive: Archive, keys: Iterable[str]) -> set[str]:
    """Return the addresses under which pages are kept, by their keys; answers that hold many articles are left out."""
    query = "SELECT url FROM responses WHERE key = ? AND NOT (kind = 'response' AND headers LIKE '%json%')"
    found = (archive.connection.execute(query, (key,)).fetchone() for key in keys)
    return {row[0] for row in found if row}


def erase(
    archive: Archive,
    addresses: Iterable[str],
    *,
    places: Iterable[str] = (),
    sources: Iterable[str] = (),
    listings: Iterable[str] = (),
) -> Erased:
    """Note that addresses are forgotten, and erase what they and documents of many articles hold of them.

    In: addresses; ``places`` (``KEY#/3``) of posts within responses; the addresses of the site's ``sources`` (beside
    all that its hosts answered), and of its ``listings``, pages of links, of which a version that leads to a forgotten
    article loses its body. Doing it again changes nothing. The bytes go when the file is compacted.
    """
    database = archive.connection
    database.execute("PRAGMA secure_delete = ON")
    gone = {erasing.fold_address(address) for address in addresses}
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    with archive.transaction():
        database.executemany("INSERT OR IGNORE INTO forgotten VALUES (?, ?)", [(address, now) for address in gone])
    erased = sum(_drop(archive, url) for address in gone for url in _urls_like(archive, address))
    cut = sum(_cut_place(archive, place) for place in places)
    for key in _documents_of_many(archive, gone, set(sources)):
        cut += _cut(archive, key, gone)
    for url in listings:
        for (key,) in database.execute("SELECT key FROM responses WHERE url = ?", (url,)).fetchall():
            cut += _empty_listing(archive, key, gone)
    return Erased(erased, cut)


def _urls_like(archive: Archive, address: str) -> list[str]:
    """Return the addresses of the archive that fold to one. SQL passes what may, so that few are folded."""
    if address.startswith("file:"):
        return [address]
    host, _, rest = address.partition("/")
    tail = rest.partition("?")[0].rpartition("/")[2]
    rows = archive.connection.execute(
        "SELECT DISTINCT url FROM responses WHERE instr(lower(url), ?) AND instr(lower(url), ?)",
        (host.lower(), tail.lower()),
    )
    return [url for (url,) in rows.fetchall() if erasing.fold_address(url) == address]


def _drop(archive: Archive, url: str) -> int:
    with archive.transaction():
        bodies = archive.connection.execute("DELETE FROM responses WHERE url = ? RETURNING body", (url,)).fetchall()
        for (body,) in bodies:
            _drop_unused(archive, body)
    return len(bodies)


def _drop_unused(archive: Archive, body: int) -> None:
    # The same bytes may have been answered at another address: there they stay.
    archive.connection.execute(
        "DELETE FROM bodies WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM responses WHERE body = ?1)", (body,)
    )


def _documents_of_many(archive: Archive, gone: set[str], sources: set[str]) -> list[str]:
    hosts = {address.partition("/")[0] for address in gone if not address.startswith("file:")}
    keys = []
    query = (
        "SELECT key, url FROM responses WHERE kind = 'response' AND (headers LIKE '%json%' OR headers LIKE '%xml%'"
        " OR headers LIKE '%gzip%' OR headers LIKE '%rss%' OR headers LIKE '%atom%')"
    )
    for key, url in archive.connection.execute(query):
        if url in sources or any(host in url for host in hosts):
            keys.append(key)
    return keys


def _cut(archive: Archive, key: str, gone: set[str]) -> int:
    stored = archive.get(key)
    if stored is None:
        return 0
    left = without_forgotten(stored.body, stored.headers, gone.__contains__)
    if left is None:
        return 0
    _replace(archive, key, left[0])
    return 1


def _cut_place(archive: Archive, place: str) -> int:
    key, _, pointer = place.partition("#/")
    if not pointer.isdecimal() or not has_key(archive, key):
        return 0
    left = erasing.cut_pointer(archive.body(key), int(pointer))
    if left is None:
        return 0
    _replace(archive, key, left)
    return 1


def _empty_listing(archive: Archive, key: str, gone: set[str]) -> int:
    stored = archive.get(key)
    if stored is None or not erasing.mentions(archive.body(key), stored.url, gone.__contains__):
        return 0
    _replace(archive, key, b"")
    return 1


def _replace(archive: Archive, key: str, body: bytes) -> None:
    """Give a response another body; its key stays, since articles name it."""
    stored = archive.get(key)
    assert stored is not None
    digest, packed = hashlib.sha256(body).digest(), zstandard.compress(body, COMPRESSION_LEVEL)
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    with archive.transaction():
        (old,) = archive.connection.execute("SELECT body FROM responses WHERE key = ?", (key,)).fetchone()
        archive.connection.execute(
            "INSERT OR IGNORE INTO bodies (sha256, size, zstd) VALUES (?, ?, ?)", (digest, len(body), packed)
        )
        archive.connection.execute(
            "UPDATE responses SET body = (SELECT id FROM bodies WHERE sha256 = ?), headers = ?, cut_at = ?"
            " WHERE key = ?",
            (digest, dump_headers(uncoded(stored.headers)), now, key),
        )
        _drop_unused(archive, old)


def lift(archive: Archive, addresses: Iterable[str]) -> None:
    """Take the tombstones of folded addresses away."""
    with archive.transaction():
        archive.connection.executemany("DELETE FROM forgotten WHERE address = ?", [(it,) for it in addresses])


def shrink(archive: Archive) -> None:
    """Write the file anew without what was erased. Raises ArchiveError where another process is in the way."""
    try:
        compact(archive.connection, archive.path)
    except sqlite3.Error as error:
        raise ArchiveError(f"{archive.path}: {error}") from error


def findings(archive: Archive, *, is_quick: bool) -> Iterator[tuple[str, str | None]]:
    """Yield what is wrong with an archive, as (finding, repair): ``body`` where an unused body can go, else None.

    Quick: without reading the bodies. Between two findings "" tells that work goes on.
    """
    for (message,) in archive.connection.execute("PRAGMA integrity_check"):
        if message != "ok":
            yield f"{archive.path}: {message}", None
    orphans = "SELECT id FROM bodies b WHERE NOT EXISTS (SELECT 1 FROM responses r WHERE r.body = b.id)"
    for (body,) in archive.connection.execute(orphans).fetchall():
        yield f"{archive.path}: body {body} belongs to no response", "body"
    lost = "SELECT key, url FROM responses r WHERE NOT EXISTS (SELECT 1 FROM bodies b WHERE b.id = r.body)"
    for key, url in archive.connection.execute(lost):
        yield f"{archive.path}: response {key} ({url}) has no body", None
    if not is_quick:
        yield from _check_bodies(archive)


def _check_bodies(archive: Archive) -> Iterator[tuple[str, str | None]]:
    cut_at = (
        "cut_at" if any(r[1] == "cut_at" for r in archive.connection.execute("PRAGMA table_info(responses)")) else 0
    )
    for body, digest, size, packed in archive.connection.execute("SELECT id, sha256, size, zstd FROM bodies"):
        try:
            plain = zstandard.decompress(packed, max_output_size=max(size, 1))
        except zstandard.ZstdError:
            plain = None
        if plain is None or len(plain) != size or hashlib.sha256(plain).digest() != digest:
            keys = archive.connection.execute("SELECT key, url FROM responses WHERE body = ?", (body,)).fetchall()
            named = ", ".join(f"{key} ({url})" for key, url in keys)
            yield f"{archive.path}: the body of {named or body} is not the one that came", None
        yield "", None
    query = f"SELECT key, url, fetched_at, status, sha256, {cut_at or 'NULL'} FROM responses JOIN bodies ON id = body"
    for key, url, fetched_at, status, digest, cut in archive.connection.execute(query):
        expected = hashlib.sha256(f"{url}|{fetched_at}|{digest.hex()}|{status}".encode()).hexdigest()[:16]
        if key != expected and cut is None:
            yield f"{archive.path}: response {key} ({url}) is not what its key says", None


def drop_unused(archive: Archive) -> int:
    """Erase the bodies that belong to no response; return how many."""
    with archive.transaction():
        return archive.connection.execute(
            "DELETE FROM bodies WHERE NOT EXISTS (SELECT 1 FROM responses WHERE body = bodies.id)"
        ).rowcount


def can_read(archive: Archive, place: str) -> str | None:
    """Return why there is no document at ``KEY`` or ``KEY#/3``, None where there is one."""
    try:
        body = archive.body(place)
    except (ArchiveError, ContentCodingError) as error:
        return str(error)
    return f"{archive.path}: what stood at {place} was erased" if "#" in place and body == b"null" else None
