"""Near-duplicates: found by a banded index of signatures, and put into groups of one outlet and clusters of several.

A signature belongs to a text, not to an article: of articles with equal texts one is the original (``originals``), and
that one is found. What is alike is told by all shingles of both texts; the index only says what to compare.

Of the stories of one outlet that are nearly the same the one stored first is the root (``near_of`` NULL), the others
point at it, never at each other; each keeps its own text. Exact copies have ``duplicate_of`` and never ``near_of``.
A withdrawn article is in no group and no cluster. A copy is in the cluster of its original, and in one at all events
where their outlets differ; a group is in one cluster as a whole.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from newsharvest.fingerprint import BANDS, Sketch, bands, compare, estimate, sketch
from newsharvest.store import clusters
from newsharvest.store.database import Database

# Two groups or clusters become one through a text that is like both only where it is no mere collection of the two:
# above this share of common shingles a third of either must stand in the other.
MERGING = 0.6

_NEWEST_OF_A_BAND = 32  # a formula has thousands in its bands; copies of one story appear within days
_CANDIDATES = 24
_COMPARED = 6
_LEAST_ESTIMATE = 0.08
_LEAST_CONTAINMENT = 0.3


@dataclass(frozen=True, slots=True)
class Match:
    """A stored article that is nearly the same."""

    id: int
    site: str
    near_of: int | None
    cluster: int | None

    @property
    def root(self) -> int:
        """The article that stands for its group."""
        return self.near_of or self.id


def place(database: Database, article_id: int, change: int, drawn: Sketch | None = None) -> None:
    """Put an article whose text is new, or that was withdrawn or restored, where it belongs now, within the caller's
    transaction. ``drawn`` is the sketch of its text where it is known already.

    ``change`` moves for every article that gets another group or cluster. Leaving does not part the others.
    """
    row = _row(database, article_id)
    if row["withdrawn_at"] is not None or row["text_hash"] is None:
        _place_in_group(database, row, (), change)
        if row["cluster"] is not None:
            clusters.remove(database, row["cluster"], article_id, change)
        return
    if row["duplicate_of"] is not None:
        _place_in_group(database, row, (), change)
        original = _row(database, row["duplicate_of"])
        if original["withdrawn_at"] is None:
            _place_in_cluster(database, row, [original], change)
        return
    drawn = drawn or sketch(_text(database, article_id))
    matches = find(database, row["site"], drawn, article_id) if drawn else []
    if drawn:
        _index(database, row["text_hash"], drawn)
    _place_in_group(database, row, [match for match in matches if match.site == row["site"]], change)
    _place_in_cluster(database, row, [_row(database, match.id) for match in matches], change)


def find(database: Database, site: str, drawn: Sketch, besides: int | None = None) -> list[Match]:
    """Return what a text belongs together with, likeliest first: the first stored article that is nearly the same, the
    first such of its site, and what else is so like it that groups and clusters may become one.
    """
    matches: list[Match] = []
    for share, row in _candidates(database, drawn, site, besides):
        match = Match(row["id"], row["site"], row["near_of"], row["cluster"])
        if not _may_bring_more(match, share, matches, site):
            continue
        other = sketch(_text(database, match.id))
        if other is None:
            continue
        likeness = compare(drawn, other)
        is_first = not matches or (match.site == site and all(it.site != site for it in matches))
        if likeness.is_near and (is_first or likeness.jaccard >= MERGING):
            matches.append(match)
    if matches and all(match.site != site for match in matches):
        matches += _own_of_story(database, drawn, matches[0].cluster, site, besides)
    return matches


def _own_of_story(
    database: Database, drawn: Sketch, cluster: int | None, site: str, besides: int | None
) -> list[Match]:
    """Return the first article of a site in a cluster that is nearly the same: where dozens of outlets tell a story, it
    is not among the likeliest.
    """
    for row in _rows(
        database,
        "a.cluster = ?1 AND a.site = ?2 AND a.duplicate_of IS NULL AND a.near_of IS NULL AND a.id IS NOT ?3"
        f" ORDER BY a.id LIMIT {_COMPARED // 2}",
        cluster,
        site,
        besides,
    ):
        other = sketch(_text(database, row["id"]))
        if other is not None and compare(drawn, other).is_near:
            return [Match(row["id"], row["site"], row["near_of"], row["cluster"])]
    return []


def _may_bring_more(match: Match, share: float, matches: Sequence[Match], site: str) -> bool:
    """Whether a candidate, about which share of whose shingles is common, may be linked with more than is found."""
    if not matches:
        return True
    own = [it for it in matches if it.site == site]
    if match.site == site and not own:
        return True
    is_told = match.cluster is not None and match.cluster in [it.cluster for it in matches]
    if match.site == site:
        is_told = match.root in [it.root for it in own]
    return not is_told and share >= MERGING - 0.15  # the estimate may be that much too low


def forget_text(database: Database, text_hash: str | None) -> None:
    """Take a text out of the index, unless an article has it still, within the caller's transaction."""
    row = database.row(
        "SELECT id, signature FROM {signatures} s WHERE text_hash = ? AND NOT EXISTS (SELECT 1 FROM {articles} a"
        " WHERE a.text_hash = s.text_hash AND a.duplicate_of IS NULL)",
        (text_hash,),
    )
    if row is not None:
        database.executemany(
            "DELETE FROM {bands} WHERE band = ? AND signature = ?",
            [(band, row["id"]) for band in bands(row["signature"])],
        )
        database.execute("DELETE FROM {signatures} WHERE id = ?", (row["id"],))


