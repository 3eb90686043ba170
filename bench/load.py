"""The load: keep-alive connections over raw sockets, in processes of their own.

It is the same for every contender, and cheap, so that it leaves the CPU to them. Every
answer is held against the one that was given, and checked, before the measurement.
"""

from __future__ import annotations

import multiprocessing
import re
import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

HOST = "127.0.0.1"
LONGEST_WAIT = 30.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class WrongAnswer(RuntimeError):
    """A server answered something else than it should; its figures would mean nothing."""


@dataclass(frozen=True)
class Question:
    """A request, written out, and what its answer must be.

    Args:
        status: of the answer.
        body: the exact answer, or None where only `part` must occur in it.
    """

    request: bytes
    status: int = 200
    body: bytes | None = None
    part: bytes = b""


@dataclass
class Load:
    """What a load came to."""

    answers: int
    seconds: float
    waits: list[float] = field(repr=False)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    def wait(self, share: float) -> float:
        """Give the wait in seconds that this share of the requests did not exceed."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Connection:
    """One keep-alive connection that asks one question after the other."""

    def __init__(self, port: int, timeout: float = LONGEST_WAIT) -> None:
        self.socket = socket.create_connection((HOST, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and wait for the whole answer; gives status and body."""
        self.send(request)
        while (answer := self.receive()) is None:
            pass
        return answer

    def send(self, request: bytes) -> None:
        """Send a request."""
        self._buffer.clear()
        self.socket.sendall(request)

    def receive(self) -> tuple[int, bytes] | None:
        """Take what has come, and give the answer once it is whole."""
        piece = self.socket.recv(262_144)
        if not piece:
            raise WrongAnswer(f"the server closed the connection after {bytes(self._buffer[:80])!r}")
        self._buffer += piece
        head, gap, _ = self._buffer.partition(b"\r\n\r\n") if len(self._buffer) < 65_536 else self._cut()
        if not gap:
            return None
        begin = len(head) + 4
        stated = _LENGTH.search(head)
        if stated:
            end = begin + int(stated[1])
            return (int(head[9:12]), bytes(self._buffer[begin:end])) if len(self._buffer) >= end else None
        if self._buffer.endswith(b"0\r\n\r\n"):
            return int(head[9:12]), _unchunked(bytes(self._buffer[begin:]))
        return None

    def _cut(self) -> tuple[bytes, bytes, bytes]:
        # Large answers are not copied for every piece that comes.
        end = self._buffer.find(b"\r\n\r\n", 0, 16_384)
        return (bytes(self._buffer[:end]), b"\r\n\r\n", b"") if end >= 0 else (b"", b"", b"")


def get(path: str) -> bytes:
    """Write a GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: application/json\r\n\r\n".encode()


def post(path: str, body: bytes, token: str) -> bytes:
    """Write a POST request with a JSON body."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def loaded(
    port: int, questions: list[list[Question]], seconds: float, processes: int = 2, *, once: bool = False
) -> Load:
    """Ask a server from several connections at once until the time is over.

    Args:
        questions: one list for each connection, asked in turn and then again.
        processes: among which the connections are shared out.
        once: ask nothing a second time, and end early if there is nothing left.

    Raises:
        WrongAnswer: an answer was not what it should be.
    """
    fork = multiprocessing.get_context("fork")
    ends, workers = [], []
    for number in range(processes):
        mine, theirs = fork.Pipe(duplex=False)
        args = (port, questions[number::processes], seconds, once, theirs)
        worker = fork.Process(target=_asked_by_worker, args=args, daemon=True)
        worker.start()
        theirs.close()
        ends.append(mine)
        workers.append(worker)
    results = [end.recv() for end in ends]
    for worker in workers:
        worker.join()
    wrong = next((each for each in results if isinstance(each, str)), None)
    if wrong:
        raise WrongAnswer(wrong)
    waits = [wait for found, _ in results for wait in found]
    return Load(len(waits), max(took for _, took in results), waits)


def _asked_by_worker(
    port: int, questions: list[list[Question]], seconds: float, once: bool, end: Any
) -> None:
    try:
        end.send(_asked(port, questions, seconds, once))
    except Exception as fault:  # noqa: BLE001 - whatever it is, the run has to be told
        end.send(f"port {port}: {fault!r}")


def _asked(
    port: int, questions: list[list[Question]], seconds: float, once: bool
) -> tuple[list[float], float]:
    selector = selectors.DefaultSelector()
    waits: list[float] = []
    begun = time.perf_counter()
    until = begun + seconds
    for each in questions:
        line = _Line(Connection(port), iter(each) if once else cycle(each))
        selector.register(line.connection.socket, selectors.EVENT_READ, line)
        line.next()
    while selector.get_map():
        ready = selector.select(LONGEST_WAIT)
        if not ready:
            raise WrongAnswer(f"no answer within {LONGEST_WAIT:g} seconds")
        for key, _ in ready:
            line = key.data
            answer = line.connection.receive()
            if answer is None:
                continue
            now = time.perf_counter()
            waits.append(now - line.sent_at)
            _hold_against(line.question, *answer)
            if now >= until or not line.next():
                selector.unregister(line.connection.socket)
                line.connection.socket.close()
    return waits, time.perf_counter() - begun


@dataclass
class _Line:
    """A connection, what it asked last, and what it will ask."""

    connection: Connection
    questions: Iterator[Question]
    question: Question = Question(b"")
    sent_at: float = 0.0

    def next(self) -> bool:
        """Ask the next question, if there is one."""
        following = next(self.questions, None)
        if following is None:
            return False
        self.question = following
        self.sent_at = time.perf_counter()
        self.connection.send(self.question.request)
        return True


def _hold_against(question: Question, status: int, body: bytes) -> None:
    right = status == question.status and question.part in body
    if not right or (question.body is not None and body != question.body):
        line = question.request.partition(b"\r\n")[0].decode()
        raise WrongAnswer(f"{line} was answered {status} {body[:300]!r}")


def _unchunked(body: bytes) -> bytes:
    parts = []
    while True:
        size, _, body = body.partition(b"\r\n")
        if not int(size, 16):
            return b"".join(parts)
        parts.append(body[: int(size, 16)])
        body = body[int(size, 16) + 2 :]
