"""One POST to a checked target: pinned to its addresses, bounded in time and in what is read.

The standard library's HTTP over a socket that is connected here. No client library was
found that does all of what is needed: connect to the address that was checked while TLS
and Host keep the name, look at no proxy in the environment, follow nothing, and end after a
total of seconds even if the other side sends a byte now and then.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any

from factcheck.sending.targets import Target

PATIENCE_SECONDS = 15.0
MOST_ANSWER_BYTES = 16_384
GONE = 410


@dataclass(frozen=True)
class Answer:
    """What came back: a status, if one did, and in plain words what was wrong with it, if anything."""

    status: int | None
    fault: str | None = None


class _TooLong(Exception):
    """The other side sent more than is read."""


class _Bounded:
    """A connected socket whose every wait ends at one moment, and which reads so many bytes only."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until
        self._unread = MOST_ANSWER_BYTES

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(_left(self._until))
            rest = rest[self._sock.send(rest) :]

    def recv_into(self, buffer: Any) -> int:
        """Read what has come."""
        self._sock.settimeout(_left(self._until))
        read = self._sock.recv_into(buffer)
        self._unread -= read
        if self._unread < 0:
            raise _TooLong
        return read

    def makefile(self, *_: Any) -> io.BufferedReader:
        """Give the file that http.client reads an answer from."""
        return io.BufferedReader(_Readable(self))

    def close(self) -> None:
        """Leave closing to whoever has connected."""


class _Readable(io.RawIOBase):
    """What makes a file of a bounded socket."""

    def __init__(self, sock: _Bounded) -> None:
        self._sock = sock

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has come."""
        return self._sock.recv_into(buffer)


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
        with _connected(target, trust, until) as sock:
            response = _asked(_connection(target, trust, _Bounded(sock, until)), target.path, headers, body)
    except (OSError, HTTPException, _TooLong) as fault:
        return Answer(None, _told(fault, patience))
    return Answer(response.status, _fault(response.status))


def _told(fault: Exception, patience: float) -> str:
    """Say in plain words why there is no answer."""
    match fault:
        case TimeoutError():
            return f"It did not answer within {patience:g} seconds."
        case ssl.SSLCertVerificationError():
            return f"Its certificate is not good: {fault.verify_message}."
        case ssl.SSLError():
            return f"TLS could not be agreed on: {fault.reason or fault}."
        case _TooLong():
            return f"Its answer is longer than {MOST_ANSWER_BYTES} bytes."
        # That the other side hung up without a word is both of these.
        case HTTPException():
            return "Its answer is not HTTP, or it broke off."
        case _:
            return f"It can't be reached: {getattr(fault, 'strerror', None) or fault}."


def _connected(target: Target, trust: ssl.SSLContext, until: float) -> socket.socket:
    """Connect to the first of the target's addresses that takes it."""
    for place, address in enumerate(target.addresses, 1):
        # One that swallows packets must leave time for the others.
        share = _left(until) / (len(target.addresses) - place + 1)
        try:
            sock = socket.create_connection((address, target.port), timeout=share)
            break
        except OSError:
            if place == len(target.addresses):
                raise
    sock.settimeout(_left(until))
    return trust.wrap_socket(sock, server_hostname=target.host) if target.secure else sock


def _connection(target: Target, trust: ssl.SSLContext, sock: _Bounded) -> HTTPConnection:
    """Make a connection of what is connected already; its kind says which port goes unsaid in Host."""
    connection = (
        HTTPSConnection(target.host, target.port, context=trust)
        if target.secure
        else HTTPConnection(target.host, target.port)
    )
    connection.sock = sock
    return connection


def _asked(connection: HTTPConnection, path: str, headers: Mapping[str, str], body: bytes) -> HTTPResponse:
    connection.request("POST", path, body, {**headers, "Connection": "close"})
    response = connection.getresponse()
    response.read()
    return response


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _fault(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"It answered {status}; redirects are not followed."
    return f"It answered {status}."
