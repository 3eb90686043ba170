"""Whole copies of the file: written while the desk goes on, looked through, and put in its place."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from db.migrations import WrongFile, not_a_database_refused
from db.steps.desk import APPLICATION_ID

# How often SQLite stops to tell how far it is: in steps of its machine, some thousandths of a second.
_STEPS_BETWEEN = 20_000
_PAGES_AT_ONCE = 2_000


def write_copy(db: Database, path: Path, progress: Callable[[int, int], None]) -> None:
    """Write the file as it is at this moment, without the room that what was deleted took.

    Writers go on meanwhile; SQLite reads one snapshot. Its other way, the backup API in steps,
    begins anew whenever another process has written: under steady writers it never ends.

    Args:
        path: an empty file.
        progress: told the bytes that are done, and about how many there will be.
    """
    conn = db.conn
    pages, page_size, unused = (
        conn.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size", "freelist_count")
    )
    expected = (pages - unused) * page_size
    conn.set_progress_handler(lambda: progress(min(path.stat().st_size, expected), expected), _STEPS_BETWEEN)
    try:
        conn.execute("VACUUM INTO :path", {"path": str(path)})
    finally:
        conn.set_progress_handler(None, 0)
    progress(expected, expected)


@contextmanager
def opened_to_read(path: Path) -> Iterator[Database]:
    """Open a file that nobody writes to, without leaving anything beside it.

    Raises:
        WrongFile: it is no desk, or what begins it is damaged.
    """
    conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    try:
        try:
            with not_a_database_refused():
                mark = conn.execute("PRAGMA application_id").fetchone()[0]
        except sqlite3.DatabaseError as fault:
            raise WrongFile(f"This file is damaged. SQLite says: {fault}.") from None
        if mark != APPLICATION_ID:
            raise WrongFile("This file is not a desk. Name one that `flask backup` wrote.")
        # A look through all pages holds indexes against tables, which jumps about in the file.
        conn.execute("PRAGMA cache_size = -64000")
        yield Database(conn)
    finally:
        conn.close()


def damage(db: Database) -> list[str]:
    """Look through all pages of the file; gives what SQLite finds wrong, nothing if it is whole."""
    try:
        found = [str(row[0]) for row in db.conn.execute("PRAGMA integrity_check(10)")]
    except sqlite3.DatabaseError as fault:
        return [str(fault)]
    return [] if found == ["ok"] else found


def put_in_place(source: Database, target: Database, is_untouched: Callable[[Database], bool]) -> bool:
    """Put all of a file in the place of another's content, in one transaction that a crash undoes.

    Args:
        target: nobody else may have it open.
        is_untouched: asked once nobody else can write to the target.

    Returns:
        Whether it was done; it is not where the target was touched.

    Raises:
        sqlite3.OperationalError: another program has the target open.
    """
    conn = target.conn
    # The mode is a mark in the file, which is copied with it.
    source.conn.execute("PRAGMA journal_mode = DELETE")
    # Out of WAL, the old pages go to a journal that is rolled back after a crash, and the new ones
    # are written once. The switch needs the file for itself, and EXCLUSIVE keeps it so.
    conn.execute("PRAGMA locking_mode = EXCLUSIVE")
    try:
        conn.execute("PRAGMA journal_mode = DELETE")
        conn.execute("BEGIN EXCLUSIVE")
        conn.execute("COMMIT")
        if not is_untouched(target):
            return False
        source.conn.backup(conn, pages=_PAGES_AT_ONCE)
        return True
    finally:
        conn.execute("PRAGMA locking_mode = NORMAL")
        conn.execute("PRAGMA journal_mode = WAL")
