"""How often each rule fired on the articles as they stand, and when last: counters kept in every storing transaction.

Counting the removals anew takes longer the more articles there are; the counters are one row a rule and site, so
reading them costs the same however many articles there are, and keeping them a few updates an article.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from newsharvest.store.database import Database


@dataclass(frozen=True, slots=True)
class Hits:
    """What one rule did on the pages of the current revisions (of a site, or of all).

    ``removed`` counts the lines that bear its id, ``supported`` those that it helped to remove, ``outside`` what it
    took away outside the body. ``last_fired`` is the time at which the latest page was seen on which it fired; it does
    not go back where that page is read otherwise later.
    """

    rule: str
    removed: int
    supported: int
    outside: int
    last_fired: datetime

    @property
    def fired(self) -> int:
        """All that it had a part in."""
        return self.removed + self.supported + self.outside


_COLUMNS = ("removed", "supported", "outside")


def add(database: Database, site: str, revision: int) -> None:
    """Count what a revision removed, within the caller's transaction."""
    counts, seen = _count(database, revision)
    database.executemany(
        "INSERT INTO {rule_hits} (rule, site, removed, supported, outside, last_fired) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (rule, site) DO UPDATE SET removed = removed + excluded.removed,"
        " supported = supported + excluded.supported, outside = outside + excluded.outside,"
        " last_fired = max(last_fired, excluded.last_fired)",
        [(rule, site, *numbers, seen) for rule, numbers in counts],
    )


def subtract(database: Database, site: str, revision: int) -> None:
    """Take back what ``add`` counted of a revision, before its removals change or it is the current one no longer."""
    counts, _ = _count(database, revision)
    database.executemany(
        "UPDATE {rule_hits} SET removed = removed - ?, supported = supported - ?, outside = outside - ?"
        " WHERE rule = ? AND site = ?",
        [(*numbers, rule, site) for rule, numbers in counts],
    )


def read(database: Database, site: str | None = None) -> list[Hits]:
    """See ``Store.rule_hits``."""
    where, values = ("WHERE site = ?", [site]) if site is not None else ("", [])
    rows = database.rows(
        "SELECT rule, sum(removed) AS removed, sum(supported) AS supported, sum(outside) AS outside,"
        f" max(last_fired) AS last_fired FROM {{rule_hits}} {where} GROUP BY rule"
        " ORDER BY sum(removed) + sum(supported) + sum(outside) DESC, rule",
        values,
    )
    return [Hits(**{**dict(row), "last_fired": datetime.fromisoformat(row["last_fired"])}) for row in rows]


_CURRENT = "FROM {articles} a JOIN {revisions} r ON r.article = a.id AND r.n = a.revision"
_COUNTED = f"""SELECT rule, site, sum(removed) AS removed, sum(supported) AS supported, sum(outside) AS outside,
        max(seen_at) AS seen_at FROM (
    SELECT m.rule AS rule, a.site AS site, 1 AS removed, 0 AS supported, 0 AS outside, r.seen_at AS seen_at
        {_CURRENT} JOIN {{removals}} m ON m.revision = r.id
    UNION ALL SELECT j.value, a.site, 0, 1, 0, r.seen_at
        {_CURRENT} JOIN {{removals}} m ON m.revision = r.id, json_each(m.because) j WHERE j.value <> m.rule
    UNION ALL SELECT j.key, a.site, 0, 0, j.value, r.seen_at {_CURRENT}, json_each(r.outside) j
    ) GROUP BY site, rule"""

# Rules and sites whose counters are not what counting anew gives.
DIFFERENCES = f"""SELECT rule, site FROM (
    SELECT rule, site, removed, supported, outside FROM ({_COUNTED})
    UNION ALL SELECT rule, site, -removed, -supported, -outside FROM {{rule_hits}}
    ) GROUP BY site, rule HAVING sum(removed) <> 0 OR sum(supported) <> 0 OR sum(outside) <> 0 ORDER BY site, rule"""


def recount(database: Database) -> None:
    """Count all anew, within the caller's transaction; when a rule fired last is not forgotten."""
    database.execute("UPDATE {rule_hits} SET removed = 0, supported = 0, outside = 0")
    database.execute(
        f"INSERT INTO {{rule_hits}} (rule, site, removed, supported, outside, last_fired) SELECT * FROM ({_COUNTED})"
        " WHERE true ON CONFLICT (rule, site) DO UPDATE SET removed = excluded.removed,"
        " supported = excluded.supported, outside = excluded.outside,"
        " last_fired = max(last_fired, excluded.last_fired)"
    )


def _count(database: Database, revision: int) -> tuple[Iterable[tuple[str, tuple[int, int, int]]], str]:
    """Return the counts of a revision, (removed, supported, outside) by rule, and when its page was seen."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in _COLUMNS}
    for row in database.rows("SELECT rule, because FROM {removals} WHERE revision = ?", (revision,)):
        counts["removed"][row["rule"]] += 1
        counts["supported"].update(rule for rule in json.loads(row["because"]) if rule != row["rule"])
    row = database.row("SELECT outside, seen_at FROM {revisions} WHERE id = ?", (revision,))
    assert row is not None
    counts["outside"].update(json.loads(row["outside"]))
    rules = sorted({rule for counter in counts.values() for rule in counter})
    return [(rule, tuple(counts[name][rule] for name in _COLUMNS)) for rule in rules], row["seen_at"]
