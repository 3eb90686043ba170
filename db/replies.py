"""What was answered to a request that carried an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from db.rows import Row, insert, one


def reply(db: Database, token_id: int, key: str) -> Row | None:
    """Give the first answer to this key of this token, if it is still kept."""
    return one(
        db,
        "SELECT * FROM replies WHERE token_id = :token_id AND idempotency_key = :key",
        {"token_id": token_id, "key": key},
    )


def keep_reply(db: Database, row: Mapping[str, Any], forget_before: str) -> None:
    """Keep an answer, and let go of those given before a moment."""
    db.conn.execute(
        "DELETE FROM replies WHERE answered_at < :forget_before", {"forget_before": forget_before}
    )
    insert(db, "replies", row)
