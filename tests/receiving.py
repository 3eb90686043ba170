"""A receiver of webhooks for tests: it verifies what comes as real ones do, and fails as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

Answer = int | Callable[[BaseHTTPRequestHandler], None]


class Receiver:
    """A server on 127.0.0.1 that notes every message that comes."""

    def __init__(self) -> None:
        self.secret: str | None = None
        # How the next messages are answered; then with 204.
        self.answers: list[Answer] = []
        self.always: Answer = 204
        self.came: list[dict[str, Any]] = []
        self.faults: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def taken(self) -> list[int]:
        """The lines that came and were answered with 2xx, in the order in which they came."""
        return [each["data"]["seq"] for each in self.came if each["answered"] == 204]

    @property
    def tried(self) -> list[int]:
        """All lines that came, however they were answered."""
        return [each["data"]["seq"] for each in self.came]

    def wait_for(self, count: int, seconds: float = 10) -> None:
        """Wait until so many lines were taken."""
        until = time.monotonic() + seconds
        while len(self.taken) < count and time.monotonic() < until:
            time.sleep(0.01)
        assert len(self.taken) >= count, (self.taken, self.faults)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - two selves
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = receiver.answers.pop(0) if receiver.answers else receiver.always
                if receiver.secret:
                    try:
                        Webhook(receiver.secret).verify(body, dict(self.headers))
                    except Exception as fault:  # noqa: BLE001
                        receiver.faults.append(repr(fault))
                        answer = 401
                seen = {**json.loads(body), "headers": dict(self.headers), "path": self.path, "body": body}
                receiver.came.append({**seen, "answered": answer})
                if callable(answer):
                    # The other side may have gone meanwhile.
                    with suppress(OSError):
                        answer(self)
                else:
                    self.send_response(answer)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def do_GET(self) -> None:
                receiver.faults.append("GET: a redirect was followed")
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()


def hangs(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(2)


def drips(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte now and then: each wait is short, all of them together are not."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 200:
        handler.wfile.write(bytes([byte]))
        time.sleep(0.05)


def drips_its_body(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(200):
        handler.wfile.write(b"a")
        time.sleep(0.05)


def says_continue_for_ever(handler: BaseHTTPRequestHandler) -> None:
    for _ in range(10_000):
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def floods(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(1000):
        handler.wfile.write(b"a" * 10_000)


def floods_its_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(1000):
        handler.wfile.write(b"X-More: " + b"a" * 1000 + b"\r\n")


def talks_nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"220 mail.example.org ESMTP\r\n")


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


def leads_elsewhere(handler: BaseHTTPRequestHandler) -> None:
    host, port = handler.server.server_address[:2]
    handler.send_response(302)
    handler.send_header("Location", f"http://{host!s}:{port}/elsewhere")
    handler.end_headers()
