"""Hooks: who is told of new lines, how far each has come, and what became of each attempt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from db.rows import Row, insert, one, rows

_HOOKS = """
    SELECT hooks.*, stories.slug AS story_slug, reviewers.name AS created_by_name
    FROM hooks
    JOIN reviewers ON reviewers.id = hooks.created_by
    LEFT JOIN stories ON stories.id = hooks.story_id
"""


def hook(db: Database, hook_id: int) -> Row | None:
    """Give a hook with the names of what it refers to."""
    return one(db, f"{_HOOKS} WHERE hooks.id = :id", {"id": hook_id})


def documents(db: Database) -> list[str]:
    """Give the texts of all hooks, oldest first."""
    found = db.conn.execute(
        """
        SELECT documents.body FROM hooks JOIN documents ON documents.id = hooks.document_id
        ORDER BY hooks.id
        """
    )
    return [row[0] for row in found]


def add_secret(db: Database, hook_id: int, secret: str, others_good_until: str) -> None:
    """Give a hook a new secret; those it had stay good until a moment, but for those that end before."""
    db.conn.execute(
        """
        UPDATE hook_secrets SET good_until = :until
        WHERE hook_id = :hook_id AND good_until IS NULL
        """,
        {"hook_id": hook_id, "until": others_good_until},
    )
    insert(db, "hook_secrets", {"hook_id": hook_id, "secret": secret})


def good_secrets(db: Database, hook_id: int, at: str) -> list[str]:
    """Give the secrets that sign at a moment, the newest first."""
    found = db.conn.execute(
        """
        SELECT secret FROM hook_secrets
        WHERE hook_id = :hook_id AND (good_until IS NULL OR good_until > :at) ORDER BY id DESC
        """,
        {"hook_id": hook_id, "at": at},
    )
    return [row[0] for row in found]


def progress(db: Database, hook_id: int) -> Row | None:
    """Tell how far a hook has come and how its present attempt stands."""
    return one(db, "SELECT * FROM hook_progress WHERE hook_id = :hook_id", {"hook_id": hook_id})


def place(db: Database, hook_id: int, after: int, seq: int) -> None:
    """Put a hook behind a line of the log, with nothing failed.

    Args:
        seq: the act that does so; what is then still on its way no longer moves the hook.
    """
    db.conn.execute(
        """
        INSERT INTO hook_progress (hook_id, after, placed_by_seq) VALUES (:hook_id, :after, :seq)
        ON CONFLICT (hook_id) DO UPDATE
        SET after = excluded.after, placed_by_seq = excluded.placed_by_seq,
            attempts = 0, failing_since = NULL, next_try_at = NULL
        """,
        {"hook_id": hook_id, "after": after, "seq": seq},
    )


def try_now(db: Database, hook_id: int) -> None:
    """Forget what failed, so that the next try comes at once."""
    db.conn.execute(
        """
        UPDATE hook_progress SET attempts = 0, failing_since = NULL, next_try_at = NULL
        WHERE hook_id = :hook_id
        """,
        {"hook_id": hook_id},
    )


def active(db: Database) -> list[Row]:
    """Tell of every hook that is active how far it has come and when it is to be tried.

    One that came with a whole desk has no secret until it is given one, and waits for that.
    """
    return rows(
        db,
        """
        SELECT hook_progress.* FROM hook_progress JOIN hooks ON hooks.id = hook_progress.hook_id
        WHERE hooks.state = 'active'
          AND EXISTS (SELECT 1 FROM hook_secrets WHERE hook_secrets.hook_id = hooks.id)
        ORDER BY hooks.id
        """,
        {},
    )


def move(db: Database, progress: Mapping[str, Any]) -> None:
    """Keep how far a hook has come, unless an act has placed it elsewhere meanwhile."""
    db.conn.execute(
        """
        UPDATE hook_progress
        SET after = :after, attempts = :attempts, failing_since = :failing_since, next_try_at = :next_try_at
        WHERE hook_id = :hook_id AND placed_by_seq = :placed_by_seq
        """,
        dict(progress),
    )


def keep_delivery(db: Database, delivery: Mapping[str, Any]) -> None:
    """Keep what became of one attempt."""
    insert(db, "deliveries", delivery)


def deliveries(db: Database, hook_id: int, before: int | None, limit: int, outcome: str | None) -> list[Row]:
    """Give the attempts to deliver to a hook, newest first.

    Args:
        before: the id of the last one that was seen, if any was.
        outcome: only those that ended so.
    """
    return rows(
        db,
        f"""
        SELECT id, seq, attempt, at, ms, outcome, status, error FROM deliveries
        WHERE hook_id = :hook_id
        {"AND id < :before" if before is not None else ""}
        {"AND outcome = :outcome" if outcome is not None else ""}
        ORDER BY id DESC LIMIT :limit
        """,
        {"hook_id": hook_id, "before": before, "outcome": outcome, "limit": limit},
    )


def count_deliveries(db: Database, hook_id: int, outcome: str | None) -> int:
    """Count the attempts to deliver to a hook."""
    found = db.conn.execute(
        f"""
        SELECT count(*) FROM deliveries WHERE hook_id = :hook_id
        {"AND outcome = :outcome" if outcome is not None else ""}
        """,
        {"hook_id": hook_id, "outcome": outcome},
    ).fetchone()
    return int(found[0])


def forget(db: Database, oldest: str, at: str) -> None:
    """Drop attempts from before a moment, and secrets that are no longer good.

    Args:
        oldest: of the attempts, those from here on are kept.
        at: now.
    """
    db.conn.execute("DELETE FROM deliveries WHERE at < :oldest", {"oldest": oldest})
    db.conn.execute("DELETE FROM hook_secrets WHERE good_until <= :at", {"at": at})
