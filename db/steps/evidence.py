"""A step: who relies on whom, what is sealed, what is kept of a source, what others think of verdicts."""

from __future__ import annotations

from sqlite_utils import Database

from db.steps.desk import among
from db.steps.time_and_trust import forbid
from factcheck.vocabulary import CITATION_KINDS, MARKED_REASONS, OPINIONS, OUTLET_KINDS, RELIABILITIES
from factcheck.wording import folded

# What older tables tell more of now.
_COLUMNS = (
    f"ALTER TABLE outlets ADD COLUMN kind TEXT CHECK ({among('kind', OUTLET_KINDS)})",
    "ALTER TABLE outlets ADD COLUMN country TEXT CHECK (length(country) = 2)",
    "ALTER TABLE outlets_history ADD COLUMN owner TEXT",
    "ALTER TABLE outlets_history ADD COLUMN kind TEXT",
    "ALTER TABLE outlets_history ADD COLUMN country TEXT",
    "ALTER TABLE sources ADD COLUMN accessed_at TEXT",
    "ALTER TABLE sources ADD COLUMN protected INTEGER NOT NULL DEFAULT 0 CHECK (protected IN (0, 1))",
    "ALTER TABLE sources ADD COLUMN described_as TEXT",
    "ALTER TABLE sources ADD COLUMN sealed TEXT CHECK (length(sealed) = 64)",
    "ALTER TABLE sources_history ADD COLUMN protected INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE sources_history ADD COLUMN sealed TEXT",
    "ALTER TABLE evidence_withdrawals ADD COLUMN seq INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE figures ADD COLUMN within TEXT",
    "ALTER TABLE figures ADD COLUMN as_published TEXT",
    # The key of whom it comes from, by which the others that he stated are found.
    "ALTER TABLE figures ADD COLUMN origin TEXT",
    "ALTER TABLE verdicts ADD COLUMN looked_for TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(looked_for))",
    "ALTER TABLE stage_changes ADD COLUMN override_reason TEXT",
    "ALTER TABLE stage_changes ADD COLUMN unmet TEXT CHECK (unmet IS NULL OR json_valid(unmet))",
)

_TABLES = {
    "outlet_assessments": f"""
    CREATE TABLE outlet_assessments (
        id INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        outlet_id INTEGER NOT NULL REFERENCES outlets (id),
        reliability TEXT NOT NULL CHECK ({among("reliability", RELIABILITIES)}),
        reason TEXT NOT NULL,
        assessed_on TEXT NOT NULL,
        assessed_at TEXT NOT NULL,
        assessed_by INTEGER NOT NULL REFERENCES reviewers (id)
    ) STRICT
    """,
    # Who a protected source is stands here and nowhere else. `sources.sealed` is the hash of salt and
    # content, so that it can be shown later that nobody was put in another's place.
    "sealed_identities": """
    CREATE TABLE sealed_identities (
        source_id INTEGER PRIMARY KEY REFERENCES sources (id),
        salt TEXT NOT NULL,
        content TEXT NOT NULL CHECK (json_valid(content)),
        identity TEXT NOT NULL,
        sealed_by INTEGER NOT NULL REFERENCES reviewers (id)
    ) STRICT
    """,
    "source_retractions": """
    CREATE TABLE source_retractions (
        source_id INTEGER PRIMARY KEY REFERENCES sources (id),
        seq INTEGER NOT NULL,
        reason TEXT NOT NULL,
        retracted_at TEXT NOT NULL,
        retracted_by INTEGER NOT NULL REFERENCES reviewers (id)
    ) STRICT
    """,
    "citations": f"""
    CREATE TABLE citations (
        id INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        source_id INTEGER NOT NULL REFERENCES sources (id),
        cited_id INTEGER NOT NULL REFERENCES sources (id) CHECK (cited_id <> source_id),
        kind TEXT NOT NULL CHECK ({among("kind", CITATION_KINDS)}),
        note TEXT,
        recorded_at TEXT NOT NULL,
        recorded_by INTEGER NOT NULL REFERENCES reviewers (id)
    ) STRICT
    """,
    "citation_withdrawals": """
    CREATE TABLE citation_withdrawals (
        citation_id INTEGER PRIMARY KEY REFERENCES citations (id),
        seq INTEGER NOT NULL,
        reason TEXT NOT NULL,
        withdrawn_at TEXT NOT NULL,
        withdrawn_by INTEGER NOT NULL REFERENCES reviewers (id)
    ) STRICT
    """,
    "copies": """
    CREATE TABLE copies (
        id INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        source_id INTEGER NOT NULL REFERENCES sources (id),
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        payload_sha256 TEXT NOT NULL CHECK (length(payload_sha256) = 64),
        media_type TEXT NOT NULL,
        size INTEGER NOT NULL,
        content BLOB NOT NULL,
        kept_at TEXT NOT NULL,
        kept_by INTEGER REFERENCES reviewers (id)
    ) STRICT
    """,
    "opinions": f"""
    CREATE TABLE opinions (
        id INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        verdict_id INTEGER NOT NULL REFERENCES verdicts (id),
        opinion TEXT NOT NULL CHECK ({among("opinion", OPINIONS)}),
        reason TEXT NOT NULL,
        given_at TEXT NOT NULL,
        given_by INTEGER NOT NULL REFERENCES reviewers (id)
    ) STRICT
    """,
    # The newest plan of a claim is in force; one that says nothing ends it.
    "review_plans": """
    CREATE TABLE review_plans (
        id INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        claim_id INTEGER NOT NULL REFERENCES claims (id),
        review_by TEXT,
        assigned_to INTEGER REFERENCES reviewers (id),
        due_on TEXT,
        planned_at TEXT NOT NULL,
        planned_by INTEGER NOT NULL REFERENCES reviewers (id)
    ) STRICT
    """,
    "review_marks": f"""
    CREATE TABLE review_marks (
        id INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        claim_id INTEGER NOT NULL REFERENCES claims (id),
        reason TEXT NOT NULL CHECK ({among("reason", MARKED_REASONS)}),
        source_id INTEGER REFERENCES sources (id),
        by_claim_id INTEGER REFERENCES claims (id),
        marked_at TEXT NOT NULL
    ) STRICT
    """,
}

