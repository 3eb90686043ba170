"""Citations: which source relies on which, and what was taken back."""

from __future__ import annotations

from sqlite_utils import Database

from db.rows import Row, one, rows

_CITATIONS = """
    SELECT citations.*, reviewers.name AS recorded_by_name,
           citation_withdrawals.reason AS withdrawn_reason, citation_withdrawals.withdrawn_at,
           citation_withdrawals.withdrawn_by, withdrawers.name AS withdrawn_by_name
    FROM citations
    JOIN reviewers ON reviewers.id = citations.recorded_by
    LEFT JOIN citation_withdrawals ON citation_withdrawals.citation_id = citations.id
    LEFT JOIN reviewers AS withdrawers ON withdrawers.id = citation_withdrawals.withdrawn_by
"""


def citation(db: Database, citation_id: int) -> Row | None:
    """Give one citation and, if it was taken back, why."""
    return one(db, f"{_CITATIONS} WHERE citations.id = :id", {"id": citation_id})


def citations_by(db: Database, source_id: int) -> list[Row]:
    """Give what a source cites, also what was taken back, in the order in which it was recorded."""
    return rows(db, f"{_CITATIONS} WHERE citations.source_id = :id ORDER BY citations.id", {"id": source_id})


def citations_of(db: Database, source_id: int) -> list[Row]:
    """Give by whom a source is cited, also what was taken back, in the order in which it was recorded."""
    return rows(db, f"{_CITATIONS} WHERE citations.cited_id = :id ORDER BY citations.id", {"id": source_id})


def same_citation(db: Database, source_id: int, cited_id: int, kind: str) -> int | None:
    """Give the citation that says the same, unless it was taken back."""
    found = db.conn.execute(
        """
        SELECT id FROM citations
        WHERE source_id = :source AND cited_id = :cited AND kind = :kind
          AND NOT EXISTS (SELECT 1 FROM citation_withdrawals WHERE citation_id = citations.id)
        """,
        {"source": source_id, "cited": cited_id, "kind": kind},
    ).fetchone()
    return found[0] if found else None
