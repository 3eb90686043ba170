"""What is kept: one SQLite file, and every line of SQL.

Here stand opening the file, its migrations, the queue of writers, and one
module per noun with the questions that are asked of it. Functions take a
`Database` and plain values and give plain values; what a row means, and who may
see it, is decided elsewhere. This file has code because opening the database
is what the package is for.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from db.migrations import migrate, not_a_database_refused
from db.rows import cache_of
from db.writing import WriteQueue
from factcheck.errors import ReadOnly

__all__ = ["Database", "DatabaseError", "Desk", "connect", "migrate"]

DatabaseError = sqlite3.Error
Result = TypeVar("Result")

# STRICT tables, RETURNING and ->> are used; the oldest SQLite tried is Debian 12's.
OLDEST_SQLITE = (3, 40, 0)


def connect(path: str, *, write_wait: float = 5.0) -> Database:
    """Open the desk's file for one thread.

    Args:
        path: of the file; made if missing.
        write_wait: seconds for which another program's lock is waited out.

    Raises:
        RuntimeError: the SQLite library is older than what the desk needs.
        WrongFile: it is no SQLite file.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needs = ".".join(map(str, OLDEST_SQLITE))
        raise RuntimeError(f"SQLite {needs} or newer is needed; this is {sqlite3.sqlite_version}")
    # A connection serves one thread at a time; the queue of writers sees to that.
    conn = sqlite3.connect(
        path,
        timeout=write_wait,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    with not_a_database_refused():
        # The first to look into the file.
        conn.execute("PRAGMA schema_version")
    conn.execute("PRAGMA foreign_keys = ON")
    # An answered write must survive a power cut, so each commit waits for the disk.
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("PRAGMA temp_store = MEMORY")
    # Every thread has a connection, so each keeps but a megabyte; the system's own cache has the rest.
    conn.execute("PRAGMA cache_size = -1000")
    return Database(conn)


class Desk:
    """The opened file: a connection for each thread that reads, and one queue of writers."""

    def __init__(self, path: str, *, write_wait: float = 5.0) -> None:
        """Open the file and bring it up to date.

        Args:
            path: of the SQLite file; made if missing.
            write_wait: seconds a write may wait for its turn.
        """
        self.path = str(Path(path).absolute())
        self._write_wait = write_wait
        self._local = threading.local()
        migrate(self.db)
        self._writers = WriteQueue(self.path, lambda: self.db, write_wait)

    @property
    def db(self) -> Database:
        """Give this thread's connection, held for as long as the thread lives.

        A connection that stays open keeps reads working on a full disk, where a
        new one could not make its `-shm` file.
        """
        if not hasattr(self._local, "db"):
            self._local.db = connect(self.path, write_wait=self._write_wait)
        found: Database = self._local.db
        return found

    def close(self) -> None:
        """Close this thread's connection and the queue; they are opened again when needed."""
        self._writers.close()
        if hasattr(self._local, "db"):
            self._local.db.conn.close()
            del self._local.db

    def write(self, act: Callable[[Database], Result], wait: float | None = None) -> Result:
        """Run an act in a transaction of its own; see WriteQueue.run."""
        try:
            return self._writers.run(act, wait)
        except ReadOnly:
            # A connection that was opened on a read-only file stays so; a new one sees
            # whether it still is.
            self._renew()
            return self._writers.run(act, wait)

    def _renew(self) -> None:
        """Open this thread's connection anew; the old one is kept until the new one reads."""
        with suppress(DatabaseError):
            fresh = connect(self.path, write_wait=self._write_wait)
            self.db.conn.close()
            self._local.db = fresh

    @contextmanager
    def larger_cache(self, kilobytes: int) -> Iterator[None]:
        """Keep more of the file in memory for this thread, for as long as it has much to write."""
        with cache_of(self.db, kilobytes):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[Database]:
        """Let several questions see the same moment of the file."""
        db = self.db
        db.conn.execute("BEGIN")
        try:
            yield db
        finally:
            db.conn.execute("ROLLBACK")

    @contextmanager
    def stream(self) -> Iterator[Database]:
        """Open a connection of its own for an answer that is sent row by row.

        The server may go on with other requests in this thread before the last
        row is read, and may end the answer early from another thread.
        """
        db = connect(self.path, write_wait=self._write_wait)
        try:
            yield db
        finally:
            db.conn.close()
