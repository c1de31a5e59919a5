"""What the test's WordPress holds: 120 public Hindi posts, with what is to be read of each, and what is not public."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from newssite import WHAT, WHERE, headline, sentences

COUNT = 120
APART = timedelta(hours=9, minutes=17, seconds=13)  # between two posts: 46 days in all
INDIA = ZoneInfo("Asia/Kolkata")
SECRET = "गोपनीय मसौदा"  # stands in everything that no reader is shown

# Titles as typed, and as WordPress shows them: its typographer curls quotes and joins dots and dashes. What it shows is
# what the title is; the entities by which it says so are not.
TITLES = (
    ('बजट पर मंत्री बोले, "किसी पर बोझ नहीं पड़ेगा"', "बजट पर मंत्री बोले, “किसी पर बोझ नहीं पड़ेगा”"),
    ("'मां का दूध' योजना में 40 गांव और जुड़े", "‘मां का दूध’ योजना में 40 गांव और जुड़े"),
    ("बिजली-पानी & सड़क: तीन विभागों की एक बैठक", "बिजली-पानी & सड़क: तीन विभागों की एक बैठक"),
    ("नहर का काम रुका... अब क्या करेंगे किसान?", "नहर का काम रुका… अब क्या करेंगे किसान?"),
    ("पुल टूटा -- 12 घंटे बाद पहुंची मदद", "पुल टूटा — 12 घंटे बाद पहुंची मदद"),
    ("अस्पताल में 5 < 10 बिस्तर: गिनती में गड़बड़ी", "अस्पताल में 5 < 10 बिस्तर: गिनती में गड़बड़ी"),
    ("<em>विशेष</em> बाढ़ के बाद का गांव", "विशेष बाढ़ के बाद का गांव"),
    ("दुःख की घड़ी में साथ खड़ा रहा पूरा मोहल्ला | ग्राउंड रिपोर्ट", "दुःख की घड़ी में साथ खड़ा रहा पूरा मोहल्ला | ग्राउंड रिपोर्ट"),
    ("COVID-19 के टीके: 3x5 मीटर के कमरे में 200 लोग", "COVID-19 के टीके: 3×5 मीटर के कमरे में 200 लोग"),
    ("क्या श्री\u00adनगर में बर्फ गिरेगी? जानें", "क्या श्रीनगर में बर्फ गिरेगी? जानें"),
)


@dataclass(frozen=True)
class Story:
    """A post as typed, and the lines, title and summary that are to be read of it. ``published`` is aware."""

    number: int
    published: datetime
    typed_title: str
    title: str
    content: str
    lines: tuple[str, ...]
    excerpt: str = ""
    meta: dict[str, str] | None = None

    @property
    def action(self) -> tuple:
        """The post as WordPress is to take it, for ``WordPress.act``."""
        comments = [f"बहुत अच्छी खबर है, पाठक संख्या {self.number} की ओर से धन्यवाद और शुभकामनाएं।"]
        post = {
            "post_title": self.typed_title, "post_content": self.content, "post_excerpt": self.excerpt,
            "post_status": "publish", "post_date": f"{self.published.astimezone(INDIA):%Y-%m-%d %H:%M:%S}",
            # Else the headline becomes the address, in percent-encoded Devanagari, cut off somewhere.
            "post_name": "" if self.number % 4 == 1 else f"khabar-{self.number:03}", "tags_input": ["पंचायत", "चुनाव"],
        }  # fmt: skip
        return "post", post, comments * (self.number % 3), self.meta or {}


def stories(now: datetime) -> list[Story]:
    """Return the public Hindi posts, the newest an hour before ``now``."""
    newest = now.replace(microsecond=0) - timedelta(hours=1)
    return [_story(number, newest - number * APART) for number in range(COUNT)]


def edited(story: Story, title: str | None = None) -> Story:
    """Return a story with one more paragraph at its end, and with another title if one is given."""
    line = f"अद्यतन: {story.number} बजे के बाद हालात में सुधार हुआ और लोग अपने घर लौटने लगे।"
    is_block = story.content.startswith("<!-- wp:")
    content = story.content + (_block("paragraph", f"<p>{line}</p>") if is_block else f"\n\n{line}")
    typed, shown = (title, title) if title else (story.typed_title, story.title)
    return replace(story, content=content, lines=(*story.lines, line), typed_title=typed, title=shown)


def hidden(now: datetime) -> list[tuple]:
    """Return the actions that make what is not public: each text holds SECRET."""
    day = timedelta(days=1)
    return [
        _hidden(number, **fields)
        for number, fields in enumerate([
            *[{"post_status": "draft"}] * 3,
            *[{"post_status": "pending"}] * 2,
            *[{"post_status": "private"}] * 2,
            *[{"post_status": "future", "post_date": f"{(now + day).astimezone(INDIA):%Y-%m-%d %H:%M:%S}"}] * 2,
            *[{"post_password": "khul-ja"}] * 3,
            *[{"post_type": "page"}] * 2,
            *[{"post_type": "attachment", "post_status": "inherit", "post_mime_type": "image/jpeg"}] * 2,
            {"then": "trash"},
        ])
    ]  # fmt: skip


def foreign() -> list[tuple]:
    """Return the actions that make public posts in other languages."""
    english = (
        "The district administration said on Monday that work on the new bridge would begin within a month. "
        "Villagers had waited for it for more than ten years, and most of them had given up hope."
    )
    marathi = (
        "जिल्हा प्रशासनाने सोमवारी सांगितले की नवीन पुलाचे काम एका महिन्यात सुरू होणार आहे. "
        "गावकरी गेली दहा वर्षे या पुलाची वाट पाहत होते आणि त्यांच्यापैकी अनेकांनी आशा सोडली होती."
    )
    titles = {"New bridge for the district": english, "जिल्ह्यात नवीन पूल होणार आहे": marathi}
    return [
        ("post", {"post_title": f"{title} {n}", "post_content": f"{text}\n\n{text} {n}", "post_status": "publish"})
        for title, text in titles.items()
        for n in range(3)
    ]


def _hidden(number: int, **fields: str) -> tuple:
    text = "\n\n".join(f"{SECRET}: {line}" for line in sentences(5000 + number))
    post = {"post_title": f"{SECRET} {number}", "post_content": text, "post_status": "publish", **fields}
    return "post", post, [f"{SECRET} पर टिप्पणी"]


def _story(number: int, published: datetime) -> Story:
    lines = [line for part in range(3) for line in sentences(10_000 + number * 10 + part)]
    random.Random(number).shuffle(lines)
    content, kept, meta = _FORMS[number % len(_FORMS)](number, lines)
    typed, shown = TITLES[number // 12] if number % 12 == 7 else (headline(number),) * 2
    excerpt = f"संक्षेप में: {WHERE[number % 10]} की {WHAT[number % 7]} पर {number} सवाल" if number % 10 == 4 else ""
    return Story(number, published, typed, shown, content, tuple(kept), excerpt, meta)


Form = tuple[str, Sequence[str], dict[str, str]]


def _classic(number: int, lines: list[str]) -> Form:
    """Paragraphs with an empty line between, as the old editor keeps them."""
    quoted = f'उन्होंने कहा, "हम {number} दिन से इंतजार कर रहे हैं" और फिर चुप हो गए।'
    kept = [*lines, quoted.replace(' "', " “").replace('"', "”")]
    return "\n\n".join([*lines, quoted]), kept, {}


def _classic_with_parts(number: int, lines: list[str]) -> Form:
    """Headings, lists and a quotation, typed as HTML."""
    heading, points, quote = f"{WHERE[number % 10]} में अब आगे क्या होगा", lines[6:9], lines[9]
    content = "\n\n".join([
        *lines[:6], f"<h2>{heading}</h2>", "<ul>\n" + "\n".join(f"<li>{it}</li>" for it in points) + "\n</ul>",
        f"<blockquote>{quote}</blockquote>", *lines[10:],
    ])  # fmt: skip
    return content, [*lines[:6], heading, *points, quote, *lines[10:]], {}


def _blocks(number: int, lines: list[str]) -> Form:
    """Paragraphs, a heading, a list and a quotation of the block editor."""
    heading, points, quote, speaker = f"योजना {number} के मुख्य बिंदु", lines[5:8], lines[8], "रामदयाल, किसान"
    items = "".join(_block("list-item", f"<li>{it}</li>") for it in points)
    content = "".join([
        *map(_paragraph, lines[:5]),
        _block("heading", f"<h2>{heading}</h2>"),
        _block("list", f"<ul>{items}</ul>"),
        _block("quote", f'<blockquote class="wp-block-quote">{_paragraph(quote)}<cite>{speaker}</cite></blockquote>'),
        *map(_paragraph, lines[9:]),
    ])  # fmt: skip
    return content, [*lines[:5], heading, *points, quote, speaker, *lines[9:]], {}


def _blocks_with_figures(number: int, lines: list[str]) -> Form:
    """A picture with its caption, which goes with the picture, and a table."""
    rows = [["गांव", "परिवार", "नल"], *([place, str(number + n), str(n)] for n, place in enumerate(WHERE[:4], 3))]
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    content = "".join([
        *map(_paragraph, lines[:4]),
        _block("image", '<figure class="wp-block-image"><img src="/wp-content/uploads/a.jpg" alt="पंचायत"/>'
                        f"<figcaption>पंचायत भवन के बाहर जमा लोग, तस्वीर {number}</figcaption></figure>"),
        *map(_paragraph, lines[4:10]),
        _block("table", f'<figure class="wp-block-table"><table><tbody>{cells}</tbody></table></figure>'),
        *map(_paragraph, lines[10:]),
    ])  # fmt: skip
    return content, [*lines[:10], *(" | ".join(row) for row in rows), *lines[10:]], {}


def _shortcodes(number: int, lines: list[str]) -> Form:
    """Shortcodes: a caption, a share bar, and one around words of the text."""
    marked = f"[samachar_mark]{lines[3]}[/samachar_mark]"
    picture = '<img src="/wp-content/uploads/b.jpg" width="600"/>'
    caption = f'[caption align="alignnone" width="600"]{picture} चित्र {number}: मेले की भीड़[/caption]'
    content = "\n\n".join([lines[0], caption, *lines[1:3], marked, "[samachar_share]", *lines[4:]])
    return content, lines, {}


def _also_read(number: int, lines: list[str]) -> Form:
    """Links to other stories, by hand and by a plugin."""
    link = f'<a href="/?p=1">{headline(number + 500)}</a>'
    by_hand = (f"<strong>यह भी पढ़ें: {link}</strong>", f"ये भी पढ़ें- {link}", f"Also Read: {link}")
    content = "\n\n".join([*lines[:7], by_hand[number // 8 % 3], *lines[7:]])
    return content, lines, {"test_also_read": headline(number + 700)}


def _blocks_in_blocks(number: int, lines: list[str]) -> Form:
    """Columns, a group, a pull quote (which repeats a paragraph), a separator, the mark where lists cut a post off."""
    columns = "".join(
        _block("column", f'<div class="wp-block-column">{_paragraph(line)}</div>') for line in lines[6:8]
    )
    content = "".join([
        _paragraph(lines[0]), _block("more", "<!--more-->"), *map(_paragraph, lines[1:6]),
        _block("columns", f'<div class="wp-block-columns">{columns}</div>'),
        _block("pullquote", f'<figure class="wp-block-pullquote"><blockquote><p>{lines[3]}</p></blockquote></figure>'),
        _block("separator", '<hr class="wp-block-separator"/>'),
        _block("group", f'<div class="wp-block-group">{"".join(map(_paragraph, lines[8:12]))}</div>'),
        *map(_paragraph, lines[12:]),
    ])  # fmt: skip
    return content, lines, {}


def _broken_lines(number: int, lines: list[str]) -> Form:
    """Lines broken within a paragraph, a numbered list, bold words and links, and a box about the author below."""
    first, second, rest = lines[2].split(" ", 2)
    linked = f'{first} <a href="/?p=1">{second}</a> {rest}'
    bold = f"<strong>{lines[3]}</strong>"
    numbered = "<ol>\n" + "\n".join(f"<li>{it}</li>" for it in lines[8:11]) + "\n</ol>"
    content = "\n\n".join(["\n".join(lines[:2]), linked, bold, *lines[4:8], numbered, *lines[11:]])
    about = f"सीमा वर्मा {number} साल से गांव, खेती और पानी पर लिखती हैं और इन दिनों पटना में रहती हैं।"
    return content, lines, {"test_author_box": about}


_FORMS = (
    _classic, _classic_with_parts, _blocks, _blocks_with_figures, _shortcodes, _also_read, _blocks_in_blocks,
    _broken_lines,
)  # fmt: skip


def _block(name: str, inner: str) -> str:
    return f"<!-- wp:{name} -->\n{inner}\n<!-- /wp:{name} -->\n\n"


def _paragraph(text: str) -> str:
    return _block("paragraph", f"<p>{text}</p>")
