"""Reading labelled gold: folders of a page and its gold.tsv, and JSON lines (the format: docs/gold-format.md)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from newsharvest.formats.records import is_web_address, site_of
from newsharvest.items import Page

LABELS = frozenset("KDO")
MEDIA_TYPES = {".html": "text/html", ".json": "application/json", ".txt": "text/plain"}
KINDS = {"text/html": "page", "application/json": "rest", "text/plain": "dump"}
_FACTS = ("title", "published", "rejected")
_META = {"url": str, "fetched_at": datetime, "media_type": str, "encoding": str, "listed_at": datetime}


class GoldError(ValueError):
    """Gold that cannot be read; the message names the file, and the line or key in it."""


class GoldLine(NamedTuple):
    """One line of a page as a person judged it: K keep, D drop, O either; and what kind of junk it is, if said."""

    label: str
    text: str
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Gold:
    """What a person says of a page: its lines in order, its title and time, or why it is to be refused.

    ``published`` is an aware time, or a date where the page shows no more; ``rejected`` is (stage, reason).
    """

    lines: tuple[GoldLine, ...]
    title: str | None = None
    published: datetime | date | None = None
    rejected: tuple[str, str] | None = None

    def labelled(self, label: str) -> list[GoldLine]:
        """Return the lines that bear this label."""
        return [line for line in self.lines if line.label == label]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One document with its gold. ``body`` is the document, or the file that holds it, read when it is asked for."""

    name: str
    site: str
    media_type: str
    gold: Gold
    body: Path | bytes
    meta: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """page, rest (a JSON post) or dump."""
        return KINDS.get(self.media_type, "page")

    @property
    def page(self) -> Page:
        """The document as a crawl or an import would hand it to the path. Raises OSError where its file went."""
        return Page(
            url=self.meta.get("url"),
            site=self.site,
            fetched_at=self.meta["fetched_at"],
            media_type=self.media_type,
            encoding=self.meta.get("encoding"),
            body=self.body if isinstance(self.body, bytes) else self.body.read_bytes(),
            provenance=self.name,
            listed_at=self.meta.get("listed_at"),
        )


@dataclass(frozen=True, slots=True)
class GoldSet:
    """Documents that are counted together, under the path that the user gave."""

    name: str
    documents: tuple[Labelled, ...]


def read(path: Path) -> list[GoldSet]:
    """Return the sets at a path: a .jsonl file is one; a folder's documents are one, its .jsonl files one each.

    Raises GoldError for what is no gold, and where there is none.
    """
    if path.is_file():
        return [GoldSet(str(path), tuple(_read_lines(path)))]
    if not path.is_dir():
        raise GoldError(f"{path}: there is no such file or folder")
    folders = sorted(file.parent for file in path.rglob("gold.tsv"))
    sets = [GoldSet(str(path), tuple(read_folder(folder, path) for folder in folders))] if folders else []
    sets += [GoldSet(str(file), tuple(_read_lines(file))) for file in sorted(path.glob("*.jsonl"))]
    if not sets:
        raise GoldError(f"{path}: neither a folder with gold.tsv nor a .jsonl file lies in it")
    return sets


def read_folder(folder: Path, root: Path | None = None) -> Labelled:
    """Return the document of one folder: page.html, page.json or page.txt with gold.tsv and, if it is there, meta.toml.

    Its site is the name of the folder above; below ``root`` itself that of its URL. Raises GoldError.
    """
    files = [file for suffix in MEDIA_TYPES if (file := folder / f"page{suffix}").is_file()]
    if len(files) != 1:
        found = "both " + " and ".join(file.name for file in files) if files else "no page.html, page.json or page.txt"
        raise GoldError(f"{folder}: {found}")
    meta = _read_meta(folder / "meta.toml")
    meta.setdefault("fetched_at", _changed_at(files[0]))
    above = folder.resolve().parent
    is_flat = root is not None and above == root.resolve()
    return Labelled(
        name=f"{above.name}/{folder.resolve().name}",
        site=site_of(meta.get("url"), meta["fetched_at"]) if is_flat else above.name,
        media_type=meta.get("media_type") or MEDIA_TYPES[files[0].suffix],
        gold=read_tsv(folder / "gold.tsv"),
        body=files[0],
        meta=meta,
    )


