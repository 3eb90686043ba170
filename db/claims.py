"""Claims: their rows, what stands beside them, and the index that searches them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlite_utils import Database

from db.rows import Row, insert, one, rows

# Ranked search is quadratic in the words of the query.
MOST_SEARCH_WORDS = 16


def claim(db: Database, claim_id: int) -> Row | None:
    """Give a claim's row with the names of what it refers to."""
    return one(
        db,
        """
        SELECT claims.*, claimants.name AS claimant_name, claimants.kind AS claimant_kind,
               claimants.same_as AS claimant_same_as, stories.slug AS story_slug,
               stories.title AS story_title, reviewers.name AS created_by_name
        FROM claims
        JOIN claimants ON claimants.id = claims.claimant_id
        JOIN reviewers ON reviewers.id = claims.created_by
        LEFT JOIN stories ON stories.id = claims.story_id
        WHERE claims.id = :id
        """,
        {"id": claim_id},
    )


def served_claim(db: Database, claim_id: int) -> tuple[str, str, str] | None:
    """Give a claim's stage, etag and text as it is served; the road of every read."""
    found: tuple[str, str, str] | None = db.conn.execute(
        """
        SELECT claims.stage, documents.etag, documents.body
        FROM claims JOIN documents ON documents.id = claims.document_id
        WHERE claims.id = :id
        """,
        {"id": claim_id},
    ).fetchone()
    return found


def texts_of(db: Database, claim_ids: Collection[int]) -> dict[int, str]:
    """Give claims as they are served, by their numbers."""
    return dict(
        db.conn.execute(
            """
            SELECT claims.id, documents.body FROM json_each(:claims) AS given
            CROSS JOIN claims ON claims.id = given.value
            JOIN documents ON documents.id = claims.document_id
            """,
            {"claims": json.dumps(list(claim_ids))},
        )
    )


def claim_id_of_ref(db: Database, ref: str) -> int | None:
    """Give the claim that carries a caller's own id."""
    return _id(db, "SELECT id FROM claims WHERE ref = :value", ref)


def claim_id_of_identity(db: Database, identity: str) -> int | None:
    """Give the claim with the same text, claimant and date."""
    return _id(db, "SELECT id FROM claims WHERE identity = :value", identity)


def claim_id_of_verdict(db: Database, verdict_id: int) -> int | None:
    """Give the claim that a verdict is on."""
    return _id(db, "SELECT claim_id FROM verdicts WHERE id = :value", verdict_id)


def claims_of_claimant(db: Database, claimant_id: int) -> list[int]:
    """Give the claims that show this claimant."""
    return _ids(db, "SELECT id FROM claims WHERE claimant_id = :value ORDER BY id", claimant_id)


def claims_of_story(db: Database, story_id: int) -> list[int]:
    """Give the claims that show this story."""
    return _ids(db, "SELECT id FROM claims WHERE story_id = :value ORDER BY id", story_id)


def claims_of_source(db: Database, source_id: int) -> list[int]:
    """Give the claims that show this source."""
    return _ids(
        db,
        "SELECT DISTINCT claim_id FROM evidence WHERE source_id = :value ORDER BY claim_id",
        source_id,
    )


def chain_of(db: Database, claim_id: int) -> list[Row]:
    """Give a claim's attribution chain in its order."""
    return rows(
        db,
        "SELECT role, name, url FROM chain_links WHERE claim_id = :id ORDER BY position",
        {"id": claim_id},
    )


def appearances_of(db: Database, claim_id: int) -> list[str]:
    """Give the addresses where a claim was seen."""
    found = db.conn.execute(
        "SELECT url FROM appearances WHERE claim_id = :id ORDER BY position", {"id": claim_id}
    )
    return [row[0] for row in found]


def figure_of(db: Database, claim_id: int) -> Row | None:
    """Give the quantity that a claim states."""
    return one(
        db,
        """
        SELECT measure, value, low, high, qualifier, unit, scope, within, as_of, as_published
        FROM figures WHERE claim_id = :id
        """,
        {"id": claim_id},
    )


def stages_of(db: Database, claim_id: int) -> list[Row]:
    """Give the changes of a claim's stage in their order."""
    return rows(
        db,
        """
        SELECT stage_changes.*, reviewers.name AS changed_by_name
        FROM stage_changes JOIN reviewers ON reviewers.id = stage_changes.changed_by
        WHERE claim_id = :id ORDER BY stage_changes.id
        """,
        {"id": claim_id},
    )


def set_chain(db: Database, claim_id: int, chain: Iterable[Mapping[str, Any]]) -> None:
    """Replace a claim's attribution chain."""
    db.conn.execute("DELETE FROM chain_links WHERE claim_id = :id", {"id": claim_id})
    for position, link in enumerate(chain):
        insert(db, "chain_links", {"claim_id": claim_id, "position": position, **link})


def set_appearances(db: Database, claim_id: int, urls: Iterable[str]) -> None:
    """Replace the addresses where a claim was seen."""
    db.conn.execute("DELETE FROM appearances WHERE claim_id = :id", {"id": claim_id})
    for position, url in enumerate(urls):
        insert(db, "appearances", {"claim_id": claim_id, "position": position, "url": url})


def set_figure(db: Database, claim_id: int, figure: Mapping[str, Any] | None) -> None:
    """Replace the quantity that a claim states."""
    db.conn.execute("DELETE FROM figures WHERE claim_id = :id", {"id": claim_id})
    if figure:
        insert(db, "figures", {"claim_id": claim_id, **figure})


def index_claim(db: Database, claim_id: int, columns: Mapping[str, str]) -> None:
    """Make a claim's words findable, in the transaction that changes them."""
    db.conn.execute("DELETE FROM claim_search WHERE rowid = :id", {"id": claim_id})
    insert(db, "claim_search", {"rowid": claim_id, **columns})


def indexed_words(db: Database, claim_id: int) -> Row | None:
    """Give the words by which a claim can be found."""
    return one(db, "SELECT * FROM claim_search WHERE rowid = :id", {"id": claim_id})


def match_expression(text: str) -> str | None:
    """Write a reader's words as an FTS5 query in which nothing is syntax.

    Returns:
        The words quoted, each once, all of which must occur, or None if there is no word.
    """
    # A word said again asks for nothing more, but each time costs as much as another.
    words = list({word.casefold(): word for word in re.findall(r"\w+", text)}.values())[:MOST_SEARCH_WORDS]
    return " ".join(f'"{word}"' for word in words) or None


def _id(db: Database, sql: str, value: object) -> int | None:
    found = db.conn.execute(sql, {"value": value}).fetchone()
    return found[0] if found else None


def _ids(db: Database, sql: str, value: object) -> list[int]:
    return [row[0] for row in db.conn.execute(sql, {"value": value})]
