"""Sources, and the evidence by which they are attached to claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from db.rows import Row, one, rows

_OUTLET = """outlets.name AS outlet_name, outlets.kind AS outlet_kind, outlets.country AS outlet_country,
               outlets.owner AS outlet_owner, outlets.reliability AS outlet_reliability"""
_RETRACTION = """source_retractions.reason AS retracted_reason, source_retractions.retracted_at,
               source_retractions.retracted_by, retractors.name AS retracted_by_name"""
_WITH_RETRACTION = """LEFT JOIN source_retractions ON source_retractions.source_id = sources.id
        LEFT JOIN reviewers AS retractors ON retractors.id = source_retractions.retracted_by"""
_SOURCES = f"""
    SELECT sources.*, {_OUTLET}, {_RETRACTION}
    FROM sources LEFT JOIN outlets ON outlets.id = sources.outlet_id {_WITH_RETRACTION}
"""


def source(db: Database, source_id: int) -> Row | None:
    """Give a source with its outlet's name."""
    return one(db, f"{_SOURCES} WHERE sources.id = :id", {"id": source_id})


def source_with_identity(db: Database, identity: str) -> Row | None:
    """Give the source that is known under this key."""
    return one(db, f"{_SOURCES} WHERE sources.identity = :identity", {"identity": identity})


def sealed_by(db: Database, identity: str, reviewer_id: int) -> int | None:
    """Give the source whose identity this reviewer has sealed under this key."""
    found = db.conn.execute(
        "SELECT source_id FROM sealed_identities WHERE identity = :identity AND sealed_by = :reviewer",
        {"identity": identity, "reviewer": reviewer_id},
    ).fetchone()
    return found[0] if found else None


def sealed_identity(db: Database, source_id: int) -> Row | None:
    """Give who a protected source is, with what proves it."""
    return one(
        db,
        """
        SELECT sealed_identities.*, sources.sealed, reviewers.name AS sealed_by_name
        FROM sealed_identities
        JOIN sources ON sources.id = sealed_identities.source_id
        JOIN reviewers ON reviewers.id = sealed_identities.sealed_by
        WHERE source_id = :id
        """,
        {"id": source_id},
    )


def evidence_of(db: Database, claim_id: int) -> list[Row]:
    """Give everything attached to a claim, with its source, in order of attachment."""
    return rows(
        db,
        f"""
        SELECT evidence.*, sources.url, sources.title, sources.kind, sources.original,
               sources.published_on, sources.accessed_at, sources.archive_url, sources.sha256,
               sources.outlet_id, sources.protected, sources.described_as,
               {_OUTLET}, {_RETRACTION}, reviewers.name AS attached_by_name,
               evidence_withdrawals.reason AS withdrawn_reason,
               evidence_withdrawals.withdrawn_at, evidence_withdrawals.withdrawn_by,
               withdrawers.name AS withdrawn_by_name
        FROM evidence
        JOIN sources ON sources.id = evidence.source_id
        JOIN reviewers ON reviewers.id = evidence.attached_by
        LEFT JOIN outlets ON outlets.id = sources.outlet_id
        {_WITH_RETRACTION}
        LEFT JOIN evidence_withdrawals ON evidence_withdrawals.evidence_id = evidence.id
        LEFT JOIN reviewers AS withdrawers
               ON withdrawers.id = evidence_withdrawals.withdrawn_by
        WHERE evidence.claim_id = :claim_id
        ORDER BY evidence.id
        """,
        {"claim_id": claim_id},
    )


def same_evidence(db: Database, row: Mapping[str, Any]) -> int | None:
    """Give the evidence that attaches the same source in the same way, unless withdrawn."""
    found = db.conn.execute(
        """
        SELECT evidence.id FROM evidence
        LEFT JOIN evidence_withdrawals ON evidence_withdrawals.evidence_id = evidence.id
        WHERE claim_id = :claim_id AND source_id = :source_id AND stance = :stance
          AND quote_exact IS :quote_exact AND quote_prefix IS :quote_prefix
          AND quote_suffix IS :quote_suffix AND evidence_withdrawals.evidence_id IS NULL
        """,
        row,
    ).fetchone()
    return found[0] if found else None


def evidence(db: Database, evidence_id: int) -> Row | None:
    """Give one attachment and whether it is withdrawn."""
    return one(
        db,
        """
        SELECT evidence.*, evidence_withdrawals.withdrawn_at
        FROM evidence
        LEFT JOIN evidence_withdrawals ON evidence_withdrawals.evidence_id = evidence.id
        WHERE evidence.id = :id
        """,
        {"id": evidence_id},
    )


def attached_source_ids(db: Database, claim_id: int) -> set[int]:
    """Give the sources attached to a claim and not withdrawn from it."""
    found = db.conn.execute(
        """
        SELECT source_id FROM evidence
        LEFT JOIN evidence_withdrawals ON evidence_withdrawals.evidence_id = evidence.id
        WHERE claim_id = :claim_id AND evidence_withdrawals.evidence_id IS NULL
        """,
        {"claim_id": claim_id},
    )
    return {row[0] for row in found}


def copies_of(db: Database, source_id: int) -> list[Row]:
    """Give what is kept of a source, without its bytes, in the order in which it was kept."""
    return rows(
        db,
        """
        SELECT copies.id, sha256, payload_sha256, media_type, size, kept_at, kept_by,
               reviewers.name AS kept_by_name
        FROM copies LEFT JOIN reviewers ON reviewers.id = copies.kept_by
        WHERE source_id = :id ORDER BY copies.id
        """,
        {"id": source_id},
    )


def with_addresses(db: Database, since: str, *, missing: bool) -> list[Row]:
    """Give id, address and key of the sources that show an address, as a protected one does not.

    Args:
        since: recorded at this moment or day, or later.
        missing: only those of which no copy is kept.
    """
    lacking = "AND NOT EXISTS (SELECT 1 FROM copies WHERE copies.source_id = sources.id)" if missing else ""
    return rows(
        db,
        f"""
        SELECT id, url, identity FROM sources
        WHERE url IS NOT NULL AND created_at >= :since {lacking} ORDER BY id
        """,
        {"since": since},
    )


def copied_bytes(db: Database, source_id: int, copy_id: int) -> Row | None:
    """Give a copy of a source with its bytes."""
    return one(
        db,
        "SELECT media_type, sha256, content FROM copies WHERE id = :id AND source_id = :source_id",
        {"id": copy_id, "source_id": source_id},
    )


def sources_of_outlet(db: Database, outlet_id: int) -> list[int]:
    """Give the ids of an outlet's sources."""
    found = db.conn.execute("SELECT id FROM sources WHERE outlet_id = :id ORDER BY id", {"id": outlet_id})
    return [row[0] for row in found]
