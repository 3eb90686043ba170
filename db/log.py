"""The log: one line an act, each chained to the one before, and every text as it was served."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from sqlite_utils import Database

from db.history import keep_row
from db.rows import Row, insert, rows, update

# What the first line is chained to.
GENESIS = "0" * 64

_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

# What of a line is hashed, in this order.
HASHED = (
    "seq",
    "at",
    "actor_id",
    "actor",
    "act",
    "noun",
    "subject_id",
    "claim_id",
    "changes",
    "documents",
    "request_id",
)


class Head(NamedTuple):
    """The newest line of the log: its place, its moment, and the hash that no other log has."""

    seq: int
    at: str
    hash: str


def head(db: Database) -> Head:
    """Give the newest line of the log; of an empty one the place before the first."""
    last = db.conn.execute("SELECT seq, at, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*last) if last else Head(0, "", GENESIS)


def data_version(db: Database) -> int:
    """Give a number that changes when another connection has written; asking costs next to nothing."""
    return int(db.conn.execute("PRAGMA data_version").fetchone()[0])


def is_untouched(db: Database) -> bool:
    """Say whether nobody has acted here but the desk itself, when it was founded or brought up to date."""
    found = db.conn.execute("SELECT 1 FROM events WHERE act NOT LIKE 'desk:%' LIMIT 1").fetchone()
    return found is None


def founding_hash(db: Database) -> str:
    """Give the hash of the first line, by which one desk is told from all others for ever."""
    return str(db.conn.execute("SELECT hash FROM events ORDER BY seq LIMIT 1").fetchone()[0])


def seq_at(db: Database, moment: str) -> int:
    """Give the last line that was written up to a moment, 0 if there was none yet."""
    found = db.conn.execute(
        "SELECT seq FROM events WHERE at <= :moment ORDER BY at DESC, seq DESC LIMIT 1", {"moment": moment}
    ).fetchone()
    return found[0] if found else 0


def append(db: Database, event: Mapping[str, Any], previous: str, *, public: bool) -> str:
    """Add a line to the log.

    Args:
        event: the hashed columns; `changes` and `documents` as JSON texts.
        previous: the hash of the line before.
        public: whether everybody may see the line.

    Returns:
        The line's own hash.
    """
    own = chained(previous, event)
    insert(db, "events", {**event, "previous_hash": previous, "hash": own, "public": int(public)})
    return own


def chained(previous: str, event: Mapping[str, Any]) -> str:
    """Hash a line together with the hash of the line before (SHA-256, hexadecimal)."""
    return hash_of_line(previous, [event[name] for name in HASHED])


def hash_of_line(previous: str, hashed: Sequence[Any]) -> str:
    """Hash the values of a line, in the order of HASHED, together with the hash of the line before."""
    return sha256(f"{previous}\n{_as_json(hashed)}".encode()).hexdigest()


@dataclass(frozen=True)
class Wanted:
    """Which lines of the log a reader wants, beyond `after`."""

    after: int = 0
    acts: Sequence[str] = ()
    claim: int | None = None
    story: str | None = None
    public_only: bool = False
    # Lines on these nouns are left out.
    without: Sequence[str] = ()


def lines(db: Database, wanted: Wanted, limit: int | None = None) -> list[Row]:
    """Give lines of the log in order, those that are wanted, all or up to a limit."""
    values: dict[str, Any] = {
        "after": wanted.after,
        "claim": wanted.claim,
        "story": wanted.story,
        "limit": -1 if limit is None else limit,
    }
    clauses = ["seq > :after"]
    if wanted.acts:
        clauses.append(f"act IN ({_listed('act', wanted.acts, values)})")
    if wanted.without:
        clauses.append(f"noun NOT IN ({_listed('noun', wanted.without, values)})")
    if wanted.public_only:
        # Its index is for those who want nothing narrower; the plus keeps it out of the others' way.
        narrower = wanted.acts or wanted.claim is not None or wanted.story is not None
        clauses.append("+public = 1" if narrower else "public = 1")
    # Whoever sees what is published only must not learn to what else a line belongs.
    seen = f"AND {_FOR_EVERYBODY}" if wanted.public_only else ""
    if wanted.claim is not None:
        # Not only acts on the claim: its claimant or a source of it may have been renamed. And not only
        # what changed its text: what is planned for it is told to those who may read it.
        beside = "" if wanted.public_only else "UNION SELECT seq FROM events WHERE claim_id = :claim"
        clauses.append(f"seq IN (SELECT seq FROM claims_history WHERE id = :claim {seen} {beside})")
    if wanted.story is not None:
        clauses.append(f"seq IN ({_ON_A_STORY.format(seen=seen)})")
    sql = f"SELECT * FROM events WHERE {' AND '.join(clauses)} ORDER BY seq LIMIT :limit"
    return rows(db, sql, values)


# Whether a claim could be read by everybody after a line; the rule of workflow/rendering.py.
_FOR_EVERYBODY = """'published' IS CASE stage
    WHEN 'withdrawn' THEN (
        SELECT stage FROM claims_history AS earlier
        WHERE earlier.id = claims_history.id AND earlier.seq < claims_history.seq AND stage <> 'withdrawn'
        ORDER BY earlier.seq DESC LIMIT 1
    )
    ELSE stage END"""

# The story's own lines, and those on claims that belonged to it then.
_ON_A_STORY = """
    SELECT seq FROM claims_history
    WHERE story_id = (SELECT id FROM stories WHERE slug = :story) {seen}
    UNION
    SELECT seq FROM documents
    WHERE noun = 'stories' AND subject_id = (SELECT id FROM stories WHERE slug = :story)
