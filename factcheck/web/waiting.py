"""Waiting for the log to grow, without holding a thread.

A view that has nothing to tell yet asks to be asked again. The bridge then waits on the event
loop, where a waiting request is a few hundred bytes, and has a thread answer it once there is
a new line. One look at the log serves all who wait in a process. Servers without the bridge
answer at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

# Under this name a request carries its wait, if the server can let it wait.
WAIT = "factcheck.wait"

# How often the log is looked at while anybody waits: one look-up of its last number. Whoever waits
# for something rare is asked at each growth all the same, so the more wait, the less often.
LOOK_EVERY_SECONDS, AND_FOR_EACH = 0.02, 0.002


@dataclass(frozen=True)
class Again:
    """A wish to be asked again once the log has a line beyond this one, within so many seconds."""

    beyond: int
    seconds: float


@dataclass
class Wait:
    """One request's wait: what it wishes, and whether it was asked before."""

    again: Again | None = None
    asked_before: bool = False


def ask_again(environ: dict[str, Any], *, beyond: int, seconds: float) -> None:
    """Let the server ask this request's question anew when the log has grown.

    The answer given now is what the caller gets if it does not grow in time, or if the server
    can't wait.
    """
    if WAIT in environ:
        environ[WAIT].again = Again(beyond, seconds)


def will_be_asked_again(environ: dict[str, Any]) -> bool:
    """Say whether the answer given now may not be the one that is sent."""
    return WAIT in environ and environ[WAIT].again is not None


def was_asked_before(environ: dict[str, Any]) -> bool:
    """Say whether this is a request that has waited, and has been counted already."""
    return WAIT in environ and environ[WAIT].asked_before


class LogWatch:
    """Those in one process who wait for the log to grow."""

    def __init__(self, newest: Callable[[], int], stopping: Callable[[], bool]) -> None:
        """Watch the log for those who will wait.

        Args:
            newest: gives the number of the log's last line; must not wait for anything.
            stopping: says whether the server is about to stop, when nobody should wait on.
        """
        self._newest, self._stopping = newest, stopping
        self._waiting: set[tuple[int, asyncio.Future[bool]]] = set()
        self._looking: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    @contextmanager
    def growth(self, beyond: int) -> Iterator[asyncio.Future[bool]]:
        """Take a place among those who wait, at once, so that no two take the last one.

        Returns:
            What comes true when the log has a line beyond this one, and false when the server stops.
        """
        loop = asyncio.get_running_loop()
        waiter: tuple[int, asyncio.Future[bool]] = (beyond, loop.create_future())
        self._waiting.add(waiter)
        if self._looking is None:
            self._looking = loop.create_task(self._look())
        try:
            yield waiter[1]
        finally:
            self._waiting.discard(waiter)

    async def _look(self) -> None:
        try:
            while self._waiting:
                newest, stopping = self._newest(), self._stopping()
                for beyond, future in self._waiting:
                    if (stopping or newest > beyond) and not future.done():
                        future.set_result(not stopping)
                await asyncio.sleep(LOOK_EVERY_SECONDS + AND_FOR_EACH * len(self._waiting))
        finally:
            # Whoever comes next looks anew, also after a fault.
            self._looking = None
