"""One POST to a checked target, and what came back, in a word."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException

from factcheck.sending.pinned import Bounded, TooLong, asked, connected, told
from factcheck.sending.targets import Target

PATIENCE_SECONDS = 15.0
MOST_ANSWER_BYTES = 16_384
GONE = 410


@dataclass(frozen=True)
class Answer:
    """What came back: a status, if one did, and in plain words what was wrong with it, if anything."""

    status: int | None
    fault: str | None = None


def post(
    target: Target,
    headers: Mapping[str, str],
    body: bytes,
    trust: ssl.SSLContext,
    patience: float = PATIENCE_SECONDS,
) -> Answer:
    """Send a message and say what came back; never raises for what the other side does.

    Args:
        target: as it was just checked; nothing is looked up here.
        trust: the authorities whose certificates are believed.
        patience: seconds for all of it.
    """
    until = time.monotonic() + patience
    try:
        with connected(target, trust, until) as sock:
            bounded = Bounded(sock, until, MOST_ANSWER_BYTES)
            response, _ = asked(target, bounded, "POST", dict(headers), body)
    except (OSError, HTTPException, TooLong) as fault:
        return Answer(None, told(fault, patience))
    return Answer(response.status, _fault(response.status))


def _fault(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"It answered {status}; redirects are not followed."
    return f"It answered {status}."
