"""The floor of quality: what cleaning must reach on the goldens labelled by hand, and how it may be lowered."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from newsharvest import contenders, gold, quality
from newsharvest.quality import Summary

ROOT = Path(__file__).resolve().parent.parent
FLOOR = ROOT / "benchmarks" / "quality-floor.toml"
KINDS = ("page", "rest", "dump", "unknown")
FIGURES = ("f1", "loss", "leak", "perfect", "titles", "published")
LOWER_IS_BETTER = {"loss", "leak"}
# A figure so much better than its floor asks for a higher one. One document of forty is much of "perfect".
SLACK = dict.fromkeys(FIGURES, 0.05) | {"perfect": 0.2}

Floor = dict[str, dict[str, float]]


def floor_of(text: str) -> tuple[Floor, list[dict]]:
    table = tomllib.loads(text)
    lowered = table.pop("lowered", [])
    return table, lowered


def is_worse(figure: str, value: float, than: float) -> bool:
    return value > than + 1e-9 if figure in LOWER_IS_BETTER else value < than - 1e-9


@functools.cache
def measured() -> dict[str, Summary]:
    (goldens,) = gold.read(ROOT / "tests" / "golden")
    documents = [document for document in goldens.documents if document.gold.rejected is None]
    known, alone = contenders.ours()
    results = [contenders.measure(known, document)[0] for document in documents]
    kinds = {kind: [result for result in results if result.kind == kind] for kind in ("page", "rest", "dump")}
    kinds["unknown"] = [contenders.measure(alone, each)[0] for each in documents if each.kind == "page"]
    return {kind: quality.summarise(found, resamples=0) for kind, found in kinds.items()}


def figures_of(summary: Summary) -> dict[str, float]:
    parts = {"loss": summary.lost, "leak": summary.leaked, "perfect": summary.perfect,
             "titles": summary.titles, "published": summary.published}  # fmt: skip
    return {"f1": summary.f1} | {name: count / of for name, (count, of) in parts.items() if of}


def unexplained(now: Floor, lowered: Iterable[dict], earlier: Iterable[Floor], changelog: str) -> list[str]:
    """Return the figures that were higher once and are lower now, without a word of it in file and changelog."""
    explained = {
        (entry["kind"], entry["figure"], entry["to"])
        for entry in lowered
        if entry["why"].strip() and " ".join(entry["why"].split()) in " ".join(changelog.split())
    }
    found = []
    for past in earlier:
        for kind, figures in past.items():
            for figure, best in figures.items():
                value = now.get(kind, {}).get(figure)
                is_lower = value is None or is_worse(figure, value, best)
                if is_lower and (kind, figure, value) not in explained:
                    found.append(f"{kind}.{figure}: {value}, once {best}")
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("kind", KINDS)
def test_the_goldens_are_cleaned_at_least_as_well_as_the_floor_says(kind: str) -> None:
    floor = floor_of(FLOOR.read_text(encoding="utf-8"))[0][kind]
    found = figures_of(measured()[kind])
    assert floor.keys() == found.keys(), "the floor has every figure that can be measured, and no other"
    below = {name: value for name, value in found.items() if is_worse(name, value, floor[name])}
    assert not below, (
        f"below the floor for {kind}: {below} against { {name: floor[name] for name in below} }. "
        "`python benchmarks/quality.py --verbose` lists the lines. If that is meant, lower the floor in "
        "benchmarks/quality-floor.toml with a [[lowered]] entry, and say why in CHANGELOG.md"
    )
    stale = {name: value for name, value in found.items() if abs(value - floor[name]) > SLACK[name]}
    assert not stale, f"well above the floor for {kind}: raise it in benchmarks/quality-floor.toml to {stale}"


def test_the_floor_was_not_lowered_without_saying_so() -> None:
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("no history to compare with: this is no clone")
    name = FLOOR.relative_to(ROOT).as_posix()
    git = ("git", "-C", str(ROOT))
    hashes = subprocess.run([*git, "log", "--format=%H", "--", name], capture_output=True, text=True, check=True).stdout
    shown = (
        subprocess.run([*git, "show", f"{commit}:{name}"], capture_output=True, text=True, encoding="utf-8")
        for commit in hashes.split()
    )
    earlier = [floor_of(done.stdout)[0] for done in shown if done.returncode == 0]
    now, lowered = floor_of(FLOOR.read_text(encoding="utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert unexplained(now, lowered, earlier, changelog) == [], "add a [[lowered]] entry, and its why to CHANGELOG.md"


BEFORE: Floor = {"page": {"f1": 0.99, "loss": 0.0}}
WHY = "The goldens have ten harder pages now."
ENTRY = {"kind": "page", "figure": "f1", "to": 0.98, "why": WHY}


@pytest.mark.parametrize(
    ("now", "lowered", "changelog", "found"),
    [
        ({"f1": 0.99, "loss": 0.0}, [], "", []),
        ({"f1": 0.995, "loss": 0.0}, [], "", []),
        ({"f1": 0.98, "loss": 0.0}, [], WHY, ["page.f1: 0.98, once 0.99"]),
        ({"f1": 0.99, "loss": 0.1}, [], "", ["page.loss: 0.1, once 0.0"]),
        ({"f1": 0.99}, [], "", ["page.loss: None, once 0.0"]),
        ({"f1": 0.98, "loss": 0.0}, [ENTRY], "- The goldens have ten\n  harder pages now.", []),
        ({"f1": 0.98, "loss": 0.0}, [ENTRY], "- Something else.", ["page.f1: 0.98, once 0.99"]),
        ({"f1": 0.98, "loss": 0.0}, [ENTRY | {"why": " "}], "- ", ["page.f1: 0.98, once 0.99"]),
        ({"f1": 0.97, "loss": 0.0}, [ENTRY], WHY, ["page.f1: 0.97, once 0.99"]),
    ],
)
def test_a_lower_floor_needs_a_reason_in_the_changelog(now, lowered, changelog, found) -> None:
    assert unexplained({"page": now}, lowered, [BEFORE], changelog) == found
