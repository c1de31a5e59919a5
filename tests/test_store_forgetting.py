"""What is forgotten is gone to the last byte, stays away, and takes nothing with it that others need."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import zstandard
from console import PROSE
from recleaning import FETCHED, Corpus, html_of, text_of
from store_pages import keep, make_article, make_page

from cleaners.devanagari import match_key
from newsharvest.archive import Archive
from newsharvest.flow import harvest
from newsharvest.items import Page, Rejected
from newsharvest.store import FrontierLink, Kept, Store, StoreError, forgetting, index, tombstones

URL = "https://khabar.example/2026/canal"
OTHER = "https://khabar.example/2026/road"
SECRET = "झुमरीतलैयावासी घनश्यामदासजी ने पुस्तकालय को अट्ठाईस संदूक दिए।"
FEED = "https://khabar.example/feed"
POSTS = "https://khabar.example/wp-json/wp/v2/posts"


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path)


def forget(corpus: Corpus, wanted: str, **options) -> forgetting.Plan:
    with Store(corpus.db) as store, Archive(corpus.archive) as archive:
        planned = forgetting.plan(store.database, archive, wanted)
        forgetting.forget(store.database, archive, planned, **options)
        forgetting.sweep(store.database, archive)
    return planned


def visit(corpus: Corpus, url: str, text: str) -> Kept:
    """Archive and keep a page, as a crawl does that fetched it in spite of all."""
    with Store(corpus.db) as store, Archive(corpus.archive) as archive:
        body = html_of(text)
        key = archive.put(url, status=200, headers=[], body=body, fetched_at=FETCHED)
        page = Page(url, "khabar", FETCHED, "text/html", "utf-8", body, key)
        return store.keep(page, harvest(page), origin="crawl", rules_version="1", archive_key=key)


def traces(corpus: Corpus, secret: str) -> list[str]:
    """Return where a text still stands, in any spelling in which the files might hold it."""
    written = [secret.encode(), secret.encode("utf-16-le"), json.dumps(secret).encode()[1:-1]]
    found = []
    for path in sorted(corpus.db.parent.iterdir()):
        held = path.read_bytes()
        found += [path.name for form in written if form in held]
    with closing(sqlite3.connect(corpus.archive)) as connection:
        for key, packed in connection.execute("SELECT key, zstd FROM responses JOIN bodies ON id = body"):
            body = zstandard.decompress(packed)
            found += [key for form in written if form in body]
    with closing(sqlite3.connect(corpus.db)) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, articles_fts, row)")
        terms = {term for (term,) in connection.execute("SELECT term FROM terms")}
        found += [f"index: {word}" for word in secret.split() if len(word) > 8 and match_key(word) in terms]
    return found


def put_feed(corpus: Corpus, text: str) -> str:
    items = "".join(
        f"<item><title>{title}</title><link>{url}?utm_source=rss</link><description><![CDATA[<p>{body}</p>]]>"
        "</description></item>"
        for title, url, body in (("एक", URL, text), ("दो", OTHER, PROSE[0]))
    )
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>ख़बर</title>{items}</channel></rss>'
    with Archive(corpus.archive) as archive:
        return archive.put(
            FEED, status=200, headers=[("Content-Type", "application/rss+xml")], body=feed.encode(), fetched_at=FETCHED
        )


def test_no_byte_of_a_forgotten_article_is_left(corpus: Corpus) -> None:
    corpus.crawl(URL, text_of(1, SECRET))
    corpus.crawl(URL, text_of(2, SECRET), at=FETCHED + timedelta(days=1), title=SECRET)
    corpus.crawl(OTHER, text_of(3))
    put_feed(corpus, SECRET)
    assert len(traces(corpus, SECRET)) > 3
    assert any(it.startswith("index") for it in traces(corpus, SECRET))
    before = corpus.ask("SELECT id, text FROM corpus WHERE url = ?", OTHER)
    forget(corpus, URL, reason="asked by letter")
    assert traces(corpus, SECRET) == []
    assert corpus.ask("SELECT id, text FROM corpus") == before
    assert not corpus.db.with_name("news.db-wal").exists()
    with Store(corpus.db) as store, Archive(corpus.archive) as archive:
        assert index.is_sound(store.database)
        assert archive.latest(URL) is None
        assert archive.latest(OTHER) is not None
        assert PROSE[0].encode() in archive.latest(FEED).body
        assert not forgetting.is_unswept(store.database)
        (stone,) = tombstones.read(store.database)
    assert (stone.url, stone.article, stone.reason) == (URL, 1, "asked by letter")


def test_a_post_is_cut_out_of_every_answer_and_the_places_of_the_others_stand(corpus: Corpus) -> None:
    posts = {URL: text_of(1, SECRET), OTHER: text_of(2)}
    corpus.crawl_posts(posts)
    corpus.crawl_posts(dict(reversed(posts.items())), at=FETCHED + timedelta(days=1))
    forget(corpus, URL)
    assert traces(corpus, SECRET) == []
    with Archive(corpus.archive) as archive:
        first, second = (json.loads(it.body) for it in archive.versions(POSTS))
        assert [it and it["link"] for it in first] == [None, OTHER]
        assert [it and it["link"] for it in second] == [OTHER, None]
        ((place,),) = corpus.ask("SELECT provenance FROM articles")
        assert json.loads(archive.body(place))["link"] == OTHER


def test_a_copy_gets_the_text_that_it_showed(corpus: Corpus) -> None:
    text = text_of(1)
    corpus.crawl(URL, text)
    corpus.crawl(OTHER, text)
    corpus.crawl("https://third.example/x", text)
    planned = forget(corpus, URL)
    assert [copy.url for copy in planned.copies] == [OTHER, "https://third.example/x"]
    assert [(url, held == text) for url, held in corpus.ask("SELECT url, text FROM corpus ORDER BY id")] == [
        (OTHER, True), ("https://third.example/x", True)
    ]  # fmt: skip
    assert corpus.ask("SELECT id, duplicate_of FROM articles ORDER BY id") == [(2, None), (3, 2)]
    assert corpus.ask("SELECT id, text IS NULL, text_from FROM revisions ORDER BY id") == [(2, 0, None), (3, 1, 2)]
    corpus.crawl(OTHER, text)  # and it is the text that its page has
    assert corpus.ask("SELECT revision FROM articles WHERE id = 2") == [(1,)]


def test_what_is_nearly_the_same_is_named_and_leaves_its_group(corpus: Corpus) -> None:
    text = text_of(
        1, *(f"गांव {n} के प्रधान ने {n * 7} बीघा खेत में पानी भरने की सूचना तहसील को {n + 3} बजे दी।" for n in range(20))
    )
    with Store(corpus.db) as store:
        for url, site, more in (
            (URL, "khabar", ""),
            (OTHER, "khabar", " अब"),
            ("https://third.example/x", "third", " तब"),
        ):
            keep(store, url, text + more, site=site)
    Archive(corpus.archive).close()
    assert corpus.ask("SELECT near_of, cluster FROM articles") == [(None, 1), (1, 1), (None, 1)]
    planned = forget(corpus, URL)
    assert [(copy.url, copy.is_exact) for copy in planned.copies] == [
        (OTHER, False), ("https://third.example/x", False)
    ]  # fmt: skip
    assert corpus.ask("SELECT id, near_of, cluster FROM articles") == [(2, None, 1), (3, None, 1)]
    assert corpus.ask("SELECT size, first FROM clusters") == [(2, 2)]
    assert corpus.ask("SELECT count(*) FROM signatures") == [(2,)]


def test_the_same_bytes_at_another_address_stay(corpus: Corpus) -> None:
    with Archive(corpus.archive) as archive:
        key = archive.put(OTHER, status=200, headers=[], body=html_of(text_of(1)), fetched_at=FETCHED)
    corpus.crawl(URL, text_of(1))
    forget(corpus, URL)
    with Archive(corpus.archive) as archive:
        assert archive.body(key) == html_of(text_of(1))


def test_what_is_forgotten_is_not_stored_fetched_archived_or_numbered_again(corpus: Corpus) -> None:
    corpus.crawl(URL, text_of(1, SECRET))
    with Store(corpus.db) as store:
        store.frontier.add([FrontierLink(URL, key="id:7")], "khabar")
        store.frontier.add([FrontierLink(URL + "?print=1", key="id:7", detours=1)], "khabar")
    forget(corpus, URL)
    put_feed(corpus, SECRET)
    for address in (URL, URL + "/amp", URL.replace("https://", "http://m.")):
        kept = visit(corpus, address, text_of(1, SECRET))
        assert (kept.state, kept.article_id) == ("forgotten", None)
    with Store(corpus.db) as store:
        links = [FrontierLink(URL), FrontierLink("https://khabar.example/other-slug", key="id:7"), FrontierLink(OTHER)]
        assert store.frontier.add(links, "khabar") == 1
        refused = store.keep(
            make_page(URL, site="khabar"), Rejected(URL, "language", "mr"), origin="crawl", rules_version="1"
        )
        assert refused.state == "forgotten"
        assert store.rejections() == []
    assert traces(corpus, SECRET) == []
    assert corpus.crawl(OTHER, text_of(2)).article_id == 2


def test_an_imported_document_without_address_is_forgotten_by_its_path(corpus: Corpus) -> None:
    def take() -> str:
        with Store(corpus.db) as store, Archive(corpus.archive) as archive:
            page = make_page(None, site="corpus", provenance="a b.txt")
            key = archive.put(
                "file:corpus/a%20b.txt", status=None, headers=[], body=SECRET.encode(), fetched_at=FETCHED
            )
            article = make_article(None, SECRET, site="corpus")
            return store.keep(page, article, origin="corpus", rules_version="1", archive_key=key).state

    assert take() == "stored"
    forget(corpus, "a b.txt")
    assert traces(corpus, SECRET) == []
    assert take() == "forgotten"
    assert traces(corpus, SECRET) == []


def test_an_address_that_was_never_fetched_can_be_kept_away(corpus: Corpus) -> None:
    corpus.crawl(OTHER, text_of(2))
    with Store(corpus.db) as store:
        store.frontier.add([FrontierLink(URL)], "khabar")
    forget(corpus, URL)
    assert corpus.ask("SELECT url FROM frontier") == []
    assert visit(corpus, URL, text_of(1)).state == "forgotten"
    with Store(corpus.db) as store, pytest.raises(StoreError, match=r"no article 'nothing\.txt'"):
        forgetting.plan(store.database, None, "nothing.txt")


def test_a_rejected_page_that_is_an_article_by_new_rules_stays_away(corpus: Corpus) -> None:
    from newsharvest.store.recleaning import Choice

    reject_url = "https://khabar.example/amp/2026/canal"
    with Store(corpus.db) as store:
        page = make_page(reject_url, site="khabar")
        store.keep(page, Rejected(reject_url, "document", "no text"), origin="crawl", rules_version="1")
        (document,) = store.recleaning.documents(Choice())
        forgetting.forget(store.database, None, forgetting.plan(store.database, None, URL))
        article = make_article(URL, SECRET, site="khabar")
        assert store.recleaning.keep(document, article, "2").state == "overtaken"
        assert store.stats().total.articles == 0


def test_a_change_of_mind_lets_the_page_in_again_under_another_number(corpus: Corpus) -> None:
    corpus.crawl(URL, text_of(1))
    forget(corpus, URL)
    with Store(corpus.db) as store, Archive(corpus.archive) as archive:
        assert forgetting.lift(store.database, archive, URL + "?utm_source=x") == (URL,)
        with pytest.raises(StoreError, match="is not forgotten"):
            forgetting.lift(store.database, archive, URL)
    assert corpus.crawl(URL, text_of(1)).article_id == 2
    with Archive(corpus.archive) as archive:
        assert archive.latest(URL) is not None


def test_rule_counters_forget_too(corpus: Corpus) -> None:
    from console import JUNK

    corpus.crawl(URL, text_of(1, JUNK))
    assert corpus.ask("SELECT sum(removed) FROM rule_hits") > [(0,)]
    forget(corpus, URL)
    assert corpus.ask("SELECT sum(removed) FROM rule_hits") == [(0,)]
    assert corpus.ask("SELECT count(*) FROM removals") == [(0,)]


def test_a_file_in_use_is_compacted_later(corpus: Corpus) -> None:
    corpus.crawl(URL, text_of(1, SECRET))
    with closing(sqlite3.connect(corpus.db)) as reader, Store(corpus.db) as store, Archive(corpus.archive) as archive:
        store.database.execute("PRAGMA busy_timeout = 10")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM articles").fetchall()
        forgetting.forget(store.database, archive, forgetting.plan(store.database, archive, URL))
        with pytest.raises(StoreError, match=r"news\.db"):
            forgetting.sweep(store.database, archive)
        assert forgetting.is_unswept(store.database)
        reader.execute("COMMIT")
        forgetting.sweep(store.database, archive)
        assert not forgetting.is_unswept(store.database)
    assert traces(corpus, SECRET) == []


def test_a_tombstone_gets_the_key_of_its_site_when_that_can_be_told(corpus: Corpus) -> None:
    with Store(corpus.db) as store:
        store.frontier.add(
            [FrontierLink(URL)], "khabar"
        )  # as a file of an older schema has it: the address for the key
        forgetting.forget(store.database, None, forgetting.plan(store.database, None, URL))
        store.fold("khabar", lambda url: "id:7")
        links = [FrontierLink("https://khabar.example/2026/another-slug", key="id:7")]
        assert store.frontier.add(links, "khabar") == 0
