"""Numbers that all processes of one server share: a piece of memory made before they are forked."""

from __future__ import annotations

import mmap
from multiprocessing import get_context

# A change takes less than a microsecond. Whoever holds the lock for longer has been killed
# with it, and a wrong count is better than a server that stands still.
LONGEST_HELD_SECONDS = 0.05


class SharedCells:
    """Cells of eight bytes, to be changed between `hold` and `let_go`, by one process and thread at a time.

    `whole` and `exact` are two views of the same cells, as integers and as fractions. All
    are 0 at first, and memory that is not touched is not taken.
    """

    def __init__(self, number: int) -> None:
        memory = memoryview(mmap.mmap(-1, number * 8))
        self.whole, self.exact = memory.cast("q"), memory.cast("d")
        # A semaphore works between processes and threads alike, in a tenth of a microsecond.
        lock = get_context("fork").Lock()
        self._acquire, self._release = lock.acquire, lock.release

    def hold(self) -> None:
        """Keep others out; on every request, so this is no context manager, which costs ten times as much."""
        self._acquire(True, LONGEST_HELD_SECONDS)

    def let_go(self) -> None:
        """Let others in."""
        try:
            self._release()
        except ValueError:
            # Somebody who waited in vain for a holder that was killed has set the lock free already.
            return
