"""What the Flask contenders share: plain sqlite3, one connection a thread, children fetched in batches."""

import os
import re
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

_local = threading.local()

LIST = """
    SELECT id FROM claims
    WHERE stage = 'published' AND status = :status AND language = :language
    ORDER BY claimed_from DESC, id DESC LIMIT :limit
"""
# In one statement, for a second one by rowid would match all over again; FTS5 sorts by rank
# itself, so that snippets are made for the rows of the page only.
SEARCH = """
    SELECT claims.id, snippet(claim_search, -1, '<mark>', '</mark>', '…', 16) FROM claim_search JOIN claims ON claims.id = claim_search.rowid
    WHERE claim_search MATCH :words AND claims.stage = 'published'
    ORDER BY claim_search.rank LIMIT :limit
"""
_CLAIMS = """
    SELECT claims.*, claimants.name AS claimant_name, claimants.kind AS claimant_kind,
           claimants.same_as AS claimant_same_as, stories.slug AS story_slug,
           stories.title AS story_title, reviewers.name AS created_by_name
    FROM claims
    JOIN claimants ON claimants.id = claims.claimant_id
    JOIN reviewers ON reviewers.id = claims.created_by
    LEFT JOIN stories ON stories.id = claims.story_id
    WHERE claims.id IN ({})
"""
_CHAIN = "SELECT * FROM chain_links WHERE claim_id IN ({}) ORDER BY claim_id, position"
_APPEARANCES = "SELECT claim_id, url FROM appearances WHERE claim_id IN ({}) ORDER BY claim_id, position"
_FIGURES = "SELECT * FROM figures WHERE claim_id IN ({})"
_EVIDENCE = """
    SELECT evidence.*, sources.url, sources.title, sources.kind, sources.original, sources.published_on,
           sources.archive_url, sources.sha256, sources.outlet_id, outlets.name AS outlet_name,
           reviewers.name AS attached_by_name
    FROM evidence
    JOIN sources ON sources.id = evidence.source_id
    JOIN reviewers ON reviewers.id = evidence.attached_by
    LEFT JOIN outlets ON outlets.id = sources.outlet_id
    WHERE evidence.claim_id IN ({}) ORDER BY evidence.id
"""
_VERDICTS = """
    SELECT verdicts.*, statuses.rating, reviewers.name AS reviewer_name
    FROM verdicts
    JOIN statuses ON statuses.slug = verdicts.status
    JOIN reviewers ON reviewers.id = verdicts.reviewer_id
    WHERE verdicts.claim_id IN ({}) ORDER BY verdicts.seq
"""
_RESTS_ON = """
    SELECT verdict_sources.* FROM verdicts
    JOIN verdict_sources ON verdict_sources.verdict_id = verdicts.id
    WHERE verdicts.claim_id IN ({}) ORDER BY verdict_sources.source_id
"""


def connection() -> sqlite3.Connection:
    if not hasattr(_local, "conn"):
        conn = sqlite3.connect(os.environ["BENCH_DATABASE"], timeout=30, isolation_level=None, cached_statements=256)
        conn.row_factory = sqlite3.Row
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA synchronous = FULL")
        _local.conn = conn
    return _local.conn


def words(text: str) -> str:
    """Quote a reader's words for FTS5."""
    return " ".join(f'"{word}"' for word in re.findall(r"\w+", text))


def claim_ids(sql: str, values: dict[str, Any]) -> list[int]:
    return [row[0] for row in connection().execute(sql, values)]


def found(text: str, limit: int) -> list[dict[str, Any]]:
    """Search, and give whole claims, each with the place where the words stand."""
    places = dict(tuple(row) for row in connection().execute(SEARCH, {"words": words(text), "limit": limit}))
    return [{**claim, "snippet": places[claim["id"]]} for claim in whole(list(places))]


def summaries(ids: list[int]) -> list[dict[str, Any]]:
    """Give claims without chain, sources and verdicts."""
    found = {row["id"]: _claim(row) for row in _of(_CLAIMS, ids)}
    return [found[claim_id] for claim_id in ids]


def whole(ids: list[int]) -> list[dict[str, Any]]:
    """Give claims with everything that stands on them, in the order of the ids."""
    claims = summaries(ids)
    chain, appearances = _grouped(_CHAIN, ids), _grouped(_APPEARANCES, ids)
    figures = {row["claim_id"]: dict(row) for row in _of(_FIGURES, ids)}
    evidence, verdicts = _grouped(_EVIDENCE, ids), _grouped(_VERDICTS, ids)
    rests_on = defaultdict(list)
    for row in _of(_RESTS_ON, ids):
        rests_on[row["verdict_id"]].append(row["source_id"])
    for claim in claims:
        claim_id = claim["id"]
        claim["chain"] = [
            {"role": row["role"], "name": row["name"], "url": row["url"]} for row in chain[claim_id]
        ]
        claim["appearances"] = [row["url"] for row in appearances[claim_id]]
        figure = figures.get(claim_id)
        claim["figure"] = figure and {name: figure[name] for name in figure if name != "claim_id"}
        claim["sources"] = [_evidence(row) for row in evidence[claim_id]]
        claim["verdicts"] = [_verdict(row, rests_on[row["id"]]) for row in verdicts[claim_id]]
    return claims


class Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def reviewer_of(authorization: str) -> int:
    secret = authorization.removeprefix("Bearer ")
    row = connection().execute(
        """
        SELECT reviewers.id, tokens.revoked_at, reviewers.active FROM tokens
        JOIN reviewers ON reviewers.id = tokens.reviewer_id WHERE tokens.sha256 = ?
        """,
        (sha256(secret.encode()).hexdigest(),),
    ).fetchone()
    if row is None or row["revoked_at"] or not row["active"]:
        raise Refused(401, "This token is not good.")
    return row["id"]


