"""India News: WordPress, whose REST interface is assumed at its usual place."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, WordPress


class IndiaNews(NewsSpider):
    name = "indianews"
    hosts = ("indianews.in",)
    sources = (
        WordPress(
            "https://www.indianews.in/wp-json/",
            verified=False,
            fallback=(Feed("https://www.indianews.in/feed/"),),
        ),
    )
    article_pattern = r"^https?://www\.indianews\.in/[a-z0-9-]+/[^/]+/?$"
