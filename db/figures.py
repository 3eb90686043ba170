"""Figures: what is asked of the quantities that the claims of a story state."""

from __future__ import annotations

from collections.abc import Iterator

from sqlite_utils import Database

from db.history import AS_IT_WAS
from db.rows import Row, rows


def figures_of_story(db: Database, slug: str, measure: str) -> list[Row]:
    """Give the figures of one measure that a story's claims state, but for those that were withdrawn.

    Each comes with its claim's date and status, and with `origin`: the first link of its chain, or its
    claimant.
    """
    return rows(
        db,
        """
        SELECT figures.*, claims.claimed_on, claims.status,
               coalesce(chain_links.name, claimants.name) AS origin
        FROM claims
        JOIN figures ON figures.claim_id = claims.id
        JOIN claimants ON claimants.id = claims.claimant_id
        LEFT JOIN chain_links ON chain_links.claim_id = claims.id AND chain_links.position = 0
        WHERE claims.story_id = (SELECT id FROM stories WHERE slug = :slug)
          AND claims.stage <> 'withdrawn' AND figures.measure = :measure
        """,
        {"slug": slug, "measure": measure},
    )


def is_marked(db: Database, claim_id: int, by_claim_id: int) -> bool:
    """Say whether a claim was marked for review because of this other claim's figure."""
    found = db.conn.execute(
        """
        SELECT 1 FROM review_marks
        WHERE claim_id = :claim AND by_claim_id = :by AND reason = 'figure_superseded'
        """,
        {"claim": claim_id, "by": by_claim_id},
    ).fetchone()
    return found is not None


def claims_with_figures(db: Database, story_id: int, measure: str | None, as_of: int | None) -> Iterator[str]:
    """Give the texts of a story's claims that state a figure, whatever their stage.

    Args:
        measure: if only one is wanted.
        as_of: the line of the log after which they are wanted, if not now.
    """
    # No table holds the figures of the past; they stand in the texts.
    past, figures, stated = "", "JOIN figures ON figures.claim_id = claims.id", "figures.measure"
    if as_of is not None:
        past, figures, stated = AS_IT_WAS, "", "documents.body ->> '$.figure.measure'"
    found = db.conn.execute(
        f"""
        {past}
        SELECT documents.body
        FROM claims {figures}
        JOIN documents ON documents.id = claims.document_id
        WHERE claims.story_id = :story_id AND {stated} {"IS NOT NULL" if measure is None else "= :measure"}
        """,
        {"story_id": story_id, "measure": measure, "as_of": as_of},
    )
    for (body,) in found:
        yield body
