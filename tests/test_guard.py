"""A crawl reads nothing inside the network that it runs in, however the address is written or reached."""

import ipaddress

import pytest
from crawling import make_project, serve
from twisted.internet.address import IPv4Address, IPv6Address

from newsharvest.guard import GuardedResolver, is_private, written_address

PAGE = (200, {}, b"inside")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "fc00::1",
        "ff02::1",
        "ff0e::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
    ],
)
def test_private(address):
    assert is_private(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "2002:808:808::", "64:ff9b::808:808"]
)
def test_public(address):
    assert not is_private(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0", "0.0.0.0"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("a.example", None),
        ("localhost", None),
        ("समाचार.example", None),
        ("", None),
    ],
)
def test_address_is_read_from_any_spelling(host, address):
    assert written_address(host) == (address and ipaddress.ip_address(address))


class Answers:
    """A resolver whose answers change from one question to the next."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def resolveHostName(self, receiver, name, port=0, types=None, semantics="TCP"):
        receiver.resolutionBegan(None)
        for address in self.answers.pop(0):
            receiver.addressResolved(address)
        receiver.resolutionComplete()


class Receiver:
    def __init__(self):
        self.addresses, self.is_complete = [], False

    def resolutionBegan(self, resolution):
        pass

    def addressResolved(self, address):
        self.addresses.append(address.host)

    def resolutionComplete(self):
        self.is_complete = True


def test_every_answer_is_checked_again():
    public, private = IPv4Address("TCP", "8.8.8.8", 80), IPv4Address("TCP", "10.0.0.1", 80)
    inner6 = IPv6Address("TCP", "fe80::1%eth0", 80)
    resolver = GuardedResolver(Answers([public], [private, inner6], [private, public]))
    for expected in (["8.8.8.8"], [], ["8.8.8.8"]):
        receiver = Receiver()
        resolver.resolveHostName(receiver, "rebinding.example", 80)
        assert receiver.addresses == expected
        assert receiver.is_complete
    assert "rebinding.example" in resolver.refused


def test_no_spelling_of_the_loopback_is_reached(tmp_path):
    hosts = ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"]
    names = ["localhost", "LOCALHOST"]
    project = make_project(tmp_path, RETRY_ENABLED=True)
    with serve("") as site:
        site.routes = {"/": PAGE}
        run = project.crawl(*(site.url("/", host) for host in hosts + names), private=False)
        assert site.seen == []
    assert [item["why"] for item in run.items] == ["PrivateAddressRefused"] * len(hosts + names)
    assert run.stat("newsharvest/refused_private") == len(hosts + names)
    assert "127.0.0.1 is not a public address (HARVEST_ALLOW_PRIVATE allows it)" in run.log
    assert "Traceback" not in run.log
    assert run.stat("retry/count") is None


def test_redirect_inside_is_refused_and_the_proxy_is_not(tmp_path):
    """One server plays the user's own proxy, through which the outside is reached; it redirects to the inside."""
    with serve() as proxy, serve() as inside:
        inside.routes = {"/secret": PAGE}
        proxy.routes = {
            "http://outside.example/": (200, {}, b"outside"),
            "http://outside.example/a": (302, {"Location": inside.url("/secret")}, b""),
        }
        env = {"http_proxy": proxy.url("", "localhost"), "no_proxy": "localhost,127.0.0.1"}
        urls = [f"http://outside.example/{path}" for path in ("", "a")]
        run = make_project(tmp_path).crawl(*urls, private=False, env=env)
        assert inside.seen == []
    outcomes = {item.get("url") or item["lost"]: item.get("body") or item["why"] for item in run.items}
    assert outcomes == {
        "http://outside.example/": "outside",
        inside.url("/secret"): "PrivateAddressRefused",
    }
    assert run.stat("newsharvest/refused_private") == 1
