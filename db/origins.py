"""What leads where: the sources behind a claim, and the claims that rest on a source.

Each question is asked of today's rows or, with `AS_IT_WAS` before it, of those of the past. It
takes a few questions however many sources there are: SQLite follows the citations by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlite_utils import Database

from db.history import AS_IT_WAS
from db.rows import Row, one, rows

# So many claims, and so many verdicts, that rest on a source are told of; the others are counted.
MOST_TOUCHED = 500

_STANDS = "NOT EXISTS (SELECT 1 FROM citation_withdrawals WHERE citation_id = citations.id)"
_ATTACHED = "NOT EXISTS (SELECT 1 FROM evidence_withdrawals WHERE evidence_id = evidence.id)"
_IN_FORCE = """NOT EXISTS (SELECT 1 FROM retractions WHERE verdict_id = verdicts.id)
    AND NOT EXISTS (
        SELECT 1 FROM verdicts AS later
        WHERE later.claim_id = verdicts.claim_id AND later.reviewer_id = verdicts.reviewer_id
          AND later.seq > verdicts.seq)"""

# From the given sources to whatever they rely on. The cross join keeps the order of its sides.
_RELIED_ON = f"""reached(id) AS (
    SELECT value FROM json_each(:sources)
    UNION
    SELECT citations.cited_id FROM reached CROSS JOIN citations ON citations.source_id = reached.id
    WHERE {_STANDS}
)"""
# From a source to whatever relies on it.
_RESTING = f"""resting(id) AS (
    SELECT :source
    UNION
    SELECT citations.source_id FROM resting CROSS JOIN citations ON citations.cited_id = resting.id
    WHERE {_STANDS}
)"""


_GIVEN = "given(id) AS (SELECT value FROM json_each(:sources))"
_FROM_GIVEN = "given CROSS JOIN citations ON citations.source_id = given.id"
_FROM_REACHED = "reached CROSS JOIN citations ON citations.source_id = reached.id"
_TO_RESTING = "resting CROSS JOIN citations ON citations.cited_id = resting.id"


class Citations(NamedTuple):
    """Who cites whom and how, column by column: as many rows would keep the garbage collector busy."""

    sources: list[int]
    cited: list[int]
    kinds: list[str]

    def each(self) -> Iterator[tuple[int, int, str]]:
        """Walk them one by one: (source, cited, kind)."""
        return zip(self.sources, self.cited, self.kinds, strict=True)


class Node(NamedTuple):
    """A source with its outlet, as far as it matters where it comes from."""

    id: int
    identity: str
    original: str
    outlet_key: str | None
    outlet: str | None
    owner: str | None
    retracted: int


def claimed(db: Database, claim_id: int, as_of: int | None = None) -> Row | None:
    """Give whose statement a claim is, its chain and its appearances, the latter two as JSON."""
    return one(
        db,
        f"""
        {_asked(as_of)}
        SELECT claimants.name AS claimant, claimants.name_key AS claimant_key,
               (SELECT json_group_array(json_object('role', role, 'name', name)) FROM
                   (SELECT role, name FROM chain_links WHERE claim_id = claims.id ORDER BY position)
               ) AS chain,
               (SELECT json_group_array(url) FROM appearances WHERE claim_id = claims.id) AS appearances
        FROM claims JOIN claimants ON claimants.id = claims.claimant_id
        WHERE claims.id = :claim
        """,
        {"claim": claim_id, "as_of": as_of},
    )


def attached(db: Database, claim_id: int, as_of: int | None = None) -> Iterator[tuple[str, int]]:
    """Give what is attached to a claim and not withdrawn from it: (stance, source)."""
    yield from db.conn.execute(
        f"{_asked(as_of)} SELECT stance, source_id FROM evidence WHERE claim_id = :claim AND {_ATTACHED}",
        {"claim": claim_id, "as_of": as_of},
    )


def relied_on(db: Database, source_ids: Iterable[int], as_of: int | None = None) -> Citations:
    """Give the citations by which sources lead further, as far as they lead.

    Most of what is cited is among the sources, so it is asked first what these cite, and only what
    they lead to beyond themselves is followed.
    """
    known = set(source_ids)
    direct = _citations(db, _GIVEN, _FROM_GIVEN, {"sources": json.dumps(sorted(known))}, as_of)
    beyond = set(direct.cited) - known
    if not beyond:
        return direct
    further = _citations(db, _RELIED_ON, _FROM_REACHED, {"sources": json.dumps(sorted(beyond))}, as_of)
    return Citations(
        direct.sources + further.sources, direct.cited + further.cited, direct.kinds + further.kinds
    )


def resting_on(db: Database, source_id: int, as_of: int | None = None) -> Citations:
    """Give the citations by which sources rest on one, as far back as they do."""
    return _citations(db, _RESTING, _TO_RESTING, {"source": source_id}, as_of)


def nodes(db: Database, source_ids: Iterable[int], as_of: int | None = None) -> Iterator[Node]:
    """Give sources with their outlets and whether they were retracted."""
    found = db.conn.execute(
        f"""
        {_asked(as_of)}
        SELECT sources.id, sources.identity, sources.original, outlets.name_key, outlets.name,
               outlets.owner, EXISTS (SELECT 1 FROM source_retractions WHERE source_id = sources.id)
        FROM json_each(:sources) AS wanted CROSS JOIN sources ON sources.id = wanted.value
        LEFT JOIN outlets ON outlets.id = sources.outlet_id
        """,
        {"sources": json.dumps(list(source_ids)), "as_of": as_of},
    )
    return map(Node._make, found)


def owned(db: Database, keys: Iterable[str], as_of: int | None = None) -> dict[str, tuple[str, str]]:
    """Give the name and the owner of outlets that have one, by the keys of their names."""
    found = db.conn.execute(
        f"""
        {_asked(as_of)}
        SELECT name_key, name, owner FROM outlets
        WHERE owner IS NOT NULL AND name_key IN (SELECT value FROM json_each(:keys))
        """,
        {"keys": json.dumps(list(keys)), "as_of": as_of},
    )
    return {key: (name, owner) for key, name, owner in found}


def told_of(db: Database, source_ids: Iterable[int], as_of: int | None = None) -> dict[int, Row]:
    """Give what is shown of sources, by their numbers."""
    found = rows(
        db,
        f"""
        {_asked(as_of)}
        SELECT sources.id, body ->> '$.title' AS title, body ->> '$.outlet.name' AS outlet,
               body ->> '$.url' AS url, body ->> '$.original' AS original,
               body ->> '$.protected' AS protected, body ->> '$.described_as' AS described_as
        FROM json_each(:sources) AS wanted CROSS JOIN sources ON sources.id = wanted.value
        JOIN documents ON documents.id = sources.document_id
        """,
        {"sources": json.dumps(list(source_ids)), "as_of": as_of},
    )
    return {row["id"]: row for row in found}


def claims_resting_on(db: Database, source_id: int) -> list[int]:
    """Give the claims that rest on a source, or on one that leads to it by citations.

    These are those to which one is attached, and those with a standing verdict that rests on one,
    though it may be attached no longer.
    """
    found = db.conn.execute(
        f"""
        WITH {_RESTING}
        SELECT claim_id FROM resting CROSS JOIN evidence ON evidence.source_id = resting.id
        WHERE {_ATTACHED}
        UNION
        SELECT claim_id FROM resting CROSS JOIN verdict_sources ON verdict_sources.source_id = resting.id
        JOIN verdicts ON verdicts.id = verdict_sources.verdict_id
        WHERE {_IN_FORCE} ORDER BY claim_id
        """,
        {"source": source_id},
    )
    return [row[0] for row in found]


def claims_touched(
    db: Database, source_id: int, as_of: int | None = None, *, public_only: bool = False
) -> list[Row]:
    """Give the first claims that rest on a source, how many do, and their sources that do so, as JSON."""
    return rows(
        db,
        f"""
        {_asked(as_of, _RESTING)}
        SELECT claims.id AS claim, body ->> '$.text' AS text, claims.stage, claims.status, claims.rating,
               claims.contested, json_group_array(DISTINCT evidence.source_id) AS sources,
               count(*) OVER () AS total
        FROM resting CROSS JOIN evidence ON evidence.source_id = resting.id
        JOIN claims ON claims.id = evidence.claim_id JOIN documents ON documents.id = claims.document_id
        WHERE {_ATTACHED} {_published(public_only)}
        GROUP BY claims.id ORDER BY claims.id LIMIT :most
        """,
        {"source": source_id, "as_of": as_of, "most": MOST_TOUCHED},
    )


def verdicts_touched(
    db: Database, source_id: int, as_of: int | None = None, *, public_only: bool = False
) -> list[Row]:
    """Give the first standing verdicts that rest on a source, how many do, and by which sources, as JSON."""
    return rows(
        db,
        f"""
        {_asked(as_of, _RESTING)}
        SELECT verdicts.id AS verdict, verdicts.claim_id AS claim, verdicts.ruling, verdicts.status,
               verdicts.reviewer_id, who.body ->> '$.name' AS reviewer_name, claims.stage,
               verdicts.id IS documents.body ->> '$.standing.decided_by' AS decides,
               json_group_array(DISTINCT verdict_sources.source_id) AS sources, count(*) OVER () AS total
        FROM resting CROSS JOIN verdict_sources ON verdict_sources.source_id = resting.id
        JOIN verdicts ON verdicts.id = verdict_sources.verdict_id
        JOIN reviewers ON reviewers.id = verdicts.reviewer_id
        JOIN documents AS who ON who.id = reviewers.document_id
        JOIN claims ON claims.id = verdicts.claim_id JOIN documents ON documents.id = claims.document_id
        WHERE {_IN_FORCE} {_published(public_only)}
        GROUP BY verdicts.id ORDER BY verdicts.id LIMIT :most
        """,
        {"source": source_id, "as_of": as_of, "most": MOST_TOUCHED},
    )


def _citations(
    db: Database, naming: str, tables: str, values: dict[str, object], as_of: int | None
) -> Citations:
    columns = db.conn.execute(
        f"""
        {_asked(as_of, naming)}
        SELECT json_group_array(citations.source_id), json_group_array(cited_id), json_group_array(kind)
        FROM {tables} WHERE {_STANDS}
        """,
        {**values, "as_of": as_of},
    ).fetchone()
    return Citations(*map(json.loads, columns))


def _published(public_only: bool) -> str:
    return "AND claims.stage = 'published'" if public_only else ""


def _asked(as_of: int | None, *more: str) -> str:
    """Begin a question with what goes before it: the rows of the past, and what it names itself."""
    named: tuple[Any, ...] = more if as_of is None else (AS_IT_WAS, *more)
    text = ",\n".join(named)
    return text if as_of is not None or not text else f"WITH {text}"
