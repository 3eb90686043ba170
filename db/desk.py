"""What the desk keeps about itself."""

from __future__ import annotations

from sqlite_utils import Database


def cursor_key(db: Database) -> str:
    """Give the key by which cursors are signed; every worker has the same."""
    found = db.conn.execute("SELECT value FROM desk WHERE name = 'cursor_key'").fetchone()
    return str(found[0])
