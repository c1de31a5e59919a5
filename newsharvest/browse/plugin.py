"""What we add to Datasette: our pages, SQL functions that know Hindi spelling, canned queries, links and styles."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Callable
from typing import Any

from datasette import hookimpl
from markupsafe import Markup

from cleaners.devanagari import match_key
from newsharvest.browse import guard
from newsharvest.browse.pages import Pages
from newsharvest.store import SearchError
from newsharvest.store.database import Names
from newsharvest.store.query import TOKEN, parse

DATABASE = "news"  # its name in Datasette, whatever the file's
_NOTHING = '""'  # what FTS5 takes for a query that no text fulfils


class Plugin:
    """The hooks. Registered for one database only, not for every Datasette of the machine."""

    __name__ = "newsharvest-browse"  # Datasette asks; no module's, or it would take our templates for its own

    def __init__(self, pages: Pages, names: Names) -> None:
        self._pages = pages
        self._names = names

    @hookimpl
    def register_routes(self) -> list[tuple[str, Callable[..., Any]]]:
        """Our pages; they come before Datasette's own."""
        return self._pages.routes()

    @hookimpl(trylast=True)  # after Datasette's own, whose escape_fts knows no Hindi
    def prepare_connection(self, conn: Any) -> None:
        """SQL functions for whoever writes a query: ``articles_fts MATCH search_query(:q)``."""
        conn.create_function("match_key", 1, _match_key, deterministic=True)
        conn.create_function("search_query", 1, search_query, deterministic=True)
        conn.create_function("escape_fts", 1, search_query, deterministic=True)

    @hookimpl
    def canned_queries(self, database: str) -> dict[str, dict[str, str]]:
        """The queries of queries.toml, over our tables whatever their prefix."""
        if database != DATABASE:
            return {}
        text = (importlib.resources.files("newsharvest.browse") / "queries.toml").read_text(encoding="utf-8")
        return {name: {**query, "sql": query["sql"].format_map(self._names).strip()}
                for name, query in tomllib.loads(text).items()}  # fmt: skip

    @hookimpl
    def get_metadata(self) -> dict[str, Any]:
        """The view ``corpus`` is searched by our index, from the search box of its page too."""
        plain = self._names.plain
        searched = {"fts_table": plain("articles_fts"), "fts_pk": "id"}
        tables = {plain("corpus"): {**searched, "sort_desc": "id"}, plain("articles"): searched}
        return {"databases": {DATABASE: {"title": "news", "tables": tables}}}

    @hookimpl
    def render_cell(self, value: object, column: str, table: str | None, database: str) -> Markup | None:
        """The id of an article leads to its page."""
        ours = {self._names.plain("articles"), self._names.plain("corpus"), None}  # None: a query
        names = ("article",) if table not in ours else ("article", "id") if table else ("article_id",)
        if database == DATABASE and column in names and isinstance(value, int):
            return Markup('<a href="/article/{0}">{0}</a>').format(value)
        return None

    @hookimpl
    def extra_css_urls(self) -> list[str]:
        """Devanagari readable on Datasette's pages too."""
        return ["/-/newsharvest/tables.css"]

    @hookimpl
    def menu_links(self) -> list[dict[str, str]]:
        """The way back to our pages."""
        return [{"href": "/", "label": "newsharvest"}, {"href": "/search", "label": "Search"}]

    @hookimpl
    def asgi_wrapper(self) -> Callable[[guard.App], guard.App]:
        """Headers, and the look at who asks."""
        return guard.protect


def search_query(text: str | None) -> str:
    """Return what a user typed as FTS5 takes it, in every spelling of its nasals. What cannot be understood as a query
    (a quotation mark that is not closed) is taken word by word: in SQL there is nobody to tell.
    """
    try:
        return parse(str(text or "")).match
    except SearchError:
        words = TOKEN.findall(match_key(str(text or "")))[:32]
        return parse(" ".join(words)).match if words else _NOTHING


def _match_key(text: object) -> str | None:
    return None if text is None else match_key(str(text))
