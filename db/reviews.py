"""Plans of when a claim is looked at again and by whom, and why it should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from db.rows import Row, one, rows

# The plan in force of each claim is its newest. Whatever was found to be in need of another look is
# settled by any later verdict that was not retracted; an assignment by one of whom it was given to.
# What a figure superseded is so only while that figure's claim is not withdrawn.
_REASONS = """
    WITH given AS (
        SELECT claim_id, reviewer_id, seq, issued_at FROM verdicts
        WHERE NOT EXISTS (SELECT 1 FROM retractions WHERE verdict_id = verdicts.id)
    ),
    plans AS (
        SELECT * FROM review_plans AS plan
        WHERE id = (SELECT max(id) FROM review_plans WHERE claim_id = plan.claim_id)
    ),
    reasons AS (
        SELECT claim_id, 'assigned' AS reason, planned_at AS since, NULL AS source_id, NULL AS by_claim_id
        FROM plans
        WHERE assigned_to IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM given
            WHERE given.claim_id = plans.claim_id AND given.reviewer_id = plans.assigned_to
              AND given.seq > plans.seq
        )
        UNION ALL
        SELECT claim_id, 'stale', review_by, NULL, NULL FROM plans
        WHERE review_by <= :today AND NOT EXISTS (
            SELECT 1 FROM given
            WHERE given.claim_id = plans.claim_id AND given.issued_at >= plans.review_by
              AND given.seq > plans.seq
        )
        UNION ALL
        SELECT id, 'contested', (SELECT max(issued_at) FROM verdicts WHERE claim_id = claims.id), NULL, NULL
        FROM claims WHERE contested = 1
        UNION ALL
        SELECT claim_id, reason, marked_at, source_id, by_claim_id FROM review_marks
        WHERE NOT EXISTS (
            SELECT 1 FROM given
            WHERE given.claim_id = review_marks.claim_id AND given.seq > review_marks.seq
        )
          AND NOT EXISTS (SELECT 1 FROM claims WHERE id = by_claim_id AND stage = 'withdrawn')
    )
"""
_FILTERS = {
    "reason": "claims.id IN (SELECT claim_id FROM reasons WHERE reason = :reason)",
    "assigned_to": "plans.assigned_to = :assigned_to",
    "due_on__lte": "plans.due_on <= :due_on__lte",
    "story": "claims.story_id = (SELECT id FROM stories WHERE slug = :story)",
    "before": "claims.id < :before",
}


def plan(db: Database, claim_id: int) -> Row | None:
    """Give the plan in force for a claim."""
    return one(
        db,
        """
        SELECT review_plans.*, assignees.name AS assigned_to_name, planners.name AS planned_by_name
        FROM review_plans JOIN reviewers AS planners ON planners.id = review_plans.planned_by
        LEFT JOIN reviewers AS assignees ON assignees.id = review_plans.assigned_to
        WHERE claim_id = :claim_id ORDER BY review_plans.id DESC LIMIT 1
        """,
        {"claim_id": claim_id},
    )


def reasons_of(db: Database, claim_id: int, today: str) -> list[Row]:
    """Give why a claim should be looked at again."""
    return rows(
        db,
        f"{_REASONS} SELECT * FROM reasons WHERE claim_id = :claim_id ORDER BY since, reason",
        {"claim_id": claim_id, "today": today},
    )


def in_need(db: Database, filters: Mapping[str, Any], today: str, limit: int) -> list[Row]:
    """Give the claims that should be looked at again, newest first, with their reasons as JSON.

    Args:
        filters: by the names of _FILTERS; `before` is the id of the last claim seen.
        today: a date, on which it depends what is stale.
    """
    return rows(
        db,
        f"""
        {_REASONS}
        SELECT claims.id, claims.text, claims.stage, claims.status, stories.slug AS story_slug,
               plans.review_by, plans.due_on, plans.assigned_to, assignees.name AS assigned_to_name,
               json_group_array(json_object(
                   'reason', reason, 'since', since, 'source', source_id, 'by_claim', by_claim_id)) AS reasons
        FROM (SELECT * FROM reasons ORDER BY since, reason) AS reasons
        JOIN claims ON claims.id = reasons.claim_id
        LEFT JOIN stories ON stories.id = claims.story_id
        LEFT JOIN plans ON plans.claim_id = claims.id
        LEFT JOIN reviewers AS assignees ON assignees.id = plans.assigned_to
        WHERE {_where(filters)}
        GROUP BY claims.id ORDER BY claims.id DESC LIMIT :limit
        """,
        {**filters, "today": today, "limit": limit},
    )


def count_in_need(db: Database, filters: Mapping[str, Any], today: str) -> int:
    """Count the claims that should be looked at again."""
    found = db.conn.execute(
        f"""
        {_REASONS}
        SELECT count(DISTINCT claims.id) FROM reasons
        JOIN claims ON claims.id = reasons.claim_id LEFT JOIN plans ON plans.claim_id = claims.id
        WHERE {_where(filters)}
        """,
        {**filters, "today": today},
    ).fetchone()
    return int(found[0])


def _where(filters: Mapping[str, Any]) -> str:
    return " AND ".join(["claims.stage <> 'withdrawn'", *(_FILTERS[name] for name in filters)])
