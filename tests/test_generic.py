"""Pages that no site file knows: what stage 1 keeps of them, against labels by hand and beside Trafilatura."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trafilatura

from cleaners import beside, document, generic
from cleaners.devanagari import match_key
from cleaners.model import Document

PAGES = Path(__file__).resolve().parent / "pages"
FOLDERS = sorted(PAGES.iterdir())
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def read(source: str | bytes) -> Document:
    body = source if isinstance(source, bytes) else source.encode()
    found = document.read(body, media_type="text/html", encoding="utf-8", url=None, fetched_at=NOW)
    assert isinstance(found, Document), found
    return found


def texts(source: str | bytes) -> list[str]:
    return [line.text for line in read(source).lines]


def grams(lines: Iterable[str]) -> Counter[str]:
    """Count the runs of six characters that are no space: fair to scripts with and without spaces."""
    found: Counter[str] = Counter()
    for line in lines:
        key = "".join(match_key(line).split())
        found.update(key[start : start + 6] for start in range(max(1, len(key) - 5)))
    return found


def f1(gold: list[tuple[str, str]], lines: list[str]) -> float:
    want = grams(text for label, text in gold if label == "K")
    either = {"".join(match_key(text).split()) for label, text in gold if label == "O"}
    have = grams(line for line in lines if "".join(match_key(line).split()) not in either)
    hit = (want & have).total()
    return 2 * hit / (want.total() + have.total())


def gold_of(folder: Path) -> list[tuple[str, str]]:
    rows = (folder / "gold.tsv").read_text(encoding="utf-8").splitlines()
    return [(row.split("\t")[0], row.split("\t")[1]) for row in rows]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_page_is_read_as_labelled(folder: Path) -> None:
    gold = gold_of(folder)
    found = read((folder / "page.html").read_bytes())
    facts = {label: text for label, text in gold if len(label) > 1}
    assert match_key(found.metadata.title or "") == match_key(facts["title"])
    assert found.metadata.published_at == datetime.fromisoformat(facts["published"])
    assert f1(gold, [line.text for line in found.lines]) >= 0.985


def test_pages_are_read_better_than_by_trafilatura() -> None:
    ours, theirs = [], []
    for folder in FOLDERS:
        gold, body = gold_of(folder), (folder / "page.html").read_bytes()
        ours.append(f1(gold, texts(body)))
        theirs.append(f1(gold, (trafilatura.extract(body, favor_precision=True) or "").splitlines()))
    assert len(FOLDERS) >= 25
    assert sum(ours) / len(ours) >= max(0.97, sum(theirs) / len(theirs))


ENGLISH = (
    "The village council met on Friday evening to decide whether the old mill should be sold or repaired.",
    "Eleven people spoke, most of them in favour of repairing it, and the vote was put off until next month.",
    "“My grandfather ground corn there,” said one of the speakers, who had brought a photograph from 1931.",
)
HINDI = (
    "ग्राम पंचायत ने शुक्रवार की शाम बैठक कर तय किया कि पुरानी चक्की बेची जाएगी या उसकी मरम्मत कराई जाएगी।",
    "बैठक में ग्यारह लोगों ने अपनी बात रखी और ज्यादातर मरम्मत के पक्ष में थे, मतदान अगले महीने तक टाल दिया गया।",
    "एक बुजुर्ग ने कहा कि उनके दादा इसी चक्की में अनाज पिसवाते थे और वे साल 1931 की एक तस्वीर भी साथ लाए थे।",
)
COMMENT = "I have lived beside the mill for forty years and nobody ever asked me what I think of the noise it makes."
BIO = "Writes about villages and rivers, and has done so for longer than most of the readers of this page have lived."
WIDGET = "Join more than two thousand readers who receive our letter every Sunday, with the best of the past week."


def wordpress(seed: int, story: tuple[str, ...]) -> str:
    """Return a post in a theme of its own: WordPress's names where core prints them, others where themes do."""
    pick = random.Random(seed).choice
    theme = pick(["xt", "kd", "oc", "sn", "bx"])
    body = "".join(f"<p>{text}</p>" for text in story) + "<h2>The vote</h2><p>" + story[0][::1] + " Again.</p>"
    items = "<ul><li>Forty in favour.</li><li>Nine against it.</li></ul>"
    content = pick(["entry-content", "post-content", f"{theme}-content", "the-content clearfix"])
    author = pick([f"{theme}-author-box", "about-writer", "post-author-wrap", "author-section"])
    cards = "".join(
        f"<article class='{theme}-card'><h4><a href='/r{n}'>Another story number {n} of the week</a></h4></article>"
        for n in range(3)
    )
    comments = "".join(
        f"<li class='comment'><div class='comment-body'><b class='fn'>User {n}</b><p>{COMMENT} {n}</p></div></li>"
        for n in range(pick([1, 9]))
    )
    related = pick(["related-posts", f"{theme}-grid", "you-might-like"])
    side = pick(["widget-area", "sidebar", f"{theme}-aside"])
    return f"""<html><head><title>The mill of the village – My Blog</title></head><body class="single single-post">
<div id="page"><article class="post hentry tag-a category-related"><h1>The mill of the village</h1>
<div class="{pick(["entry-meta", f"{theme}-byline"])}">12 March 2024</div><div class="{content}">{body}{items}</div>
</article><div class="{author}"><h4>Ravi K.</h4><p>{BIO}</p></div><div class="{related}"><h3>More</h3>{cards}</div>
<div id="{pick(["comments", "discussion"])}"><ol class="{pick(["comment-list", f"{theme}-list"])}">{comments}</ol>
<div id="respond"><form><p>Your address will not be published.</p></form></div></div></div>
<{pick(["aside", "div"])} class="{side}"><section class="widget"><p>{WIDGET}</p></section></div></body></html>"""


