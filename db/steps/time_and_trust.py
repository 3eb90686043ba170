"""The second step: each row as it was at any line of the log, corrections, and what can't be changed."""

from __future__ import annotations

from sqlite_utils import Database

from db.steps.desk import among
from factcheck.dates import span
from factcheck.vocabulary import CORRECTION_KINDS
from factcheck.wording import folded

# What lists ask of a row, and so what is kept of it after each act that changed it. Each value says
# how it is read from the text that was served then, for desks that are older than this step.
_KEPT: dict[str, dict[str, str]] = {
    "claims": {
        "id": "documents.subject_id",
        "ref": "body ->> '$.ref'",
        "claimant_id": "body ->> '$.claimant.id'",
        "claimed_on": "body ->> '$.claimed_on'",
        "claimed_from": "first_day(body ->> '$.claimed_on')",
        "claimed_until": "last_day(body ->> '$.claimed_on')",
        "place": "body ->> '$.place'",
        "language": "body ->> '$.language'",
        "story_id": "(SELECT id FROM stories WHERE slug = body ->> '$.story.slug')",
        "stage": "body ->> '$.stage'",
        "status": "body ->> '$.standing.status'",
        "rating": "body ->> '$.standing.rating'",
        "contested": "body ->> '$.standing.contested'",
        "created_at": "body ->> '$.created_at'",
        "updated_at": "body ->> '$.updated_at'",
        "document_id": "documents.id",
    },
    "sources": {
        "id": "documents.subject_id",
        "identity": "(SELECT identity FROM sources WHERE sources.id = documents.subject_id)",
        "outlet_id": "body ->> '$.outlet.id'",
        "kind": "body ->> '$.kind'",
        "original": "body ->> '$.original'",
        "sha256": "body ->> '$.sha256'",
        "created_at": "body ->> '$.created_at'",
        "document_id": "documents.id",
    },
    "outlets": {
        "id": "documents.subject_id",
        "name": "body ->> '$.name'",
        "name_key": "name_key(body ->> '$.name')",
        "reliability": "body ->> '$.reliability'",
        "document_id": "documents.id",
    },
    "claimants": {
        "id": "documents.subject_id",
        "name": "body ->> '$.name'",
        "name_key": "name_key(body ->> '$.name')",
        "kind": "body ->> '$.kind'",
        "document_id": "documents.id",
    },
    "stories": {
        "id": "documents.subject_id",
        "slug": "body ->> '$.slug'",
        "created_at": "body ->> '$.created_at'",
        "document_id": "documents.id",
    },
    "statuses": {
        "id": "documents.subject_id",
        "slug": "body ->> '$.slug'",
        "rating": "body ->> '$.rating'",
        "retired": "body ->> '$.retired'",
        "document_id": "documents.id",
    },
    "reviewers": {
        "id": "documents.subject_id",
        "name_key": "name_key(body ->> '$.name')",
        "kind": "body ->> '$.kind'",
        "role": "body ->> '$.role'",
        "active": "body ->> '$.active'",
        "document_id": "documents.id",
    },
}

# What is only ever added to. Whoever changes it outside the desk must first take the triggers away.
_ONLY_ADDED_TO = (
    "events",
    "documents",
    "verdicts",
    "verdict_sources",
    "retractions",
    "evidence",
    "evidence_withdrawals",
    "stage_changes",
    *(f"{noun}_history" for noun in _KEPT),
)

_TOLD_OF_A_CORRECTION = (
    "id",
    "seq",
    "claim_id",
    "text",
    "kind",
    "from_status",
    "to_status",
    "reason",
    "corrected_at",
    "corrected_by",
)
_CORRECTIONS = f"""
    CREATE TABLE corrections (
        id INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        claim_id INTEGER NOT NULL REFERENCES claims (id),
        text TEXT NOT NULL,
        kind TEXT NOT NULL CHECK ({among("kind", CORRECTION_KINDS)}),
        from_status TEXT NOT NULL REFERENCES statuses (slug),
        to_status TEXT NOT NULL REFERENCES statuses (slug),
        reason TEXT NOT NULL,
        corrected_at TEXT NOT NULL,
        corrected_by INTEGER REFERENCES reviewers (id),
        document_id INTEGER REFERENCES documents (id)
    ) STRICT
"""

