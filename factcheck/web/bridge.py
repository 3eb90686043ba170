"""From an ASGI server to the WSGI application, so that slow clients hold no thread.

The event loop reads each body, within a size and a time limit; only a request that
is complete gets one of the threads. A body that ends early or is malformed never
reaches the application. Answers of known length are sent by the loop, however slowly
they are read; streams hold a thread, and may never hold more than half of them.
"""

from __future__ import annotations

import asyncio
import io
import logging
import math
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from factcheck.errors import BodyTimeout, BodyTooLarge, Busy, DeskError, Internal, MalformedBody
from factcheck.web.headers import REQUEST_ID, on_every_answer, request_id_of
from factcheck.web.problems import unframed
from factcheck.web.spool import NOT_YET_READ, Spool
from factcheck.web.telemetry import BEGUN
from factcheck.web.waiting import WAIT, LogWatch, Wait

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Whole = tuple[int, Headers, bytes]

# Its bodies are too long for memory.
BULK = "/v1/bulk"

# A stream is sent on in pieces of about this size, or when a piece is this old.
PIECE_BYTES, PIECE_SECONDS = 65_536, 0.2


@dataclass(frozen=True)
class Limits:
    """What one worker takes on: threads, bytes of a body and of all, seconds of waiting."""

    threads: int = 8
    body_bytes: int = 1_048_576
    all_bodies_bytes: int = 64_000_000
    bulk_bytes: int = 268_435_456
    body_seconds: float = 30.0
    send_seconds: float = 30.0
    # Requests that wait for the log to grow; each costs a little memory and no thread.
    waiting: int = 500
    # A stream reads one moment of the file, and for as long SQLite can't tidy up behind its writers.
    stream_seconds: float = 300.0


