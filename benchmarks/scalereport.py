"""The figures of the scale benchmark as a page of documentation, and as a chart that is drawn here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

Figures = dict[str, Any]
Points = list[tuple[float, float]]

GOALS = {"rate": 0.7, "lookup": 2.0, "search": 100.0, "memory": 400.0}
WINDOW = 5000  # articles over which a point of the chart tells the rate
_WIDTH, _HEIGHT, _LEFT, _TOP = 360, 200, 56, 34  # of a panel, in units of its own
_STYLE = """
:root { --ink: #1b1b1b; --faint: #767676; --rule: #d8d8d8; --ours: #0b6e4f; --other: #b5651d; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececec; --faint: #a0a0a0; --rule: #444; --ours: #4fc79a; --other: #e0a060; } }
text { font: 13px system-ui, sans-serif; fill: var(--ink); } .head { font-weight: 600; } .faint { fill: var(--faint); }
.grid { stroke: var(--rule); stroke-width: 1; } .goal { stroke: var(--ink); stroke-dasharray: 4 4; }
polyline { fill: none; stroke-width: 2; } .ours { stroke: var(--ours); } .other { stroke: var(--other); }
circle { stroke: none; } circle.ours { fill: var(--ours); } circle.other { fill: var(--other); }
"""


def write(figures: Figures, folder: Path) -> None:
    """Write scale.md and scale.svg into a folder that is there."""
    (folder / "scale.svg").write_text(chart(figures), encoding="utf-8")
    (folder / "scale.md").write_text(page(figures), encoding="utf-8")


# --- the page ---


def page(figures: Figures) -> str:
    """Return the documentation in Markdown."""
    marks, last = figures["marks"], figures["marks"][-1]
    first = next((mark for mark in marks if mark["articles"] >= 10_000), marks[0])
    return "\n".join(
        [
            "# What a large corpus costs",
            "",
            "Written by `benchmarks/scale.py` from what it measured; do not edit. The articles are generated:",
            "`benchmarks/generator.py` tells how.",
            "",
            f"Measured with **{figures['stored']:,} articles** on {figures['machine']}. {_caution(figures).strip()}",
            "",
            "![Cost against size](scale.svg)",
            "",
            *_summary(figures, first, last),
            "",
            *(f"{remark}\n" for remark in figures["remarks"]),
            "## By size",
            "",
            "Rates are those of the last 5,000 articles before the size was reached, one short transaction each, timed",
            "by the clock and by the processor time of the storing process: on a machine that others use at the same",
            "time the second tells more. Lookups are of articles not stored yet; their signatures are computed before",
            "the database is locked and not counted. Searches are 300 different ones in a fresh process: names, single",
            "words, two or three words of a story, frequent words among them. Times are milliseconds.",
            "",
            "| articles | stored a second | by processor | lookup: median | 95 % | search: median | 95 % | news.db |",
            "|---:|---:|---:|---:|---:|---:|---:|---:|",
            *(_row(mark) for mark in marks),
            "",
            "## Exports and import",
            "",
            "The commands as they are, each in a process of its own. Memory is the most that the process held.",
            "",
            "| | documents | seconds | a second | peak memory | file |",
            "|---|---:|---:|---:|---:|---:|",
            *(_command(command) for command in figures["commands"]),
            "",
            _imports(figures),
            "",
            *_NOTES,
            "",
        ]
    )


def _caution(figures: Figures) -> str:
    if figures["stored"] >= figures["wanted"]:
        return "That is all that was asked for." + _breaks(figures)
    return _breaks(figures).strip() + (
        f" Asked for were {figures['wanted']:,}; time ran out before. Nothing on this page is extrapolated: what larger"
        " corpora cost was not measured."
    )


def _breaks(figures: Figures) -> str:
    breaks = ", ".join(f"{stored:,}" for stored in figures["interrupted"])
    return f" The run was interrupted at {breaks} articles and went on later." if breaks else ""


def _summary(figures: Figures, first: dict[str, Any], last: dict[str, Any]) -> list[str]:
    by_clock, by_processor = last["rate"] / first["rate"], last["cpu_rate"] / first["cpu_rate"]
    exports = [command for command in figures["commands"] if command["name"].startswith("export")]
    memory = max((command["peak_megabytes"] for command in exports), default=float("nan"))
    reached = f"at {last['articles']:,} articles"
    return [
        f"| {reached} | measured | goal at 1,000,000 |",
        "|---|---:|---:|",
        f"| rate of storing, as a share of that at {first['articles']:,}: by the clock | {by_clock:.2f}"
        f" | {GOALS['rate']} |",
        f"| the same by processor time | {by_processor:.2f} | {GOALS['rate']} |",
        f"| lookup of near-duplicates, median (95 %) | {last['lookup']['median']:.2f} ms"
        f" ({last['lookup']['p95']:.2f} ms) | {GOALS['lookup']:.0f} ms |",
        f"| search, 95 % within | {last['search']['p95']:.0f} ms | {GOALS['search']:.0f} ms |",
        f"| export, peak memory | {memory:.0f} MB | {GOALS['memory']:.0f} MB |",
    ]


def _row(mark: dict[str, Any]) -> str:
    times = [mark[what][which] for what in ("lookup", "search") for which in ("median", "p95")]
    shown = " | ".join(f"{time:.2f}" if place < 2 else f"{time:.1f}" for place, time in enumerate(times))
    rates = f"{mark['rate']:.0f} | {mark['cpu_rate']:.0f}"
    return f"| {mark['articles']:,} | {rates} | {shown} | {mark['megabytes']:,.0f} MB |"


def _command(command: dict[str, Any]) -> str:
    return (
        f"| {command['name']} | {command['documents']:,} | {command['seconds']:.0f} |"
        f" {command['documents'] / command['seconds']:,.0f} | {command['peak_megabytes']:.0f} MB |"
        f" {command['megabytes']:,.0f} MB |"
    )


def _imports(figures: Figures) -> str:
    done = [command["documents"] for command in figures["commands"] if command["name"] == "import"]
    if not done:
        return "Import with cleaning was not measured."
    return (
        f"The import read {done[0]:,} text dumps with menu lines, labels and buttons in them, cleaned and stored them."
    )


_NOTES = """## Why it holds

- A lookup reads 24 places of an index of signatures, whatever its size, and of each the 32 newest texts.
- The indexes of hashes are touched all over: SQLite keeps more of them in memory than it would by itself, and pages
  that change again and again wait in the log for longer: up to a sixteenth of the file, 256 MB at most.
- bm25 looks at every article that a word stands in. A word of more than 5,000 articles counts for what is found, not
  for the order; where every word is such, the articles stored last come first, of the last 5,000 those first that have
  all words in the headline. With `sort newest` and no filter, 5,000 of such matches are put in order by date.
- Exports stream: memory does not grow with the corpus.

What costs more in a large corpus: the beginning of a word (`क*`) that thousands of words have, and a phrase of frequent
words; both are read to the end. A database of a version without the index of near-duplicates is compared once when it
is first opened to be written, which takes long: see [near-duplicates.md](near-duplicates.md).""".splitlines()


# --- the chart ---


def chart(figures: Figures) -> str:
    """Return three panels as SVG: the rate of storing, lookups and searches, and the size of the file, by articles."""
    rates, processor = running(figures["batches"], 1), running(figures["batches"], 2)
    marks = figures["marks"]
    limit = max(mark["articles"] for mark in marks)
    panels = [
        _panel("articles stored a second", limit, [("by the clock", "other", rates),
                                                   ("by processor time", "ours", processor)]),
        _panel("milliseconds a search", limit, [("95 % within", "other", _points(marks, _of("search", "p95"))),
                                                ("median", "ours", _points(marks, _of("search", "median")))],
               goal=GOALS["search"]),
        _panel("milliseconds a lookup of near-duplicates", limit,
               [("95 % within", "other", _points(marks, _of("lookup", "p95"))),
                ("median", "ours", _points(marks, _of("lookup", "median")))], goal=GOALS["lookup"]),
        _panel("news.db in MB", limit, [("", "ours", _points(marks, lambda mark: mark["megabytes"]))]),
    ]  # fmt: skip
    across, down = _WIDTH + _LEFT + 30, _HEIGHT + _TOP + 50
    placed = "".join(
        f'<g transform="translate({place % 2 * across} {place // 2 * down})">{panel}</g>'
        for place, panel in enumerate(panels)
    )
    size = f'viewBox="0 0 {2 * across} {2 * down}" width="{2 * across}"'
    label = escape(f"Cost against size, up to {limit:,} articles")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}"><style>{_STYLE}</style>'
        f"{placed}</svg>\n"
    )


def running(batches: Sequence[Sequence[float]], column: int) -> Points:
    """Return the rate over the last articles at each batch, at most 200 of them."""
    points: Points = []
    start = 0
    for end, batch in enumerate(batches):
        while batch[0] - batches[start][0] >= WINDOW:
            start += 1
        window = batches[start : end + 1]
        points.append((batch[0], sum(it[3] for it in window) / sum(it[column] for it in window)))
    return points[:: max(1, len(points) // 200)]


def _of(what: str, which: str) -> Callable[[dict[str, Any]], float]:
    return lambda mark: mark[what][which]


def _points(marks: Sequence[dict[str, Any]], value: Callable[[dict[str, Any]], float]) -> Points:
    return [(mark["articles"], value(mark)) for mark in marks]


def _panel(head: str, limit: float, lines: list[tuple[str, str, Points]], goal: float | None = None) -> str:
    top = _round_up(max([y for _, _, points in lines for _, y in points] + [goal or 0]))

    def x(value: float) -> float:
        return _LEFT + value / limit * _WIDTH

    def y(value: float) -> float:
        return _TOP + _HEIGHT - value / top * _HEIGHT

    parts = [f'<text class="head" x="{_LEFT}" y="16">{escape(head)}</text>']
    for step in range(5):
        value = top * step / 4
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        parts.append(f'<text class="faint" x="{_LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
        across, below = limit * step / 4, _TOP + _HEIGHT + 18
        parts.append(f'<text class="faint" x="{x(across):.1f}" y="{below}" text-anchor="middle">{across:,.0f}</text>')
    if goal is not None:
        parts.append(f'<line class="goal" x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{y(goal):.1f}" y2="{y(goal):.1f}"/>')
        parts.append(f'<text x="{_LEFT + _WIDTH}" y="{y(goal) - 4:.1f}" text-anchor="end">goal</text>')
    for place, (name, kind, points) in enumerate(lines):
        path = " ".join(f"{x(across):.1f},{y(up):.1f}" for across, up in points)
        parts.append(f'<polyline class="{kind}" points="{path}"/>')
        if len(points) < 20:
            parts += [f'<circle class="{kind}" cx="{x(across):.1f}" cy="{y(up):.1f}" r="3"/>' for across, up in points]
        if name:
            start = _LEFT + place * 150
            parts.append(f'<circle class="{kind}" cx="{start + 5}" cy="{_TOP + _HEIGHT + 34}" r="4"/>')
            parts.append(f'<text x="{start + 14}" y="{_TOP + _HEIGHT + 38}">{escape(name)}</text>')
    return "".join(parts)


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 4, 6, 8, 10 times a power of ten."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    while power > value > 0:
        power /= 10
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value)
