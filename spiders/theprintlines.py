"""The Printlines: WordPress, whose REST interface and feed are assumed at their usual places."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, WordPress


class ThePrintlines(NewsSpider):
    name = "theprintlines"
    hosts = ("theprintlines.com",)
    sources = (
        WordPress(
            "https://www.theprintlines.com/wp-json/",
            verified=False,
            fallback=(Feed("https://www.theprintlines.com/feed/", verified=False),),
        ),
    )
    article_pattern = r"^https?://www\.theprintlines\.com/[a-z0-9-]+/[a-z0-9-]+-(?P<id>\d{4,7})/?$"
    article_id = r"-(\d{5,7})(?:[/?#]|$)"
