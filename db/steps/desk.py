"""The first step: the desk's tables, the views that read well, and the first vocabulary."""

from __future__ import annotations

import secrets
from typing import Any

from sqlite_utils import Database

from factcheck.vocabulary import (
    CHAIN_ROLES,
    CLAIMANT_KINDS,
    CONFIDENCES,
    INITIAL_STATUSES,
    ORIGINALITIES,
    QUALIFIERS,
    RELIABILITIES,
    REVIEWER_KINDS,
    ROLES,
    SOURCE_KINDS,
    STAGES,
    STANCES,
)

# "FctC": lets `file` and this code tell a desk from another program's SQLite file.
APPLICATION_ID = 0x46637443


def among(column: str, words: Any) -> str:
    """Write a check that a column holds one of these words."""
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def take(db: Database) -> None:
    """Make the tables, the views that read well, and the first vocabulary."""
    for statement in (*_TABLES, *_INDEXES, *_VIEWS):
        db.conn.execute(statement)
    db.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.conn.execute(
        "INSERT INTO desk (name, value) VALUES ('cursor_key', :key)",
        {"key": secrets.token_urlsafe(32)},
    )
    for status in INITIAL_STATUSES:
        db.conn.execute(
            "INSERT INTO statuses (slug, label, meaning, rating, needs_source, assignable) "
            "VALUES (:slug, :label, :meaning, :rating, :needs_source, :assignable)",
            vars(status),
        )


