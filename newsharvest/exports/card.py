"""The card of an exported dataset: README.md with what it holds, whose it is, and how it was cleaned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from newsharvest.exports.dataset import Counts
from newsharvest.exports.record import FIELDS, SCHEMA_VERSION
from newsharvest.store import Stats
from newsharvest.store.exporting import Choice

_NO_MONTH = "no date"
_RULES_SHOWN = 20

_HEAD = """---
pretty_name: Hindi news
language:
- hi
license: other
license_name: publishers
task_categories:
- text-generation
size_categories:
- {size}
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.parquet
---

# Hindi news

{articles:,} articles of {sites} sites, {characters:,} characters of clean text: exported by newsharvest on {day}.

```python
from datasets import load_dataset

articles = load_dataset("path/to/this/folder", split="train")
```

Each row is an article; the fields are those of newsharvest's record, version {version}: {fields}.
"""

_LICENCE = """
## Licence

The texts belong to their publishers and authors. This folder gives no right to them: whoever uses or passes them on
answers for it under the law that applies there (quotation, text and data mining, agreement with the publisher). Each
row names its site and, where there is one, its address. Pages whose sites reserve text and data mining were not taken
unless the one who harvested chose so.
"""

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
          (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database knows of all its articles: figures, the versions of the rules that cleaned them, with counts;
    which of its articles were chosen, and whether only those since a cursor; the time of the export (aware).
    """

    stats: Stats
    rules: Sequence[tuple[str | None, int]]
    choice: Choice
    is_partial: bool
    exported_at: datetime


def write(folder: Path, counts: Counts, facts: Facts) -> None:
    """Write the card beside the data."""
    total = counts.articles.total()
    parts = [
        _HEAD.format(
            size=next((name for limit, name in _SIZES if total < limit), "100M<n<1B"),
            articles=total,
            sites=len(counts.by(0)),
            characters=counts.characters,
            day=facts.exported_at.date().isoformat(),
            version=SCHEMA_VERSION,
            fields=", ".join(f"`{name}`" for name in FIELDS),
        ),
        _describe_choice(counts, facts),
        _LICENCE,
        "\n## Counts\n\nMonths are those of publication, in India.\n\n",
        _table(("site", "articles"), counts.by(0)),
        "\n",
        _table(("month", "articles"), ((month or _NO_MONTH, number) for month, number in counts.by(1))),
        "\n<details><summary>By site and month</summary>\n\n",
        _table(
            ("site", "month", "articles"),
            ((site, month or _NO_MONTH, number) for (site, month), number in sorted(counts.articles.items())),
        ),
        "\n</details>\n",
        _describe_cleaning(counts, facts),
    ]
    (folder / "README.md").write_text("".join(parts), encoding="utf-8", newline="\n")


def _describe_choice(counts: Counts, facts: Facts) -> str:
    choice = facts.choice
    said = [f"site {_cell(choice.site)}"] if choice.site else []
    said += [f"published from {choice.since.isoformat()} on"] if choice.since else []
    said += [f"published before {choice.until.isoformat()}"] if choice.until else []
    said += [f"at least {choice.min_words} words"] if choice.min_words else []
    said += {"none": [], "exact": ["no duplicates"], "cluster": ["no duplicates, one article a cluster"]}[choice.dedupe]
    lines = [f"\nChosen: {'; '.join(said) or 'every article that stands'}.\n"]
    if facts.is_partial:
        lines.append("Only what was new or changed since the last export of the same cursor.\n")
    if counts.withdrawn:
        lines.append(f"{counts.withdrawn:,} articles that are no longer to be used are named in `withdrawn.jsonl`.\n")
    return "".join(lines)


def _describe_cleaning(counts: Counts, facts: Facts) -> str:
    total = facts.stats.total
    lines = sum(number for _, number in total.removed)
    return "".join(
        [
            "\n## Cleaning\n\n",
            "Boilerplate was removed line by line, each line by a rule that has a name and a reason. These figures are "
            "of the whole database that the articles come from.\n\n",
            _table(
                ("what", "count"),
                [
                    ("articles with a text of their own", total.stored),
                    ("exact duplicates", total.duplicates),
                    ("pages rejected", total.rejected_pages),
                    ("lines removed within articles", lines),
                    ("articles here that their page cut short", counts.truncated),
                ],
            ),
            "\n",
            _table(("version of the rules", "articles"), ((name or "unknown", n) for name, n in facts.rules)),
            "\n",
            _table(("rule", "lines removed"), total.removed[:_RULES_SHOWN]),
            "\n",
            _table(("rejected because", "pages"), total.rejected[:_RULES_SHOWN]),
        ]
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    """Return a value as a cell of Markdown: text of others as text, not as markup."""
    if isinstance(value, int):
        return f"{value:,}"
    text = " ".join(str(value).split())
    for mark in "\\`*_{}[]<>|":
        text = text.replace(mark, f"\\{mark}" if mark not in "<>" else {"<": "&lt;", ">": "&gt;"}[mark])
    return text
