"""What to change after a check of a site: which line of which file, and how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from newsharvest import declarations, findings
from newsharvest.declarations import Declaration, Place
from newsharvest.findings import Sample, SiteFinding, SourceFinding

KINDS = {"feed": "Feed", "sitemap": "Sitemap", "rest": "WordPress", "listing": "Listing"}
# Which attribute of a spider leaves a page, by the word that its refusal has.
_ATTRIBUTES = {"no-article": "article_pattern", "excluded": "exclude", "off-site": "hosts"}
_ENOUGH = 3  # articles without an author before it is more than chance


@dataclass(frozen=True, slots=True)
class Change:
    """A line to change: ``do`` says how, ``why`` what was found."""

    place: Place
    do: str
    why: str

    def __str__(self) -> str:
        return f"{self.place}: {self.do}" + (f" ({self.why})" if self.why else "")


def propose(spider: type, finding: SiteFinding) -> list[Change]:
    """Return the changes that a finding asks for, each once: sources in their order, then the site file."""
    written = [declarations.find_source(spider, KINDS[it.kind], it.url) for it in finding.sources]
    changes = []
    for source, declaration in zip(finding.sources, written, strict=True):
        if declaration is None:
            declaration = Declaration(declarations.find_class(spider), f'{KINDS[source.kind]}("{source.url}")')
        pairs = zip(finding.sources, written, strict=True)
        peers = [peer for peer, other in pairs if other and _is_same(other, declaration)]
        changes += _of_source(spider, source, declaration, peers)
    changes += _of_samples(finding)
    return list(dict.fromkeys(changes))


def _is_same(one: Declaration, other: Declaration) -> bool:
    return one.is_one_of_many and one.place == other.place and one.call == other.call


def _of_source(
    spider: type, source: SourceFinding, declaration: Declaration, peers: Sequence[SourceFinding]
) -> Iterator[Change]:
    verdict, place = source.verdict, declaration.place
    if verdict == findings.MOVED:
        yield Change(*_replacement(source, declaration), "moved for good")
    elif verdict == findings.WORKS and not source.verified:
        if all(peer.verdict == findings.WORKS for peer in peers):
            yield Change(declaration.verified or place, "drop verified=False", f"{source.url} works")
        else:
            do = f'declare {KINDS[source.kind]}("{source.url}") by itself, without verified=False'
            yield Change(declaration.verified or place, do, "others of this line do not work")
    elif verdict == findings.REFUSED:
        yield _widening(spider, source)
    elif verdict in (findings.DEAD, findings.UNREADABLE, findings.FORBIDDEN) and source.fault:
        where = source.fault_at or source.landed
        why = f"{source.fault}, at {where}" if where else source.fault
        yield Change(*_removal(source, declaration), why)
    elif verdict == findings.FORBIDDEN:
        yield Change(*_removal(source, declaration), f"its articles may not be read: {_fault_of(source.sample)}")
    elif verdict == findings.STALE:
        where, do = _removal(source, declaration)
        yield Change(where, f"{do}, or find its successor", f"newest page of {source.newest:%Y-%m-%d}")
    elif verdict == findings.EMPTY:
        where, do = _removal(source, declaration)
        yield Change(where, f"{do} if it stays empty", source.fault or "it lists no pages")
    elif verdict == findings.UNREAD and source.sample:
        yield _reading(spider, source.sample)


def _reading(spider: type, sample: Sample) -> Change:
    """Say where pages that became no articles are to be read otherwise, or left out."""
    fault = _fault_of(sample)
    if fault.startswith(("document:", "line:")):
        if sample.site_file is None:
            place = Place(declarations.show(_new_site_file(spider)))
            return Change(place, "write one whose body finds the text", f"{sample.url}: {fault}")
        place = declarations.find_key(sample.site_file, "body") or Place(declarations.show(sample.site_file))
        return Change(place, "change body: the text is not found", f"{sample.url}: {fault}")
    place = declarations.find_attribute(spider, "article_pattern") or declarations.find_class(spider)
    return Change(place, "let article_pattern leave out such pages", f"{sample.url}: {fault}")


def _replacement(source: SourceFinding, declaration: Declaration) -> tuple[Place, str]:
    old, new = source.url, source.landed or ""
    if source.asked != source.url:  # a date, or the page of an interface, stands in for something: only the host is new
        asked, landed, pattern = urlsplit(source.asked or ""), urlsplit(new), urlsplit(old)
        if (asked.path, asked.query) != (landed.path, landed.query):
            return declaration.place, f'change "{old}": {source.asked} leads to {new}'
        new = urlunsplit(pattern._replace(scheme=landed.scheme, netloc=landed.netloc))
    if declaration.is_one_of_many:
        return declaration.part_place or declaration.place, f'change "{declaration.part}": "{old}" leads to "{new}"'
    return declaration.place, f'replace "{old}" by "{new}"'


def _removal(source: SourceFinding, declaration: Declaration) -> tuple[Place, str]:
    if declaration.is_one_of_many and declaration.part_place:
        return declaration.part_place, f'remove "{declaration.part}", which makes {declaration.call}'
    if source.kind == "rest" and "…" in declaration.call:
        return declaration.place, f"remove {declaration.call}, but keep its fallback as a source"
    return declaration.place, f"remove {declaration.call}"


def _widening(spider: type, source: SourceFinding) -> Change:
    """Name the pattern that leaves most of the pages, with two of them."""
    word = source.refused.most_common(1)[0][0]
    attribute = _ATTRIBUTES.get(word, "article_pattern")
    place = declarations.find_attribute(spider, attribute) or declarations.find_class(spider)
    shown = " and ".join(source.examples.get(word, ()))
    return Change(place, f"{attribute} takes no link of {source.url}", f"{word}: {shown}")


def _of_samples(finding: SiteFinding) -> Iterator[Change]:
    """What the site file, or what is read by general means, did not find in any of the samples."""
    read = [sample for sample in finding.samples if sample.article]
    for file in dict.fromkeys(sample.site_file for sample in read if sample.site_file):
        own = [sample for sample in read if sample.site_file == file]
        yield from _of_site_file(file, own)
    if not read:
        return
    from cleaners import metadata, timestamps  # a second to import, for this only

    url = read[0].url
    if not any(sample.article.title for sample in read):
        file = next((sample.site_file for sample in read if sample.site_file), None)
        if file is None or not declarations.find_key(file, "title"):
            where = Place(declarations.show(file)) if file else declarations.find_in_module(metadata, "_shown_title")
            yield Change(where, 'add title = "//…"' if file else "no title is found", url)
    if not any(sample.article.published_at for sample in read):
        yield Change(declarations.find_in_module(timestamps, "published"), "no time of publication is found", url)
    if len(read) >= _ENOUGH and not any(sample.article.authors or sample.article.agency for sample in read):
        where = declarations.find_in_module(metadata, "_AUTHOR_NODES")
        yield Change(where, "no author and no agency is found, if the page names one", url)


def _of_site_file(file: str, samples: Sequence[Sample]) -> Iterator[Change]:
    bodies = [sample.bodies for sample in samples if sample.bodies]
    if bodies and not any(map(any, bodies)):
        place = declarations.find_key(file, "body") or Place(declarations.show(file))
        yield Change(place, "change body: none of its expressions finds text", samples[0].url)
    titled = [sample.is_titled for sample in samples if sample.is_titled is not None]
    if titled and not any(titled):
        place = declarations.find_key(file, "title") or Place(declarations.show(file))
        yield Change(place, "change title: it finds nothing", samples[0].url)


def _fault_of(sample: Sample | None) -> str:
    return (sample.fault if sample else None) or "no sample"


def _new_site_file(spider: type) -> str:
    return str(Path(str(resources.files("cleaners").joinpath("data", "sites"))) / f"{spider.name}.toml")
