"""What a run of the quality benchmark found: its figures as JSON, and as one HTML page with charts drawn here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from html import escape

from newsharvest import quality
from newsharvest.quality import Result, Summary

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --faint: #767676; --rule: #d8d8d8; --ours: #0b6e4f; --bar: #9db4c0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececec; --faint: #a0a0a0; --rule: #444; --ours: #4fc79a; --bar: #5d7684; } }
body { font: 16px/1.5 system-ui, "Noto Sans Devanagari", sans-serif; max-width: 68rem; margin: 2rem auto;
  padding: 0 1rem; color: var(--ink); }
h2 { margin-top: 2.5rem; overflow-wrap: anywhere; } p, li { max-width: 46rem; } .faint { color: var(--faint); }
.wide { overflow-x: auto; } table { border-collapse: collapse; margin: 1rem 0; font-size: .9rem; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } tr.ours td { font-weight: 600; color: var(--ours); }
td { font-variant-numeric: tabular-nums; } svg { max-width: 100%; height: auto; }
svg text { font-size: 13px; fill: var(--ink); } svg .head { font-weight: 600; } svg .faint { fill: var(--faint); }
svg .bar { fill: var(--bar); } svg .ours { fill: var(--ours); } svg .whisker { stroke: var(--ink); stroke-width: 1.2; }
"""
_LABELS, _PANEL, _GAP, _STEP, _HEAD = 190, 190, 70, 26, 30  # of a chart, in units of its own
_PANELS = (
    ("f1", "F1 (higher is better)"),
    ("leak", "junk lines left (lower is better)"),
    ("perfect", "documents perfect (higher)"),
)
_PARTS = {"loss": "lost", "leak": "leaked", "perfect": "perfect"}
HEADERS = ("F1", "95 %", "P", "R", "lost", "left", "perfect", "titles", "times", "failed", "ms")


