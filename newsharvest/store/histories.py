"""One article from two databases made one: its revisions in the order in which their pages were seen.

A revision that both have, or that says what the one before it says, is there once. The revision seen last is the
current one; which article is the original of a text is told by the database that gets the other, as for every visit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from newsharvest.store import articles, clusters, hits, index, near, originals, tombstones
from newsharvest.store.database import Database
from newsharvest.store.signing import sign

Merged = Literal["new", "revised", "unchanged", "forgotten"]
IsArchived = Callable[[str], bool]


@dataclass(slots=True)
class Version:
    """A revision of either side. ``hashes`` are of its fields as its page had them and as it is shown; ``id`` is None
    for one that is not in this database yet, ``origin`` its id in the other.
    """

    row: dict[str, Any]
    text: str
    hashes: frozenset[str]
    seen_at: str
    id: int | None
    origin: int | None = None


def merge(database: Database, other: Database, theirs: sqlite3.Row, is_archived: IsArchived) -> Merged:
    """Bring an article of another database (a row of ``articles``) into this one, within the caller's transaction.

    ``is_archived`` tells whether the archive here holds a key.
    """
    file = None if theirs["url"] else tombstones.file_address(theirs["site"], theirs["provenance"])
    if tombstones.holds(database, theirs["site"], theirs["key"], theirs["url"], file):
        return "forgotten"
    known = find(database, theirs)
    if known is None:
        ours = _insert(database, theirs)
        line: list[Version] = []
    else:
        ours = database.row("SELECT * FROM {articles} WHERE id = ?", (known["id"],))
        line = _read(database, known["id"], ours)
    assert ours is not None
    arriving = _read(other, theirs["id"], ours, is_theirs=True)
    merged = _interleave(line, arriving)
    _fill_keys(database, line, arriving, is_archived)
    state: Merged = "unchanged"
    if merged is not None:
        _rewrite(database, other, ours, theirs, known, merged, is_archived)
        state = "revised" if known else "new"
    _touch(database, ours, theirs)
    is_moved = _settle_withdrawal(database, None if known is None else ours, ours["id"], theirs)
    return "revised" if is_moved and state == "unchanged" else state


def find(database: Database, theirs: sqlite3.Row) -> sqlite3.Row | None:
    """Return what is stored here of an article of another database, or None."""
    if theirs["url"] is not None:
        return articles.find_by(database, theirs["url"], theirs["site"], theirs["key"])
    row = database.row(
        "SELECT id FROM {articles} WHERE url IS NULL AND site = ? AND provenance = ?",
        (theirs["site"], theirs["provenance"]),
    )
    return articles.known(database, row["id"]) if row else None


def _insert(database: Database, theirs: sqlite3.Row) -> sqlite3.Row | None:
    return database.row(
        "INSERT INTO {articles} (id, url, key, site, origin, provenance, first_seen, last_seen, revision, change)"
        f" VALUES ({articles.NEXT_ID}, ?, ?, ?, ?, ?, ?, ?, 0, 0) RETURNING *",
        [theirs[name] for name in ("url", "key", "site", "origin", "provenance", "first_seen", "last_seen")],
    )


def _read(database: Database, article_id: int, ours: sqlite3.Row, *, is_theirs: bool = False) -> list[Version]:
    """Return the revisions of an article, signed as of the address and site that it has here."""
    rows = database.rows(
        "SELECT r.*, a.url AS article_url, a.site AS article_site, coalesce(r.text, o.text, '') AS shown"
        " FROM {revisions} r JOIN {articles} a ON a.id = r.article LEFT JOIN {revisions} o ON o.id = r.text_from"
        " WHERE r.article = ? ORDER BY r.n",
        (article_id,),
    )
    versions = []
    for row in rows:
        hashes = set()
        if is_same := (row["article_url"], row["article_site"]) == (ours["url"], ours["site"]):
            hashes.add(row["content_hash"])
        if row["text_from"] is not None or not is_same:
            hashes.add(sign(row, row["shown"], ours["url"], ours["site"]))
        values = {name: it for name, it in dict(row).items() if name not in ("article_url", "article_site", "shown")}
        own, origin = (None, row["id"]) if is_theirs else (row["id"], None)
        versions.append(Version(values, row["shown"], frozenset(hashes), row["seen_at"], own, origin))
    return versions


def _interleave(line: list[Version], arriving: list[Version]) -> list[Version] | None:
    """Return the one history of both, None where the other knows nothing that is not in ``line``."""
    merged = sorted(line, key=lambda it: it.seen_at)  # a stable sort: at one time, in the order of their numbers
    is_changed = False
    for place, version in enumerate(arriving):
        if any(it.seen_at == version.seen_at and it.hashes & version.hashes for it in merged):
            continue
        where = _place(merged, version, arriving[place + 1 :])
        if where and merged[where - 1].hashes & version.hashes:
            continue  # it says what the one before it says
        is_changed = True
        if where < len(merged) and merged[where].hashes & version.hashes:
            merged[where].seen_at = version.seen_at  # the same, seen earlier
        else:
            merged.insert(where, version)
    return merged if is_changed else None


def _place(merged: list[Version], version: Version, later: list[Version]) -> int:
    """Return where a revision belongs. Of one page the later revision is that of later rules."""
    for where, it in enumerate(merged):
        if it.seen_at > version.seen_at:
            return where
        if it.seen_at == version.seen_at and any(
            other.seen_at == it.seen_at and other.hashes & it.hashes for other in later
        ):
            return where
    return len(merged)


def _fill_keys(database: Database, line: list[Version], arriving: list[Version], is_archived: IsArchived) -> None:
    """Where the page of a revision came only now into the archive, note its key."""
    for ours in line:
        if ours.row["archive_key"] is None:
            for theirs in arriving:
                key = theirs.row["archive_key"]
                if key and theirs.seen_at == ours.seen_at and theirs.hashes & ours.hashes and is_archived(key):
                    database.execute("UPDATE {revisions} SET archive_key = ? WHERE id = ?", (key, ours.id))


def _rewrite(
    database: Database,
    other: Database,
    ours: sqlite3.Row,
    theirs: sqlite3.Row,
    known: sqlite3.Row | None,
    merged: list[Version],
    is_archived: IsArchived,
) -> None:
    """Write a history anew: what is new in it, its numbers, and what follows from its last revision."""
    current, own = merged[-1], ours["id"]
    is_replaced = known is not None and current.id != known["revision_id"]
    if known is not None and is_replaced:
        index.remove(database, own, known["title"], known["text"])
        hits.subtract(database, known["site"], known["revision_id"])
    database.execute("UPDATE {revisions} SET n = -n WHERE article = ?", (own,))
    change = originals.count_change(database)
    digest = current.row["text_hash"]
    original = originals.find(database, own, digest)
    for n, version in enumerate(merged, 1):
        if version.id is None:
            holder = _holder(database, own, version, original if version is current else None)
            version.id = _add(database, other, own, ours, version, n, holder, is_archived)
        else:
            database.execute("UPDATE {revisions} SET n = ?, seen_at = ? WHERE id = ?", (n, version.seen_at, version.id))
    values: dict[str, Any] = {"revision": len(merged), "change": change}
    if known is None or is_replaced:
        values |= {"text_hash": digest, "duplicate_of": original["id"] if original else None}
    if current.origin is not None:
        is_last = current.row["n"] == theirs["revision"]
        values["provenance"] = theirs["provenance"] if is_last else current.row["archive_key"] or ours["provenance"]
        values["rules_version"] = theirs["rules_version"] if is_last else current.row["rules_version"]
        if is_last:
            values["listed_at"] = theirs["listed_at"]
    if ours["url"] is None:
        values.pop("provenance", None)  # it is what names the article
    assigned = ", ".join(f"{name} = :{name}" for name in values)
    database.execute(f"UPDATE {{articles}} SET {assigned} WHERE id = :id", values | {"id": own})
    if known is None or is_replaced:
        assert current.id is not None
        hits.add(database, ours["site"], current.id)
        originals.release(database, own, digest, change)
        index.add(database, own, current.row["title"], original["text"] if original else current.text)
        originals.settle(database, original["id"] if original else own, change)
        near.forget_text(database, ours["text_hash"])
        near.place(database, own, change)
    clusters.reread(database, own, change)


def _holder(database: Database, own: int, version: Version, original: sqlite3.Row | None) -> int | None:
    """Return the revision that holds the text of one that comes, None where it brings its own."""
    if original is not None:
        return original["holder"]
    found = originals.find(database, own, version.row["text_hash"])
    return found["holder"] if found and found["text"] == version.text else None


def _add(
    database: Database,
    other: Database,
    own: int,
    ours: sqlite3.Row,
    version: Version,
    n: int,
    holder: int | None,
    is_archived: IsArchived,
) -> int:
    """Copy a revision and its removals; return its id here."""
    values = {name: value for name, value in version.row.items() if name != "id"}
    key = values["archive_key"]
    values |= {
        "article": own,
        "n": n,
        "text": None if holder else version.text,
        "text_from": holder,
        "archive_key": key if key and is_archived(key) else None,
    }
    if values["content_hash"] not in version.hashes:  # it has another address there
        (values["content_hash"],) = version.hashes
    elif holder is None and len(version.hashes) > 1:  # it showed a text that may be spelt otherwise
        values["content_hash"] = sign(version.row, version.text, ours["url"], ours["site"])
    columns, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    cursor = database.execute(f"INSERT INTO {{revisions}} ({columns}) VALUES ({marks})", values)
    removals = other.rows(
        "SELECT stage, rule, because, text, position FROM {removals} WHERE revision = ? ORDER BY id", (version.origin,)
    )
    database.executemany(
        "INSERT INTO {removals} (revision, stage, rule, because, text, position) VALUES (?, ?, ?, ?, ?, ?)",
        [(cursor.lastrowid, *row) for row in removals],
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _touch(database: Database, ours: sqlite3.Row, theirs: sqlite3.Row) -> None:
    database.execute(
        "UPDATE {articles} SET first_seen = min(first_seen, ?), last_seen = max(last_seen, ?), key = coalesce(key, ?)"
        " WHERE id = ?",
        (theirs["first_seen"], theirs["last_seen"], theirs["key"], ours["id"]),
    )
    database.execute(
        "DELETE FROM {rejections} WHERE seen_at <= ?1 AND (url = ?2"
        " OR (url IS NULL AND ?2 IS NULL AND site = ?3 AND provenance = ?4))",
        (theirs["last_seen"], ours["url"], ours["site"], ours["provenance"]),
    )


def _settle_withdrawal(database: Database, ours: sqlite3.Row | None, own: int, theirs: sqlite3.Row) -> bool:
    """Let the later word count, that an article was withdrawn or that it stands. Return whether that changed it.

    ``ours`` is the article as it was here, None for one that is new.
    """
    said = _last_word(theirs)
    known = _last_word(ours) if ours is not None else ("", False)
    if said[1] == known[1] or said[0] <= known[0]:
        return False
    if said[1]:
        articles.withdraw(database, own, theirs["withdrawn_reason"] or "", theirs["withdrawn_at"])
    else:
        articles.restore(database, own)
    return True


def _last_word(row: sqlite3.Row) -> tuple[str, bool]:
    """Return when it was last known whether an article is withdrawn, and whether it is."""
    return max(row["withdrawn_at"] or "", row["last_seen"]), row["withdrawn_at"] is not None
