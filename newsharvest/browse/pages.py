"""Our pages: what a reader asks for, read from the database and the archive, and put into a template."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from datasette.utils.asgi import Request, Response

from cleaners.model import Article, Removal
from newsharvest.archive import ArchiveError
from newsharvest.browse import guard, raw
from newsharvest.browse.reader import Reader
from newsharvest.browse.rendering import render, static
from newsharvest.browse.unfolding import compare, unfold
from newsharvest.cleaning import Cleaners
from newsharvest.commands import rulebook
from newsharvest.commands.diff import find_changes
from newsharvest.commands.terminal import INDIA, group_reason
from newsharvest.store import SearchError, Store, StoredArticle, StoreError, browsing, clusters

DAYS = 14
RUNS = 10
A_PAGE = 20
MOST_PAGES = 50
REJECTIONS = 100

Handler = Callable[..., Awaitable[Response]]


class NotFound(Exception):
    """There is no such page; the message says what was asked for."""


class Pages:
    """Handlers of one database; ``cleaners`` read a page again to find the places of what was removed."""

    def __init__(self, reader: Reader, cleaners: Cleaners) -> None:
        self._reader = reader
        self._cleaners = cleaners
        self._archive = reader.settings.archive

    def routes(self) -> list[tuple[str, Handler]]:
        """Return the pages by the expression that their address fulfils."""
        return [
            (r"/$", _answering(self.front)),
            (r"/search$", _answering(self.search)),
            (r"/rejected$", _answering(self.rejected)),
            (r"/article/(?P<id>[0-9]+)$", _answering(self.article)),
            (r"/article/(?P<id>[0-9]+)/revisions$", _answering(self.revisions)),
            (r"/article/(?P<id>[0-9]+)/page$", _answering(self.page)),
            (r"/raw$", _answering(self.raw)),
            (r"/-/newsharvest/(?P<name>[a-z]+\.css)$", _answering(self.style)),
        ]

    async def front(self, request: Request) -> Response:
        """Figures by site and day, the last runs, what was refused."""

        def ask(store: Store) -> dict[str, Any]:
            refused: Counter[str] = Counter()
            for stage, reason, number in browsing.reasons(store.database):
                refused[group_reason(stage, reason)] += number
            return {
                "sites": browsing.sites(store.database),
                "days": browsing.days(store.database, DAYS),
                "runs": store.runs.latest(RUNS),
                "refused": refused.most_common(12),
            }

        found = await self._reader.read(ask)
        return _page("front.html", file=str(self._reader.settings.database), window=browsing.WINDOW, **found)

    async def search(self, request: Request) -> Response:
        """Articles by their words; without words the newest."""
        asked = {name: (request.args.get(name) or "").strip() for name in ("q", "site", "from", "to", "sort")}
        number = _page_number(request.args.get("page"))
        problem, hits = None, []
        try:
            since, until = _day(asked["from"]), _day(asked["to"])
            limits = {
                "site": asked["site"] or None, "since": since, "until": until and until + timedelta(days=1),
                "limit": A_PAGE + 1, "offset": (number - 1) * A_PAGE,
            }  # fmt: skip
            if asked["q"]:
                sort = "newest" if asked["sort"] == "newest" else "best"
                hits = await self._reader.read(lambda store: store.search(asked["q"], sort=sort, **limits))
            else:
                hits = await self._reader.read(lambda store: browsing.newest(store.database, **limits))
        except (SearchError, ValueError) as error:
            problem = str(error)
        sites = await self._reader.read(lambda store: store.sites_seen())
        more = len(hits) > A_PAGE and number < MOST_PAGES
        earlier = _address(asked, number - 1) if number > 1 else None
        return _page(
            "search.html", status=400 if problem else 200, asked=asked, hits=hits[:A_PAGE], sites=sites,
            problem=problem, earlier=earlier, later=_address(asked, number + 1) if more else None,
        )  # fmt: skip

    async def rejected(self, request: Request) -> Response:
        """The last pages that were refused, of a site or all."""
        site = (request.args.get("site") or "").strip() or None

        def ask(store: Store) -> dict[str, Any]:
            return {
                "rejections": store.rejections(site=site, limit=REJECTIONS),
                "reasons": browsing.reasons(store.database, site),
                "sites": store.sites_seen(),
            }

        found = await self._reader.read(ask)
        rows = [(rejection, raw.locate(rejection)) for rejection in found.pop("rejections")]
        return _page("rejected.html", site=site, rows=rows, most=REJECTIONS, **found)

    async def article(self, request: Request) -> Response:
        """One article with what was removed from it, and its kin."""
        stored = await self._stored(request)

        def ask(store: Store) -> tuple[list[browsing.Listed], list[browsing.Listed], clusters.Cluster | None]:
            copies, others = (find(store.database, stored.id) for find in (browsing.copies, browsing.cluster))
            return copies, others, clusters.read(store.database, stored.cluster) if stored.cluster else None

        copies, others, cluster = await self._reader.read(ask)
        unfolded = unfold(stored, await self._read_again(stored) if stored.removals else None)
        known = rulebook.by_id()
        whys = {rule: known[rule].why for rule in _rules(stored) if rule in known}
        lines = [(line, isinstance(line, Removal)) for line in unfolded.lines]
        return _page(
            "article.html", article=stored, lines=lines, is_exact=unfolded.is_exact, whys=whys, copies=copies,
            cluster=cluster, others=[other for other in others if other.id not in {copy.id for copy in copies}],
            locator=raw.locate(stored),
        )  # fmt: skip

    async def revisions(self, request: Request) -> Response:
        """The history of an article, and what changed from one revision to another."""
        stored = await self._stored(request)
        revisions = await self._reader.read(lambda store: store.revisions(stored.id))
        known = {revision.n: revision for revision in revisions}
        new = known.get(_number(request.args.get("to")), revisions[-1])
        old = known.get(_number(request.args.get("from")), known.get(new.n - 1, new))
        return _page(
            "revisions.html", article=stored, old=old, new=new, changes=find_changes(old, new),
            rows=[(revision, raw.locate_revision(stored, revision)) for revision in reversed(revisions)],
            lines=compare(old.text, new.text), is_same_text=old.text == new.text,
        )  # fmt: skip

    async def page(self, request: Request) -> Response:
        """The raw page of an article, in a frame that runs and loads nothing."""
        stored = await self._stored(request)
        locator = request.args.get("at") or raw.locate(stored)
        if locator is None or not raw.is_locator(locator):
            raise NotFound(f"no raw page of article {stored.id} was kept")
        return _page("page.html", article=stored, locator=locator, archive=str(self._archive))

    async def raw(self, request: Request) -> Response:
        """A document of the archive as it came, behind a policy that forbids it everything."""
        locator = request.args.get("at") or ""
        if not raw.is_locator(locator):
            raise NotFound(f"{locator!r} is no place in the archive")
        shown = raw.show(raw.fetch(self._archive, locator))
        return Response(shown.body, content_type=shown.content_type, headers={"content-security-policy": guard.RAW})

    async def style(self, request: Request) -> Response:
        """A style sheet."""
        sheet = static(request.url_vars["name"])
        if sheet is None:
            raise NotFound("there is no such style sheet")
        return Response(sheet, content_type="text/css; charset=utf-8")

    async def _stored(self, request: Request) -> StoredArticle:
        text = request.url_vars["id"]
        number = int(text) if len(text) < 19 else 0  # more digits than SQLite's numbers have
        found = await self._reader.read(lambda store: store.article(number))
        if found is None:
            raise NotFound(f"there is no article {text[:40]}")
        return found

    async def _read_again(self, stored: StoredArticle) -> Article | None:
        """Return the article that its page is by the present rules, None where it is none, or is not in the archive."""
        locator = raw.locate(stored)
        if locator is None:
            return None
        try:
            page = raw.fetch(self._archive, locator, url=stored.url, site=stored.site, provenance=stored.provenance)
        except ArchiveError:  # the places are guessed then, and the reader is told so
            return None
        outcome = await self._cleaners.clean(page)
        return outcome if isinstance(outcome, Article) else None


def _answering(handler: Handler) -> Handler:
    """Turn what is missing and what cannot be read into pages that say so."""

    @functools.wraps(handler)
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except NotFound as error:
            return _page("message.html", status=404, title="Not found", message=str(error))
        except ArchiveError as error:
            return _page("message.html", status=404, title="Not in the archive", message=str(error))
        except StoreError as error:
            return _page("message.html", status=503, title="The database could not be read", message=str(error))

    return answer


def _page(template: str, status: int = 200, **values: Any) -> Response:
    headers = {"content-security-policy": guard.OURS, "cache-control": "no-store"}
    return Response(render(template, **values), status, headers, content_type="text/html; charset=utf-8")


def _rules(stored: StoredArticle) -> set[str]:
    return {rule for removal in stored.removals for rule in (removal.rule, *removal.because)} | set(stored.outside)


def _page_number(text: str | None) -> int:
    return min(max(_number(text) or 1, 1), MOST_PAGES)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def _day(text: str) -> datetime | None:
    """Return the beginning of a day in India. Raises ValueError, whose message is for the reader."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=INDIA) if text else None
    except ValueError as error:
        raise ValueError(f"{text!r} is no day: write YYYY-MM-DD") from error


def _address(asked: dict[str, str], number: int) -> str:
    words = {name: value for name, value in asked.items() if value}
    return "/search?" + urlencode({**words, "page": number})
