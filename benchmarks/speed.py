"""What cleaning costs: our path beside Trafilatura with langdetect, on the same documents, in one run.

    python benchmarks/speed.py [PATH …] [--rounds 15]

Without paths it takes the largest golden page of a site that we know, the same page as if we did not know the site,
and the golden dump closest to 3 kB. A PATH is an .html page or a .txt dump; a meta.toml beside it is read. Each
number is the best of the rounds, in milliseconds, with everything loaded. No network.
"""

from __future__ import annotations

import argparse
import html
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import langdetect
import trafilatura

from cleaners import sites
from newsharvest.flow import harvest
from newsharvest.items import Page, Rejected

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"


@dataclass(frozen=True)
class Cost:
    """Best times of one document in milliseconds, and what our path made of it."""

    name: str
    size: int
    ours: float
    trafilatura: float
    langdetect: float
    outcome: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    parser.add_argument("--rounds", type=int, default=15, help="how often each is measured (default: %(default)s)")
    chosen = parser.parse_args()
    langdetect.DetectorFactory.seed = 0
    documents = [(str(path), read(path)) for path in chosen.paths] or list(examples())
    if not documents:
        print(f"nothing to measure: there are no goldens in {GOLDEN}; give paths of pages or dumps")
        return
    show([measure(name, page, chosen.rounds) for name, page in documents])


def examples() -> Iterator[tuple[str, Page]]:
    """Yield the documents measured when none is named, as far as there are goldens for them."""
    pages = [read(path) for path in sorted(GOLDEN.glob("*/*/page.html"))]
    known = [page for page in pages if sites.find(page.site, page.url, page.fetched_at)]
    if known:
        page = max(known, key=lambda page: len(page.body))
        yield f"page of a known site ({page.site})", page
        yield "the same, site not known", replace(page, site="unknown", url="https://unknown.example/story")
    dumps = [read(path) for path in sorted(GOLDEN.glob("*/*/page.txt"))]
    if dumps:
        yield "dump", min(dumps, key=lambda page: abs(len(page.body) - 3000))


def read(path: Path) -> Page:
    """Return a file as a page; the golden folder's meta.toml says where it came from."""
    meta_file = path.with_name("meta.toml")
    meta = tomllib.loads(meta_file.read_text(encoding="utf-8")) if meta_file.is_file() else {}
    media_type = "text/plain" if path.suffix == ".txt" else "text/html"
    return Page(
        url=meta.get("url"),
        site=path.parent.parent.name if meta else "unknown",
        fetched_at=meta.get("fetched_at", datetime.now(UTC)),
        media_type=meta.get("media_type", media_type),
        encoding=meta.get("encoding", "utf-8"),
        body=path.read_bytes(),
        provenance=path.name,
    )


def measure(name: str, page: Page, rounds: int) -> Cost:
    """Time our path, and Trafilatura and langdetect, on one document."""
    document = as_html(page)
    text = trafilatura.bare_extraction(document, with_metadata=True)
    detectable = (text and text.text) or "हिन्दी"
    outcome = harvest(page)
    return Cost(
        name=name,
        size=len(page.body),
        ours=best(lambda: harvest(page), rounds),
        trafilatura=best(lambda: trafilatura.bare_extraction(document, with_metadata=True), rounds),
        langdetect=best(lambda: langdetect.detect(detectable), rounds),
        outcome=f"rejected: {outcome.reason}" if isinstance(outcome, Rejected) else f"{len(outcome.blocks)} blocks",
    )


def as_html(page: Page) -> str:
    """Return a document as Trafilatura takes it: it reads no dumps, so their lines become paragraphs."""
    text = page.body.decode(page.encoding or "utf-8", "replace")
    if page.media_type != "text/plain":
        return text
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line.strip())
    return f"<html><body><article>{lines}</article></body></html>"


def best(work: Callable[[], object], rounds: int) -> float:
    """Return the shortest of several runs, in milliseconds: the one least disturbed by the machine."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def show(costs: list[Cost]) -> None:
    """Print the table; the ratio is ours to the sum of the other two."""
    width = max(len(cost.name) for cost in costs)
    head = f"{'kB':>6} {'ours':>7} {'trafilatura':>12} {'langdetect':>11} {'sum':>7} {'ratio':>6}"
    print(f"{'milliseconds':{width}}  {head}")
    for cost in costs:
        others = cost.trafilatura + cost.langdetect
        print(
            f"{cost.name:{width}}  {cost.size / 1000:6.1f} {cost.ours:7.2f} {cost.trafilatura:12.2f} "
            f"{cost.langdetect:11.2f} {others:7.2f} {cost.ours / others:6.2f}  {cost.outcome}"
        )


if __name__ == "__main__":
    main()
