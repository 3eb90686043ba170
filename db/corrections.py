"""Corrections of published claims."""

from __future__ import annotations

from sqlite_utils import Database

from db.rows import Row, one, rows

_CORRECTIONS = """
    SELECT corrections.*, reviewers.name AS corrected_by_name
    FROM corrections LEFT JOIN reviewers ON reviewers.id = corrections.corrected_by
"""


def correction(db: Database, correction_id: int) -> Row | None:
    """Give one correction."""
    return one(db, f"{_CORRECTIONS} WHERE corrections.id = :id", {"id": correction_id})


def corrections_of(db: Database, claim_id: int) -> list[Row]:
    """Give a claim's corrections in their order."""
    return rows(
        db,
        f"{_CORRECTIONS} WHERE corrections.claim_id = :id ORDER BY corrections.id",
        {"id": claim_id},
    )