_TABLES = (
    """
    CREATE TABLE desk (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT
    """,
    # Every resource's JSON as it was served, one row for each version of it.
    """
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY,
        noun TEXT NOT NULL,
        subject_id INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        etag TEXT NOT NULL,
        body TEXT NOT NULL,
        UNIQUE (noun, subject_id, seq)
    ) STRICT
    """,
    f"""
    CREATE TABLE reviewers (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK ({among("kind", REVIEWER_KINDS)}),
        role TEXT NOT NULL CHECK ({among("role", ROLES)}),
        active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
        created_at TEXT NOT NULL,
        document_id INTEGER REFERENCES documents (id)
    ) STRICT
    """,
    f"""
    CREATE TABLE tokens (
        id INTEGER PRIMARY KEY,
        reviewer_id INTEGER NOT NULL REFERENCES reviewers (id),
        sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
        label TEXT NOT NULL,
        role TEXT NOT NULL CHECK ({among("role", ROLES)}),
        created_at TEXT NOT NULL,
        expires_at TEXT,
        revoked_at TEXT,
        last_used_at TEXT
    ) STRICT
    """,
    """
    CREATE TABLE statuses (
        id INTEGER PRIMARY KEY,
        slug TEXT NOT NULL UNIQUE,
        label TEXT NOT NULL,
        meaning TEXT NOT NULL,
        rating INTEGER CHECK (rating BETWEEN 1 AND 5),
        needs_source INTEGER NOT NULL CHECK (needs_source IN (0, 1)),
        assignable INTEGER NOT NULL DEFAULT 1 CHECK (assignable IN (0, 1)),
        retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1)),
        translations TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(translations)),
        document_id INTEGER REFERENCES documents (id)
    ) STRICT
    """,
    f"""
    CREATE TABLE claimants (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL,
        kind TEXT NOT NULL CHECK ({among("kind", CLAIMANT_KINDS)}),
        same_as TEXT,
        created_at TEXT NOT NULL,
        document_id INTEGER REFERENCES documents (id),
        UNIQUE (name_key, kind)
    ) STRICT
    """,
    """
    CREATE TABLE stories (
        id INTEGER PRIMARY KEY,
        slug TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL,
        summary TEXT,
        created_at TEXT NOT NULL,
        document_id INTEGER REFERENCES documents (id)
    ) STRICT
    """,
    f"""
    CREATE TABLE outlets (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,
        url TEXT,
        owner TEXT,
        reliability TEXT CHECK ({among("reliability", RELIABILITIES)}),
        created_at TEXT NOT NULL,
        document_id INTEGER REFERENCES documents (id)
    ) STRICT
    """,
    f"""
    CREATE TABLE sources (
        id INTEGER PRIMARY KEY,
        identity TEXT NOT NULL UNIQUE,
        url TEXT,
        title TEXT,
        outlet_id INTEGER REFERENCES outlets (id),
        kind TEXT NOT NULL CHECK ({among("kind", SOURCE_KINDS)}),
        original TEXT NOT NULL CHECK ({among("original", ORIGINALITIES)}),
        published_on TEXT,
        archive_url TEXT,
        sha256 TEXT CHECK (length(sha256) = 64),
        created_at TEXT NOT NULL,
        document_id INTEGER REFERENCES documents (id)
    ) STRICT
    """,
    f"""
    CREATE TABLE claims (
        id INTEGER PRIMARY KEY,
        ref TEXT UNIQUE,
        text TEXT NOT NULL,
        identity TEXT NOT NULL UNIQUE,
        claimant_id INTEGER NOT NULL REFERENCES claimants (id),
        claimed_on TEXT,
        claimed_from TEXT NOT NULL DEFAULT '',
        claimed_until TEXT NOT NULL DEFAULT '',
        place TEXT,
        language TEXT,
        story_id INTEGER REFERENCES stories (id),
        stage TEXT NOT NULL DEFAULT 'open' CHECK ({among("stage", STAGES)}),
        status TEXT NOT NULL DEFAULT 'unreviewed' REFERENCES statuses (slug),
        rating INTEGER,
        contested INTEGER NOT NULL DEFAULT 0 CHECK (contested IN (0, 1)),
        created_at TEXT NOT NULL,
        created_by INTEGER NOT NULL REFERENCES reviewers (id),
        updated_at TEXT NOT NULL,
        document_id INTEGER REFERENCES documents (id)
    ) STRICT
    """,
    f"""
    CREATE TABLE chain_links (
        claim_id INTEGER NOT NULL REFERENCES claims (id),
        position INTEGER NOT NULL,
        role TEXT NOT NULL CHECK ({among("role", CHAIN_ROLES)}),
        name TEXT NOT NULL,
        url TEXT,
        PRIMARY KEY (claim_id, position)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE appearances (
        claim_id INTEGER NOT NULL REFERENCES claims (id),
        position INTEGER NOT NULL,
        url TEXT NOT NULL,
        PRIMARY KEY (claim_id, position)
    ) STRICT, WITHOUT ROWID
    """,
    f"""
    CREATE TABLE figures (
        claim_id INTEGER PRIMARY KEY REFERENCES claims (id),
        measure TEXT NOT NULL,
        value REAL,
        low REAL,
        high REAL,
        qualifier TEXT NOT NULL CHECK ({among("qualifier", QUALIFIERS)}),
        unit TEXT,
        scope TEXT,
        as_of TEXT,
        CHECK (value IS NOT NULL OR low IS NOT NULL OR high IS NOT NULL),
        CHECK (low IS NULL OR high IS NULL OR low <= high)
    ) STRICT
    """,
    f"""
    CREATE TABLE stage_changes (
        id INTEGER PRIMARY KEY,
        claim_id INTEGER NOT NULL REFERENCES claims (id),
        stage TEXT NOT NULL CHECK ({among("stage", STAGES)}),
        reason TEXT,
        changed_at TEXT NOT NULL,
        changed_by INTEGER NOT NULL REFERENCES reviewers (id)
    ) STRICT
    """,
    f"""
    CREATE TABLE evidence (
        id INTEGER PRIMARY KEY,
        claim_id INTEGER NOT NULL REFERENCES claims (id),
        source_id INTEGER NOT NULL REFERENCES sources (id),
        stance TEXT NOT NULL CHECK ({among("stance", STANCES)}),
        quote_exact TEXT,
        quote_prefix TEXT,
        quote_suffix TEXT,
        credibility INTEGER CHECK (credibility BETWEEN 1 AND 6),
        note TEXT,
        attached_at TEXT NOT NULL,
        attached_by INTEGER NOT NULL REFERENCES reviewers (id)
    ) STRICT
    """,
    """
    CREATE TABLE evidence_withdrawals (
        evidence_id INTEGER PRIMARY KEY REFERENCES evidence (id),
        reason TEXT NOT NULL,
        withdrawn_at TEXT NOT NULL,
        withdrawn_by INTEGER NOT NULL REFERENCES reviewers (id)
    ) STRICT
    """,
    # Verdicts are only ever added; what later happens to one stands elsewhere.
    f"""
    CREATE TABLE verdicts (
        id INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        claim_id INTEGER NOT NULL REFERENCES claims (id),
        reviewer_id INTEGER NOT NULL REFERENCES reviewers (id),
        ruling INTEGER NOT NULL CHECK (ruling IN (0, 1)),
        status TEXT NOT NULL REFERENCES statuses (slug),
        rationale TEXT NOT NULL,
        confidence TEXT CHECK ({among("confidence", CONFIDENCES)}),
        issued_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE verdict_sources (
        verdict_id INTEGER NOT NULL REFERENCES verdicts (id),
        source_id INTEGER NOT NULL REFERENCES sources (id),
        PRIMARY KEY (verdict_id, source_id)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE retractions (
        verdict_id INTEGER PRIMARY KEY REFERENCES verdicts (id),
        seq INTEGER NOT NULL,
        reason TEXT NOT NULL,
        retracted_at TEXT NOT NULL,
        retracted_by INTEGER NOT NULL REFERENCES reviewers (id)
    ) STRICT
    """,
    # The log. `documents` maps each resource that the act changed to its text's SHA-256.
    """
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        actor_id INTEGER REFERENCES reviewers (id),
        actor TEXT NOT NULL,
        act TEXT NOT NULL,
        noun TEXT NOT NULL,
        subject_id INTEGER NOT NULL,
        claim_id INTEGER REFERENCES claims (id),
        changes TEXT NOT NULL CHECK (json_valid(changes)),
        documents TEXT NOT NULL CHECK (json_valid(documents)),
        request_id TEXT NOT NULL,
        previous_hash TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT
    """,
    # What was answered to a request with an Idempotency-Key.
    """
    CREATE TABLE replies (
        token_id INTEGER NOT NULL REFERENCES tokens (id),
        idempotency_key TEXT NOT NULL,
        request_sha256 TEXT NOT NULL,
        created INTEGER NOT NULL CHECK (created IN (0, 1)),
        location TEXT NOT NULL,
        etag TEXT NOT NULL,
        body TEXT NOT NULL,
        answered_at TEXT NOT NULL,
        PRIMARY KEY (token_id, idempotency_key)
    ) STRICT
    """,
    """
    CREATE VIRTUAL TABLE claim_search USING fts5 (
        text, claimant, chain, rationale, sources,
        tokenize = 'unicode61 remove_diacritics 2'
    )
    """,
)

