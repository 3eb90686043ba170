"""How often each line of a file has come, however long the file is."""

from __future__ import annotations

import sqlite3
from types import TracebackType


class Occurrences:
    """Counts in a file that SQLite makes for itself and removes, so that memory stays as it is."""

    def __init__(self) -> None:
        self._conn = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._conn.execute("PRAGMA journal_mode = OFF")
        self._conn.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY, times INTEGER) WITHOUT ROWID")
        self._conn.execute("BEGIN")

    def __enter__(self) -> Occurrences:
        """Begin to count."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the file."""
        self._conn.close()

    def count(self, digest: bytes) -> int:
        """Give the how-manieth this one is, from 1."""
        found = self._conn.execute(
            "INSERT INTO seen VALUES (:digest, 1) "
            "ON CONFLICT (digest) DO UPDATE SET times = times + 1 RETURNING times",
            {"digest": digest},
        ).fetchone()
        return int(found[0])
