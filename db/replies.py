"""What was answered to a request that carried an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from db.rows import Row, insert, one

# A week of bulk that ends must not be let go of in one act, while all other writers wait. But more
# must go than come, or the file would grow for as long as there is bulk.
FORGOTTEN_AT_ONCE, FORGOTTEN_FOR_EACH_KEPT = 200, 2


def reply(db: Database, holder: str, key: str) -> Row | None:
    """Give the first answer to this key of this holder, if it is still kept."""
    return one(
        db,
        "SELECT * FROM replies WHERE holder = :holder AND idempotency_key = :key",
        {"holder": holder, "key": key},
    )


def keep_reply(db: Database, row: Mapping[str, Any]) -> None:
    """Keep an answer."""
    insert(db, "replies", row)


def forget_replies(db: Database, before: str, *, kept: int) -> None:
    """Let go of answers that were given before a moment, some of them at a time.

    Args:
        kept: how many new ones this transaction has kept.
    """
    most = max(FORGOTTEN_AT_ONCE, FORGOTTEN_FOR_EACH_KEPT * kept)
    db.conn.execute(
        """
        DELETE FROM replies WHERE rowid IN (
            SELECT rowid FROM replies WHERE answered_at < :before LIMIT :most
        )
        """,
        {"before": before, "most": most},
    )
