"""What the spiders for any site share: they are given an address instead of a declaration."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import urlsplit

from spiders.addresses import AddressError, canonical, host_of
from spiders.base import NOT_ARTICLES, NewsSpider

# Pages that no site means as articles: its front page (also the fast one), lists, files.
NOT_PAGES = (
    r"^https?://[^/]+/?(?:(?:amp|m)/?)?(?:\?(?!p=\d+(?:&|$)).*)?$",  # ?p=12 is a post of WordPress
    r"/(?:category|categories|page|feed|rss|wp-content|wp-json|wp-admin|wp-login\.php|about(?:-us)?|contact(?:-us)?"
    r"|privacy-policy|terms(?:-of-use)?|advertise|login|signup|epaper|e-paper)(?:[/.?]|$)",
    r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp3|mp4|m3u8|zip|apk|xml|json|css|js|txt|docx?)(?:\?|$)",
)
_SERVICE = re.compile(r"^(?:www|rss|feeds?|api|cms|amp|m|sitemaps?)\.(?=[^.]+\.)")


class AnySite(NewsSpider):
    """Takes ``url``, the address to begin at, and ``site``, the name to store under (else the host without www).

    Links to that host, and to its siblings where it is a feed's own host (rss.example.com), are followed; ``hosts``
    (comma-separated) names others.
    """

    exclude = (NOT_ARTICLES, *NOT_PAGES)
    arguments: ClassVar[tuple[str, ...]] = (*NewsSpider.arguments, "url", "site", "hosts")

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        address = (arguments.get("url") or "").strip()
        if not address:
            raise SystemExit(f"{self.name}: no address to begin at; give -a url=https://…")
        if "://" not in address:
            address = f"https://{address}"
        try:
            canonical(address)
        except AddressError as error:
            raise SystemExit(f"{self.name}: -a url={address}: {error}") from None
        self.url = address  # as given: a feed's own parameters are none of ours to drop
        self.is_secure = urlsplit(address).scheme == "https"
        named = (host.strip().lower() for host in (arguments.get("hosts") or "").split(","))
        self.hosts = (_SERVICE.sub("", host_of(address)), *filter(None, named))
        self.site = arguments.get("site") or host_of(address).removeprefix("www.")
        self.declare()

    def declare(self) -> None:
        """Set ``sources`` from ``url``."""
        raise NotImplementedError
