"""Counters of rules: what each removed, supported and left outside, and when it last fired."""

from __future__ import annotations

import random
from datetime import timedelta

from store_pages import LATER, NOON, ONE, OTHER, TEXT, TWO, keep, read

from cleaners.model import Removal
from newsharvest.store import Store


def count_anew(store: Store) -> dict[str, tuple[int, int, int]]:
    """Count what fired over the current revisions, one by one."""
    counts: dict[str, list[int]] = {}
    for (article_id,) in read(store, "SELECT id FROM articles"):
        found = store.article(article_id)
        assert found is not None
        for removal in found.removals:
            for rule in {removal.rule, *removal.because}:
                counts.setdefault(rule, [0, 0, 0])[rule != removal.rule] += 1
        for rule, number in found.outside.items():
            counts.setdefault(rule, [0, 0, 0])[2] += number
    return {rule: tuple(numbers) for rule, numbers in counts.items()}


def test_counters_are_what_a_full_count_gives(store: Store) -> None:
    chance, names = random.Random(5), [f"a/{n}" for n in range(6)]
    for step in range(80):
        removals = tuple(
            Removal("line", rule, (rule, *chance.sample(names, 1)), "कॉपी लिंक", n)
            for n, rule in enumerate(chance.choices(names, k=chance.randrange(4)))
        )
        outside = tuple((rule, chance.randrange(1, 5)) for rule in sorted(chance.sample(names, 2)))
        url = f"https://example.com/{chance.randrange(8)}"
        seen = NOON + timedelta(minutes=step)
        keep(store, url, f"खबर {chance.randrange(20)}", removals=removals, outside=outside, seen_at=seen)
    counted = {it.rule: (it.removed, it.supported, it.outside) for it in store.rule_hits()}
    assert {rule: numbers for rule, numbers in counted.items() if any(numbers)} == count_anew(store)
    assert [it.fired for it in store.rule_hits()] == sorted((it.fired for it in store.rule_hits()), reverse=True)
    assert sum(it.fired for it in store.rule_hits(site="example")) == sum(map(sum, counted.values()))
    assert store.rule_hits(site="other") == []


def test_the_last_time_is_that_of_the_latest_page(store: Store) -> None:
    removal = Removal("line", "a/x", ("a/x", "a/y"), "कॉपी लिंक", 0)
    keep(store, ONE, TEXT, removals=(removal,), seen_at=LATER)
    keep(store, TWO, OTHER, removals=(removal,), seen_at=NOON)
    keep(store, ONE, TEXT + " और", seen_at=LATER + timedelta(days=1))
    assert [(it.rule, it.removed, it.supported, it.last_fired) for it in store.rule_hits()] == [
        ("a/x", 1, 0, LATER), ("a/y", 0, 1, LATER),
    ]  # fmt: skip
