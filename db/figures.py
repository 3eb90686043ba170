"""Figures: what is asked of the quantities that the claims of a story state."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlite_utils import Database

from db.history import AS_IT_WAS
from db.rows import Row, rows


def figures_of_origin(db: Database, slug: str, measure: str, origin: str) -> list[Row]:
    """Give the figures of one measure and origin that a story's claims state, but for those withdrawn.

    Each comes with its claim's date and status.

    Args:
        origin: its key, as kept by `keep_origin`.
    """
    # A cross join keeps the order of its sides: a story may hold far more claims than an origin said.
    return rows(
        db,
        """
        SELECT figures.*, claims.claimed_on, claims.status
        FROM figures CROSS JOIN claims ON claims.id = figures.claim_id
        WHERE figures.measure = :measure AND figures.origin = :origin
          AND claims.story_id = (SELECT id FROM stories WHERE slug = :slug) AND claims.stage <> 'withdrawn'
        """,
        {"slug": slug, "measure": measure, "origin": origin},
    )


def figures_in_other_units(
    db: Database, slug: str, measure: str, unit: str | None
) -> Iterator[tuple[int, str | None]]:
    """Walk a story's figures whose unit is not written so, or that have none: (claim, unit)."""
    # Each range is asked for by itself, so that the index leaves out the many that are in this unit.
    ranges = ("unit IS NOT NULL",) if unit is None else ("unit < :unit", "unit > :unit", "unit IS NULL")
    those = " UNION ALL ".join(
        f"SELECT claim_id, unit FROM figures WHERE measure = :measure AND {each}" for each in ranges
    )
    yield from db.conn.execute(
        f"""
        SELECT others.claim_id, others.unit
        FROM ({those}) AS others CROSS JOIN claims ON claims.id = others.claim_id
        WHERE claims.story_id = (SELECT id FROM stories WHERE slug = :slug) AND claims.stage <> 'withdrawn'
        ORDER BY others.claim_id
        """,
        {"slug": slug, "measure": measure, "unit": unit},
    )


def keep_origin(db: Database, claim_id: int, origin: str) -> None:
    """Keep the key of whom a claim's figure comes from, to find the others that he stated."""
    db.conn.execute(
        "UPDATE figures SET origin = :origin WHERE claim_id = :id AND origin IS NOT :origin",
        {"id": claim_id, "origin": origin},
    )


def kept_origin(db: Database, claim_id: int) -> str | None:
    """Give the key of whom a claim's figure comes from, as it is kept."""
    found = db.conn.execute("SELECT origin FROM figures WHERE claim_id = :id", {"id": claim_id}).fetchone()
    return found[0] if found else None


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


# What is taken of a claim's text, which may hold a hundred sources and verdicts besides.
_TOLD = {
    **{name: f"$.{name}" for name in ("id", "text", "claimant", "chain", "claimed_on", "figure", "stage")},
    "status": "$.standing.status",
    "rating": "$.standing.rating",
}
_PATHS = ", ".join(f"'{path}'" for path in _TOLD.values())


def claims_with_figures(db: Database, story_id: int, measure: str | None, as_of: int | None) -> Iterator[Row]:
    """Give what the texts of a story's claims tell that state a figure, whatever their stage.

    Args:
        measure: if only one is wanted.
        as_of: the line of the log after which they are wanted, if not now.

    Returns:
        What _TOLD names of each, and of those that were withdrawn the `stages` that they went through.
    """
    # No table holds the figures of the past; they stand in the texts.
    past, figures, stated = "", "JOIN figures ON figures.claim_id = claims.id", "figures.measure"
    if as_of is not None:
        past, figures, stated = AS_IT_WAS, "", "documents.body ->> '$.figure.measure'"
    found = db.conn.execute(
        f"""
        {past}
        SELECT json_extract(documents.body, {_PATHS}),
               CASE claims.stage WHEN 'withdrawn' THEN documents.body -> '$.stages' END
        FROM claims {figures}
        JOIN documents ON documents.id = claims.document_id
        WHERE claims.story_id = :story_id AND {stated} {"IS NOT NULL" if measure is None else "= :measure"}
        """,
        {"story_id": story_id, "measure": measure, "as_of": as_of},
    )
    for taken, stages in found:
        told = dict(zip(_TOLD, json.loads(taken), strict=True))
        yield {**told, "stages": json.loads(stages)} if stages else told
