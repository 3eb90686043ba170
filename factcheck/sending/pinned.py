"""A connection pinned to checked addresses, bounded in time and in what is read.

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
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any

from factcheck.sending.targets import Target


class TooLong(Exception):
    """The other side sent more than is read."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class Bounded:
    """A connected socket whose every wait ends at one moment, and which reads so many bytes only.

    What went over it is noted, so that it can be kept as it was.
    """

    def __init__(self, sock: socket.socket, until: float, most: int) -> None:
        """Stand around a socket.

        Args:
            until: the moment, of the monotonic clock.
            most: bytes.
        """
        self._sock, self._until, self._most = sock, until, most
        self.sent, self.came = bytearray(), bytearray()

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        self.sent += data
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(left(self._until))
            rest = rest[self._sock.send(rest) :]

    def recv_into(self, buffer: Any) -> int:
        """Read what has come."""
        self._sock.settimeout(left(self._until))
        read = self._sock.recv_into(buffer)
        self.came += buffer[:read]
        if len(self.came) > self._most:
            raise TooLong(self._most)
        return read

    def makefile(self, *_: Any) -> io.BufferedReader:
        """Give the file that http.client reads an answer from."""
        return io.BufferedReader(_Readable(self))

    def close(self) -> None:
        """Leave closing to whoever has connected."""


class _Readable(io.RawIOBase):
    """What makes a file of a bounded socket."""

    def __init__(self, sock: Bounded) -> None:
        self._sock = sock

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has come."""
        return self._sock.recv_into(buffer)


def connected(target: Target, trust: ssl.SSLContext, until: float) -> socket.socket:
    """Connect to the first of the target's addresses that takes it.

    Args:
        target: as it was just checked; nothing is looked up here.
        trust: the authorities whose certificates are believed.
        until: the moment at which it must be done, of the monotonic clock.
    """
    for place, address in enumerate(target.addresses, 1):
        # One that swallows packets must leave time for the others.
        share = left(until) / (len(target.addresses) - place + 1)
        try:
            sock = socket.create_connection((address, target.port), timeout=share)
            break
        except OSError:
            if place == len(target.addresses):
                raise
    sock.settimeout(left(until))
    return trust.wrap_socket(sock, server_hostname=target.host) if target.secure else sock


def asked(
    target: Target, sock: Bounded, method: str, headers: dict[str, str], body: bytes | None = None
) -> tuple[HTTPResponse, bytes]:
    """Ask for a target's path and read the whole answer; nothing is followed."""
    # The connection's kind says which port goes unsaid in Host.
    kind = HTTPSConnection if target.secure else HTTPConnection
    connection = kind(target.host, target.port)
    connection.sock = sock
    connection.request(method, target.path, body, {**headers, "Connection": "close"})
    response = connection.getresponse()
    return response, response.read()


def told(fault: Exception, patience: float) -> str:
    """Say in plain words why there is no answer."""
    match fault:
        case TimeoutError():
            return f"It did not answer within {patience:g} seconds."
        case ssl.SSLCertVerificationError():
            return f"Its certificate is not good: {fault.verify_message}."
        case ssl.SSLError():
            return f"TLS could not be agreed on: {fault.reason or fault}."
        case TooLong():
            return f"Its answer is longer than {fault.most} bytes."
        # That the other side hung up without a word is both of these.
        case HTTPException():
            return "Its answer is not HTTP, or it broke off."
        case _:
            return f"It can't be reached: {getattr(fault, 'strerror', None) or fault}."


def left(until: float) -> float:
    """Give the seconds left until a moment; raises TimeoutError if there are none."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
