"""Where a message may go: not into the network that the desk itself stands in.

Whoever names an address that the desk calls could make it speak to its own machine, to its
neighbours, or to a cloud's metadata service (OWASP, Server Side Request Forgery). So every
address that a host's name stands for must be one of the public internet, or be allowed by a
setting. A name may stand for something else a moment later; therefore whoever sends connects
to the very addresses that were checked, and never looks the name up again.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

NONE = "none"
_PORTS = {"https": 443, "http": 80}
# What is not in here is not handed out to anybody (IANA, IPv6 Global Unicast).
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Networks without IPv4 show the rest of the world under this prefix (RFC 6052).
_NAT64 = IPv6Network("64:ff9b::/96")


class BadTarget(ValueError):
    """Nothing may be sent there; the message says why and what to do."""


@dataclass(frozen=True)
class Target:
    """A checked address: whom to connect to, and what to ask for there."""

    secure: bool
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]


@lru_cache(maxsize=8)
def networks(text: str) -> tuple[Network, ...]:
    """Read a list of networks and single addresses with commas between, or "none".

    Raises:
        ValueError: one of them is neither.
    """
    if text == NONE:
        return ()
    return tuple(ip_network(each.strip()) for each in text.split(","))


def resolved(host: str, port: int) -> Sequence[str]:
    """Look up the addresses of a host, those to be tried first in front.

    Raises:
        BadTarget: it has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise BadTarget(f"No address is known for {host}. Check its spelling.") from None
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


@dataclass(frozen=True)
class Purpose:
    """What is sent: under which setting it may reach private networks, and whether only over https."""

    setting: str
    https_only: bool


# What a hook is sent may be secret; a page is fetched as it is published.
TO_HOOKS = Purpose("FACTCHECK_HOOKS_PRIVATE", https_only=True)
TO_SOURCES = Purpose("FACTCHECK_ARCHIVE_PRIVATE", https_only=False)


def checked(
    url: str, allowed: Iterable[Network], resolve: Resolve = resolved, purpose: Purpose = TO_HOOKS
) -> Target:
    """Look up where an address leads, and refuse what is not open to everybody.

    Args:
        url: http or https.
        allowed: networks that may be reached all the same, over http too.
        resolve: gives the addresses of a host and port.

    Raises:
        BadTarget: one of its addresses is not public, or it is public and not https.
    """
    parts, port = _parts(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        raise BadTarget("Give an http or https address with a host and without a user name.")
    port = port or _PORTS[parts.scheme]
    addresses = tuple(resolve(host, port))
    private = [each for each in addresses if not _within(ip_address(each), allowed)]
    for each in private:
        if not _is_public(ip_address(each)):
            raise BadTarget(
                f"{host} stands for {each}, which is not on the public internet. If it is meant, whoever "
                f"runs the desk allows it by the setting {purpose.setting}."
            )
    if private and parts.scheme != "https" and purpose.https_only:
        raise BadTarget("Over the internet only https is used. Give an address that begins with https://.")
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    return Target(parts.scheme == "https", host, port, path, addresses)


def _parts(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise BadTarget("This address can't be read; look at its host and port.") from None


def _within(address: Address, allowed: Iterable[Network]) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in allowed if network.version == address.version)


def _is_public(address: Address) -> bool:
    """Say whether an address is one that everybody on the internet can reach, inside and out."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    inside = _inside(address)
    if inside:
        return all(map(_is_public, inside))
    return address.is_global and address in _GLOBAL_UNICAST and not address.scope_id


def _inside(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """Give the IPv4 addresses that an IPv6 address carries and may lead to."""
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFF_FFFF),)
    if address.sixtofour:
        return (address.sixtofour,)
    return address.teredo or ()
