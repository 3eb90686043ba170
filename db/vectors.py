"""What claims mean, as a model places them; made from their texts after those are written."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from sqlite_utils import Database


class Shown(NamedTuple):
    """A claim's current text, and which document it is."""

    document_id: int
    claim_id: int
    body: str


class Placed(NamedTuple):
    """A claim that was placed.

    Args:
        texts_sha256: of the texts that were placed.
        signs, vectors: see factcheck/matching/nearness.py.
    """

    claim_id: int
    texts_sha256: str
    signs: bytes
    vectors: bytes


def shown_after(db: Database, document_id: int, limit: int) -> list[Shown]:
    """Give claims whose current text was written after a document, in the order of writing."""
    found = db.conn.execute(
        """
        SELECT documents.id, claims.id, documents.body
        FROM documents JOIN claims ON claims.id = documents.subject_id AND claims.document_id = documents.id
        WHERE documents.id > :after AND documents.noun = 'claims'
        ORDER BY documents.id LIMIT :limit
        """,
        {"after": document_id, "limit": limit},
    )
    return [Shown(*row) for row in found]


def placed_texts(db: Database, model: str, claim_ids: Collection[int]) -> dict[int, str]:
    """Give the SHA-256 of the texts of those claims that a model has placed."""
    return dict(
        db.conn.execute(
            """
            SELECT claim_id, texts_sha256 FROM match_vectors
            WHERE model = :model AND claim_id IN (SELECT value FROM json_each(:ids))
            """,
            {"model": model, "ids": json.dumps(list(claim_ids))},
        )
    )


def keep(db: Database, model: str, placed: Iterable[Placed]) -> None:
    """Keep where a model placed claims, instead of where they were before."""
    db.conn.executemany(
        """
        INSERT INTO match_vectors (claim_id, number, model, texts_sha256, signs, vectors)
        VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM match_vectors), ?, ?, ?, ?)
        ON CONFLICT (claim_id) DO UPDATE SET number = excluded.number, model = excluded.model,
            texts_sha256 = excluded.texts_sha256, signs = excluded.signs, vectors = excluded.vectors
        """,
        ((each.claim_id, model, each.texts_sha256, each.signs, each.vectors) for each in placed),
    )


def vectors_of(db: Database, model: str, claim_ids: Collection[int]) -> dict[int, bytes]:
    """Give where a model placed claims, of those that it has."""
    return dict(
        db.conn.execute(
            """
            SELECT claim_id, vectors FROM match_vectors
            WHERE model = :model AND claim_id IN (SELECT value FROM json_each(:ids))
            """,
            {"model": model, "ids": json.dumps(list(claim_ids))},
        )
    )


def newest(db: Database) -> int:
    """Give the number of what was placed last, 0 if nothing was."""
    return int(db.conn.execute("SELECT coalesce(max(number), 0) FROM match_vectors").fetchone()[0])


def placed_after(db: Database, model: str, number: int) -> Iterator[tuple[int, bytes]]:
    """Walk the signs of the claims that a model placed after a number, in that order."""
    yield from db.conn.execute(
        """
        SELECT claim_id, signs FROM match_vectors
        WHERE number > :number AND model = :model ORDER BY number
        """,
        {"number": number, "model": model},
    )