def add_verdict(claim_id: int, reviewer: int, draft: dict[str, Any]) -> dict[str, Any]:
    """Store a verdict durably, with its sources, the claim's standing, the index and a line in the log."""
    conn = connection()
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    conn.execute("BEGIN IMMEDIATE")
    try:
        verdict_id = _verdict_stored(conn, claim_id, reviewer, draft, at)
        conn.execute("COMMIT")
    except BaseException:
        conn.execute("ROLLBACK")
        raise
    row = next(row for row in _of(_VERDICTS, [claim_id]) if row["id"] == verdict_id)
    return _verdict(row, sorted(draft["sources"]))


def _verdict_stored(
    conn: sqlite3.Connection, claim_id: int, reviewer: int, draft: dict[str, Any], at: str
) -> int:
    stage = conn.execute("SELECT stage FROM claims WHERE id = ?", (claim_id,)).fetchone()
    status = conn.execute("SELECT * FROM statuses WHERE slug = ?", (draft["status"],)).fetchone()
    attached = {
        row[0] for row in conn.execute("SELECT source_id FROM evidence WHERE claim_id = ?", (claim_id,))
    }
    if stage is None:
        raise Refused(404, "There is no such claim.")
    if stage[0] == "withdrawn" or status is None or not status["assignable"] or not attached.issuperset(draft["sources"]):
        raise Refused(400, "This verdict can't be given.")
    seq = conn.execute("SELECT max(seq) + 1 FROM events").fetchone()[0]
    verdict_id = conn.execute(
        """
        INSERT INTO verdicts (seq, claim_id, reviewer_id, ruling, status, rationale, confidence, issued_at)
        VALUES (?, ?, ?, 0, ?, ?, ?, ?)
        """,
        (seq, claim_id, reviewer, draft["status"], draft["rationale"], draft["confidence"], at),
    ).lastrowid
    conn.executemany(
        "INSERT INTO verdict_sources VALUES (?, ?)", [(verdict_id, source) for source in draft["sources"]]
    )
    standing = {
        row["reviewer_id"]: row["status"]
        for row in conn.execute(
            "SELECT reviewer_id, status FROM verdicts WHERE claim_id = ? ORDER BY seq", (claim_id,)
        )
    }
    conn.execute(
        "UPDATE claims SET status = ?, rating = ?, contested = ?, updated_at = ? WHERE id = ?",
        (draft["status"], status["rating"], len(set(standing.values())) > 1, at, claim_id),
    )
    conn.execute(
        "UPDATE claim_search SET rationale = rationale || ' · ' || ? WHERE rowid = ?",
        (draft["rationale"], claim_id),
    )
    conn.execute(
        """
        INSERT INTO events (seq, at, actor_id, actor, act, noun, subject_id, claim_id, changes, documents,
                            request_id, previous_hash, hash)
        VALUES (?, ?, ?, '', 'verdict:issue', 'verdicts', ?, ?, '{}', '{}', '', '', '')
        """,
        (seq, at, reviewer, verdict_id, claim_id),
    )
    return verdict_id


def _marks(ids: Iterable[int]) -> str:
    return ", ".join("?" for _ in ids)


def _of(sql: str, ids: list[int]) -> Iterable[sqlite3.Row]:
    return connection().execute(sql.format(_marks(ids)), ids)


def _grouped(sql: str, ids: list[int]) -> dict[int, list[sqlite3.Row]]:
    groups = defaultdict(list)
    for row in _of(sql, ids):
        groups[row["claim_id"]].append(row)
    return groups


def _claim(row: sqlite3.Row) -> dict[str, Any]:
    claim = {name: row[name] for name in ("id", "ref", "text", "claimed_on", "place", "language", "stage")}
    claim["claimant"] = {
        "id": row["claimant_id"],
        "name": row["claimant_name"],
        "kind": row["claimant_kind"],
        "same_as": row["claimant_same_as"],
    }
    story = row["story_slug"]
    claim["story"] = {"slug": story, "title": row["story_title"]} if story else None
    claim["standing"] = {
        "status": row["status"],
        "rating": row["rating"],
        "contested": bool(row["contested"]),
    }
    claim["created_at"], claim["updated_at"] = row["created_at"], row["updated_at"]
    claim["created_by"] = {"id": row["created_by"], "name": row["created_by_name"]}
    return claim


def _evidence(row: sqlite3.Row) -> dict[str, Any]:
    outlet, quote = row["outlet_id"], row["quote_exact"]
    return {
        "id": row["id"],
        "stance": row["stance"],
        "source": {
            "id": row["source_id"],
            "url": row["url"],
            "title": row["title"],
            "outlet": {"id": outlet, "name": row["outlet_name"]} if outlet else None,
            "kind": row["kind"],
            "original": row["original"],
            "published_on": row["published_on"],
            "archive_url": row["archive_url"],
            "sha256": row["sha256"],
        },
        "quote": {"exact": quote, "prefix": row["quote_prefix"], "suffix": row["quote_suffix"]}
        if quote
        else None,
        "credibility": row["credibility"],
        "note": row["note"],
        "attached_at": row["attached_at"],
        "attached_by": {"id": row["attached_by"], "name": row["attached_by_name"]},
    }


def _verdict(row: sqlite3.Row, sources: list[int]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "kind": "ruling" if row["ruling"] else "verdict",
        "status": row["status"],
        "rating": row["rating"],
        "rationale": row["rationale"],
        "confidence": row["confidence"],
        "sources": sources,
        "by": {"id": row["reviewer_id"], "name": row["reviewer_name"]},
        "at": row["issued_at"],
    }
