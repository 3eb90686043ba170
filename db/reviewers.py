"""Reviewers and their tokens."""

from __future__ import annotations

from sqlite_utils import Database

from db.rows import Row, one, rows


def reviewer(db: Database, reviewer_id: int) -> Row | None:
    """Give a reviewer by id."""
    return one(db, "SELECT * FROM reviewers WHERE id = :id", {"id": reviewer_id})


def reviewer_named(db: Database, name_key: str) -> Row | None:
    """Give a reviewer by the key of the name."""
    return one(db, "SELECT * FROM reviewers WHERE name_key = :name_key", {"name_key": name_key})


def reviewers(db: Database) -> list[Row]:
    """Give all reviewers."""
    return rows(db, "SELECT * FROM reviewers ORDER BY id", {})


def bearer(db: Database, sha256: str) -> Row | None:
    """Give the token with this hash together with its reviewer.

    How long the look-up takes may tell how far a hash agrees with one that is kept. Who learns
    that has learned nothing of a token: its 256 bits are random, and a hash (SHA-256) that agrees
    further can't be aimed at.
    """
    return one(
        db,
        """
        SELECT tokens.id AS token_id, tokens.role AS token_role, tokens.label, tokens.expires_at,
               tokens.revoked_at, tokens.last_used_at, reviewers.id AS reviewer_id, reviewers.name,
               reviewers.kind, reviewers.role AS reviewer_role, reviewers.active
        FROM tokens JOIN reviewers ON reviewers.id = tokens.reviewer_id
        WHERE tokens.sha256 = :sha256
        """,
        {"sha256": sha256},
    )


def note_use(db: Database, token_id: int, at: str) -> None:
    """Note when a token was last used."""
    db.conn.execute(
        "UPDATE tokens SET last_used_at = :at WHERE id = :token_id", {"token_id": token_id, "at": at}
    )


_TOKENS = """
    SELECT tokens.id, tokens.label, tokens.role, tokens.created_at, tokens.expires_at,
           tokens.revoked_at, tokens.last_used_at, reviewers.id AS reviewer_id,
           reviewers.name AS reviewer_name
    FROM tokens JOIN reviewers ON reviewers.id = tokens.reviewer_id
"""


def token(db: Database, token_id: int) -> Row | None:
    """Give a token, without anything that could be used to log in."""
    return one(db, f"{_TOKENS} WHERE tokens.id = :id", {"id": token_id})


def tokens(db: Database) -> list[Row]:
    """Give all tokens, oldest first."""
    return rows(db, f"{_TOKENS} ORDER BY tokens.id", {})


def live_token_ids(db: Database, reviewer_id: int, label: str | None = None) -> list[int]:
    """Give the tokens of a reviewer that are not revoked, all or those that carry a label."""
    found = db.conn.execute(
        """
        SELECT id FROM tokens
        WHERE reviewer_id = :reviewer_id AND label = coalesce(:label, label) AND revoked_at IS NULL
        ORDER BY id
        """,
        {"reviewer_id": reviewer_id, "label": label},
    )
    return [row[0] for row in found]
