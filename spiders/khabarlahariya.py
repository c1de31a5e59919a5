"""Khabar Lahariya: WordPress, whose REST interface is assumed at its usual place."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, WordPress


class KhabarLahariya(NewsSpider):
    name = "khabarlahariya"
    hosts = ("khabarlahariya.org",)
    sources = (
        WordPress(
            "https://khabarlahariya.org/wp-json/",
            verified=False,
            fallback=(Feed("https://khabarlahariya.org/feed/"),),
        ),
    )
