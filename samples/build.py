"""Builds the sample archive, which the demo and the tests crawl instead of the web, from web.toml and the goldens."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from newsharvest.archive import Archive

SAMPLES = Path(__file__).resolve().parent
GOLDEN = SAMPLES.parent / "tests" / "golden"
DEFAULT = SAMPLES.parent / "output" / "sample-archive.db"

_KEYS = {"url", "urls", "file", "posts", "golden", "type", "status", "headers"}
_PAGE = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Response:
    """One response of the sample web; ``fetched_at`` is aware."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime


class ManifestError(ValueError):
    """The manifest, or what it refers to, is wrong; the message names the entry and the key."""


def read_manifest(path: Path = SAMPLES / "web.toml") -> Iterator[Response]:
    """Yield every response that the manifest describes, in its order. Raises ManifestError."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    for number, entry in enumerate(table["response"], 1):
        where = f"{path.name}, response {number}"
        if unknown := set(entry) - _KEYS:
            raise ManifestError(f"{where}: unknown key {sorted(unknown)[0]!r}")
        if "golden" in entry:
            yield from (read_golden(name, where) for name in entry["golden"])
        else:
            yield from _answers(entry, where, table["fetched_at"])


def read_golden(name: str, where: str = "golden") -> Response:
    """Return a golden page as the response it was read from. Raises ManifestError where it is no page."""
    page, meta = GOLDEN / name / "page.html", GOLDEN / name / "meta.toml"
    if not page.is_file():
        raise ManifestError(f"{where}: there is no page {page}")
    facts = tomllib.loads(meta.read_text(encoding="utf-8"))
    return Response(facts["url"], 200, (("Content-Type", _PAGE),), page.read_bytes(), facts["fetched_at"])


def _answers(entry: dict, where: str, fetched_at: datetime) -> Iterator[Response]:
    """Yield the one answer of an entry for each of its addresses."""
    if "posts" in entry:
        posts = [json.loads((GOLDEN / name / "page.json").read_text(encoding="utf-8")) for name in entry["posts"]]
        body, media_type = json.dumps(posts, ensure_ascii=False).encode(), "application/json; charset=UTF-8"
    elif "file" in entry:
        body, media_type = (SAMPLES / "web" / entry["file"]).read_bytes(), entry["type"]
    else:
        raise ManifestError(f"{where}: one of 'file', 'posts' and 'golden' is needed")
    headers = (("Content-Type", media_type), *((name, str(value)) for name, value in entry.get("headers", {}).items()))
    for url in entry.get("urls") or [entry["url"]]:
        yield Response(url, entry.get("status", 200), headers, body, fetched_at)


def build(target: Path) -> list[Response]:
    """Write a new archive to ``target``, in the place of an older one, and return what it holds."""
    responses = list(read_manifest())
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(target.name + ".new")
    _remove(fresh)
    with Archive(fresh) as archive:
        for response in responses:
            archive.put(
                response.url,
                status=response.status,
                headers=response.headers,
                body=response.body,
                fetched_at=response.fetched_at,
            )
    _remove(target)
    fresh.rename(target)
    return responses


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def main() -> None:
    target = Path(sys.argv[1] if len(sys.argv) > 1 else DEFAULT).absolute()
    try:
        responses = build(target)
    except ManifestError as error:
        raise SystemExit(str(error)) from None
    hosts = {urlsplit(response.url).hostname for response in responses}
    print(f"sample archive: {len(responses)} responses of {len(hosts)} hosts in {target}")


if __name__ == "__main__":
    main()