@dataclass(frozen=True, slots=True)
class Row:
    """One tool on one set of gold."""

    tool: str
    version: str
    is_ours: bool
    results: tuple[Result, ...]
    summary: Summary = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "summary", quality.summarise(self.results))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One set of gold: a row a tool. ``left_out`` documents are to be refused as a whole, and so not scored."""

    name: str
    left_out: int
    rows: tuple[Row, ...]

    @property
    def documents(self) -> int:
        return self.rows[0].summary.documents


def cells(summary: Summary) -> tuple[str, ...]:
    """Return the figures of a tool as they stand under HEADERS."""
    low, high = summary.intervals["f1"]
    return (
        f"{summary.f1:.4f}",
        f"{low:.3f}–{high:.3f}",
        f"{summary.precision:.4f}",
        f"{summary.recall:.4f}",
        *(_part(part) for part in (summary.lost, summary.leaked, summary.perfect, summary.titles, summary.published)),
        str(summary.failed),
        f"{summary.milliseconds:.1f}",
    )


def site_table(sheet: Sheet) -> tuple[list[str], list[list[str]]]:
    """Return headers and rows: the F1 of every tool on every site, the sites worst for the first tool first."""
    sites = [quality.f1_by_site(row.results) for row in sheet.rows]
    counts = Counter(result.site for result in sheet.rows[0].results)
    rows = [
        [site, str(counts[site]), *(f"{found[site]:.4f}" for found in sites)]
        for site in sorted(counts, key=lambda site: (sites[0][site], site))
    ]
    return ["site", "documents", *(row.tool for row in sheet.rows)], rows


def junk_table(sheet: Sheet) -> tuple[list[str], list[list[str]]]:
    """Return headers and rows: how many junk lines of each category every tool left."""
    counts = [quality.count_junk(row.results) for row in sheet.rows]
    rows = [
        [category, str(there), *(str(found[category][0]) for found in counts)]
        for category, (_, there) in counts[0].items()
    ]
    return ["junk", "lines", *(row.tool for row in sheet.rows)], rows


def as_json(sheets: Sequence[Sheet], missing: Sequence[str], run: dict[str, str]) -> dict[str, object]:
    """Return everything that was measured, document by document, as plain values. ``run``: versions and time."""
    return {
        **run,
        "not_installed": list(missing),
        "sets": [
            {
                "name": sheet.name,
                "documents": sheet.documents,
                "left_out": sheet.left_out,
                "tools": [_tool(row) for row in sheet.rows],
            }
            for sheet in sheets
        ],
    }


def _tool(row: Row) -> dict[str, object]:
    summary = row.summary
    return {
        "tool": row.tool,
        "version": row.version,
        **{name: getattr(summary, name) for name in ("precision", "recall", "f1")},
        **{name: quality.ratio(getattr(summary, part)) for name, part in _PARTS.items()},
        **{name: _counted(getattr(summary, name)) for name in ("titles", "published")},
        "failed": summary.failed,
        "milliseconds": summary.milliseconds,
        "intervals": {name: list(bounds) for name, bounds in summary.intervals.items()},
        "sites": quality.f1_by_site(row.results),
        "junk": {name: _counted(part) for name, part in quality.count_junk(row.results).items()},
        "results": [_result(result) for result in row.results],
    }


def _result(result: Result) -> dict[str, object]:
    score = asdict(result.score)
    score["dropped"] = len(result.score.dropped)
    score["leaked"] = [line.text for line in result.score.leaked]
    shown = {"document": result.name, "site": result.site, "kind": result.kind, "milliseconds": result.milliseconds}
    return {**shown, **score, "perfect": result.score.is_perfect, "failure": result.failure}


def as_html(sheets: Sequence[Sheet], missing: Sequence[str], run: dict[str, str]) -> str:
    """Return the run as one page that needs nothing else: no script, no font, no image from elsewhere."""
    about = " · ".join(f"{escape(name.replace('_', ' '))} {escape(value)}" for name, value in run.items())
    absent = f"<p>Not installed: {escape(', '.join(missing))}.</p>" if missing else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Quality of cleaning</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>Quality of cleaning</h1>\n<p class='faint'>{about}</p>\n{_LEGEND}{absent}\n"
        + "\n".join(map(_section, sheets))
        + "\n</body></html>\n"
    )


_LEGEND = """<ul>
<li><b>F1, P, R</b>: over groups of four words, mean of the documents; 95 % is the bootstrap interval of F1.</li>
<li><b>lost</b>: lines of prose that did not survive. <b>left</b>: lines of junk that did.</li>
<li><b>perfect</b>: documents without a lost or left line and with F1 ≥ 0.98.</li>
<li><b>titles, times</b>: right ones, of those that the gold gives; times to the minute.</li>
<li><b>failed</b>: documents that the tool refused or broke on; they count as empty.</li>
<li><b>ms</b>: median of a document.</li>
</ul>
"""


def _section(sheet: Sheet) -> str:
    left_out = f", {sheet.left_out} more that are to be refused are not scored" if sheet.left_out else ""
    main = [[row.tool, row.version, *cells(row.summary)] for row in sheet.rows]
    ours = {row.tool for row in sheet.rows if row.is_ours}
    return (
        f"<h2>{escape(sheet.name)}</h2>\n<p class='faint'>{sheet.documents} documents{left_out}</p>\n"
        f"{chart(sheet)}\n{_table(['tool', 'version', *HEADERS], main, ours)}\n"
        f"<h3>Junk lines left, by category</h3>\n{_table(*junk_table(sheet))}\n"
        f"<h3>F1 by site</h3>\n{_table(*site_table(sheet))}"
    )


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], marked: set[str] = frozenset()) -> str:
    head = "".join(f"<th>{escape(header)}</th>" for header in headers)
    body = "\n".join(
        f"<tr{' class=ours' if row[0] in marked else ''}>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
        for row in rows
    )
    return f"<div class='wide'><table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>"


def chart(sheet: Sheet) -> str:
    """Return a bar chart as SVG: a line a tool, a panel a figure, bars from nought to one with their intervals."""
    width = _LABELS + len(_PANELS) * (_PANEL + _GAP)
    height = _HEAD + _STEP * len(sheet.rows) + 8
    parts = [f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{escape(sheet.name)}">']
    for panel, (_, head) in enumerate(_PANELS):
        parts.append(f'<text class="head" x="{_LABELS + panel * (_PANEL + _GAP)}" y="16">{escape(head)}</text>')
    for line, row in enumerate(sheet.rows):
        y = _HEAD + line * _STEP
        parts.append(f'<text x="0" y="{y + 14}">{escape(row.tool)}</text>')
        parts += [_bar(row, name, _LABELS + panel * (_PANEL + _GAP), y) for panel, (name, _) in enumerate(_PANELS)]
    return "".join(parts) + "</svg>"


def _bar(row: Row, name: str, x: int, y: int) -> str:
    low, high = row.summary.intervals[name]
    value = row.summary.f1 if name == "f1" else quality.ratio(getattr(row.summary, _PARTS[name]))
    shown = f"{value:.3f}" if name == "f1" else f"{value:.0%}"
    kind = "ours" if row.is_ours else "bar"
    middle = y + 9
    return (
        f'<rect class="{kind}" x="{x}" y="{y}" width="{value * _PANEL:.1f}" height="18" rx="2"/>'
        f'<line class="whisker" x1="{x + low * _PANEL:.1f}" x2="{x + high * _PANEL:.1f}" y1="{middle}" y2="{middle}"/>'
        f'<text class="faint" x="{x + _PANEL + 6}" y="{y + 14}">{shown}</text>'
    )


def _part(part: tuple[int, int]) -> str:
    return f"{part[0]}/{part[1]}" if part[1] else "–"


def _counted(part: tuple[int, int]) -> dict[str, int]:
    return {"count": part[0], "of": part[1]}
