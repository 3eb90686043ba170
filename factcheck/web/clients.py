"""From where a request comes: the client's own address, through proxies that are believed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, NamedTuple

_CLIENT = "factcheck.client"

# Enough for a chain of proxies; what a client puts in front of it is not looked at.
LONGEST_CHAIN = 400
_PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")

Address = IPv4Address | IPv6Address


class Client(NamedTuple):
    """Where a request comes from.

    `network` is what counts as one client: the address, or of IPv6 the 64 bits that a
    household or a machine is given as a whole (RFC 6177). `local` says that it comes
    from this machine itself and not through a proxy.
    """

    address: str
    network: str
    local: bool


class Clients:
    """Tells clients apart, believing what these proxies say of them."""

    def __init__(self, proxies: str) -> None:
        """Read which proxies are believed.

        Args:
            proxies: addresses or networks, with commas between, or none.
        """
        self._proxies = [ip_network(each.strip()) for each in proxies.split(",") if each != "none"]
        self._known = lru_cache(maxsize=4096)(self._established)

    def client(self, environ: dict[str, Any]) -> Client:
        """Give the client of a request; it is worked out once and kept with the request."""
        found: Client | None = environ.get(_CLIENT)
        if found is None:
            chain = environ.get("HTTP_X_FORWARDED_FOR", "")[-LONGEST_CHAIN:]
            direct = environ.keys().isdisjoint(_PASSED_ON)
            found = environ[_CLIENT] = self._known(environ.get("REMOTE_ADDR", ""), chain, direct)
        return found

    def _established(self, peer: str, chain: str, direct: bool) -> Client:
        found = _address(peer)
        if found is None:
            return Client(peer, peer, local=False)
        # Each proxy adds, at the end, whom it was asked by. The first that is no proxy of
        # ours is the client, and what stands before him is his own story.
        for hop in reversed(chain.split(",")):
            further = _address(hop) if self._believed(found) else None
            if further is None:
                break
            found = further
        return Client(str(found), _network(found), local=direct and found.is_loopback)

    def _believed(self, address: Address) -> bool:
        return _within(address, self._proxies)


def _within(address: Address, networks: Iterable[Any]) -> bool:
    return any(address in network for network in networks)


def _address(text: str) -> Address | None:
    """Read an address, perhaps with a port or in brackets as some proxies write it."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _network(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, 64), strict=False))
