"""`newsharvest reclean`: the present rules over every page that was archived, with an account of what they change."""

from __future__ import annotations

import difflib
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import click

from cleaners import rules, sites
from cleaners.model import Article
from newsharvest.commands.database import choose_settings, database_option, open_to_read
from newsharvest.commands.terminal import INDIA, make_safe_line, print_table, show_progress
from newsharvest.configuration import HarvestSettings
from newsharvest.reclean import Recleaned, compare_lines, reclean
from newsharvest.store import Store, StoredArticle
from newsharvest.store.recleaning import Choice
from newsharvest.workers import Limits

TOP = 10
NAMED = 20
_DAY = click.DateTime(["%Y-%m-%d"])
_FIELDS = (
    "title", "summary", "authors", "agency", "section", "image_url", "published_at", "published_source", "modified_at",
    "language", "truncated",
)  # fmt: skip


@dataclass
class Tally:
    """What a re-clean did, as it goes on."""

    states: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    named: list[str] = field(default_factory=list)
    stopped_by: int | None = None

    def add(self, one: Recleaned) -> None:
        """Count one document."""
        self.states[one.state] += 1
        lines = compare_lines(one)
        self.removed += lines.removed
        self.kept += lines.kept
        if one.state in ("missing", "failed"):
            if self.states["missing"] + self.states["failed"] <= NAMED:
                self.named.append(f"{_name(one)}: {one.outcome.reason}")
        elif one.state == "withdrawn" and one.verdict is not None:
            self.reasons[str(one.verdict.reason).partition(" (")[0]] += 1

    def counts(self) -> dict[str, int]:
        """Return all counts by name, as they stand in the table of runs."""
        return {"documents": self.states.total(), **dict(sorted(self.states.items()))}


@click.command()
@click.option("--site", metavar="NAME", help="Pages of this site only.")
@click.option("--since", type=_DAY, metavar="YYYY-MM-DD", help="Pages last seen on this day (in India) or later only.")
@click.option("--dry-run", is_flag=True, help="Write nothing; show what would change.")
@click.option(
    "--diff", "diffs", type=click.IntRange(min=0), metavar="N",
    help="With --dry-run: show what changes in so many documents.  [default: 20]",
)  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Also pages that the present rules have cleaned already.")
@click.option(
    "--workers", type=click.IntRange(min=0), metavar="N",
    help="Processes that clean; 0: none beside this one.  [default: HARVEST_CLEANERS, else cores less one]",
)  # fmt: skip
@database_option
def command(
    site: str | None,
    since: datetime | None,
    dry_run: bool,
    diffs: int | None,
    everything: bool,
    workers: int | None,
    db: Path | None,
) -> None:
    """Clean the archived pages again, by the present rules.

    Every article and every page that was rejected is read again from the archive; nothing is fetched. An article that
    changes gets a revision; a rejected page may become an article; an article whose page is refused now is withdrawn
    with the reason, its text stays. What the present rules have cleaned is left out unless --all: that is how an
    interrupted run goes on. After an upgrade of newsharvest itself, --all.

    Pages that are missing in the archive, or whose cleaning fails, are named; then the exit status is 1.
    """
    if diffs is not None and not dry_run:
        raise click.UsageError("--diff goes with --dry-run")
    rules.shared(), sites.load_all()  # a wrong data file would fail every page
    settings = choose_settings(db)
    version = rules.rules_version()
    choice = Choice(site, since.replace(tzinfo=INDIA) if since else None, None if everything else version)
    with _open(settings, dry_run) as store:
        _check_site(store, site)
        left_out = store.recleaning.count(Choice(site, choice.since)) - store.recleaning.count(choice)
        work = reclean(
            store, settings.archive, choice, rules_version=version, dry_run=dry_run,
            workers=settings.cleaners if workers is None else workers,
            limits=Limits(settings.clean_seconds, settings.clean_mb),
        )  # fmt: skip
        tally = _work(store, work, choice, 20 if diffs is None else diffs) if dry_run else _run(store, work, choice)
    _report(tally, settings, dry_run, left_out)
    if tally.stopped_by is not None:
        sys.exit(128 + tally.stopped_by)
    if tally.states["missing"] or tally.states["failed"]:
        sys.exit(1)


def _open(settings: HarvestSettings, dry_run: bool) -> Store:
    store = open_to_read(settings)  # says so where there is no database yet
    if dry_run:
        return store
    store.close()
    return Store(settings.database, prefix=settings.table_prefix)


def _check_site(store: Store, site: str | None) -> None:
    if site is not None and site not in (known := store.sites_seen()):
        raise click.UsageError(f"no page of site {site!r} in {store.path}; there are: {', '.join(known)}")


