"""Reading every text and every page once: whether fingerprints, search index and archive say what is there."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from cleaners.devanagari import match_key
from newsharvest.archive import Archive
from newsharvest.fingerprint import text_hash
from newsharvest.store import archives
from newsharvest.store.database import Database
from newsharvest.store.signing import sign

_AT_ONCE = 200
_WORDS_LOOKED_UP = 5
_END = 200  # characters: the last words and more
_SAID = regex.compile(r"[\p{L}\p{N}]")


def check_texts(database: Database) -> Iterator[tuple[str, str]]:
    """Yield (check, what) for each revision whose fingerprints are not those of its fields, and for each article whose
    last words the search index does not know; ("", "") wherever some were read.
    """
    last = 0
    while rows := database.rows(
        "SELECT r.*, coalesce(r.text, o.text, '') AS shown, a.url AS a_url, a.site AS a_site, a.revision AS current"
        " FROM {revisions} r JOIN {articles} a ON a.id = r.article LEFT JOIN {revisions} o ON o.id = r.text_from"
        f" WHERE r.id > ? ORDER BY r.id LIMIT {_AT_ONCE}",
        (last,),
    ):
        for row in rows:
            name = f"revision {row['n']} of article {row['article']} ({row['a_url'] or row['a_site']})"
            if (text_hash(row["shown"]) or None) != row["text_hash"]:
                yield "texts", f"{name}: its text is not the one that was stored"
            elif row["text_from"] is None and not _is_signed(row):
                yield "texts", f"{name}: its fields are not those that were stored"
            if row["n"] == row["current"] and not _is_found(database, row["article"], row["shown"]):
                yield "index", f"article {row['article']} ({row['a_url'] or row['a_site']}) is not found by its words"
        last = rows[-1]["id"]
        yield "", ""


def _is_signed(row) -> bool:
    try:
        return sign(row, row["shown"], row["a_url"], row["a_site"]) == row["content_hash"]
    except ValueError:  # what is no list of authors, or no time
        return False


def _is_found(database: Database, article_id: int, text: str) -> bool:
    words = match_key(text[-_END:]).split()
    if len(text) > _END:
        del words[0]  # it may be cut
    phrase = " ".join(words[-_WORDS_LOOKED_UP:]).replace('"', " ")
    if not _SAID.search(phrase):
        return True
    return (
        database.row(
            "SELECT 1 FROM {articles_fts} WHERE {articles_fts} MATCH ? AND rowid = ?",
            (f'text : "{phrase}"', article_id),
        )
        is not None
    )


def check_articles(database: Database, archive: Archive, *, is_quick: bool) -> Iterator[str]:
    """Yield each archived page that an article or a rejection names and the archive lacks; "" wherever some were seen.

    Quick: only whether there is such a response, not whether the post is in it.
    """
    place = "r.archive_key" if is_quick else "iif(a.origin = 'crawl' AND r.n = a.revision, a.provenance, r.archive_key)"
    # In the order of places, so that an answer with many posts is read once.
    cursor = database.execute(
        f"SELECT {place} AS place, 'revision ' || r.n || ' of article ' || a.id AS name, a.url FROM {{revisions}} r"
        " JOIN {articles} a ON a.id = r.article WHERE r.archive_key IS NOT NULL UNION ALL"
        " SELECT archive_key, 'a rejection', url FROM {rejections} WHERE archive_key IS NOT NULL ORDER BY 1"
    )
    for number, row in enumerate(cursor):
        if "#" in row["place"]:
            problem = archives.can_read(archive, row["place"])
        else:
            problem = None if archives.has_key(archive, row["place"]) else f"the archive has no {row['place']}"
        if problem:
            yield f"{row['name']} ({row['url'] or row['place']}): {problem}"
        if number % _AT_ONCE == 0:
            yield ""
