"""What a proof of the log asks of the file: lines and texts in their order, and rows that don't fit them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from sqlite_utils import Database

from db.history import KEPT
from db.log import HASHED
from db.migrations import steps


class Text(NamedTuple):
    """A stored text: which act wrote it, of which resource, and its bytes."""

    seq: int
    name: str
    etag: str
    body: bytes
    for_everybody: int
    unlike_row: int


# Where in a text stands what lists ask of it, if not under the same name, and what it has not as it is.
_ELSEWHERE = {
    "claims": {
        "claimant_id": "$.claimant.id",
        "status": "$.standing.status",
        "rating": "$.standing.rating",
        "contested": "$.standing.contested",
    },
    "sources": {"outlet_id": "$.outlet.id"},
}
_WORKED_OUT = {"document_id", "story_id", "identity", "name_key", "claimed_from", "claimed_until"}


def _unlike_text(noun: str) -> str:
    """Write the question whether what was kept of a row differs from the text that was kept with it."""
    paths = {column: f"$.{column}" for column in KEPT[noun] if column not in _WORKED_OUT}
    paths |= _ELSEWHERE.get(noun, {})
    unlike = " OR ".join(f"kept.{column} IS NOT body ->> '{path}'" for column, path in paths.items())
    return f"kept.document_id IS NOT documents.id OR CASE WHEN json_valid(body) THEN {unlike} ELSE 1 END"


# The bytes are taken as they are, for they are only hashed. What can be asked of a claim's text and of
# its row is asked here, for a million texts are read but once, and quicker than in Python. Whether a
# text is for everybody is the rule of workflow/rendering.py, as it was kept of the row.
_TEXTS = f"""
    SELECT documents.seq, noun || '/' || subject_id, etag, CAST(body AS BLOB),
           CASE noun
           WHEN 'statuses' THEN 1
           WHEN 'claims' THEN 'published' IS CASE kept.stage
               WHEN 'withdrawn' THEN (
                   SELECT stage FROM claims_history
                   WHERE id = subject_id AND seq < documents.seq AND stage <> 'withdrawn'
                   ORDER BY seq DESC LIMIT 1
               )
               ELSE kept.stage END
           ELSE 0 END,
           noun = 'claims' AND ({_unlike_text("claims")})
    FROM documents LEFT JOIN claims_history AS kept
      ON documents.noun = 'claims' AND kept.id = subject_id AND kept.seq = documents.seq
