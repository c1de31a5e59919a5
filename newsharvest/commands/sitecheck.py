"""`newsharvest sites check`: what of each site works, and which line of which file to change where it does not."""

from __future__ import annotations

import difflib
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsharvest.commands.database import database_option
from newsharvest.commands.terminal import format_time, make_safe_line, print_json
from newsharvest.store import Store

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from newsharvest.findings import Sample, SiteFinding, SourceFinding

SECONDS = 300.0
_NAMES = {"rest": "wordpress"}
_COLOURS = {"works": "green", "waiting": "yellow", "unreachable": "yellow", "timeout": "yellow", "missing": "yellow"}
_INDENT = " " * 14


@click.command("check")
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option(
    "--archive",
    type=click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path),
    metavar="FILE",
    help="Read the newest answers of this archive instead of the web.",
)
@click.option(
    "--max-seconds", "seconds", type=click.FloatRange(min=0, min_open=True), default=SECONDS, show_default=True,
    metavar="N", help="Give each site so long.",
)  # fmt: skip
@database_option
@click.option("-s", "given", multiple=True, metavar="NAME=VALUE", help="Set a setting, as `scrapy crawl` does.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check_command(
    names: tuple[str, ...], archive: Path | None, seconds: float, db: Path | None, given: tuple[str, ...], as_json: bool
) -> None:
    """Ask each source of the named sites once, or of all, and say what works and what to change.

    Of each source: whether it answers, can be read, lists pages, lists pages that the spider takes, is young enough
    and may be read; and of one article that the spider takes, its title, text, time and authors. Below it stands which
    line of which file to change. Sites are asked side by side, each at its own polite pace; nothing is stored.

    A source works, or is one of: moved (for good), dead, forbidden, empty (lists no pages), refused (lists pages, of
    which the spider takes none), stale (nothing newer than 14 days), unreadable (not what it is declared as), unread
    (its pages are no articles); and for now: unreachable, waiting (the site asks not to be asked), timeout, missing
    from the archive, or unchecked (the check itself failed).

    The exit status is 0 where every source works, 1 where one does not, 2 for a wrong command.
    """
    from newsharvest.addon import read_settings

    settings = _load_settings(archive, db, given)
    spiders = choose_spiders(settings, names)
    chosen = read_settings(settings)
    if chosen.contact is None and chosen.replay is None:
        click.echo("HARVEST_CONTACT is not set: the sites cannot tell who is asking", err=True)
    from newsharvest.remedies import propose
    from newsharvest.sitecheck import check

    by_name = {spider.name: spider for spider in spiders}

    def show(finding: SiteFinding) -> None:
        if not as_json:
            _print_site(finding, propose(by_name[finding.site], finding))

    found = check(spiders, settings, seconds=seconds, waiting=_read_pauses(chosen, by_name), on_done=show)
    status = 0 if all(finding.works for finding in found) else 1
    if as_json:
        sites = [_describe_site(finding, propose(by_name[finding.site], finding)) for finding in found]
        now = datetime.now(UTC).isoformat(timespec="seconds")
        replay = str(chosen.replay) if chosen.replay else None
        print_json({"checked_at": now, "archive": replay, "exit_status": status, "sites": sites})
    else:
        _print_summary(found)
    sys.stdout.flush()
    sys.exit(status)


def choose_spiders(settings: Settings, names: tuple[str, ...]) -> list[type]:
    """Return the spiders of the named sites, of all where none is named. Raises click.UsageError for other names."""
    from scrapy.spiderloader import get_spider_loader

    from newsharvest.fleet import crawlable_sites

    known, generic = crawlable_sites(settings)
    for name in names:
        if name in generic:
            raise click.UsageError(f"{name} is for any site: it declares no sources to check")
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(near)}?" if near else "`newsharvest sites` lists them."
            raise click.UsageError(f"there is no site {name!r}. {hint}")
    if not known:
        raise click.UsageError("this Scrapy project has no spider that is a site")
    loader = get_spider_loader(settings)
    return [loader.load(name) for name in dict.fromkeys(names or known)]


def _load_settings(archive: Path | None, db: Path | None, given: tuple[str, ...]) -> Settings:
    from newsharvest.fleet import project_settings

    settings = project_settings()
    settings.set("LOG_LEVEL", "ERROR", priority="project")  # what a site answers is the report, not the log
    for pair in given:
        name, sign, value = pair.partition("=")
        if not sign or not name.strip():
            raise click.UsageError(f"-s {pair}: write it as NAME=VALUE")
        settings.set(name.strip(), value, priority="cmdline")
    for name, path in (("HARVEST_REPLAY", archive), ("HARVEST_DATABASE", db)):
        if path is not None:
            settings.set(name, str(path), priority="cmdline")
    return settings


def _read_pauses(chosen: Any, names: Any) -> dict[str, datetime]:
    """Return until when sites asked an earlier run to leave them alone, where that is still to come."""
    if chosen.replay is not None or not chosen.database.exists():
        return {}
    with Store(chosen.database, prefix=chosen.table_prefix, readonly=True) as store:
        pauses = {name: store.not_before(name) for name in names}
    return {name: until for name, until in pauses.items() if until is not None and until > datetime.now(UTC)}


# --- plain -----------------------------------------------------------------------------------------------------------


