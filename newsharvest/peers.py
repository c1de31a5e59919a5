"""Other tools that take the article out of a page, each as its own documentation says, where it is installed."""

from __future__ import annotations

import html
import importlib.metadata
import importlib.util
import json
import re
from collections.abc import Callable
from datetime import datetime

from cleaners.encoding import decode
from newsharvest.contenders import Contender, Reading
from newsharvest.items import Page

Reader = Callable[[str], Reading]
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_BREAK = "\u2029"  # a line feed within a paragraph is a space
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
    "table", "td", "th", "tr", "ul",
))  # fmt: skip


def find() -> tuple[list[Contender], list[str]]:
    """Return the tools that are installed, and the names of those that are not (and why, if they do not start)."""
    found: list[Contender] = []
    missing: list[str] = []
    for package, (module, load, finds) in _PEERS.items():
        if importlib.util.find_spec(module) is None:
            missing.append(package)
            continue
        try:
            readers = load()
            version = importlib.metadata.version(package)  # another package may own a module of this name
        except ImportError as error:
            missing.append(f"{package} ({' '.join(str(error).split())})")
            continue
        found += [Contender(name, version, as_html, read, finds) for name, read in readers.items()]
    return found, missing


def as_html(page: Page) -> str:
    """Return a document as these tools take it: a page as it is, a post or a dump as the plainest page of it."""
    text = decode(page.body, page.encoding)
    if page.media_type == "text/plain":
        return _plain_page("", "".join(f"<p>{html.escape(line)}</p>\n" for line in text.splitlines() if line.strip()))
    if page.media_type == "application/json":
        try:
            post = json.loads(text, strict=False)
        except ValueError:
            return text
        if not isinstance(post, dict):
            return text
        title, content = post.get("title") or "", post.get("content") or post.get("html") or post.get("text") or ""
        return _plain_page(_rendered(title), _rendered(content))
    return _XML_DECLARATION.sub("", text)  # lxml refuses a declaration of an encoding in a decoded text


def _rendered(value: object) -> str:
    """Return the markup of a WordPress post's field, or of a record's."""
    return str(value.get("rendered") or "") if isinstance(value, dict) else str(value)


def _plain_page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{title}</title>'
    heading = f"<h1>{title}</h1>" if title else ""
    return f"<!doctype html><html><head>{head}</head><body><article>{heading}\n{body}</article></body></html>"


def _trafilatura() -> dict[str, Reader]:
    import trafilatura

    def read(page: str, **mode: bool) -> Reading:
        found = trafilatura.bare_extraction(page, include_comments=False, with_metadata=True, **mode)
        if found is None:
            return Reading("")
        return Reading(found.text or "", found.title)

    return {
        "trafilatura": read,
        "trafilatura, precision": lambda page: read(page, favor_precision=True),
        "trafilatura, recall": lambda page: read(page, favor_recall=True),
    }


def _justext() -> dict[str, Reader]:
    import justext

    stop_words = justext.get_stoplist("Hindi")

    def read(page: str) -> Reading:
        paragraphs = justext.justext(page, stop_words)
        return Reading("\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate))

    return {"jusText, Hindi list": read}


def _readability() -> dict[str, Reader]:
    from readability import Document

    def read(page: str) -> Reading:
        document = Document(page)
        return Reading(to_lines(document.summary(html_partial=True)), document.short_title() or None)

    return {"readability-lxml": read}


def _resiliparse() -> dict[str, Reader]:
    from resiliparse.extract.html2text import extract_plain_text

    def read(page: str) -> Reading:
        text = extract_plain_text(page, main_content=True, list_bullets=False, alt_texts=False, comments=False)
        return Reading(text)

    return {"resiliparse": read}


def _newspaper() -> dict[str, Reader]:
    import newspaper
    import tldextract
    from newspaper.text import StopWords

    StopWords("hi")  # without the tokenizer of its extra it reads no Hindi

    # It would load the list of public suffixes from the network; the one that came with it serves as well.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    def read(page: str) -> Reading:
        article = newspaper.Article("https://page.example/", language="hi", fetch_images=False)
        article.download(input_html=page)
        article.parse()
        return Reading(article.text or "", article.title or None, _moment(article.publish_date))

    return {"newspaper4k": read}


def _goose() -> dict[str, Reader]:
    from goose3 import Goose

    goose = Goose({"target_language": "hi", "use_meta_language": False, "enable_image_fetching": False})

    def read(page: str) -> Reading:
        article = goose.extract(raw_html=page)
        return Reading(article.cleaned_text or "", article.title or None, _moment(article.publish_datetime_utc))

    return {"goose3": read}


# The name of the package -> its module, how it is loaded, and what it finds beside the text.
_PEERS: dict[str, tuple[str, Callable[[], dict[str, Reader]], tuple[str, ...]]] = {
    "trafilatura": ("trafilatura", _trafilatura, ("title",)),  # of the time it knows the day only
    "jusText": ("justext", _justext, ()),
    "readability-lxml": ("readability", _readability, ("title",)),
    "resiliparse": ("resiliparse", _resiliparse, ()),
    "newspaper4k": ("newspaper", _newspaper, ("title", "published")),
    "goose3": ("goose3", _goose, ("title", "published")),
}
NAMES = tuple(_PEERS)


def to_lines(markup: str) -> str:
    """Return the text of some HTML, a line a block."""
    from lxml import html as lxml_html

    root = lxml_html.fragment_fromstring(markup, create_parent="div")
    for element in root.iter():
        if element.tag in _BLOCKS:
            element.text = _BREAK + (element.text or "")
            element.tail = _BREAK + (element.tail or "")
    lines = (" ".join(line.split()) for line in root.text_content().split(_BREAK))
    return "\n".join(line for line in lines if line)


def _moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None