class WsgiBridge:
    """An ASGI application that runs a WSGI application in a bounded pool of threads."""

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        limits: Limits,
        public_url: str,
        inline: Callable[[Scope], bool],
        tell: Callable[[dict[str, Any], int, int], None],
        waiters: LogWatch,
    ) -> None:
        """Stand between a server and an application.

        Args:
            app: the WSGI application.
            limits: what this worker takes on.
            public_url: where the help pages of problems are.
            inline: says which requests without a body are answered on the event loop
                itself; it must choose only such as never wait.
            tell: is told of each answer that the application did not give: its environ,
                its status, and the bytes of its body.
            waiters: wakes requests that asked to be asked again.
        """
        self._waiters = waiters
        self._app, self._limits, self._public_url, self._inline = app, limits, public_url, inline
        self._tell = tell
        self._buffered = 0
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="wsgi")
        self._spool = Spool(limits.bulk_bytes, limits.body_seconds)
        self._streams = threading.BoundedSemaphore(max(1, limits.threads // 2))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        environ, length = environ_of(scope)
        try:
            whole = await self._served(scope, environ, length, receive, send)
        except DeskError as error:
            whole = self._refuse(error, environ)
        except Exception as fault:
            log.error("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"], exc_info=fault)
            whole = self._refuse(Internal("The desk made a mistake. Report the request_id."), environ)
        if whole is not None:
            status, headers, body = whole
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    async def _served(
        self, scope: Scope, environ: dict[str, Any], length: str | None, receive: Receive, send: Send
    ) -> Whole | None:
        loop = asyncio.get_running_loop()
        if scope["path"] == BULK and scope["method"] == "POST":
            return await self._served_bulk(environ, _number(length), receive, (loop, send))
        body = bytearray()
        try:
            if length is not None or "HTTP_TRANSFER_ENCODING" in environ:
                await self._read_whole(body, _number(length), receive)
                environ["wsgi.input"] = io.BytesIO(body)
                environ["CONTENT_LENGTH"] = str(len(body))
            elif self._inline(scope):
                return self._answer(environ, None)
            else:
                return await self._answer_in_time(environ, receive, (loop, send))
            return await loop.run_in_executor(self._pool, self._answer, environ, (loop, send))
        finally:
            # Bodies that wait for a thread take up room, too.
            self._buffered -= len(body)

    async def _served_bulk(
        self,
        environ: dict[str, Any],
        length: int | None,
        receive: Receive,
        wire: tuple[asyncio.AbstractEventLoop, Send],
    ) -> Whole | None:
        """Take a long body into a file, if the application wants it, and answer."""
        asked = await wire[0].run_in_executor(self._pool, self._answer, {**environ, NOT_YET_READ: True}, None)
        if asked is None or asked[0] != 204:
            return asked and (asked[0], [*asked[1], (b"connection", b"close")], asked[2])
        async with self._spool.filled(length, receive) as file:
            environ["wsgi.input"] = file
            return await wire[0].run_in_executor(self._pool, self._answer, environ, wire)

    async def _answer_in_time(
        self, environ: dict[str, Any], receive: Receive, wire: tuple[asyncio.AbstractEventLoop, Send]
    ) -> Whole | None:
        """Have a thread answer; if the application asks to be asked again, once the log has grown."""
        loop = wire[0]
        begun = loop.time()
        environ[WAIT] = wait = Wait()
        while True:
            asked = dict(environ)
            whole = await loop.run_in_executor(self._pool, self._answer, asked, wire)
            if wait.again is None or whole is None:
                return whole
            left = begun + wait.again.seconds - loop.time()
            # Where too many wait already, what there is is the answer.
            may_wait = left > 0 and len(self._waiters) < self._limits.waiting
            if not may_wait or not await self._waits(wait.again.beyond, left, receive):
                self._tell(asked, whole[0], len(whole[2]))
                return whole
            wait.again, wait.asked_before = None, True

    async def _waits(self, beyond: int, seconds: float, receive: Receive) -> bool:
        """Wait until the log has grown; False if time is up, or if the caller has gone."""
        gone = asyncio.ensure_future(_departure(receive))
        try:
            with self._waiters.growth(beyond) as growth:
                await asyncio.wait((growth, gone), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
                return growth.done() and growth.result()
        finally:
            gone.cancel()

    async def _read_whole(self, body: bytearray, length: int | None, receive: Receive) -> None:
        """Read a body to its end.

        Raises:
            BodyTooLarge, BodyTimeout, MalformedBody, Busy: why it is not taken.
        """
        if length is not None and length > self._limits.body_bytes:
            raise self._too_large()
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                more = True
                while more:
                    more = self._take(await receive(), body)
        except TimeoutError:
            seconds = f"{self._limits.body_seconds:g}"
            raise BodyTimeout(f"The body was not whole after {seconds} seconds. Send it again.") from None
        if length is not None and len(body) != length:
            raise MalformedBody("The body is shorter than its Content-Length. Send it again whole.")

    def _take(self, message: dict[str, Any], body: bytearray) -> bool:
        """Add what has come to a body, and say whether more is to come."""
        if message["type"] != "http.request":
            raise MalformedBody("The body ended early or its chunks are malformed. Send it again whole.")
        piece = message.get("body", b"")
        body += piece
        self._buffered += len(piece)
        if len(body) > self._limits.body_bytes:
            raise self._too_large()
        if self._buffered > self._limits.all_bodies_bytes:
            raise Busy("Too many bodies are under way. Repeat the request shortly.")
        return bool(message.get("more_body", False))

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(f"The body is larger than {self._limits.body_bytes} bytes. Send less at once.")

    def _refuse(self, error: DeskError, environ: dict[str, Any]) -> Whole:
        """Write a problem that the application never saw; the connection is not used again."""
        request_id = environ.setdefault(REQUEST_ID, request_id_of(environ))
        status, headers, body = unframed(error, request_id, self._public_url)
        headers += [*on_every_answer(request_id, self._public_url), ("Connection", "close")]
        self._tell(environ, status, len(body))
        return status, _on_the_wire(headers), body

    def _answer(
        self, environ: dict[str, Any], wire: tuple[asyncio.AbstractEventLoop, Send] | None
    ) -> Whole | None:
        """Call the application; give its answer whole, or send it on as a stream and give None."""
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            started[:] = int(status[:3]), _on_the_wire(headers)

        result = self._app(environ, start_response)
        try:
            status, headers = started
            # Whoever states a length has the whole answer in memory already.
            whole = any(name == b"content-length" for name, _ in headers)
            if wire is None or whole or status in (204, 304) or environ["REQUEST_METHOD"] == "HEAD":
                return status, headers, b"".join(result)
            if not self._streams.acquire(blocking=False):
                raise Busy("Too many long answers are under way. Repeat the request shortly.")
            try:
                # A bulk file reads no moment of the past, and each of its batches is a commit.
                seconds = math.inf if environ["PATH_INFO"] == BULK else self._limits.stream_seconds
                self._stream(status, headers, result, seconds, *wire)
            finally:
                self._streams.release()
            return None
        finally:
            getattr(result, "close", lambda: None)()

    def _stream(
        self,
        status: int,
        headers: Headers,
        result: Iterable[bytes],
        seconds: float,
        loop: asyncio.AbstractEventLoop,
        send: Send,
    ) -> None:
        """Send pieces on from this thread, waiting for the reader, who must not take too long."""

        async def deliver(message: dict[str, Any]) -> None:
            async with asyncio.timeout(self._limits.send_seconds):
                await send(message)

        def put(message: dict[str, Any]) -> None:
            asyncio.run_coroutine_threadsafe(deliver(message), loop).result()

        put({"type": "http.response.start", "status": status, "headers": headers})
        try:
            self._send_pieces(result, seconds, put)
        except Exception as fault:  # noqa: BLE001 - its source failed or its reader is gone
            # The head is sent, so all that can be told is that the answer is not whole: without
            # a last piece the server cuts the connection.
            log.warning("a long answer broke off: %r", fault)

    def _send_pieces(
        self, result: Iterable[bytes], seconds: float, put: Callable[[dict[str, Any]], None]
    ) -> None:
        parts: list[bytes] = []
        size, sent_at = 0, time.monotonic()
        until = sent_at + seconds
        for part in result:
            if time.monotonic() > until:
                raise TimeoutError("its reader took too long")
            parts.append(part)
            size += len(part)
            if size >= PIECE_BYTES or time.monotonic() - sent_at >= PIECE_SECONDS:
                put({"type": "http.response.body", "body": b"".join(parts), "more_body": True})
                parts, size, sent_at = [], 0, time.monotonic()
        put({"type": "http.response.body", "body": b"".join(parts)})


async def _departure(receive: Receive) -> None:
    """Wait until the caller has gone; that his empty body has ended comes first."""
    while (await receive())["type"] != "http.disconnect":
        pass


def environ_of(scope: Scope) -> tuple[dict[str, Any], str | None]:
    """Write an ASGI scope as a WSGI environ (PEP 3333) with an empty input.

    Returns:
        The environ, and the Content-Length as it was sent, if it was.
    """
    server, client = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    raw_path = scope["raw_path"]
    environ: dict[str, Any] = {
        **_THE_SAME_FOR_ALL,
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": (unquote_to_bytes(raw_path) if b"%" in raw_path else raw_path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(),
        BEGUN: time.perf_counter(),
    }
    for name, sent in scope["headers"]:
        key, value = _environ_key(name), sent.decode("latin-1")
        if key in environ:
            value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        if key:
            environ[key] = value
    if "HTTP_CONTENT_TYPE" in environ:
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE")
    return environ, environ.pop("HTTP_CONTENT_LENGTH", None)


def _number(length: str | None) -> int | None:
    if length is not None and not (length.isascii() and length.isdigit() and len(length) < 20):
        raise MalformedBody("The Content-Length is not a number. Send the request again with the right one.")
    return None if length is None else int(length)


_THE_SAME_FOR_ALL: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.input_terminated": True,
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


@lru_cache(maxsize=256)
def _environ_key(name: bytes) -> str:
    # X_Real_Ip would pass for X-Real-Ip, so a name with an underscore is no name.
    return "" if b"_" in name else f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"


def _on_the_wire(headers: list[tuple[str, str]]) -> Headers:
    return [(_wire_name(name), value.encode("latin-1")) for name, value in headers]


@lru_cache(maxsize=256)
def _wire_name(name: str) -> bytes:
    return name.lower().encode("latin-1")