_INDEXES = (
    "CREATE INDEX claims_by_status ON claims (status, claimed_from)",
    "CREATE INDEX claims_by_date ON claims (claimed_from)",
    "CREATE INDEX claims_by_creation ON claims (created_at)",
    "CREATE INDEX claims_by_update ON claims (updated_at)",
    "CREATE INDEX claims_by_claimant ON claims (claimant_id)",
    "CREATE INDEX claims_by_story ON claims (story_id)",
    # What the public sees has indexes of its own, so that many open claims slow nobody; but
    # none that a verdict would have to write to as well.
    "CREATE INDEX published_by_date ON claims (claimed_from) WHERE stage = 'published'",
    "CREATE INDEX published_by_creation ON claims (created_at) WHERE stage = 'published'",
    "CREATE INDEX stage_changes_of_claim ON stage_changes (claim_id)",
    "CREATE INDEX evidence_of_claim ON evidence (claim_id)",
    "CREATE INDEX evidence_of_source ON evidence (source_id)",
    # Not by reviewer alone: without statistics the planner would walk all he ever gave.
    "CREATE INDEX verdicts_of_claim ON verdicts (claim_id, reviewer_id)",
    "CREATE INDEX verdict_sources_of_source ON verdict_sources (source_id)",
    "CREATE INDEX sources_of_outlet ON sources (outlet_id)",
    "CREATE INDEX tokens_of_reviewer ON tokens (reviewer_id)",
    "CREATE INDEX events_of_claim ON events (claim_id)",
    "CREATE INDEX replies_by_age ON replies (answered_at)",
)

# For people who open the file in Datasette or sqlite-utils.
_VIEWS = (
    """
    CREATE VIEW claims_overview AS
    SELECT claims.id, claims.text, claimants.name AS claimant, claims.claimed_on,
           statuses.label AS status, claims.rating, claims.contested, claims.stage,
           stories.title AS story, claims.language, claims.place, claims.updated_at
    FROM claims
    JOIN claimants ON claimants.id = claims.claimant_id
    JOIN statuses ON statuses.slug = claims.status
    LEFT JOIN stories ON stories.id = claims.story_id
    """,
    """
    CREATE VIEW verdicts_overview AS
    SELECT verdicts.id, claims.text AS claim, verdicts.claim_id, reviewers.name AS reviewer,
           CASE verdicts.ruling WHEN 1 THEN 'ruling' ELSE 'verdict' END AS kind,
           statuses.label AS status, verdicts.rationale, verdicts.confidence, verdicts.issued_at,
           retractions.retracted_at, retractions.reason AS retraction_reason
    FROM verdicts
    JOIN claims ON claims.id = verdicts.claim_id
    JOIN reviewers ON reviewers.id = verdicts.reviewer_id
    JOIN statuses ON statuses.slug = verdicts.status
    LEFT JOIN retractions ON retractions.verdict_id = verdicts.id
    """,
    """
    CREATE VIEW evidence_overview AS
    SELECT evidence.id, claims.text AS claim, evidence.claim_id, evidence.stance,
           sources.title AS source, outlets.name AS outlet, sources.url,
           evidence.quote_exact AS quote, evidence.credibility, evidence.attached_at,
           evidence_withdrawals.reason AS withdrawal_reason
    FROM evidence
    JOIN claims ON claims.id = evidence.claim_id
    JOIN sources ON sources.id = evidence.source_id
    LEFT JOIN outlets ON outlets.id = sources.outlet_id
    LEFT JOIN evidence_withdrawals ON evidence_withdrawals.evidence_id = evidence.id
    """,
    """
    CREATE VIEW log_overview AS
    SELECT seq, at, actor, act, noun, subject_id, claim_id, changes FROM events
    """,
)
