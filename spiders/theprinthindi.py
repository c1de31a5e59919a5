"""ThePrint Hindi: WordPress, whose REST interface and feed are assumed at their usual places."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, WordPress


class ThePrintHindi(NewsSpider):
    name = "theprinthindi"
    hosts = ("hindi.theprint.in",)
    sources = (
        WordPress(
            "https://hindi.theprint.in/wp-json/",
            verified=False,
            fallback=(Feed("https://hindi.theprint.in/feed/", verified=False),),
        ),
    )
    article_pattern = r"^https?://hindi\.theprint\.in/(?:[^/]+/)+[^/]+/\d{4,8}/(?:\?amp)?$"
    article_id = r"/(\d{4,8})(?:[/?#]|$)"