@pytest.mark.parametrize("story", [ENGLISH, HINDI], ids=["english", "hindi"])
def test_wordpress_in_unknown_themes(story: tuple[str, ...]) -> None:
    items = ["Forty in favour.", "Nine against it."]
    for seed in range(20):
        assert texts(wordpress(seed, story)) == [*story, "The vote", f"{story[0]} Again.", *items], seed


def page(body: str, head: str = "") -> str:
    return f"<html><head>{head}</head><body>{body}</body></html>"


STORY = "".join(f"<p>{text}</p>" for text in ENGLISH)


def test_what_articlebody_lacks_goes_and_is_never_a_source() -> None:
    said = " ".join(ENGLISH).replace('"', "") + " This stands in no paragraph of the page."
    head = f'<script type="application/ld+json">{{"@type": "NewsArticle", "articleBody": "{said}"}}</script>'
    odd = "<p>This paper is printed on Tuesdays and Fridays and can be had at all kiosks of the three valleys.</p>"
    assert texts(page(f"<div>{STORY}{odd}</div>", head)) == list(ENGLISH)
    assert len(texts(page(f"<div>{STORY}{odd}</div>"))) == 4


def test_asides() -> None:
    fact = "The mill was built in 1787 by two brothers and has burned down twice since, the last time in 1902."
    quote = "nobody ever asked me what I think"
    body = f"<article><p>{ENGLISH[0]}</p><aside><p>{fact}</p></aside><p>{COMMENT}</p>{{}}<p>{ENGLISH[1]}</p></article>"
    found = texts(page(body.format(f"<aside><blockquote>“{quote}”</blockquote></aside>")))
    assert found == [ENGLISH[0], fact, COMMENT, ENGLISH[1]]
    assert fact not in texts(page(body.format("").replace("<aside>", '<aside class="newsletter">')))


def test_a_paragraph_behind_its_place_name_in_a_class_of_its_own_stays() -> None:
    story = STORY.replace("<p>The", '<p><span class="byline-place author">MILLTON</span> The', 1)
    assert texts(page(f"<article>{story}</article>"))[0].startswith("MILLTON The village")


def test_a_name_is_not_believed_where_the_story_is() -> None:
    assert texts(page(f'<div class="widget related rail">{STORY}</div>')) == list(ENGLISH)


def test_imprint_behind_a_menu_goes() -> None:
    menu = "".join(f"<td>Label {n}</td>" for n in range(5))
    imprint = f"<table><tr><td><div>{menu}</div></td></tr><tr><td>{BIO}</td></tr></table>"
    found = read(page(f"<div><div>{STORY}</div>{imprint}</div>"))
    assert [line.text for line in found.lines] == list(ENGLISH)
    assert generic.APART in {removal.rule for removal in found.outside}


def test_short_brief_is_not_swollen() -> None:
    links = "".join(f"<div class='tile'><h3><a href='/{n}'>Another story number {n}</a></h3></div>" for n in range(5))
    brief = f"<div class='story'><h1>Mill</h1><p>{ENGLISH[0]}</p></div>"
    assert texts(page(f"{brief}<div>{links}</div><div class='consent-layer'><p>{WIDGET}</p></div>")) == [ENGLISH[0]]


def test_a_time_between_paragraphs_goes() -> None:
    entries = "".join(f"<article><div>1{n}:20</div><p>{text}</p></article>" for n, text in enumerate((*ENGLISH, BIO)))
    assert texts(page(f"<section>{entries}</section>")) == [*ENGLISH, BIO]


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ("RelatedArticles_container__3xZ", "related"),
        ("post-comments", "comments"),
        ("newsletterSignup", "newsletter"),
        ("c-authorBio", "author"),
        ("most-read-list", "related"),
        ("elementor-widget elementor-widget-text-editor", None),
        ("post tag-comments category-author", None),
        ("has-sidebar no-comments", None),
        ("css-1x2y3z", None),
        ("commentary", None),
    ],
)
def test_names(names: str, kind: str | None) -> None:
    assert beside.named(names) == kind


def test_every_kind_says_why() -> None:
    assert all(document.why(kind.rule) for kind in beside.kinds().values())
    assert document.why("beside/nothing") is None
