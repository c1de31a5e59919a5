"""OpIndia Hindi: WordPress, whose REST interface is assumed at its usual place."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, WordPress


class OpIndiaHindi(NewsSpider):
    name = "opindiahindi"
    hosts = ("hindi.opindia.com",)
    sources = (
        WordPress(
            "https://hindi.opindia.com/wp-json/",
            verified=False,
            fallback=(Feed("https://hindi.opindia.com/feed/"),),
        ),
    )