_INDEXES = (
    "CREATE INDEX corrections_of_claim ON corrections (claim_id)",
    "CREATE INDEX corrections_by_date ON corrections (corrected_at)",
    "CREATE INDEX events_by_time ON events (at)",
    "CREATE INDEX events_by_act ON events (act)",
    "CREATE INDEX events_for_all ON events (public)",
    "CREATE INDEX claims_history_of_story ON claims_history (story_id)",
)

# A line is for everybody if it is about the vocabulary or left a claim's text that anybody may read;
# one that is on a claim, if that claim's is such.
_MARK_PUBLIC_LINES = """
    UPDATE events SET public = 1
    WHERE noun = 'statuses' OR EXISTS (
        SELECT 1 FROM documents
        WHERE documents.seq = events.seq AND documents.noun = 'claims'
          AND documents.subject_id = coalesce(events.claim_id, documents.subject_id) AND (
            body ->> '$.stage' = 'published'
            OR (body ->> '$.stage' = 'withdrawn' AND body ->> '$.stages[#-2].stage' = 'published')
        )
    )
"""
_DATE_EVIDENCE = """
    UPDATE evidence SET seq = coalesce(
        (SELECT min(seq) FROM events
         WHERE events.claim_id = evidence.claim_id AND events.at >= evidence.attached_at), 0)
"""


def take(db: Database) -> None:
    """Keep rows as they were, make room for corrections, and forbid changing what was said."""
    conn = db.conn
    conn.execute("ALTER TABLE events ADD COLUMN public INTEGER NOT NULL DEFAULT 0 CHECK (public IN (0, 1))")
    conn.execute("ALTER TABLE evidence ADD COLUMN seq INTEGER NOT NULL DEFAULT 0")
    conn.execute(_MARK_PUBLIC_LINES)
    conn.execute(_DATE_EVIDENCE)
    conn.execute(_CORRECTIONS)
    _make_histories(db)
    for index in _INDEXES:
        conn.execute(index)
    for table in _ONLY_ADDED_TO:
        forbid(db, table, "UPDATE")
        forbid(db, table, "DELETE")
    # A correction is given its text once its row is there.
    forbid(db, "corrections", f"UPDATE OF {', '.join(_TOLD_OF_A_CORRECTION)}")
    forbid(db, "corrections", "DELETE")


def forbid(db: Database, table: str, what: str) -> None:
    """Let the database itself refuse to change or remove rows of a table."""
    name = f"{table}_no_{what.partition(' ')[0].lower()}"
    db.conn.execute(
        f"""
        CREATE TRIGGER {name} BEFORE {what} ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is only ever added to'); END
        """
    )


def _make_histories(db: Database) -> None:
    conn = db.conn
    conn.create_function("first_day", 1, lambda date: span(date).earliest if date else "")
    conn.create_function("last_day", 1, lambda date: span(date).latest if date else "")
    conn.create_function("name_key", 1, folded)
    for noun, kept in _KEPT.items():
        types = {name: kind for _, name, kind, *_ in conn.execute(f"PRAGMA table_info({noun})")}
        columns = ", ".join(f"{name} {types[name]}" for name in kept)
        conn.execute(
            f"""
            CREATE TABLE {noun}_history (seq INTEGER NOT NULL, {columns}, PRIMARY KEY (id, seq))
            STRICT, WITHOUT ROWID
            """
        )
        conn.execute(
            f"""
            INSERT INTO {noun}_history (seq, {", ".join(kept)})
            SELECT documents.seq, {", ".join(kept.values())} FROM documents WHERE noun = '{noun}'
            """
        )