def members(database: Database, article_id: int) -> list[int]:
    """Return the other articles of an article's group: nearly the same, of the same outlet."""
    rows = database.rows(
        "SELECT a.id FROM {articles} me JOIN {articles} a"
        " ON a.id = me.near_of OR a.near_of = coalesce(me.near_of, me.id)"
        " WHERE me.id = ?1 AND a.id <> ?1 ORDER BY a.id",
        (article_id,),
    )
    return [row["id"] for row in rows]


def _candidates(database: Database, drawn: Sketch, site: str, besides: int | None) -> list[tuple[float, sqlite3.Row]]:
    """Return the articles worth a comparison, and about which share of all shingles is common, likeliest first; some
    of the same site among them.
    """
    shared: Counter[int] = Counter()
    for row in database.rows(_LOOKUP, drawn.bands):
        shared[row["signature"]] += 1
    likeliest = sorted(shared, key=lambda signature: (-shared[signature], -signature))[:_CANDIDATES]
    marks = ", ".join("?" * len(likeliest))
    rows = database.rows(
        "SELECT a.id, a.site, a.near_of, a.cluster, s.words, s.signature FROM {signatures} s"
        " JOIN {articles} a ON a.text_hash = s.text_hash AND a.duplicate_of IS NULL"
        f" WHERE s.id IN ({marks}) AND a.withdrawn_at IS NULL AND a.id IS NOT ?",
        [*likeliest, besides],
    )
    estimated = [(estimate(drawn.signature, row["signature"]), row) for row in rows]
    estimated.sort(key=lambda pair: (-pair[0], pair[1]["id"]))
    worth = [(share, row) for share, row in estimated if _is_worth_comparing(share, drawn.words, row["words"])]
    own = [row["id"] for _, row in worth if row["site"] == site][: _COMPARED // 2]
    chosen = {*own, *[row["id"] for _, row in worth if row["id"] not in own][: _COMPARED - len(own)]}
    return [(share, row) for share, row in worth if row["id"] in chosen]


def _is_worth_comparing(jaccard: float, words: int, others: int) -> bool:
    """Whether two texts may well be near by what their signatures tell, which is off by a tenth at times."""
    containment = jaccard / (1 + jaccard) * (words + others) / min(words, others)
    return jaccard >= _LEAST_ESTIMATE and containment >= _LEAST_CONTAINMENT


_LOOKUP = " UNION ALL ".join(
    ["SELECT signature FROM (SELECT signature FROM {bands} WHERE band = ?"
     f" ORDER BY signature DESC LIMIT {_NEWEST_OF_A_BAND})"] * BANDS
)  # fmt: skip


def _text(database: Database, article_id: int) -> str:
    row = database.row(
        "SELECT coalesce(r.text, o.text) AS text FROM {articles} a JOIN {revisions} r ON r.article = a.id"
        " AND r.n = a.revision LEFT JOIN {revisions} o ON o.id = r.text_from WHERE a.id = ?",
        (article_id,),
    )
    return row["text"] or "" if row else ""


def _index(database: Database, text_hash: str, drawn: Sketch) -> None:
    added = database.row(
        "INSERT INTO {signatures} (text_hash, words, signature) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        (text_hash, drawn.words, drawn.signature),
    )
    if added is not None:
        database.executemany(
            "INSERT INTO {bands} (band, signature) VALUES (?, ?)", [(band, added["id"]) for band in drawn.bands]
        )


# --- groups: one outlet ---


def _place_in_group(database: Database, row: sqlite3.Row, matches: Sequence[Match], change: int) -> None:
    """Bring together an article and the stories of its outlet that it is like; part it from those it is not."""
    own, roots = row["id"], {match.root for match in matches}
    if own not in roots:  # like none of those that point at it
        _pass_on(database, own, change)
    root = min(roots | {own})
    for other in roots - {root}:
        database.execute(
            "UPDATE {articles} SET near_of = ?1, change = ?2 WHERE id = ?3 OR near_of = ?3", (root, change, other)
        )
    if root == own:
        database.execute(
            "UPDATE {articles} SET near_of = NULL, change = ? WHERE id = ? AND near_of IS NOT NULL", (change, own)
        )
    else:
        database.execute(
            "UPDATE {articles} SET near_of = ?1, change = ?2 WHERE id = ?3 AND near_of IS NOT ?1", (root, change, own)
        )


def _pass_on(database: Database, root: int, change: int) -> None:
    """Let the oldest of those that point at an article be the root of the others."""
    heir = database.row("SELECT min(id) AS id FROM {articles} WHERE near_of = ?", (root,))
    if heir is not None and heir["id"] is not None:
        database.execute("UPDATE {articles} SET near_of = NULL, change = ? WHERE id = ?", (change, heir["id"]))
        database.execute("UPDATE {articles} SET near_of = ?, change = ? WHERE near_of = ?", (heir["id"], change, root))


# --- clusters: several outlets ---


def _place_in_cluster(database: Database, row: sqlite3.Row, linked: Sequence[sqlite3.Row], change: int) -> None:
    """Bring an article into the cluster of what it is linked with; make one where that is of another outlet."""
    own = _row(database, row["id"])  # its group may be another now
    tied = [*linked, *_rows(database, "a.duplicate_of = ?1 AND a.site <> ?2 LIMIT 1", own["id"], own["site"])]
    if own["near_of"] is not None:
        tied.append(_row(database, own["near_of"]))
    if own["cluster"] is not None and not _belongs(database, own, tied):
        clusters.remove(database, own["cluster"], own["id"], change)
        tied = [_row(database, it["id"]) for it in tied]  # without it theirs may be none
    known = {it["cluster"] for it in (_row(database, own["id"]), *tied) if it["cluster"] is not None}
    target = clusters.largest(database, known)
    if target is None:
        # What is in no cluster yet is of one outlet with all that goes with it.
        if all(it["site"] == own["site"] for it in tied):
            return
        target = clusters.make(database)
    clusters.merge(database, target, known - {target}, change)
    for it in (own, *tied):
        clusters.add(database, target, _loose_unit(database, it["id"]), change)


def _belongs(database: Database, own: sqlite3.Row, tied: Sequence[sqlite3.Row]) -> bool:
    """Whether an article is tied to its cluster still: by another article, or by what points at it."""
    return own["cluster"] in [it["cluster"] for it in tied] or bool(
        _rows(database, "(a.duplicate_of = ?1 OR a.near_of = ?1) AND a.cluster = ?2 LIMIT 1", own["id"], own["cluster"])
    )


def _loose_unit(database: Database, article_id: int) -> list[int]:
    """Return those of an article, its group, and the copies of each, that are in no cluster: they go together."""
    row = _row(database, article_id)
    if row["cluster"] is not None:
        return []
    original = _row(database, row["duplicate_of"] or article_id)
    unit = _rows(
        database,
        "a.cluster IS NULL AND (a.id = ?1 OR a.near_of = ?1 OR a.duplicate_of = ?1"
        " OR a.duplicate_of IN (SELECT id FROM {articles} WHERE near_of = ?1))",
        original["near_of"] or original["id"],
    )
    return [it["id"] for it in unit]


_ROW = "SELECT a.id, a.site, a.text_hash, a.duplicate_of, a.near_of, a.cluster, a.withdrawn_at FROM {articles} a WHERE "


def _row(database: Database, article_id: int) -> sqlite3.Row:
    row = database.row(f"{_ROW} a.id = ?", (article_id,))
    assert row is not None
    return row


def _rows(database: Database, condition: str, *values: object) -> list[sqlite3.Row]:
    """Return the articles that stand and that a condition is true of."""
    return database.rows(f"{_ROW} a.withdrawn_at IS NULL AND {condition}", values)
