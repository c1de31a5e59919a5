"""Janchowk: WordPress, whose REST interface is assumed at its usual place."""

from __future__ import annotations

from spiders.base import NewsSpider
from spiders.sources import Feed, WordPress


class Janchowk(NewsSpider):
    name = "janchowk"
    hosts = ("janchowk.com",)
    sources = (
        WordPress("https://janchowk.com/wp-json/", verified=False, fallback=(Feed("https://janchowk.com/feed/"),)),
    )
