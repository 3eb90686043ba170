"""The desk as it was: every row after each act that changed it.

`AS_IT_WAS` goes before a question and puts, under the name of each table, its rows as they were
after the line `:as_of` of the log. So a list of the past is asked with the same clauses as one of
today.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlite_utils import Database

# What is kept of each noun's row; as the step time_and_trust made its table.
KEPT: dict[str, tuple[str, ...]] = {
    "claims": (
        "id",
        "ref",
        "claimant_id",
        "claimed_on",
        "claimed_from",
        "claimed_until",
        "place",
        "language",
        "story_id",
        "stage",
        "status",
        "rating",
        "contested",
        "created_at",
        "updated_at",
        "document_id",
    ),
    "sources": (
        "id",
        "identity",
        "outlet_id",
        "kind",
        "original",
        "sha256",
        "protected",
        "sealed",
        "created_at",
        "document_id",
    ),
    "outlets": ("id", "name", "name_key", "kind", "country", "owner", "reliability", "document_id"),
    "claimants": ("id", "name", "name_key", "kind", "document_id"),
    "stories": ("id", "slug", "created_at", "document_id"),
    "statuses": ("id", "slug", "rating", "retired", "document_id"),
    "reviewers": ("id", "name_key", "kind", "role", "active", "document_id"),
}

_KEEP = {
    noun: f"""
    INSERT INTO {noun}_history (seq, {", ".join(columns)})
    SELECT :seq, {", ".join(columns)} FROM {noun} WHERE id = :id
    """
    for noun, columns in KEPT.items()
}

_ROWS_AS_THEY_WERE = """{noun} AS (
    SELECT kept.* FROM {noun}_history AS kept
    WHERE kept.seq = (
        SELECT max(earlier.seq) FROM {noun}_history AS earlier
        WHERE earlier.id = kept.id AND earlier.seq <= :as_of
    )
)"""
# What is only ever added to needs no history: what was there is what had been added.
_ADDED = (
    "verdicts",
    "retractions",
    "evidence",
    "evidence_withdrawals",
    "corrections",
    "citations",
    "citation_withdrawals",
    "source_retractions",
    "claim_links",
    "claim_link_decisions",
)
_ROWS_ADDED_BY_THEN = "{table} AS (SELECT * FROM main.{table} WHERE seq <= :as_of)"
_FIGURES_AS_THEY_WERE = """figures AS (
    SELECT claims.id AS claim_id, documents.body ->> '$.figure.measure' AS measure
    FROM claims JOIN documents ON documents.id = claims.document_id
)"""

# What is put in the place of what stood there before is told by the texts.
_CHAINS_AS_THEY_WERE = """chain_links AS (
    SELECT claims.id AS claim_id, link.key AS position,
           link.value ->> '$.role' AS role, link.value ->> '$.name' AS name
    FROM claims JOIN documents ON documents.id = claims.document_id
    JOIN json_each(documents.body, '$.chain') AS link
)"""
_APPEARANCES_AS_THEY_WERE = """appearances AS (
    SELECT claims.id AS claim_id, seen.key AS position, seen.value AS url
    FROM claims JOIN documents ON documents.id = claims.document_id
    JOIN json_each(documents.body, '$.appearances') AS seen
)"""

AS_IT_WAS = "WITH " + ",\n".join(
    (
        *(_ROWS_AS_THEY_WERE.format(noun=noun) for noun in KEPT),
        *(_ROWS_ADDED_BY_THEN.format(table=table) for table in _ADDED),
        _FIGURES_AS_THEY_WERE,
        _CHAINS_AS_THEY_WERE,
        _APPEARANCES_AS_THEY_WERE,
    )
)


def keep_row(db: Database, noun: str, row_id: int, seq: int) -> None:
    """Keep a row as an act has left it."""
    if noun in _KEEP:
        db.conn.execute(_KEEP[noun], {"id": row_id, "seq": seq})


class Published(NamedTuple):
    """What readers were last told of a claim: its status, and by which line of the log."""

    status: str
    seq: int


def last_published(db: Database, claim_id: int) -> Published | None:
    """Give what readers were last told of a claim, or None if they never were."""
    found = db.conn.execute(
        """
        SELECT status, seq FROM claims_history
        WHERE id = :id AND stage = 'published' ORDER BY seq DESC LIMIT 1
        """,
        {"id": claim_id},
    ).fetchone()
    return Published(*found) if found else None


def claim_id_of_ref(db: Database, ref: str, as_of: int) -> int | None:
    """Give the claim that carried a caller's own id after a line of the log."""
    found = db.conn.execute(
        f"{AS_IT_WAS} SELECT id FROM claims WHERE ref = :ref", {"ref": ref, "as_of": as_of}
    ).fetchone()
    return found[0] if found else None


def may_be_read(db: Database, claim_id: int, as_of: int | None, *, public_only: bool) -> bool:
    """Say whether a claim is there, and was last published before it was withdrawn, if it was.

    It is the rule of workflow/rendering.py, asked of a row in the place of the whole text.
    """
    found = db.conn.execute(
        """
        SELECT stage FROM claims_history
        WHERE id = :id AND seq <= coalesce(:as_of, seq) AND (stage <> 'withdrawn' OR NOT :public_only)
        ORDER BY seq DESC LIMIT 1
        """,
        {"id": claim_id, "as_of": as_of, "public_only": public_only},
    ).fetchone()
    return found is not None and (not public_only or found[0] == "published")


def is_there(db: Database, noun: str, row_id: int, as_of: int | None = None) -> bool:
    """Say whether there is such a thing, or was after a line of the log."""
    found = db.conn.execute(
        f"SELECT 1 FROM {noun}_history WHERE id = :id AND seq <= coalesce(:as_of, seq) LIMIT 1",
        {"id": row_id, "as_of": as_of},
    ).fetchone()
    return found is not None


def first_line(db: Database, noun: str, row_id: int) -> tuple[int, str] | None:
    """Give the line, and its moment, by which something came to be."""
    return _line(
        db,
        "SELECT min(seq) FROM documents WHERE noun = :noun AND subject_id = :id",
        {"noun": noun, "id": row_id},
    )


def first_publication(db: Database, claim_id: int) -> tuple[int, str] | None:
    """Give the line, and its moment, by which a claim was first published."""
    return _line(
        db,
        "SELECT min(seq) FROM claims_history WHERE id = :id AND stage = 'published'",
        {"id": claim_id},
    )


def _line(db: Database, seq: str, values: dict[str, object]) -> tuple[int, str] | None:
    found: tuple[int, str] | None = db.conn.execute(
        f"SELECT seq, at FROM events WHERE seq = ({seq})", values
    ).fetchone()
    return found