"""

# A correction is part of another act, whose line does not repeat what its text says.
_OF_ITS_TEXT = """(
    SELECT CASE WHEN json_valid(body) THEN body ->> '$.{key}' END FROM documents AS served
    WHERE served.noun = 'corrections' AND served.subject_id = kept.id AND served.seq = kept.seq
)"""

# What a row of each table must have in common with the line that it names. Where one value of a pair
# is computed, it is from the line, which the chain proves.
ALIKE: dict[str, dict[str, str]] = {
    "verdicts": {
        "act": "CASE ruling WHEN 1 THEN 'verdict:rule' ELSE 'verdict:issue' END",
        "noun": "'verdicts'",
        "subject_id": "kept.id",
        "events.claim_id": "kept.claim_id",
        "actor_id": "reviewer_id",
        "at": "issued_at",
        "changes ->> '$.verdict.status'": "status",
        "changes ->> '$.verdict.rationale'": "rationale",
        "changes ->> '$.verdict.confidence'": "confidence",
        # Lines of older versions don't tell of it.
        "coalesce(changes -> '$.verdict.looked_for', '[]')": "looked_for",
        "changes -> '$.verdict.sources'": """(
            SELECT json_group_array(source_id) FROM
                (SELECT source_id FROM verdict_sources WHERE verdict_id = kept.id ORDER BY source_id)
        )""",
    },
    "retractions": {
        "act": "'verdict:retract'",
        "subject_id": "verdict_id",
        "actor_id": "retracted_by",
        "at": "retracted_at",
        "changes ->> '$.reason'": "reason",
    },
    "evidence": {
        "events.claim_id": "kept.claim_id",
        "at": "attached_at",
        "actor_id": "attached_by",
        # Of a source that a verdict brought, its line tells the number alone.
        "coalesce(changes ->> '$.source', source_id)": "source_id",
        **{
            f"CASE act WHEN 'evidence:attach' THEN changes ->> '$.{told}' ELSE kept.{column} END": (
                f"kept.{column}"
            )
            for told, column in {
                "stance": "stance",
                "quote.exact": "quote_exact",
                "quote.prefix": "quote_prefix",
                "quote.suffix": "quote_suffix",
                "credibility": "credibility",
                "note": "note",
            }.items()
        },
    },
    "citations": {
        "act": "'citation:add'",
        "subject_id": "kept.id",
        "actor_id": "recorded_by",
        "at": "recorded_at",
        "changes ->> '$.source'": "source_id",
        "changes ->> '$.cites'": "cited_id",
        "changes ->> '$.kind'": "kind",
        "changes ->> '$.note'": "note",
    },
    "citation_withdrawals": {
        "act": "'citation:withdraw'",
        "subject_id": "citation_id",
        "actor_id": "withdrawn_by",
        "at": "withdrawn_at",
        "changes ->> '$.reason'": "reason",
    },
    "source_retractions": {
        "act": "'source:retract'",
        "subject_id": "source_id",
        "actor_id": "retracted_by",
        "at": "retracted_at",
        "changes ->> '$.reason'": "reason",
    },
    "outlet_assessments": {
        "act": "'outlet:assess'",
        "subject_id": "outlet_id",
        "actor_id": "assessed_by",
        "at": "assessed_at",
        **{f"changes ->> '$.{name}'": name for name in ("reliability", "reason", "assessed_on")},
    },
    "copies": {
        "act": "'source:keep_copy'",
        "subject_id": "source_id",
        "actor_id": "kept_by",
        "at": "kept_at",
        **{
            f"changes ->> '$.{name}'": f"kept.{name}"
            for name in ("sha256", "payload_sha256", "media_type", "size")
        },
    },
    "claim_links": {
        "act": "'claim:link'",
        "noun": "'links'",
        "subject_id": "kept.id",
        "actor_id": "linked_by",
        "at": "linked_at",
        "changes ->> '$.claim'": "kept.claim_id",
        "changes ->> '$.kind'": "kept.kind",
        "changes ->> '$.other'": "other_id",
        "changes ->> '$.note'": "note",
        "changes ->> '$.state'": "state",
    },
    "claim_link_decisions": {
        "CASE act WHEN 'link:confirm' THEN 'confirmed' WHEN 'link:reject' THEN 'rejected' END": "decision",
        "subject_id": "link_id",
        "actor_id": "decided_by",
        "at": "decided_at",
        "changes ->> '$.reason'": "kept.reason",
    },
    "opinions": {
        "act": "'opinion:give'",
        "subject_id": "kept.id",
        "events.claim_id": "(SELECT claim_id FROM verdicts WHERE verdicts.id = kept.verdict_id)",
        "actor_id": "given_by",
        "at": "given_at",
        "changes ->> '$.on'": "verdict_id",
        "changes ->> '$.opinion'": "opinion",
        "changes ->> '$.reason'": "kept.reason",
    },
    "review_plans": {
        "act": "'review:plan'",
        "subject_id": "kept.id",
        "events.claim_id": "kept.claim_id",
        "actor_id": "planned_by",
        "at": "planned_at",
        "changes ->> '$.review_by'": "review_by",
        "changes ->> '$.assigned_to'": "assigned_to",
        "changes ->> '$.due_on'": "due_on",
    },
    # Which claims an act leaves to be reviewed stands in its line.
    "review_marks": {
        "at": "marked_at",
        "EXISTS (SELECT 1 FROM json_each(changes, '$.marked') WHERE value = kept.claim_id)": "1",
        "CASE act WHEN 'source:retract' THEN 'source_retracted' ELSE 'figure_superseded' END": "reason",
        "CASE act WHEN 'source:retract' THEN subject_id END": "source_id",
        """CASE WHEN act = 'source:retract' THEN NULL
            WHEN kept.claim_id = events.claim_id THEN changes ->> '$.superseded_by'
            ELSE events.claim_id END""": "by_claim_id",
    },
    "corrections": {
        "at": "corrected_at",
        "actor_id": "corrected_by",
        **{
            _OF_ITS_TEXT.format(key=key): f"kept.{column}"
            for key, column in {
                "claim": "claim_id",
                "text": "text",
                "kind": "kind",
                "from": "from_status",
                "to": "to_status",
                "reason": "reason",
            }.items()
        },
    },
}
_IDS = {
    "retractions": "verdict_id",
    "citation_withdrawals": "citation_id",
    "source_retractions": "source_id",
}

# Lines that tell of a row, and where the row must be. A line of another act has no row of its own.
ROWS_OF_LINES: dict[str, tuple[tuple[str, ...], str]] = {
    "verdicts": (("verdict:issue", "verdict:rule"), "kept.id = events.subject_id"),
    "retractions": (("verdict:retract",), "kept.verdict_id = events.subject_id"),
    "evidence": (("evidence:attach",), "kept.id = events.subject_id"),
    "evidence_withdrawals": (
        ("evidence:withdraw",),
        "kept.evidence_id = events.subject_id AND kept.seq = events.seq "
        "AND kept.reason = events.changes ->> '$.reason' "
        "AND kept.withdrawn_at = events.at AND kept.withdrawn_by = events.actor_id",
    ),
    "citations": (("citation:add",), "kept.id = events.subject_id"),
    "citation_withdrawals": (("citation:withdraw",), "kept.citation_id = events.subject_id"),
    "source_retractions": (("source:retract",), "kept.source_id = events.subject_id"),
    "outlet_assessments": (("outlet:assess",), "kept.seq = events.seq"),
    "copies": (("source:keep_copy",), "kept.seq = events.seq"),
    "claim_links": (("claim:link",), "kept.id = events.subject_id"),
    "claim_link_decisions": (("link:confirm", "link:reject"), "kept.seq = events.seq"),
    "opinions": (("opinion:give",), "kept.id = events.subject_id"),
    "review_plans": (("review:plan",), "kept.id = events.subject_id"),
    "stage_changes": (
        ("claim:publish", "claim:withdraw", "claim:reopen"),
        "kept.claim_id = events.claim_id AND kept.stage = events.changes ->> '$.stage.to' "
        "AND kept.reason IS events.changes ->> '$.reason' "
        "AND kept.override_reason IS events.changes ->> '$.override.reason' "
        "AND kept.unmet IS events.changes -> '$.override.unmet' "
        "AND kept.changed_at = events.at AND kept.changed_by = events.actor_id",
    ),
}


class Line(NamedTuple):
    """A line of the log: what is hashed, the hash before it, its own, and whether everybody may see it."""

    hashed: Sequence[int | str | None]
    previous: str
    own: str
    public: int


def lines(db: Database) -> Iterator[Line]:
    """Walk the log in order."""
    for *hashed, previous, own, public in db.conn.execute(
        f"SELECT {', '.join(HASHED)}, previous_hash, hash, public FROM events ORDER BY seq"
    ):
        yield Line(hashed, previous, own, public)


def texts(db: Database) -> Iterator[Text]:
    """Walk all texts in the order in which they were written."""
    return map(Text._make, db.conn.execute(f"{_TEXTS} ORDER BY documents.id"))


def text_at(db: Database, name: str, seq: int) -> Text | None:
    """Give the text of a resource, named such as claims/1, that the line with this seq left."""
    noun, _, subject_id = name.partition("/")
    found = db.conn.execute(
        f"{_TEXTS} WHERE noun = :noun AND subject_id = :subject_id AND documents.seq = :seq",
        {"noun": noun, "subject_id": subject_id, "seq": seq},
    ).fetchone()
    return Text._make(found) if found else None


def texts_of_line(db: Database, seq: int) -> str | None:
    """Give, as JSON, what a line says of its texts, or None if there is no such line."""
    found = db.conn.execute("SELECT documents FROM events WHERE seq = :seq", {"seq": seq}).fetchone()
    return found[0] if found else None


def rows_unlike_their_lines(db: Database, table: str) -> Iterator[tuple[int, int]]:
    """Find rows that are not what the line they name says of them: (id, seq)."""
    unlike = " OR ".join(f"{told} IS NOT {kept}" for told, kept in ALIKE[table].items())
    yield from db.conn.execute(
        f"""
        SELECT kept.{_IDS.get(table, "id")}, kept.seq
        FROM {table} AS kept LEFT JOIN events ON events.seq = kept.seq
        WHERE events.seq IS NULL OR {unlike}
        ORDER BY kept.seq
        """
    )


def lines_without_rows(db: Database, table: str) -> Iterator[tuple[int]]:
    """Find lines that tell of a row which is not there, or not as they tell it: (seq,)."""
    acts, same = ROWS_OF_LINES[table]
    yield from db.conn.execute(
        f"""
        SELECT events.seq FROM events
        WHERE act IN ({", ".join(f"'{act}'" for act in acts)})
          AND NOT EXISTS (SELECT 1 FROM {table} AS kept WHERE {same})
        ORDER BY events.seq
        """
    )


def lines_without_marks(db: Database) -> Iterator[tuple[int]]:
    """Find lines that tell of claims to be reviewed which are not marked so, or not those alone: (seq,)."""
    yield from db.conn.execute(
        """
        SELECT events.seq FROM events
        WHERE act IN ('claim:add', 'claim:revise', 'source:retract')
          AND changes -> '$.marked' IS NOT NULL AND changes -> '$.marked' IS NOT (
            SELECT json_group_array(claim_id) FROM
                (SELECT claim_id FROM review_marks WHERE seq = events.seq ORDER BY id)
          )
        ORDER BY events.seq
        """
    )


def rows_without_lines(db: Database, table: str) -> int:
    """Say how many rows there are beyond those that lines tell of."""
    acts, _ = ROWS_OF_LINES[table]
    told = f"SELECT count(*) FROM events WHERE act IN ({', '.join(f'{act!r}' for act in acts)})"
    return int(db.conn.execute(f"SELECT (SELECT count(*) FROM {table}) - ({told})").fetchone()[0])


def tokens_unlike_lines(db: Database) -> Iterator[tuple[int]]:
    """Find tokens that are not as the log tells, or that it does not tell of: (id,)."""
    yield from db.conn.execute(
        """
        SELECT tokens.id FROM tokens
        LEFT JOIN events AS issued ON issued.act = 'token:issue' AND issued.subject_id = tokens.id
        WHERE issued.seq IS NULL
           OR reviewer_id IS NOT issued.changes ->> '$.reviewer'
           OR role IS NOT issued.changes ->> '$.role'
           OR label IS NOT issued.changes ->> '$.label'
           OR created_at IS NOT issued.at
           OR expires_at IS NOT coalesce(
                (SELECT changes ->> '$.expires_at.to' FROM events
                 WHERE act = 'token:expire' AND subject_id = tokens.id ORDER BY seq DESC LIMIT 1),
                issued.changes ->> '$.expires_at')
           OR revoked_at IS NOT (
                SELECT at FROM events
                WHERE act = 'token:revoke' AND CASE noun
                    WHEN 'tokens' THEN subject_id = tokens.id
                    ELSE tokens.id IN (SELECT value FROM json_each(changes, '$.tokens')) END
                ORDER BY seq LIMIT 1)
        UNION ALL
        SELECT subject_id FROM events WHERE act = 'token:issue' AND subject_id NOT IN (SELECT id FROM tokens)
        """
    )


def seals(db: Database) -> Iterator[tuple[int, str | None, str | None, str | None, int]]:
    """Walk the protected sources: (id, what was sealed, salt, content, whether by whom the log tells).

    What is missing is null.
    """
    yield from db.conn.execute(
        """
        SELECT sources.id, sources.sealed, sealed_identities.salt, sealed_identities.content, sealed_by IS (
            SELECT actor_id FROM events WHERE seq = (
                SELECT min(seq) FROM documents WHERE noun = 'sources' AND subject_id = sources.id
            )
        )
        FROM sources LEFT JOIN sealed_identities ON sealed_identities.source_id = sources.id
        WHERE protected = 1 OR sealed_identities.source_id IS NOT NULL
        """
    )


def copies_unlike_their_hashes(db: Database) -> Iterator[tuple[int, int]]:
    """Find copies of sources whose bytes are not those that were kept: (id, seq)."""
    for copy_id, seq, digest, size, content in db.conn.execute(
        "SELECT id, seq, sha256, size, content FROM copies ORDER BY id"
    ):
        if (len(content), sha256(content).hexdigest()) != (size, digest):
            yield copy_id, seq


def not_newest(db: Database, noun: str) -> Iterator[tuple[int, int | None]]:
    """Find resources that are not served by their newest text: (id, seq of that text)."""
    yield from db.conn.execute(
        f"""
        SELECT {noun}.id, newest.seq FROM {noun} LEFT JOIN (
            SELECT subject_id, max(seq) AS seq FROM documents WHERE noun = '{noun}' GROUP BY subject_id
        ) AS newest ON newest.subject_id = {noun}.id
        LEFT JOIN documents ON documents.id = {noun}.document_id
        WHERE newest.seq IS NULL OR documents.noun IS NOT '{noun}'
           OR documents.subject_id IS NOT {noun}.id OR documents.seq IS NOT newest.seq
        UNION ALL
        SELECT subject_id, max(seq) FROM documents
        WHERE noun = '{noun}' AND NOT EXISTS (SELECT 1 FROM {noun} WHERE {noun}.id = subject_id)
        GROUP BY subject_id
        """
    )


def history_unlike_texts(db: Database, noun: str) -> Iterator[tuple[int]]:
    """Find lines after which lists of that day would not say what the text says: (seq,)."""
    yield from db.conn.execute(
        f"""
        SELECT documents.seq FROM documents
        LEFT JOIN {noun}_history AS kept ON kept.id = subject_id AND kept.seq = documents.seq
        WHERE documents.noun = '{noun}' AND ({_unlike_text(noun)})
        """
    )


def history_without_texts(db: Database, noun: str) -> int:
    """Say how many rows of the past there are beyond those that a text was kept with."""
    texts_kept = f"SELECT count(*) FROM documents WHERE noun = '{noun}'"
    found = db.conn.execute(f"SELECT (SELECT count(*) FROM {noun}_history) - ({texts_kept})").fetchone()
    return int(found[0])


def rows_unlike_history(db: Database, noun: str) -> Iterator[tuple[int, int]]:
    """Find rows that are not as the last line on them left them: (id, seq)."""
    unlike = " OR ".join(f"{noun}.{column} IS NOT kept.{column}" for column in KEPT[noun])
    yield from db.conn.execute(
        f"""
        SELECT {noun}.id, kept.seq FROM {noun}
        JOIN documents ON documents.id = {noun}.document_id AND documents.noun = '{noun}'
        JOIN {noun}_history AS kept ON kept.id = {noun}.id AND kept.seq = documents.seq
        WHERE {unlike}
        """
    )


def triggers(db: Database) -> dict[str, str]:
    """Give the triggers of the file, by name, as they were written."""
    return dict(db.conn.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"))


def triggers_of_a_desk() -> dict[str, str]:
    """Give the triggers that every desk of this version has."""
    fresh = Database(memory=True)
    steps.apply(fresh)
    return triggers(fresh)
