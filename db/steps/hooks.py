"""A step: hooks, their secrets, how far each has come, and what became of each attempt."""

from __future__ import annotations

from sqlite_utils import Database

from db.steps.desk import among
from factcheck.vocabulary import HOOK_READS, HOOK_STATES, OUTCOMES

_TABLES = (
    f"""
    CREATE TABLE hooks (
        id INTEGER PRIMARY KEY,
        url TEXT NOT NULL,
        label TEXT NOT NULL,
        acts TEXT NOT NULL CHECK (json_valid(acts)),
        claim_id INTEGER REFERENCES claims (id),
        story_id INTEGER REFERENCES stories (id),
        reads TEXT NOT NULL CHECK ({among("reads", HOOK_READS)}),
        state TEXT NOT NULL DEFAULT 'active' CHECK ({among("state", HOOK_STATES)}),
        reason TEXT,
        created_at TEXT NOT NULL,
        created_by INTEGER NOT NULL REFERENCES reviewers (id),
        document_id INTEGER REFERENCES documents (id)
    ) STRICT
    """,
    # Apart from the hooks, so that whoever lists those has no secrets in his hands.
    """
    CREATE TABLE hook_secrets (
        id INTEGER PRIMARY KEY,
        hook_id INTEGER NOT NULL REFERENCES hooks (id),
        secret TEXT NOT NULL,
        good_until TEXT
    ) STRICT
    """,
    # It moves with every delivery and is no act, so it has no text and no line in the log.
    """
    CREATE TABLE hook_progress (
        hook_id INTEGER PRIMARY KEY REFERENCES hooks (id),
        after INTEGER NOT NULL,
        placed_by_seq INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        failing_since TEXT,
        next_try_at TEXT
    ) STRICT
    """,
    f"""
    CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY,
        hook_id INTEGER NOT NULL REFERENCES hooks (id),
        seq INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        at TEXT NOT NULL,
        ms INTEGER NOT NULL,
        outcome TEXT NOT NULL CHECK ({among("outcome", OUTCOMES)}),
        status INTEGER,
        error TEXT
    ) STRICT
    """,
)
_INDEXES = (
    "CREATE INDEX hook_secrets_of_hook ON hook_secrets (hook_id)",
    "CREATE INDEX deliveries_of_hook ON deliveries (hook_id, id)",
    "CREATE INDEX deliveries_by_age ON deliveries (at)",
)


def take(db: Database) -> None:
    """Make the tables of hooks."""
    for statement in (*_TABLES, *_INDEXES):
        db.conn.execute(statement)