_INDEXES = (
    "CREATE INDEX outlet_assessments_of_outlet ON outlet_assessments (outlet_id)",
    "CREATE INDEX sealed_identities_by_identity ON sealed_identities (identity, sealed_by)",
    # All that is asked when citations are followed, so that the rows themselves need not be read.
    "CREATE INDEX citations_of_source ON citations (source_id, cited_id, kind)",
    "CREATE INDEX citations_of_cited ON citations (cited_id, source_id, kind)",
    "CREATE INDEX copies_of_source ON copies (source_id)",
    "CREATE INDEX opinions_of_verdict ON opinions (verdict_id)",
    "CREATE INDEX review_plans_of_claim ON review_plans (claim_id)",
    "CREATE INDEX review_marks_of_claim ON review_marks (claim_id)",
    "CREATE INDEX figures_of_origin ON figures (measure, origin)",
    "CREATE INDEX figures_by_unit ON figures (measure, unit)",
    "CREATE INDEX review_marks_of_line ON review_marks (seq)",
    "CREATE INDEX claims_contested ON claims (id) WHERE contested = 1",
)

_DATE_WITHDRAWALS = """
    UPDATE evidence_withdrawals SET seq = coalesce(
        (SELECT max(seq) FROM events WHERE act = 'evidence:withdraw' AND subject_id = evidence_id), 0)
"""
_NAME_ORIGINS = """
    UPDATE figures SET origin = name_key(coalesce(
        (SELECT name FROM chain_links
         WHERE chain_links.claim_id = figures.claim_id AND position = 0 AND role = 'origin'),
        (SELECT name FROM claimants WHERE id =
            (SELECT claimant_id FROM claims WHERE claims.id = figures.claim_id))))
"""


def take(db: Database) -> None:
    """Make room for what evidence rests on, and for what is thought of verdicts."""
    conn = db.conn
    for statement in (*_COLUMNS, *_TABLES.values(), *_INDEXES):
        conn.execute(statement)
    conn.create_function("name_key", 1, lambda name: folded(name) or name)
    conn.execute(_NAME_ORIGINS)
    conn.execute("DROP TRIGGER evidence_withdrawals_no_update")
    conn.execute(_DATE_WITHDRAWALS)
    forbid(db, "evidence_withdrawals", "UPDATE")
    conn.execute("DROP TRIGGER outlets_history_no_update")
    conn.execute(
        "UPDATE outlets_history SET owner = "
        "(SELECT body ->> '$.owner' FROM documents WHERE documents.id = document_id)"
    )
    forbid(db, "outlets_history", "UPDATE")
    for table in _TABLES:
        forbid(db, table, "UPDATE")
        forbid(db, table, "DELETE")
