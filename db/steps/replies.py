"""A step: kept answers belong to whoever was answered, be it a token or a reviewer without one."""

from __future__ import annotations

from sqlite_utils import Database

_REPLIES = """
    CREATE TABLE kept_replies (
        holder TEXT NOT NULL,
        idempotency_key TEXT NOT NULL,
        request_sha256 TEXT NOT NULL,
        created INTEGER NOT NULL CHECK (created IN (0, 1)),
        location TEXT NOT NULL,
        etag TEXT NOT NULL,
        body TEXT NOT NULL,
        answered_at TEXT NOT NULL,
        PRIMARY KEY (holder, idempotency_key)
    ) STRICT
"""
_KEEP = """
    INSERT INTO kept_replies
    SELECT 'token/' || token_id, idempotency_key, request_sha256, created, location, etag, body, answered_at
    FROM replies ORDER BY replies.rowid
"""


def take(db: Database) -> None:
    """Name the holder of each kept answer: token/5, or reviewer/3 for what is imported on his behalf."""
    for statement in (
        _REPLIES,
        _KEEP,
        "DROP TABLE replies",
        "ALTER TABLE kept_replies RENAME TO replies",
        "CREATE INDEX replies_by_age ON replies (answered_at)",
    ):
        db.conn.execute(statement)
