"""Cleaning every page of a database again from its archive: in processes of its own, written by this one alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from cleaners.model import Article, Removal
from newsharvest.archive import Archive, ArchiveError
from newsharvest.flow import harvest
from newsharvest.formats import archived
from newsharvest.items import Rejected
from newsharvest.store import Store, StoredArticle
from newsharvest.store.recleaning import Choice, Document, Verdict
from newsharvest.workers import Died, Limits, Workers

_NOTED_AT_ONCE = 100  # documents that did not change, in one transaction


@dataclass(frozen=True, slots=True)
class Missing:
    """A page that the archive does not hold, or not whole."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A page whose cleaning failed: a fault of ours."""

    reason: str


Outcome = Article | Rejected | Missing | Fault


@dataclass(frozen=True, slots=True)
class Recleaned:
    """One document and what came of it: a verdict, or why there is none.

    ``before`` is the article as it stood, where there was one and something changed.
    """

    document: Document
    outcome: Outcome
    verdict: Verdict | None
    before: StoredArticle | None = None

    @property
    def state(self) -> str:
        """The verdict's state, else ``missing`` or ``failed``."""
        if self.verdict is not None:
            return self.verdict.state
        return "missing" if isinstance(self.outcome, Missing) else "failed"

    @property
    def is_alteration(self) -> bool:
        """Whether the database says something else of this document now (or would, in a dry run)."""
        return self.state not in ("unchanged", "overtaken", "missing", "failed")


def reclean(
    store: Store,
    archive: Path,
    choice: Choice,
    *,
    rules_version: str,
    workers: int,
    limits: Limits = Limits(),  # noqa: B008
    dry_run: bool = False,
) -> Iterator[Recleaned]:
    """Clean the chosen documents again and yield each with what came of it, which is written before it is yielded.

    What changed is written document by document, what did not is noted in batches, so an end at any moment loses
    nothing: the next call, choosing what these rules have not cleaned yet, goes on. A dry run writes nothing. Raises
    StoreError where the database cannot be written, ArchiveError where there is no archive.
    """
    Archive(archive, readonly=True).close()  # a message now rather than one a page
    unchanged: list[Document] = []

    def note() -> None:
        store.recleaning.note(unchanged, rules_version)
        unchanged.clear()

    with Workers(workers, cleaner, archive, limits=limits) as pool:
        try:
            with closing(pool.map(store.recleaning.documents(choice))) as cleaned:
                for document, outcome in cleaned:
                    outcome = Fault(outcome.reason) if isinstance(outcome, Died) else outcome
                    if isinstance(outcome, Missing | Fault):
                        yield Recleaned(document, outcome, None)
                        continue
                    verdict = store.recleaning.judge(document, outcome)
                    before = _before(store, document, verdict)
                    if not dry_run and verdict.state not in ("unchanged", "overtaken"):
                        verdict = store.recleaning.keep(document, outcome, rules_version)
                    elif not dry_run and verdict.state == "unchanged":
                        unchanged.append(document)
                        if len(unchanged) >= _NOTED_AT_ONCE:
                            note()
                    yield Recleaned(document, outcome, verdict, before)
        finally:
            note()


def cleaner(archive_path: Path) -> Callable[[Document], Outcome]:
    """Return the function that reads and cleans one document of an archive."""
    archive = Archive(archive_path, readonly=True)

    def clean(document: Document) -> Outcome:
        if document.locator is None:
            return Missing("nothing of it was archived")
        try:
            page = archived.page_of(
                archive, document.locator, url=document.url, site=document.site, provenance=document.provenance
            )
        except ArchiveError as error:
            return Missing(str(error))
        try:
            return harvest(replace(page, listed_at=document.listed_at))
        except MemoryError:
            raise
        except Exception as error:  # a fault of ours costs this page only: it is named and counted
            return Fault(f"{type(error).__name__}: {error}")

    return clean


@dataclass(frozen=True, slots=True)
class LineChanges:
    """Lines of an article that go now and stayed before, and the other way round, by the rule that took them."""

    removed: Counter[str]
    kept: Counter[str]


def compare_lines(recleaned: Recleaned) -> LineChanges:
    """Return which lines a document has lost and got back; none where it was no article before, or is none now."""
    if recleaned.before is None or not isinstance(recleaned.outcome, Article):
        return LineChanges(Counter(), Counter())
    before, after = recleaned.before.removals, recleaned.outcome.removals
    return LineChanges(removed=_beyond(after, before), kept=_beyond(before, after))


def _beyond(removals: tuple[Removal, ...], others: tuple[Removal, ...]) -> Counter[str]:
    """Count by rule the removals whose text is not among the others, each of which accounts for one."""
    known = Counter(removal.text for removal in others)
    counts: Counter[str] = Counter()
    for removal in removals:
        if known[removal.text]:
            known[removal.text] -= 1
        else:
            counts[removal.rule] += 1
    return counts


def _before(store: Store, document: Document, verdict: Verdict) -> StoredArticle | None:
    if verdict.state in ("unchanged", "overtaken"):
        return None
    return store.article(document.id) if document.is_article else None
