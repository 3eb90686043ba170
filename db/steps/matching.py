"""A step: what finds claims that say the same, and how claims are linked with one another."""

from __future__ import annotations

from sqlite_utils import Database

from db.steps.desk import among
from db.steps.time_and_trust import forbid
from factcheck.vocabulary import LINK_DECISIONS, LINK_KINDS

# What follows from the claims' texts, and can be made anew from them at any time.
_INDEX = (
    # A claim as the ranking sees it, so that no text is taken apart again while somebody waits.
    """
    CREATE TABLE match_claims (
        claim_id INTEGER PRIMARY KEY REFERENCES claims (id),
        seen TEXT NOT NULL
    ) STRICT
    """,
    # Which claims have a stem, and how much it says in each; none of a row's claims lies below `first`.
    """
    CREATE TABLE match_postings (
        stem TEXT NOT NULL,
        first INTEGER NOT NULL,
        postings BLOB NOT NULL,
        PRIMARY KEY (stem, first)
    ) STRICT, WITHOUT ROWID
    """,
    # What a claim's texts mean, as a model places them; only where the semantic extra is installed. The
    # newest has the highest number, so that whoever keeps them in memory asks for what came since.
    """
    CREATE TABLE match_vectors (
        claim_id INTEGER PRIMARY KEY REFERENCES claims (id),
        number INTEGER NOT NULL UNIQUE,
        model TEXT NOT NULL,
        texts_sha256 TEXT NOT NULL,
        signs BLOB NOT NULL,
        vectors BLOB NOT NULL
    ) STRICT
    """,
)

_LINKS = {
    # Read as: the claim is <kind> the other.
    "claim_links": f"""
    CREATE TABLE claim_links (
        id INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        claim_id INTEGER NOT NULL REFERENCES claims (id),
        other_id INTEGER NOT NULL REFERENCES claims (id) CHECK (other_id <> claim_id),
        kind TEXT NOT NULL CHECK ({among("kind", LINK_KINDS)}),
        note TEXT,
        state TEXT NOT NULL CHECK (state IN ('suggested', 'confirmed')),
        linked_at TEXT NOT NULL,
        linked_by INTEGER NOT NULL REFERENCES reviewers (id)
    ) STRICT
    """,
    # The newest decision on a link is in force; until there is one, the state that it was made in.
    "claim_link_decisions": f"""
    CREATE TABLE claim_link_decisions (
        id INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        link_id INTEGER NOT NULL REFERENCES claim_links (id),
        decision TEXT NOT NULL CHECK ({among("decision", LINK_DECISIONS)}),
        reason TEXT,
        decided_at TEXT NOT NULL,
        decided_by INTEGER NOT NULL REFERENCES reviewers (id)
    ) STRICT
    """,
}

_INDEXES = (
    "CREATE INDEX claim_links_of_claim ON claim_links (claim_id)",
    "CREATE INDEX claim_links_of_other ON claim_links (other_id)",
    "CREATE INDEX claim_link_decisions_of_link ON claim_link_decisions (link_id)",
    # What is told to everybody tells how many claims everybody knows of, and that by each question.
    "CREATE INDEX published_by_id ON claims (id) WHERE stage = 'published'",
)


def take(db: Database) -> None:
    """Make room for what finds claims that say the same, and for what links them."""
    for statement in (*_INDEX, *_LINKS.values(), *_INDEXES):
        db.conn.execute(statement)
    for table in _LINKS:
        forbid(db, table, "UPDATE")
        forbid(db, table, "DELETE")
