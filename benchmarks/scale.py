"""What the corpus costs as it grows: storing, near-duplicates, search, exports and import, on generated articles.

    python benchmarks/scale.py FOLDER [--articles 1000000] [--minutes N] [--dumps 50000] [--docs docs]
    python benchmarks/scale.py FOLDER --report --docs docs

Articles (see generator.py, which runs in a process of its own) are stored one by one as a crawl stores them; only the
store's own calls are timed, by the clock and by the processor. At 10,000 articles and at some sizes beyond, storing
pauses for lookups and searches. Exports and import are the commands, each in its own process. Where --minutes are up
before all articles are stored, what is there is measured. FOLDER gets the database, the files and figures.json; a run
that was interrupted goes on where it was when it is called again. With --docs the figures and their chart are written
there as scale.md and scale.svg. Not for CI: a million articles take hours and more than 10 GB.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import random
import sqlite3
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Full
from typing import Any

import scalereport
from generator import Corpus

from cleaners.model import Article
from newsharvest.fingerprint import sketch
from newsharvest.items import Page
from newsharvest.store import Store, near

ROOT = Path(__file__).resolve().parent.parent
MARKS = (10_000, 20_000, 50_000, 100_000, 150_000, 200_000, 300_000, 500_000, 700_000, 1_000_000)
BATCH = 500
WINDOW = 5000  # articles over which a rate is told
LOOKUPS, SEARCHES = 200, 300


@dataclass
class Mark:
    """What was measured at one size. Rates are articles a second; times are milliseconds."""

    articles: int
    rate: float
    cpu_rate: float
    lookup: dict[str, float]
    search: dict[str, float]
    megabytes: float


@dataclass
class Command:
    """What a command needed."""

    name: str
    seconds: float
    cpu_seconds: float
    peak_megabytes: float
    documents: int
    megabytes: float


@dataclass
class Figures:
    """All that was measured. A batch is: articles stored so far, seconds, processor seconds, articles in it."""

    machine: str
    wanted: int
    stored: int = 0
    states: dict[str, int] = field(default_factory=dict)
    batches: list[tuple[int, float, float, int]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    dumps_wanted: int = 0
    interrupted: list[int] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)  # what else is to be known of this run, written by hand

    def rates(self, window: int = WINDOW) -> tuple[float, float]:
        """Return the rates of the last articles, by the clock and by the processor."""
        last = [batch for batch in self.batches if batch[0] > self.stored - window]
        count = sum(batch[3] for batch in last)
        return count / sum(batch[1] for batch in last), count / sum(batch[2] for batch in last)


def produce(first: int, total: int, queue: Queue) -> None:
    """Put the articles from ``first`` on on the queue, a batch at a time, as long as somebody may take them."""
    corpus = Corpus(total)
    for start in range(first, total, BATCH):
        made = [corpus.article(n) for n in range(start, min(start + BATCH, total))]
        while (parent := multiprocessing.parent_process()) is not None and parent.is_alive():
            try:
                queue.put(made, timeout=5)
                break
            except Full:
                continue
        else:
            queue.cancel_join_thread()  # nobody reads what still waits
            return


def batches(first: int, total: int) -> Iterator[list[tuple[Page, Article]]]:
    """Yield the articles, made by another process that is a few batches ahead."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue(maxsize=6)
    maker = context.Process(target=produce, args=(first, total, queue), daemon=True)
    maker.start()
    try:
        for _ in range(first, total, BATCH):
            yield queue.get()
    finally:
        maker.terminate()
        maker.join()


def fill(path: Path, figures: Figures, minutes: float | None, save: Callable[[], None]) -> None:
    """Store the articles, and measure at the marks on the way."""
    ends = time.monotonic() + minutes * 60 if minutes else float("inf")
    marks = [mark for mark in MARKS if figures.stored < mark < figures.wanted]
    states: Counter[str] = Counter(figures.states)
    with Store(path) as store:
        for batch in batches(figures.stored, figures.wanted):
            clock, processor = time.perf_counter(), time.process_time()
            for page, article in batch:
                kept = store.keep(page, article, origin="crawl", rules_version="generated", archive_key=page.provenance)
                states[kept.state] += 1
            spent = time.perf_counter() - clock, time.process_time() - processor
            figures.stored += len(batch)
            figures.states = dict(states)
            figures.batches.append((figures.stored, *spent, len(batch)))
            is_last = figures.stored >= figures.wanted or time.monotonic() >= ends
            if is_last or (marks and figures.stored >= marks[0]):
                marks = [mark for mark in marks if mark > figures.stored]
                figures.marks.append(measure(store, path, figures))
            if is_last or len(figures.batches) % 20 == 0:
                save()
            if is_last:
                return


def measure(store: Store, path: Path, figures: Figures) -> Mark:
    """Return what things cost at the size reached."""
    rate, cpu_rate = figures.rates()
    lookups = look_up(store, figures)
    words = [sys.executable, __file__, str(path.parent), "--search", str(figures.stored), "--articles",
             str(figures.wanted)]  # fmt: skip
    searches = json.loads(subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT).stdout)
    mark = Mark(figures.stored, rate, cpu_rate, lookups, searches, path.stat().st_size / 1e6)
    print(
        f"{mark.articles:>9,}  {rate:5.0f}/s ({cpu_rate:.0f}/s of processor time)  lookup {lookups['median']:.2f} ms"
        f" (95 %: {lookups['p95']:.2f})  search {searches['median']:.1f} ms (95 %: {searches['p95']:.1f})"
        f"  {mark.megabytes:,.0f} MB", flush=True,
    )  # fmt: skip
    return mark