def _print_site(finding: SiteFinding, changes: list[Any]) -> None:
    working = sum(source.verdict == "works" for source in finding.sources)
    notes = [f"{finding.seconds:.0f} s"]
    if finding.crawl_delay:
        notes.append(f"Crawl-delay {finding.crawl_delay:g} s")
    head = f"{finding.site}: {working} of {len(finding.sources)} sources work"
    _echo(f" ({', '.join(notes)})", click.style(head, bold=True))
    if finding.fault:
        _echo(f"  {finding.fault}")
    shown: set[str] = set()
    for source in finding.sources:
        word = click.style(f"  {source.verdict:<11}", fg=_COLOURS.get(source.verdict, "red"))
        kind = _NAMES.get(source.kind, source.kind) + (" (fallback)" if source.is_fallback else "")
        _echo(f" {kind}  {source.url}", word)
        _echo(f"{_INDENT}{', '.join(_facts(source))}")
        if source.sample is not None and source.sample.url in shown:
            _echo(f"{_INDENT}article {source.sample.url}, as above")
        elif source.sample is not None:
            shown.add(source.sample.url)
            for line in _sample_lines(source.sample):
                _echo(f"{_INDENT}{line}")
    for change in changes:
        _echo(f"  -> {change}")
    click.echo()


def _facts(source: SourceFinding) -> list[str]:
    facts = [f"http {source.status}"] if source.status else []
    if source.fault and source.fault != f"http {source.status}":
        facts.append(source.fault)
    if source.fault_at:
        facts.append(f"at {source.fault_at}")
    if source.landed:
        facts.append(f"redirected {'for good' if source.is_moved else 'for now'} to {source.landed}")
    if source.at and not source.fault:
        below = f" and {_count(source.sitemaps, 'sitemap')}" if source.sitemaps else ""
        facts.append(f"{_count(source.pages, 'page')}{below} listed, {source.taken:,} taken")
        facts += [f"{count:,} {why}" for why, count in source.refused.most_common()]
    if source.defect:
        facts.append(source.defect)
    if source.age is not None:
        facts.append(f"newest {_span(source.age)} old")
    if source.robots and source.robots != "allowed":
        facts.append(f"robots.txt: {source.robots}")
    return facts or ["not asked"]


def _sample_lines(sample: Sample) -> list[str]:
    robots = f" (robots.txt: {sample.robots})" if sample.robots and sample.robots != "allowed" else ""
    article = sample.article
    if article is None:
        return [f"article {sample.url}{robots}: {sample.fault}"]
    when = f"{format_time(article.published_at)} ({article.published_source})" if article.published_at else "no time"
    credited = ", ".join((*article.authors, *([article.agency] if article.agency else []))) or "no author"
    text = f"{_count(len(article.text), 'character')} in {_count(len(article.blocks), 'line')}"
    return [
        f"article {sample.url}{robots}",
        f"        {article.title or 'no title'}",
        f"        {text}; {when}; {credited}; {article.language}; {_body(sample)}",
    ]


def _body(sample: Sample) -> str:
    if sample.is_post:
        return "text of the post"
    if sample.bodies is None:
        return "read by general means"
    number = next((n for n, finds in enumerate(sample.bodies, 1) if finds), None)
    return f"body {number} of {len(sample.bodies)} found" if number else "no body found, read by general means"


def _print_summary(found: list[SiteFinding]) -> None:
    words: dict[str, int] = {}
    for source in (source for finding in found for source in finding.sources):
        words[source.verdict] = words.get(source.verdict, 0) + 1
    shown = ", ".join(f"{count:,} {word}" for word, count in sorted(words.items(), key=lambda it: (-it[1], it[0])))
    _echo(f"{_count(len(found), 'site')}, {_count(sum(words.values()), 'source')}: {shown}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _span(age: timedelta) -> str:
    hours = max(0, int(age.total_seconds() // 3600))
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def _echo(line: str, styled: str = "") -> None:
    """Print a line that holds text of others, behind a beginning of ours."""
    indent = len(line) - len(line.lstrip(" "))
    click.echo(styled + " " * indent + make_safe_line(line))


# --- for machines ----------------------------------------------------------------------------------------------------


def _describe_site(finding: SiteFinding, changes: list[Any]) -> dict[str, Any]:
    return {
        "site": finding.site,
        "works": finding.works,
        "fault": finding.fault,
        "crawl_delay": finding.crawl_delay,
        "seconds": round(finding.seconds, 1),
        "sources": [_describe_source(source) for source in finding.sources],
        "changes": [
            {"file": it.place.file, "line": it.place.line, "do": it.do, "why": it.why or None} for it in changes
        ],
    }


def _describe_source(source: SourceFinding) -> dict[str, Any]:
    return {
        "kind": _NAMES.get(source.kind, source.kind),
        "url": source.url,
        "verified": source.verified,
        "fallback": source.is_fallback,
        "verdict": source.verdict,
        "asked": source.asked,
        "status": source.status,
        "fault": source.fault,
        "fault_at": source.fault_at,
        "defect": source.defect,
        "redirected_to": source.landed,
        "robots": source.robots,
        "sitemaps": source.sitemaps,
        "pages": source.pages,
        "taken": source.taken,
        "refused": dict(source.refused),
        "refused_examples": source.examples,
        "newest": source.newest.isoformat() if source.newest else None,
        "sample": _describe_sample(source.sample) if source.sample else None,
    }


def _describe_sample(sample: Sample) -> dict[str, Any]:
    article = sample.article
    described: dict[str, Any] = {"url": sample.url, "robots": sample.robots, "fault": sample.fault}
    if article is not None:
        described |= {
            "title": article.title,
            "characters": len(article.text),
            "lines": len(article.blocks),
            "published_at": article.published_at.isoformat() if article.published_at else None,
            "published_source": article.published_source,
            "authors": list(article.authors),
            "agency": article.agency,
            "language": article.language,
        }
    return described | {
        "site_file": sample.site_file,
        "bodies_found": list(sample.bodies) if sample.bodies else None,
        "title_found": sample.is_titled,
    }
