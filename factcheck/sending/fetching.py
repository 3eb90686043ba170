"""One page as it is published: fetched from checked targets only, each exchange kept byte for byte.

A redirect is an address that somebody else names, so each is checked as the first one was. Nothing
of a page is run, and nothing that it refers to is fetched.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from urllib.parse import urljoin

from factcheck.sending.pinned import Bounded, TooLong, asked, connected, told
from factcheck.sending.targets import TO_SOURCES, BadTarget, Network, Resolve, checked, resolved

PATIENCE_SECONDS = 60.0
MOST_REDIRECTS = 8
_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS = {"User-Agent": "factcheck-archive/1", "Accept": "*/*", "Accept-Encoding": "identity"}


class NotFetched(Exception):
    """There is no page to keep; the message says why."""


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, byte for byte, and the moment at which it was asked (UTC)."""

    url: str
    at: datetime
    request: bytes
    response: bytes


@dataclass(frozen=True)
class Fetched:
    """A page's own bytes, without what HTTP wraps them in, and all exchanges on the way to it."""

    payload: bytes
    exchanges: tuple[Exchange, ...]


@dataclass
class _Way:
    """How far a page has been followed, within which bounds."""

    url: str
    until: float
    most: int
    exchanges: list[Exchange] = field(default_factory=list)


def fetch(
    url: str,
    allowed: Iterable[Network],
    trust: ssl.SSLContext,
    most: int,
    patience: float = PATIENCE_SECONDS,
    resolve: Resolve = resolved,
) -> Fetched:
    """Fetch a page by GET.

    Args:
        url: http or https; a fragment is not sent.
        allowed: networks off the public internet that may be reached all the same.
        trust: the authorities whose certificates are believed.
        most: bytes that each answer may have.
        patience: seconds for all of it, but for looking up names.

    Raises:
        NotFetched: it leads where nothing may be sent, it can't be reached, or it answers otherwise
            than with a page.
    """
    way = _Way(url, time.monotonic() + patience, most)
    networks = tuple(allowed)
    try:
        for _ in range(1 + MOST_REDIRECTS):
            status, location, payload = _exchanged(way, networks, trust, resolve)
            if status not in _REDIRECTS or not location:
                break
            way.url = urljoin(way.url, location)
        else:
            raise NotFetched(f"It redirects more than {MOST_REDIRECTS} times.")
    except BadTarget as fault:
        raise NotFetched(str(fault)) from None
    except (OSError, HTTPException, TooLong) as fault:
        raise NotFetched(told(fault, patience)) from None
    if not 200 <= status < 300:
        raise NotFetched(f"It answered {status}.")
    return Fetched(payload, tuple(way.exchanges))


def _exchanged(
    way: _Way, allowed: tuple[Network, ...], trust: ssl.SSLContext, resolve: Resolve
) -> tuple[int, str | None, bytes]:
    """Ask once, where the way has led so far: gives status, where it leads on, and what came."""
    # Whoever redirects may write characters that no address has; a request must not carry them.
    if not way.url.isascii() or not way.url.isprintable() or " " in way.url:
        raise BadTarget("It redirects to an address that is not written as addresses are.")
    target = checked(way.url, allowed, resolve, TO_SOURCES)
    at = datetime.now(UTC)
    with connected(target, trust, way.until) as sock:
        bounded = Bounded(sock, way.until, way.most)
        response, payload = asked(target, bounded, "GET", _HEADERS)
    way.exchanges.append(Exchange(way.url, at, bytes(bounded.sent), bytes(bounded.came)))
    return response.status, response.headers["Location"], payload
