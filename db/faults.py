"""What SQLite's faults mean to somebody who asked the desk for something."""

from __future__ import annotations

import sqlite3

from factcheck.errors import Busy, DeskError, ReadOnly, StorageFull

_MEANINGS: dict[int, tuple[type[DeskError], str]] = {
    sqlite3.SQLITE_BUSY: (Busy, "Another program holds the database. Repeat the request shortly."),
    sqlite3.SQLITE_LOCKED: (Busy, "The database is locked. Repeat the request shortly."),
    sqlite3.SQLITE_FULL: (
        StorageFull,
        "The disk is full and nothing was stored. Free space on the desk's machine, then repeat.",
    ),
    sqlite3.SQLITE_READONLY: (
        ReadOnly,
        "The database file is read-only and nothing was stored. Make it writable, then repeat.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        ReadOnly,
        "The database file can't be opened and nothing was stored. "
        "Look at the file and its folder, then repeat.",
    ),
    # A write that the disk refuses for want of space may come as an I/O error, too.
    sqlite3.SQLITE_IOERR: (
        StorageFull,
        "The disk refused to read or write, and nothing was stored. Look at its space and health, "
        "then repeat.",
    ),
}


def meaning(fault: sqlite3.Error) -> DeskError | None:
    """Say in the desk's words what a driver's error means, or None for a fault of ours."""
    # The lower eight bits are the primary code (sqlite.org/rescode.html).
    code = getattr(fault, "sqlite_errorcode", None)
    found = _MEANINGS.get(code & 0xFF) if code is not None else None
    return found[0](found[1]) if found else None
