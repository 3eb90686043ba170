"""Bodies that are too long for memory: kept in a file until they are whole.

Many clients send all of a body before they read any of the answer. If the answer began
before, both sides could wait for each other; so a long body is taken in whole first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from tempfile import TemporaryFile
from typing import IO, Any

from factcheck.errors import BodyTimeout, BodyTooLarge, Busy, MalformedBody, StorageFull

# In the environ of a request whose body waits for the view to say that it may come.
NOT_YET_READ = "factcheck.not_yet_read"
# How many bodies of the largest size a worker keeps at once.
MOST_AT_ONCE = 4


class Spool:
    """Takes bodies into files that have no name and vanish with their request."""

    def __init__(self, most_bytes: int, pause_seconds: float) -> None:
        """Take bodies up to a size.

        Args:
            most_bytes: of one body.
            pause_seconds: for which nothing may come.
        """
        self._most, self._pause = most_bytes, pause_seconds
        self._kept = 0

    @asynccontextmanager
    async def filled(
        self, length: int | None, receive: Callable[[], Awaitable[dict[str, Any]]]
    ) -> AsyncIterator[IO[bytes]]:
        """Take a body in and give its file, at its beginning.

        Args:
            length: as it was announced, if it was.
            receive: waits for the next piece (ASGI).

        Raises:
            BodyTooLarge, BodyTimeout, MalformedBody, Busy, StorageFull: why it is not taken.
        """
        if length is not None and length > self._most:
            raise self._too_large()
        size = 0
        with TemporaryFile() as file:
            try:
                more = True
                while more:
                    piece, more = await self._next(receive)
                    size += len(piece)
                    self._kept += len(piece)
                    if size > self._most:
                        raise self._too_large()
                    if self._kept > MOST_AT_ONCE * self._most:
                        raise Busy("Too many long bodies are under way. Repeat the request shortly.")
                    _write(file, piece)
                if length is not None and size != length:
                    raise MalformedBody("The body is shorter than its Content-Length. Send it again whole.")
                file.seek(0)
                yield file
            finally:
                self._kept -= size

    async def _next(self, receive: Callable[[], Awaitable[dict[str, Any]]]) -> tuple[bytes, bool]:
        try:
            async with asyncio.timeout(self._pause):
                message = await receive()
        except TimeoutError:
            raise BodyTimeout(
                f"Nothing of the body came for {self._pause:g} seconds. Send it again."
            ) from None
        if message["type"] != "http.request":
            raise MalformedBody("The body ended early or its chunks are malformed. Send it again whole.")
        return message.get("body", b""), bool(message.get("more_body", False))

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(f"The body is larger than {self._most} bytes. Send it in several parts.")


def _write(file: IO[bytes], piece: bytes) -> None:
    try:
        file.write(piece)
    except OSError:
        raise StorageFull("There is no room to take the body in. Send less at once, or later.") from None
