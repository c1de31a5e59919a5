"""What a crawl may touch on the network: no private addresses, and in replay nothing at all.

A feed or a redirect could otherwise make the crawler read the inside of the network that it runs in.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest, NotConfigured
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.datatypes import LocalCache
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

logger = logging.getLogger(__name__)

REFUSED = "newsharvest/refused_private"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class PrivateAddressRefused(IgnoreRequest):
    """The request would go to a loopback, link-local, private, multicast or unspecified address."""


class NotInReplay(IgnoreRequest):
    """The request passed by the archive that is being replayed, and nothing else is read in replay."""


class NetworkGuard:
    """Downloader middleware below the cache. Refused requests are IgnoreRequest, counted in ``REFUSED``.

    Addresses written into the URL are refused here; a name is refused by what it resolves to, on the very answer that
    the connection is made with. HARVEST_ALLOW_PRIVATE turns it off.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._is_replay = bool(crawler.settings["HARVEST_REPLAY"])
        if crawler.settings.getbool("HARVEST_ALLOW_PRIVATE") and not self._is_replay:
            raise NotConfigured
        self._resolver: GuardedResolver | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> NetworkGuard:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if self._is_replay:
            raise NotInReplay(f"Not fetched in replay: {request}")
        address = written_address(urlparse_cached(request).hostname or "")
        if address is not None and is_private(address):
            raise self._refuse(request, str(address))
        self._resolver = _guard_reactor()

    def process_exception(self, request: Request, exception: Exception) -> None:
        if isinstance(exception, CannotResolveHostError) and self._resolver is not None:
            address = self._resolver.refused.get(_ascii(urlparse_cached(request).hostname or ""))
            if address is not None:
                raise self._refuse(request, address) from exception

    def _refuse(self, request: Request, address: str) -> PrivateAddressRefused:
        if request.callback is not NO_CALLBACK:  # the page is counted, the robots.txt asked for on its behalf is not
            self._crawler.stats.inc_value(REFUSED)
        message = f"Refused {request}: {address} is not a public address (HARVEST_ALLOW_PRIVATE allows it)"
        logger.warning(message)
        return PrivateAddressRefused(message)


@implementer(IHostnameResolver)
class GuardedResolver:
    """A resolver that hands on another's answers without the private addresses among them.

    A name without any public address stays unresolved; ``refused`` then has it, with one of its addresses.
    """

    def __init__(self, resolver: IHostnameResolver) -> None:
        self._resolver = resolver
        self.refused: LocalCache[str, str] = LocalCache(1000)
        # The user's own proxy may well be inside; what it fetches is its own concern.
        self._proxies = set(filter(None, map(_host_and_port, getproxies().values())))

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        receiver = resolutionReceiver
        if (_ascii(hostName), portNumber) not in self._proxies:
            receiver = _PublicOnly(resolutionReceiver, _ascii(hostName), self.refused)
        return self._resolver.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)


@implementer(IResolutionReceiver)
class _PublicOnly:
    """Passes public addresses on to a receiver and notes the others."""

    def __init__(self, receiver: IResolutionReceiver, name: str, refused: LocalCache[str, str]) -> None:
        self._receiver = receiver
        self._name = name
        self._refused = refused

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IAddress) -> None:
        if is_private(ipaddress.ip_address(address.host)):
            self._refused[self._name] = address.host
        else:
            self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:
        self._receiver.resolutionComplete()


def written_address(host: str) -> Address | None:
    """Return the address that a URL's host spells out, in any form that the system resolves (decimal, octal,
    hexadecimal, shortened, IPv6), or None for a name.
    """
    with suppress(ValueError):
        return ipaddress.ip_address(host)
    with suppress(OSError, UnicodeError):
        return ipaddress.IPv4Address(socket.inet_aton(host))
    return None


def is_private(address: Address) -> bool:
    """Say whether an address is anything but a public one of a single machine; IPv4 inside IPv6 is looked at."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_private(inner)
        if address.is_site_local:
            return True
    return not address.is_global or address.is_multicast


def _host_and_port(proxy: str) -> tuple[str, int] | None:
    """Return where a proxy of the environment listens, or None for what is no address (Scrapy skips those too)."""
    try:
        parts = urlsplit(proxy if "//" in proxy else f"//{proxy}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    return _ascii(parts.hostname or ""), port


def _ascii(host: str) -> str:
    """Return a host name in one spelling, whether it came escaped or not."""
    with suppress(UnicodeError):
        return host.encode("idna").decode("ascii").lower()
    return host.lower()


def _guard_reactor() -> GuardedResolver:
    """Put the guard around the reactor's resolver, whichever that is by now, and return it."""
    from twisted.internet import reactor  # not before Scrapy has chosen one

    resolver = reactor.nameResolver
    if not isinstance(resolver, GuardedResolver):
        resolver = GuardedResolver(resolver)
        reactor.installNameResolver(resolver)
    return resolver
