"""Business Standard Hindi: WordPress, whose REST interface is assumed at its usual place."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, Sitemap, WordPress


class BusinessStandardHindi(NewsSpider):
    name = "bshindi"
    hosts = ("hindi.business-standard.com",)
    sources = (
        WordPress(
            "https://hindi.business-standard.com/wp-json/",
            verified=False,
            fallback=(
                Feed("https://hindi.business-standard.com/feed/"),
                Sitemap("https://hindi.business-standard.com/sitemap.xml"),
            ),
        ),
    )
    # The addresses of 2022 and before count in numbers of their own.
    article_pattern = (
        r"^https?://hindi\.business-standard\.com/"
        r"(?:(?:[a-z0-9-]+/)+[^/]+-id-\d+/?|storypage(?:_hin)?\.php\?autono=\d+)$"
    )
    article_id = r"-id-(\d+)(?:[/?#]|$)"
