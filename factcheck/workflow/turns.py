"""Work that one process does at a time, while others stand by to take over."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

LOOK_EVERY_SECONDS: Final = 0.2


@contextmanager
def alone(path: str, stopped: Callable[[], bool], *, wait: bool) -> Iterator[bool]:
    """Hold the file that says who does the work; the system lets go of it when a process ends.

    Args:
        stopped: says whether waiting is of no use any more.
        wait: until no other process holds it.

    Returns:
        Whether this process holds it.
    """
    with Path(path).open("a") as file:
        yield _locked(file, stopped, wait=wait)


def _locked(file: Any, stopped: Callable[[], bool], *, wait: bool) -> bool:
    while not stopped():
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                return False
            time.sleep(LOOK_EVERY_SECONDS)
        else:
            return True
    return False
