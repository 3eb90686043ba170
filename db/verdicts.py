"""Verdicts: what each reviewer found, and what was later retracted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlite_utils import Database

from db.history import AS_IT_WAS
from db.rows import Row, one, rows

_VERDICTS = """
    SELECT verdicts.*, statuses.rating, reviewers.name AS reviewer_name,
           retractions.seq AS retracted_seq, retractions.reason AS retracted_reason,
           retractions.retracted_at, retractions.retracted_by,
           retractors.name AS retracted_by_name
    FROM verdicts
    JOIN statuses ON statuses.slug = verdicts.status
    JOIN reviewers ON reviewers.id = verdicts.reviewer_id
    LEFT JOIN retractions ON retractions.verdict_id = verdicts.id
    LEFT JOIN reviewers AS retractors ON retractors.id = retractions.retracted_by
"""


def verdict(db: Database, verdict_id: int) -> Row | None:
    """Give one verdict with its reviewer and, if there is one, its retraction."""
    return one(db, f"{_VERDICTS} WHERE verdicts.id = :id", {"id": verdict_id})


def verdicts_of(db: Database, claim_id: int) -> list[Row]:
    """Give all verdicts on a claim in the order in which they were given."""
    return rows(
        db,
        f"{_VERDICTS} WHERE verdicts.claim_id = :claim_id ORDER BY verdicts.seq",
        {"claim_id": claim_id},
    )


def sources_of_verdicts(db: Database, claim_id: int) -> dict[int, list[int]]:
    """Give the sources that each verdict on a claim rests on."""
    found: dict[int, list[int]] = defaultdict(list)
    for verdict_id, source_id in db.conn.execute(
        """
        SELECT verdict_sources.verdict_id, verdict_sources.source_id
        FROM verdicts JOIN verdict_sources ON verdict_sources.verdict_id = verdicts.id
        WHERE verdicts.claim_id = :claim_id
        ORDER BY verdict_sources.verdict_id, verdict_sources.source_id
        """,
        {"claim_id": claim_id},
    ):
        found[verdict_id].append(source_id)
    return found


def newest_of_reviewer(db: Database, claim_id: int, reviewer_id: int) -> Row | None:
    """Give the verdict that a reviewer gave last on a claim."""
    return one(
        db,
        f"""
        {_VERDICTS}
        WHERE verdicts.claim_id = :claim_id AND verdicts.reviewer_id = :reviewer_id
        ORDER BY verdicts.seq DESC LIMIT 1
        """,
        {"claim_id": claim_id, "reviewer_id": reviewer_id},
    )


def opinions_of(db: Database, claim_id: int) -> list[Row]:
    """Give all opinions on a claim's verdicts in the order in which they were given."""
    return rows(
        db,
        """
        SELECT opinions.*, reviewers.name AS given_by_name
        FROM verdicts
        JOIN opinions ON opinions.verdict_id = verdicts.id
        JOIN reviewers ON reviewers.id = opinions.given_by
        WHERE verdicts.claim_id = :claim_id ORDER BY opinions.id
        """,
        {"claim_id": claim_id},
    )


def standing_beside_others(
    db: Database, story: str | None, since: str | None, as_of: int | None
) -> Iterator[tuple[int, int, str]]:
    """Walk the verdicts that stand on claims on which others stand, too: (claim, reviewer, status).

    Args:
        story: slug of the story whose claims are meant, if not all.
        since: a moment; verdicts that were given earlier are left out.
        as_of: a line of the log, if it is asked what stood then.
    """
    only = ""
    if since is not None:
        only += " AND issued_at >= :since"
    if story is not None:
        only += " AND claim_id IN (SELECT claims.id FROM claims JOIN stories ON stories.id = story_id"
        only += " WHERE stories.slug = :story)"
    yield from db.conn.execute(
        f"""
        {"WITH" if as_of is None else f"{AS_IT_WAS},"} newest AS (
            -- Numbered in one walk: no index is there to look for a later one in the past.
            SELECT *, row_number() OVER (PARTITION BY claim_id, reviewer_id ORDER BY seq DESC) AS place
            FROM verdicts
        ), standing AS (
            SELECT claim_id, reviewer_id, status FROM newest AS verdicts
            WHERE place = 1 AND NOT EXISTS (SELECT 1 FROM retractions WHERE verdict_id = verdicts.id) {only}
        ), beside AS (
            SELECT *, count(*) OVER (PARTITION BY claim_id) AS reviewers FROM standing
        )
        SELECT claim_id, reviewer_id, status FROM beside WHERE reviewers > 1
        ORDER BY claim_id, reviewer_id
        """,
        {"story": story, "since": since, "as_of": as_of},
    )