def look_up(store: Store, figures: Figures) -> dict[str, float]:
    """Time the search for near-duplicates of the articles that come next. For exact copies the store asks for none."""
    corpus, times = Corpus(figures.wanted), []
    for n in range(figures.stored, figures.stored + LOOKUPS):
        if corpus.descent(n)[0] == "copied":
            continue
        _, article = corpus.article(n)
        drawn = sketch(article.text)
        if drawn is None:
            continue
        clock = time.perf_counter()
        near.find(store.database, article.site, drawn)
        times.append(time.perf_counter() - clock)
    return spread(times)


def search(path: Path, stored: int, wanted: int) -> dict[str, float]:
    """Time searches as readers type them, for articles from all over the corpus, in a fresh process."""
    corpus, chance, times, found = Corpus(wanted), random.Random(stored), [], 0
    with Store(path, readonly=True) as store:
        for _ in range(SEARCHES):
            query = corpus.query(chance.randrange(stored))
            clock = time.perf_counter()
            found += bool(store.search(query))
            times.append(time.perf_counter() - clock)
    return spread(times) | {"found": found / SEARCHES}


def spread(times: list[float]) -> dict[str, float]:
    """Return median, 95th of a hundred, and most of some times, in milliseconds."""
    ordered = sorted(times)
    return {
        "median": statistics.median(ordered) * 1000,
        "p95": ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] * 1000,
        "most": ordered[-1] * 1000,
    }


def run(name: str, words: list[str], documents: int, file: Path) -> Command:
    """Run a command of newsharvest and return what it needed. Raises SystemExit where it fails."""
    clock = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "newsharvest", *words], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"newsharvest {' '.join(words)} ended with status {process.returncode}")
    command = Command(
        name, time.perf_counter() - clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, documents,
        file.stat().st_size / 1e6,
    )  # fmt: skip
    print(
        f"{name}: {documents / command.seconds:.0f} a second, {command.seconds:.0f} s, "
        f"peak {command.peak_megabytes:.0f} MB, file {command.megabytes:,.0f} MB", flush=True,
    )  # fmt: skip
    return command


def export(folder: Path, stored: int) -> Iterator[Command]:
    """Export everything in each format that is measured."""
    for kind in ("jsonl", "parquet"):
        dest = folder / f"articles.{kind}"
        yield run(f"export {kind}", ["export", kind, str(dest), "--db", str(folder / "news.db")], stored, dest)
        dest.unlink()


def take_in(folder: Path, dumps: int) -> Command:
    """Write dumps as text files and import them into a database of their own, cleaning them."""
    corpus = Corpus(dumps, seed=2)
    for n in range(dumps):
        place = folder / "dumps" / f"{n // 1000:04}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{n:07}.txt").write_text(corpus.dump(n), encoding="utf-8")
    path = folder / "imported.db"
    return run("import", ["import", str(folder / "dumps"), "--db", str(path)], dumps, path)


def machine() -> str:
    """Return on what was measured."""
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())  # fmt: skip
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"


def load(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "figures.json").read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, help="stop storing after so many, and measure what is there")
    parser.add_argument("--dumps", type=int, default=50_000, help="to be imported with cleaning (default: %(default)s)")
    parser.add_argument("--docs", type=Path, metavar="FOLDER", help="write scale.md and scale.svg there")
    parser.add_argument("--report", action="store_true", help="measure nothing: tell what figures.json holds")
    parser.add_argument("--search", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.search:
        print(json.dumps(search(given.folder / "news.db", given.search, given.articles)))
        return
    if not given.report:
        work(given.folder, given.articles, given.dumps, given.minutes)
    if given.docs:
        scalereport.write(load(given.folder), given.docs)


def resume(folder: Path) -> Figures:
    """Return the figures of a run that did not end, brought to what its database holds."""
    known = load(folder)
    marks = [Mark(**mark) for mark in known.pop("marks")]
    figures = Figures(**{**known, "marks": marks, "commands": []})
    with Store(folder / "news.db") as store:
        rows = store.database.rows(
            "SELECT iif(duplicate_of IS NULL, 'stored', 'duplicate') AS state, count(*) AS n FROM {articles} GROUP BY 1"
        )
    figures.states = {row["state"]: row["n"] for row in rows}
    figures.stored = sum(figures.states.values())
    figures.interrupted.append(figures.stored)
    return figures


def work(folder: Path, articles: int, dumps: int, minutes: float | None) -> None:
    """Measure everything into a new folder."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = Figures(machine(), articles, dumps_wanted=dumps)
    if (folder / "news.db").exists():
        figures = resume(folder)

    def save() -> None:
        text = json.dumps(asdict(figures), ensure_ascii=False, indent=1)
        (folder / "figures.json").write_text(text, encoding="utf-8")

    fill(folder / "news.db", figures, minutes, save)
    for command in export(folder, figures.stored):
        figures.commands.append(command)
        save()
    if dumps:
        figures.commands.append(take_in(folder, dumps))
        save()


if __name__ == "__main__":
    main()