def _run(store: Store, work: Iterator[Recleaned], choice: Choice) -> Tally:
    run, outcome, tally = store.runs.start("reclean", choice.site), "failed", Tally()
    try:
        _work(store, work, choice, None, tally)
        outcome = "finished" if tally.stopped_by is None else "interrupted"
    finally:
        store.runs.finish(run, outcome, tally.counts())
    return tally


def _work(
    store: Store, work: Iterator[Recleaned], choice: Choice, diffs: int | None, tally: Tally | None = None
) -> Tally:
    """Go through the documents; with ``diffs`` (a dry run) show each that changes, so many with their diff."""
    tally = tally or Tally()
    shown = 0
    total = store.recleaning.count(choice)
    with _stopping(tally), closing(work), show_progress("re-cleaning", total, unit="documents") as progress:
        for one in work:
            tally.add(one)
            if diffs is not None and one.is_alteration:
                _print_change(one, with_diff=shown < diffs)
                shown += 1
            progress.advance()
    if diffs is not None and shown:
        click.echo()
    return tally


@contextmanager
def _stopping(tally: Tally) -> Iterator[None]:
    """End the block early, and note by which signal, on Ctrl-C and on SIGTERM."""

    def stop(number: int, _: object) -> None:
        tally.stopped_by = number
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        tally.stopped_by = tally.stopped_by or signal.SIGINT
    finally:
        signal.signal(signal.SIGTERM, before)


def _name(one: Recleaned) -> str:
    where = one.document.url or one.document.provenance
    return f"#{one.document.id} {where}" if one.document.is_article else where


def _print_change(one: Recleaned, *, with_diff: bool) -> None:
    title = one.before.title if one.before else getattr(one.outcome, "title", None)
    parts = (click.style(one.state, bold=True), make_safe_line(_name(one)), make_safe_line(title or ""))
    click.echo("  ".join(part for part in parts if part))
    if one.verdict is not None and one.verdict.reason:
        click.echo(f"    {make_safe_line(one.verdict.reason)}")
    if with_diff and one.before is not None and isinstance(one.outcome, Article):
        for line in _diff(one.before, one.outcome):
            shown = f"    {line[0]}{make_safe_line(line[1:])}"
            click.echo(click.style(shown, fg={"-": "red", "+": "green"}.get(line[0])))


def _diff(before: StoredArticle, after: Article) -> Iterator[str]:
    """Yield the fields that differ, the text as a unified diff, and lines that another rule takes now."""
    for name in _FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if isinstance(new, datetime):
            new = new.replace(microsecond=0)  # as it is stored
        if old != new:
            yield f"-{name}: {_show(old)}"
            yield f"+{name}: {_show(new)}"
    old_lines, new_lines = before.text.split("\n"), after.text.split("\n")
    if old_lines != new_lines:
        yield from list(difflib.unified_diff(old_lines, new_lines, lineterm="", n=1))[2:]
    old_rules = {removal.text: removal.rule for removal in before.removals}
    for removal in after.removals:
        if (old := old_rules.get(removal.text, removal.rule)) != removal.rule:
            yield f"-{old}: {removal.text}"
            yield f"+{removal.rule}: {removal.text}"


def _show(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


_ROWS = (
    ("unchanged", "unchanged"), ("changed", "changed"), ("relabelled", "changed in rule ids only"),
    ("accepted", "newly accepted"), ("withdrawn", "withdrawn"), ("restored", "no longer withdrawn"),
    ("refused", "rejected for another reason"), ("overtaken", "written by another process meanwhile"),
    ("missing", "missing in the archive"), ("failed", "failed"),
)  # fmt: skip
_ALWAYS = ("unchanged", "changed", "accepted", "withdrawn", "missing")


def _report(tally: Tally, settings: HarvestSettings, dry_run: bool, left_out: int) -> None:
    for line in tally.named:
        click.echo(make_safe_line(line), err=True)
    if (hidden := tally.states["missing"] + tally.states["failed"] - NAMED) > 0:
        click.echo(f"... and {hidden:,} more", err=True)
    if tally.stopped_by is not None:
        hint = "nothing was written" if dry_run else "what is counted here is stored, the same command goes on"
        click.echo(f"interrupted: {hint}", err=True)
    rows: list[tuple[str, int]] = [("looked at", tally.states.total())]
    for state, name in _ROWS:
        if tally.states[state] or state in _ALWAYS:
            rows.append((name, tally.states[state]))
        if state == "withdrawn":
            rows += [(f"  {reason}", count) for reason, count in tally.reasons.most_common()]
    print_table(("documents", "count"), rows)
    for name, counts in (("lines newly removed", tally.removed), ("lines newly kept", tally.kept)):
        if counts:
            click.echo()
            print_table((name, "count"), [*counts.most_common(TOP), ("all rules", counts.total())])
    click.echo()
    if left_out:
        click.echo(f"{left_out:,} more are cleaned by the present rules already (--all takes them too)")
    click.echo(f"database: {settings.database}" + (" (nothing was written: --dry-run)" if dry_run else ""))
