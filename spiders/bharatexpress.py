"""Bharat Express: WordPress, whose REST interface and feed are assumed at their usual places."""

from __future__ import annotations

from spiders.base import NOT_ARTICLES, NewsSpider
from spiders.sources import Feed, WordPress


class BharatExpress(NewsSpider):
    name = "bharatexpress"
    hosts = ("bharatexpress.com",)
    sources = (
        WordPress(
            "https://bharatexpress.com/wp-json/",
            verified=False,
            fallback=(Feed("https://bharatexpress.com/feed", verified=False),),
        ),
    )
    article_pattern = r"^https?://bharatexpress\.com/(?:[a-z0-9-]+/)+[^/]+-\d{4,7}/?$"
    article_id = r"-(\d{4,7})(?:[/?#]|$)"
    exclude = (NOT_ARTICLES, r"^https?://(?:english|urdu)\.")
