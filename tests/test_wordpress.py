"""A real WordPress of 120 Hindi posts, crawled: every public post is stored as it was typed, and nothing else is."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import newssite
import pytest
import wordpress
from wordpress import posts
from wordpress.posts import SECRET, Story

from newsharvest.store import Store, StoredArticle

pytestmark = pytest.mark.wordpress
SITE = "nadi-kinare"
DATED, NAMED, PLAIN = "/%year%/%monthnum%/%postname%/", "/%postname%/", ""
AUTHOR = "seema"
ABOUT_US = (
    "नदी किनारे एक स्वतंत्र समाचार पोर्टल है, जो गांव, खेती और पानी की खबरें रोज सुबह आपके पास लाता है। "
    "हमारे संवाददाता दस जिलों में रहते हैं और वहीं से लिखते हैं।"
)


@dataclass
class Blog:
    """The WordPress and what it holds at present: the public Hindi stories by id, and the ids of foreign posts."""

    wordpress: wordpress.WordPress
    stories: dict[int, Story]
    foreign: list[int]

    def set_up(self, rest: str, permalinks: str, theme: str) -> None:
        self.wordpress.act(("theme", theme), ("option", "test_rest", rest), ("permalinks", permalinks))

    def links(self, ids: list[int] | None = None) -> dict[int, str]:
        """Return the present addresses of posts (of the stories) by id, spelled as every address is in the database."""
        ids = list(self.stories) if ids is None else ids
        (links,) = self.wordpress.act(("links", ids))
        upper = (re.sub("%[0-9a-f]{2}", lambda escape: escape[0].upper(), link) for link in links)
        return dict(zip(ids, upper, strict=True))

    def edit(self, number: int, title: str | None = None) -> int:
        """Add a paragraph to a story, and give it another title if one is given; return its id."""
        post = self._id(number)
        story = self.stories[post] = posts.edited(self.stories[post], title)
        self.wordpress.act(("update", post, {"post_content": story.content, "post_title": story.typed_title}))
        return post

    def remove(self, how: str, number: int) -> int:
        """Delete or trash a story; return its id."""
        post = self._id(number)
        del self.stories[post]
        self.wordpress.act((how, post))
        return post

    def crawl(self, folder: Path, *, is_whole: bool) -> None:
        """Crawl all days, or the last ones only, into the database of a folder."""
        oldest = min(story.published for story in self.stories.values())
        days = {"since": f"{oldest - timedelta(days=1):%Y-%m-%d}"} if is_whole else {}
        command = newssite.crawl_command(
            "wordpress", folder / "news.db", {"DOWNLOAD_TIMEOUT": 60}, {"url": self.wordpress.url, "site": SITE, **days}
        )
        done = subprocess.run(
            command, cwd=newssite.ROOT, env=newssite.environment(), capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr

    def _id(self, number: int) -> int:
        return next(post for post, story in self.stories.items() if story.number == number)


@pytest.fixture(scope="module")
def blog() -> Iterator[Blog]:
    with wordpress.serve() as running:
        now = datetime.now(UTC)
        stories = posts.stories(now)
        widgets = ("<!-- wp:latest-posts /-->", "<!-- wp:latest-comments /-->", f"<h2>हमारे बारे में</h2><p>{ABOUT_US}</p>")
        blocks = {str(number): {"content": content} for number, content in enumerate(widgets, 2)}
        running.act(
            ("option", "timezone_string", "Asia/Kolkata"),
            ("option", "widget_block", {**blocks, "_multiwidget": 1}),
            ("option", "sidebars_widgets", {"sidebar-1": ["block-2", "block-3", "block-4"]}),
        )
        made = running.act(*(story.action for story in stories))
        running.act(*posts.hidden(now))
        foreign = running.act(*posts.foreign())
        yield Blog(
            running,
            {post["id"]: story for post, story in zip(made, stories, strict=True)},
            [1, *(post["id"] for post in foreign)],  # 1 is "Hello world!", which every WordPress begins with
        )


def query(folder: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(folder / "news.db")) as connection, connection:
        return connection.execute(sql).fetchall()


def stored(folder: Path) -> dict[str, StoredArticle]:
    """Return every article by its address."""
    with Store(folder / "news.db") as store:
        articles = [store.article(number) for (number,) in query(folder, "SELECT id FROM articles")]
    assert len(articles) == len({article.url for article in articles})
    return {article.url: article for article in articles}


def told(article: StoredArticle) -> tuple:
    return article.title, article.published_at, article.text.split("\n")


def typed(story: Story) -> tuple:
    return story.title, story.published, list(story.lines)


@pytest.mark.parametrize(
    ("rest", "permalinks", "theme"),
    [
        pytest.param("", DATED, "twentytwentythree", id="rest"),
        pytest.param("", PLAIN, "twentytwentyone", id="rest-plain-permalinks"),
        pytest.param("unauthorised", DATED, "twentytwentyone", id="no-rest-2021"),
        pytest.param("missing", PLAIN, "twentytwentytwo", id="no-rest-2022-plain-permalinks"),
        pytest.param("missing", NAMED, "twentytwentythree", id="no-rest-2023"),
    ],
)
def test_every_public_hindi_post_is_stored_and_nothing_else(
    blog: Blog, tmp_path: Path, rest: str, permalinks: str, theme: str
) -> None:
    blog.set_up(rest, permalinks, theme)
    blog.crawl(tmp_path, is_whole=True)
    articles = stored(tmp_path)
    stories = {link: blog.stories[post] for post, link in blog.links().items()}
    assert articles.keys() == stories.keys()
    assert {url: told(article) for url, article in articles.items()} == {url: typed(it) for url, it in stories.items()}

    hidden = f"title || coalesce(summary, '') || authors || text LIKE '%{SECRET}%'"
    assert query(tmp_path, f"SELECT title FROM revisions WHERE {hidden}") == []
    refused = dict(query(tmp_path, "SELECT url, reason FROM rejections WHERE stage = 'language'"))
    for url in blog.links(blog.foreign).values():
        assert refused[url].startswith(("English (en)", "Marathi (mr)"))

    by = {article.authors for article in articles.values()}
    assert by == {(AUTHOR,)}  # not the readers who commented, nor who the box below the text is about
    if not rest:
        summaries = {url: article.summary for url, article in articles.items()}
        assert summaries == {url: story.excerpt or None for url, story in stories.items()}


@pytest.mark.parametrize(
    ("rest", "texts", "headline", "deleted", "trashed"),
    [
        pytest.param("", (2, 101), 5, 8, 14, id="rest"),  # 101 is older than what a crawl looks at
        pytest.param("missing", (0, 6), 3, 4, 7, id="no-rest"),
    ],
)
def test_edits_become_revisions_and_deleted_posts_are_withdrawn(
    blog: Blog, tmp_path: Path, rest: str, texts: tuple[int, int], headline: int, deleted: int, trashed: int
) -> None:
    blog.set_up(rest, NAMED, "twentytwentyone")
    if not rest:
        blog.crawl(tmp_path, is_whole=True)
    blog.crawl(tmp_path, is_whole=False)
    before, links = stored(tmp_path), blog.links()
    assert {article.revision for article in before.values()} == {1}

    edited = [*map(blog.edit, texts), blog.edit(headline, f"नया शीर्षक: {headline} गांवों में पहुंची बिजली")]
    gone = [blog.remove("delete", deleted), blog.remove("trash", trashed)]
    # As if hours had gone by, so that the young posts are to be looked at again.
    query(tmp_path, "UPDATE frontier SET next_visit = '2000-01-01T00:00:00+00:00' WHERE next_visit IS NOT NULL")
    blog.crawl(tmp_path, is_whole=False)

    after = stored(tmp_path)
    # Where two posts are gone, the feed's last page shows two older ones: those may be new, by the time of day.
    assert before.keys() <= after.keys() <= set(links.values())
    revised = {url: article.revision for url, article in after.items() if article.revision > 1}
    assert revised == {links[post]: 2 for post in edited}
    withdrawn = {url: article.withdrawn_reason for url, article in after.items() if article.withdrawn_at}
    assert withdrawn == {links[post]: "fetch: http 404" for post in gone}
    assert [told(after[url]) for url in withdrawn] == [told(before[url]) for url in withdrawn]
    public = {url: typed(blog.stories[post]) for post, url in links.items() if post not in gone and url in after}
    assert {url: told(article) for url, article in after.items() if url not in withdrawn} == public