"""


def _listed(name: str, words: Sequence[str], values: dict[str, Any]) -> str:
    values |= {f"{name}_{place}": word for place, word in enumerate(words)}
    return ", ".join(f":{name}_{place}" for place in range(len(words)))


def events(db: Database) -> Iterator[Row]:
    """Walk the whole log in order."""
    yield from db.query("SELECT * FROM events ORDER BY seq")


def keep_document(
    db: Database,
    noun: str,
    subject_id: int,
    seq: int,
    etag: str,
    body: str,
    columns: Mapping[str, Any],
) -> None:
    """Keep a resource's new text, make it the current one, and keep the row as it now is.

    Args:
        columns: what the resource's row keeps of the text, for lists.
    """
    row = {"noun": noun, "subject_id": subject_id, "seq": seq, "etag": etag, "body": body}
    document_id = insert(db, "documents", row)
    update(db, noun, subject_id, {**columns, "document_id": document_id})
    keep_row(db, noun, subject_id, seq)


def document(db: Database, noun: str, subject_id: int) -> tuple[str, str] | None:
    """Give the etag and the text of a resource as it is served now."""
    found: tuple[str, str] | None = db.conn.execute(
        f"""
        SELECT documents.etag, documents.body
        FROM {noun} JOIN documents ON documents.id = {noun}.document_id
        WHERE {noun}.id = :id
        """,
        {"id": subject_id},
    ).fetchone()
    return found


def document_with_etag(db: Database, noun: str, subject_id: int, etag: str) -> str | None:
    """Give the text that a resource had when its etag was this one."""
    found = db.conn.execute(
        """
        SELECT body FROM documents
        WHERE noun = :noun AND subject_id = :subject_id AND etag = :etag
        """,
        {"noun": noun, "subject_id": subject_id, "etag": etag},
    ).fetchone()
    return found[0] if found else None


class Version(NamedTuple):
    """A resource's text, and since which line of the log it was served."""

    seq: int
    at: str
    etag: str
    body: str


def version(db: Database, noun: str, subject_id: int, as_of: int) -> Version | None:
    """Give the text that a resource had after a line of the log."""
    found = db.conn.execute(
        """
        SELECT documents.seq, events.at, documents.etag, documents.body
        FROM documents JOIN events ON events.seq = documents.seq
        WHERE documents.noun = :noun AND documents.subject_id = :subject_id AND documents.seq <= :as_of
        ORDER BY documents.seq DESC LIMIT 1
        """,
        {"noun": noun, "subject_id": subject_id, "as_of": as_of},
    ).fetchone()
    return Version(*found) if found else None


def current_documents(db: Database, noun: str, after: int = 0) -> Iterator[tuple[int, str]]:
    """Walk the current texts of all resources of a noun: (id, text).

    Args:
        after: the id behind which to begin.
    """
    yield from db.conn.execute(
        f"""
        SELECT {noun}.id, documents.body
        FROM {noun} LEFT JOIN documents ON documents.id = {noun}.document_id
        WHERE {noun}.id > :after ORDER BY {noun}.id
        """,
        {"after": after},
    )
