"""Links between claims: what one is to the other, and what was decided of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from sqlite_utils import Database

from db.history import AS_IT_WAS
from db.rows import Row, one, rows

# A family is followed to so many claims.
MOST_FOLLOWED = 20_000

_NEWEST_DECISION = "SELECT decision FROM claim_link_decisions WHERE link_id = claim_links.id"
_STATE = f"coalesce(({_NEWEST_DECISION} ORDER BY id DESC LIMIT 1), claim_links.state)"
_LINKS = f"""
    SELECT claim_links.id, claim_id, claim_links.kind, other_id, note, {_STATE} AS state,
           linked_at, linked_by, reviewers.name AS linked_by_name
    FROM claim_links JOIN reviewers ON reviewers.id = claim_links.linked_by
"""
_OF_CLAIM = "(claim_links.claim_id = :claim OR claim_links.other_id = :claim)"


def link(db: Database, link_id: int) -> Row | None:
    """Give one link and the state that it is in."""
    return one(db, f"{_LINKS} WHERE claim_links.id = :id", {"id": link_id})


def links_of(db: Database, claim_id: int, *, public_only: bool) -> list[Row]:
    """Give the links of a claim, in the order in which they were made.

    Args:
        public_only: whether to give only those that are confirmed, with published claims.
    """
    public = f"""AND {_STATE} = 'confirmed' AND EXISTS (
        SELECT 1 FROM claims WHERE stage = 'published' AND claims.id = CASE claim_links.claim_id
            WHEN :claim THEN claim_links.other_id ELSE claim_links.claim_id END
    )"""
    sql = f"{_LINKS} WHERE {_OF_CLAIM} {public if public_only else ''} ORDER BY claim_links.id"
    return rows(db, sql, {"claim": claim_id})


def confirmed_links_of(db: Database, claim_id: int) -> list[Row]:
    """Give the links of a claim that hold, in the order in which they were made.

    Once it was published or withdrawn, only those with published claims are given, for its text is the
    same for all callers.
    """
    return rows(
        db,
        f"""
        SELECT claim_links.id, claim_id, claim_links.kind, other_id FROM claim_links
        JOIN claims AS own ON own.id = :claim
        JOIN claims AS far ON far.id = claim_id + other_id - own.id
        WHERE {_OF_CLAIM} AND {_STATE} = 'confirmed'
        AND (own.stage = 'open' OR far.stage = 'published') ORDER BY claim_links.id
        """,
        {"claim": claim_id},
    )


def claims_linked_with(db: Database, claim_id: int) -> list[int]:
    """Give the claims that tell of their links with one only while that is published."""
    found = db.conn.execute(
        f"""
        SELECT DISTINCT own.id FROM claim_links
        JOIN claims AS own ON own.id = claim_id + other_id - :claim
        WHERE {_OF_CLAIM} AND {_STATE} = 'confirmed' AND own.stage <> 'open' ORDER BY own.id
        """,
        {"claim": claim_id},
    )
    return [claim for (claim,) in found]


def same_link(db: Database, claim_id: int, kind: str, other_id: int, inverse: str) -> Row | None:
    """Give the link that says the same of two claims, from whichever of them it is read."""
    return one(
        db,
        f"""
        {_LINKS}
        WHERE (claim_links.claim_id = :claim AND claim_links.kind = :kind AND other_id = :other)
           OR (claim_links.claim_id = :other AND claim_links.kind = :inverse AND other_id = :claim)
        """,
        {"claim": claim_id, "kind": kind, "other": other_id, "inverse": inverse},
    )


def decisions_of(db: Database, link_id: int) -> list[Row]:
    """Give what was decided of a link, in order."""
    return rows(
        db,
        """
        SELECT decision, reason, decided_at, decided_by, reviewers.name AS decided_by_name
        FROM claim_link_decisions JOIN reviewers ON reviewers.id = decided_by
        WHERE link_id = :id ORDER BY claim_link_decisions.id
        """,
        {"id": link_id},
    )


class Held(NamedTuple):
    """A link that holds: the claim is <kind> the other."""

    id: int
    claim: int
    kind: str
    other: int


def links_around(
    db: Database, claim_id: int, as_of: int | None = None, *, public_only: bool
) -> tuple[list[Held], bool]:
    """Give the links that hold among all claims to which links lead from one, and whether those are all.

    Args:
        as_of: the line of the log after which it is asked for, if not now.
        public_only: whether to follow links to published claims only.
    """
    published = "JOIN claims ON claims.id = {} AND claims.stage = 'published'" if public_only else ""
    found = db.conn.execute(
        f"""
        {_asked(as_of)} held AS (
            SELECT id, claim_id, kind, other_id FROM claim_links WHERE {_STATE} = 'confirmed'
        ), reached(id) AS (
            SELECT :claim
            UNION
            SELECT held.other_id FROM reached CROSS JOIN held ON held.claim_id = reached.id
            {published.format("held.other_id")}
            UNION
            SELECT held.claim_id FROM reached CROSS JOIN held ON held.other_id = reached.id
            {published.format("held.claim_id")}
            LIMIT {MOST_FOLLOWED}
        )
        SELECT held.*, (SELECT count(*) FROM reached) FROM reached
        CROSS JOIN held ON held.claim_id = reached.id WHERE held.other_id IN (SELECT id FROM reached)
        """,
        {"claim": claim_id, "as_of": as_of},
    ).fetchall()
    return [Held(*row[:4]) for row in found], not found or found[0][4] < MOST_FOLLOWED


def told_of(db: Database, claim_ids: Iterable[int], as_of: int | None = None) -> dict[int, Row]:
    """Give what claims say, by their numbers."""
    found = rows(
        db,
        f"""
        {_asked(as_of)} given(id) AS (SELECT value FROM json_each(:claims))
        SELECT claims.id, documents.body ->> '$.text' AS text,
               documents.body ->> '$.claimant.name' AS claimant, claims.claimed_on, claims.status,
               claims.rating, claims.stage
        FROM given CROSS JOIN claims ON claims.id = given.id
        JOIN documents ON documents.id = claims.document_id
        """,
        {"claims": json.dumps(sorted(claim_ids)), "as_of": as_of},
    )
    return {row["id"]: row for row in found}


def _asked(as_of: int | None) -> str:
    return "WITH" if as_of is None else f"{AS_IT_WAS},"
