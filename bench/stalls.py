"""Slow clients: some stall in the header, some in the body; how long do others wait?"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass

from bench.load import HOST, Connection, WrongAnswer, get
from bench.servers import DESK, Server

STALLED_IN_HEADER = STALLED_IN_BODY = 20
LONGEST_PROBE = 2.0


@dataclass
class Probe:
    """What a caller meets while others stall: waits in ms, and probes that got no answer in time."""

    path: str
    waits: list[float]
    unanswered: int


def probed(server: Server, seconds: float) -> list[Probe]:
    """Stall, and ask meanwhile on new connections."""
    paths = ["/healthz", "/v1/claims/1"] if server.contender is DESK else [server.contender.health]
    stalled = [_stalled(server, b"GET / HTTP/1.1\r\nHost: desk\r\n") for _ in range(STALLED_IN_HEADER)]
    path = server.contender.writes({"claim": 1, **dict.fromkeys(_DRAFT, ""), "sources": []})[0]  # type: ignore[misc]
    head = f"POST {path} HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n"
    begun = f"{head}Content-Length: 1000\r\n\r\n{{".encode()
    stalled += [_stalled(server, begun) for _ in range(STALLED_IN_BODY)]
    time.sleep(0.3)
    try:
        return [_probe(server.port, path, seconds / len(paths)) for path in paths]
    finally:
        for each in stalled:
            each.close()


_DRAFT = ("reviewer", "status", "rationale", "confidence")


def _stalled(server: Server, begun: bytes) -> socket.socket:
    connection = socket.create_connection((HOST, server.port), 5)
    connection.sendall(begun)
    return connection


def _probe(port: int, path: str, seconds: float) -> Probe:
    probe, until = Probe(path, [], 0), time.monotonic() + seconds
    while time.monotonic() < until:
        begun = time.perf_counter()
        try:
            connection = Connection(port, LONGEST_PROBE)
            connection.ask(get(path))
            connection.socket.close()
            probe.waits.append((time.perf_counter() - begun) * 1e3)
        except (OSError, WrongAnswer):
            probe.unanswered += 1
        time.sleep(0.02)
    return probe