def read_tsv(path: Path) -> Gold:
    """Return what a gold.tsv says. Raises GoldError naming the line."""
    lines: list[GoldLine] = []
    facts: dict[str, str] = {}
    for number, row in enumerate(_text(path).removesuffix("\n").split("\n"), 1):
        label, *columns = row.split("\t")
        place = f"{path}, line {number}"
        if label not in LABELS and label not in _FACTS:
            raise GoldError(f"{place}: {label!r} is none of {', '.join((*sorted(LABELS), *_FACTS))}")
        if not 1 <= len(columns) <= 2 or not columns[0].strip():
            raise GoldError(f"{place}: a row is a label, a text and at most one category, set apart by tabs")
        if label in LABELS:
            lines.append(GoldLine(label, columns[0], columns[1].strip() or None if columns[1:] else None))
        elif label in facts:
            raise GoldError(f"{place}: a second {label!r}")
        else:
            facts[label] = columns[0]
    stage, _, reason = facts.get("rejected", "").partition("/")
    published = _published(facts.get("published"), str(path))
    return Gold(tuple(lines), facts.get("title"), published, (stage, reason) if stage else None)


def _read_meta(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        meta = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise GoldError(f"{path}: {error}") from error
    for key, value in meta.items():
        if key not in _META:
            raise GoldError(f"{path}: unknown key {key!r} (known: {', '.join(_META)})")
        if not isinstance(value, _META[key]) or (isinstance(value, datetime) and value.tzinfo is None):
            wanted = "a time with its offset" if _META[key] is datetime else "a text"
            raise GoldError(f"{path}: {key!r} is not {wanted}")
    return {key: value.astimezone(UTC) if isinstance(value, datetime) else value for key, value in meta.items()}


def _read_lines(path: Path) -> Iterator[Labelled]:
    """Yield the documents of a .jsonl file; their pages lie in the folder of its name, else they are dumps."""
    folder = path.with_suffix("")
    count = 0
    for number, row in enumerate(_text(path).split("\n"), 1):
        if not row.strip():
            continue
        count += 1
        place = f"{path}, line {number}"
        try:
            record = json.loads(row)
        except json.JSONDecodeError as error:
            raise GoldError(f"{place}: not JSON: {error.msg}") from error
        yield _read_record(record, folder, place)
    if not count:
        raise GoldError(f"{path}: no documents in it")


def _read_record(record: Any, folder: Path, place: str) -> Labelled:
    name = record.get("id") if isinstance(record, dict) else None
    if not isinstance(name, str) or not name or Path(name).name != name or name == "..":
        raise GoldError(f"{place}: 'id' is missing, or no name of a file")
    url = record.get("url")
    if url is not None and not is_web_address(url):
        raise GoldError(f"{place}: 'url' is no web address")
    title = record.get("title")
    if title is not None and not isinstance(title, str):
        raise GoldError(f"{place}: 'title' is no text")
    lines = _record_lines(record.get("lines"), place)
    body: Path | bytes
    if folder.is_dir():
        files = [file for suffix in MEDIA_TYPES if (file := folder / f"{name}{suffix}").is_file()]
        if not files:
            raise GoldError(f"{place}: {folder} holds no page {name}.html")
        body, media_type, changed_at = files[0], MEDIA_TYPES[files[0].suffix], _changed_at(files[0])
    else:
        body, media_type = "\n".join(line.text for line in lines).encode(), "text/plain"
        changed_at = _changed_at(Path(place.rpartition(", line ")[0]))
    fetched_at = _published(record.get("fetched_at"), place, "fetched_at") or changed_at
    if not isinstance(fetched_at, datetime):
        raise GoldError(f"{place}: 'fetched_at' is not a time with its offset")
    domain = record.get("domain")
    site = site_of(url, fetched_at) if url or not isinstance(domain, str) else domain
    published = _published(record.get("published"), place)
    gold = Gold(lines, title or None, published)
    return Labelled(name, site, media_type, gold, body, {"url": url, "fetched_at": fetched_at.astimezone(UTC)})


def _record_lines(lines: Any, place: str) -> tuple[GoldLine, ...]:
    if not isinstance(lines, Sequence) or isinstance(lines, str) or not lines:
        raise GoldError(f"{place}: 'lines' is missing, or no list")
    for line in lines:
        if not isinstance(line, dict) or line.get("l") not in LABELS or not isinstance(line.get("t"), str):
            raise GoldError(f"{place}: a line is {{'t': text, 'l': 'K', 'D' or 'O'}}, not {str(line)[:80]}")
    return tuple(GoldLine(line["l"], line["t"], line.get("c") or None) for line in lines)


def _published(text: Any, place: str, key: str = "published") -> datetime | date | None:
    """Return a time with its offset, or a day."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-11-20"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise GoldError(f"{place}: {key!r} is {text!r}, not a time with its offset (2026-11-20T06:00:00+05:30)")
    return moment


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise GoldError(f"{path}: not UTF-8") from error
    except OSError as error:
        raise GoldError(f"{path}: {error.strerror}") from error
