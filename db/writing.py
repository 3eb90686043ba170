"""The queue of writers.

SQLite lets one writer in at a time, and those that wait poll for the lock
without any order, so that one of sixteen may wait for seconds. Here writers of a
process stand in a queue; the first leads, and carries out the acts of those
behind it in the same transaction, each in a savepoint of its own, so that one sync
of the disk serves them all. An act is answered only after that commit. Between
processes two lock files keep the order: whoever holds `next` is the next to get
`turn`, so a busy process can't overtake one that waits.
"""

from __future__ import annotations

import fcntl
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database

from db.faults import meaning
from factcheck.errors import Busy

Result = TypeVar("Result")

# More acts would make the last of them wait for the first for no gain in syncs.
MOST_ACTS_A_COMMIT = 16


class _Ticket:
    """One act's place in the queue, and what became of it."""

    __slots__ = ("act", "fault", "leads", "patient", "result", "until", "woken")

    def __init__(self, act: Callable[[Database], Any], wait: float, *, patient: bool) -> None:
        self.act = act
        # Whether it waits as long as the queue does, and so needs no asking how long.
        self.patient = patient
        self.until = time.monotonic() + wait
        self.woken = threading.Event()
        self.leads = False
        self.result: Any = None
        self.fault: BaseException | None = None


class WriteQueue:
    """Lets writers take turns and lets those that wait share one commit."""

    def __init__(self, path: str, connection: Callable[[], Database], wait: float) -> None:
        self._connection = connection
        self._wait = wait
        self._mutex = threading.Lock()
        self._waiting: deque[_Ticket] = deque()
        self._led = False
        self._between = _TurnBetweenProcesses(path)

    def run(self, act: Callable[[Database], Result], wait: float | None = None) -> Result:
        """Carry out an act in its own savepoint, durably.

        The act may run in another thread, on that thread's connection, so it must
        depend on nothing but its argument and plain values.

        Args:
            act: what to do, given a database.
            wait: seconds to wait for its turn, if not the queue's own.

        Raises:
            Busy: its turn did not come in time; nothing was stored.
            Exception: whatever the act raised; nothing of it was stored.
        """
        ticket = _Ticket(act, self._wait if wait is None else wait, patient=wait is None)
        with self._mutex:
            ticket.leads = not self._led
            if ticket.leads:
                self._led = True
            else:
                self._waiting.append(ticket)
        if not ticket.leads:
            self._wait_for(ticket)
        if ticket.leads:
            self._lead(ticket)
        if ticket.fault is not None:
            raise ticket.fault
        result: Result = ticket.result
        return result

    def close(self) -> None:
        """Let go of the lock files."""
        self._between.close()

    def _wait_for(self, ticket: _Ticket) -> None:
        if ticket.woken.wait(_left(ticket)):
            return
        with self._mutex:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                raise Busy("Other writes took too long. Repeat the request shortly.")
        # A leader has taken it up, so its outcome is on the way and must be told.
        ticket.woken.wait()

    def _lead(self, first: _Ticket) -> None:
        tickets = [first]
        try:
            with self._between.turn(first.until):
                # Whoever came while this process waited for its turn goes along.
                with self._mutex:
                    while self._waiting and len(tickets) < MOST_ACTS_A_COMMIT:
                        tickets.append(self._waiting.popleft())
                _commit_together(self._connection(), tickets)
        except BaseException as fault:  # noqa: BLE001 - each of those who wait must be told
            for ticket in tickets:
                ticket.fault = _told(fault)
        finally:
            self._hand_over()
            for ticket in tickets[1:]:
                ticket.woken.set()

    def _hand_over(self) -> None:
        with self._mutex:
            if self._waiting:
                heir = self._waiting.popleft()
                heir.leads = True
                heir.woken.set()
            else:
                self._led = False


def _left(ticket: _Ticket) -> float:
    return max(0.0, ticket.until - time.monotonic())


def _commit_together(db: Database, tickets: list[_Ticket]) -> None:
    conn = db.conn
    _begin(conn, tickets)
    try:
        if len(tickets) == 1:
            # Nobody else's work is in this transaction, so it is undone as a whole.
            tickets[0].result = tickets[0].act(db)
        else:
            for ticket in tickets:
                _carry_out(db, ticket)
        conn.execute("COMMIT")
    except BaseException:
        # A full disk may have ended the transaction already.
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


def _begin(conn: sqlite3.Connection, tickets: list[_Ticket]) -> None:
    """Take SQLite's lock; from another program only as long as somebody here is willing to wait."""
    if any(ticket.patient for ticket in tickets):
        conn.execute("BEGIN IMMEDIATE")
        return
    usual = conn.execute("PRAGMA busy_timeout").fetchone()[0]
    conn.execute(f"PRAGMA busy_timeout = {int(max(map(_left, tickets)) * 1000)}")
    try:
        conn.execute("BEGIN IMMEDIATE")
    finally:
        conn.execute(f"PRAGMA busy_timeout = {usual}")


def _carry_out(db: Database, ticket: _Ticket) -> None:
    try:
        with undone_if_refused(db):
            ticket.result = ticket.act(db)
    except Exception as fault:
        if not db.conn.in_transaction:
            # SQLite has undone everything, so no act of this commit may be answered.
            raise
        ticket.fault = _told(fault)


@contextmanager
def undone_if_refused(db: Database) -> Iterator[None]:
    """Take back what is done in this part of a transaction if an exception ends it.

    SQLite copies every page that is changed for the first time since, so this has its price.
    """
    db.conn.execute("SAVEPOINT part")
    try:
        yield
    except Exception:
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK TO part")
            db.conn.execute("RELEASE part")
        raise
    db.conn.execute("RELEASE part")


def rows_changed(db: Database) -> int:
    """Count the rows that this connection has ever changed, to see whether something was."""
    return int(db.conn.total_changes)


def _told(fault: BaseException) -> BaseException:
    return (meaning(fault) if isinstance(fault, sqlite3.Error) else None) or fault


class _TurnBetweenProcesses:
    """A fair lock between the server's processes, by two files beside the database."""

    def __init__(self, path: str) -> None:
        self._paths = [Path(f"{path}-{name}.lock") for name in ("next", "turn")]
        self._files: list[Any] = []

    def close(self) -> None:
        """Close the files; the next turn opens them again."""
        for file in self._files:
            file.close()
        self._files = []

    @contextmanager
    def turn(self, until: float) -> Iterator[None]:
        """Hold this process's turn; only one thread of it may ask at a time."""
        if not self._files:
            # In a folder that can't be written SQLite's own lock is left, and its refusal.
            with suppress(OSError):
                self._files = [path.open("a") for path in self._paths]
        if not self._files:
            yield
            return
        following, writing = self._files
        _lock(following, until)
        try:
            _lock(writing, until)
        finally:
            fcntl.flock(following, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(writing, fcntl.LOCK_UN)


def _lock(file: Any, until: float) -> None:
    pause = 0.0002
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise Busy("Another process writes for too long. Repeat the request shortly.") from None
            time.sleep(pause)
            pause = min(pause * 1.5, 0.001)
