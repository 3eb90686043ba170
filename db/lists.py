"""The one query builder behind every list, in every form.

A `Listing` says, for one noun, which filters, sorts and facets there are, each as
a whole clause of SQL. A `Want` says what a caller asked for. Pages are cut by
keyset: the sort's value and the id of the last row seen, so that rows added
meanwhile shift nothing. The documents come as they are stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlite_utils import Database

from db.claims import match_expression
from db.history import AS_IT_WAS

# These mark the found words in a snippet; no stored text can hold them.
FOUND_BEGIN, FOUND_END = "\x02", "\x03"
RELEVANCE = "relevance"


@dataclass(frozen=True)
class Listing:
    """What may be asked of a noun's list.

    `columns` can be compared with =, __in, __gte and __lte; `conditions` are clauses
    that take one value, `:name`. `public` is what a caller without a token may see, and
    `public_then` the same of the past, which has no indexes, so that a row can't be looked for
    anew for each row of the list.
    """

    noun: str
    columns: Mapping[str, str]
    sorts: Mapping[str, str]
    conditions: Mapping[str, str] = field(default_factory=dict)
    facets: Mapping[str, str] = field(default_factory=dict)
    public: str = ""
    public_then: str = ""
    searched: str = ""


@dataclass(frozen=True)
class Want:
    """What a caller asks of a list.

    `after` is the sort value and id of the last row seen; `as_of` the line of the log after which
    the list is wanted, if not now.
    """

    filters: Mapping[str, Any]
    sort: str = "id"
    descending: bool = False
    after: tuple[Any, int] | None = None
    limit: int | None = 50
    public_only: bool = False
    words: str | None = None
    as_of: int | None = None


class Found(NamedTuple):
    """One row of a list: its id, its sort value, its stored text, and where words were found."""

    id: int
    key: Any
    body: str
    snippet: str | None = None


CLAIMS = Listing(
    noun="claims",
    columns={
        "status": "claims.status",
        "language": "claims.language",
        "stage": "claims.stage",
        "place": "claims.place",
        "rating": "claims.rating",
        "contested": "claims.contested",
        "ref": "claims.ref",
        "claimant_id": "claims.claimant_id",
        "claimed_on": "claims.claimed_on",
        "created_at": "claims.created_at",
        "updated_at": "claims.updated_at",
    },
    conditions={
        "claimant": "claims.claimant_id IN (SELECT id FROM claimants WHERE name_key = :claimant)",
        "story": "claims.story_id = (SELECT id FROM stories WHERE slug = :story)",
        # An uncertain date is in a range if any day it may mean is.
        "claimed_on__gte": "claims.claimed_on IS NOT NULL AND claims.claimed_until >= :claimed_on__gte",
        "claimed_on__lte": "claims.claimed_on IS NOT NULL AND claims.claimed_from <= :claimed_on__lte",
        "reviewer": (
            "EXISTS (SELECT 1 FROM verdicts "
            "WHERE verdicts.claim_id = claims.id AND verdicts.reviewer_id = :reviewer)"
        ),
        "source": (
            "EXISTS (SELECT 1 FROM evidence "
            "WHERE evidence.claim_id = claims.id AND evidence.source_id = :source)"
        ),
        "measure": (
            "EXISTS (SELECT 1 FROM figures WHERE figures.claim_id = claims.id AND figures.measure = :measure)"
        ),
    },
    sorts={
        "id": "claims.id",
        "created_at": "claims.created_at",
        "updated_at": "claims.updated_at",
        "claimed_on": "claims.claimed_from",
    },
    facets={
        "status": "claims.status",
        "language": "claims.language",
        "stage": "claims.stage",
        "place": "claims.place",
        "contested": "claims.contested",
        "story": "(SELECT slug FROM stories WHERE stories.id = claims.story_id)",
        "claimant": "(SELECT name FROM claimants WHERE claimants.id = claims.claimant_id)",
    },
    public="claims.stage = 'published'",
    searched="claim_search",
)

_SOURCES_PUBLISHED_THEN = (
    "SELECT source_id FROM evidence WHERE claim_id IN (SELECT id FROM claims WHERE stage = 'published')"
)
_SHOWN_BY_PUBLISHED = "EXISTS (SELECT 1 FROM claims WHERE claims.stage = 'published' AND {})"

SOURCES = Listing(
    noun="sources",
    columns={
        "kind": "sources.kind",
        "original": "sources.original",
        "outlet_id": "sources.outlet_id",
        "identity": "sources.identity",
        "sha256": "sources.sha256",
        "protected": "sources.protected",
        "created_at": "sources.created_at",
    },
    conditions={
        "outlet": "sources.outlet_id = (SELECT id FROM outlets WHERE name_key = :outlet)",
    },
    sorts={"id": "sources.id", "created_at": "sources.created_at"},
    facets={"kind": "sources.kind", "original": "sources.original"},
    public=(
        "EXISTS (SELECT 1 FROM evidence JOIN claims ON claims.id = evidence.claim_id "
        "WHERE evidence.source_id = sources.id AND claims.stage = 'published')"
    ),
    public_then=f"sources.id IN ({_SOURCES_PUBLISHED_THEN})",
)

OUTLETS = Listing(
    noun="outlets",
    columns={
        "name": "outlets.name_key",
        "kind": "outlets.kind",
        "country": "outlets.country",
        "owner": "outlets.owner",
        "reliability": "outlets.reliability",
    },
    sorts={"id": "outlets.id", "name": "outlets.name_key"},
    facets={name: f"outlets.{name}" for name in ("reliability", "kind", "country", "owner")},
    public=(
        "EXISTS (SELECT 1 FROM sources JOIN evidence ON evidence.source_id = sources.id "
        "JOIN claims ON claims.id = evidence.claim_id "
        "WHERE sources.outlet_id = outlets.id AND claims.stage = 'published')"
    ),
    public_then=(
        "outlets.id IN (SELECT outlet_id FROM sources "
        f"WHERE outlet_id IS NOT NULL AND id IN ({_SOURCES_PUBLISHED_THEN}))"
    ),
)

CLAIMANTS = Listing(
    noun="claimants",
    columns={"name": "claimants.name_key", "kind": "claimants.kind"},
    sorts={"id": "claimants.id", "name": "claimants.name_key"},
    facets={"kind": "claimants.kind"},
    public=_SHOWN_BY_PUBLISHED.format("claims.claimant_id = claimants.id"),
    public_then="claimants.id IN (SELECT claimant_id FROM claims WHERE stage = 'published')",
)

STORIES = Listing(
    noun="stories",
    columns={"created_at": "stories.created_at"},
    sorts={"id": "stories.id", "created_at": "stories.created_at", "slug": "stories.slug"},
    public=_SHOWN_BY_PUBLISHED.format("claims.story_id = stories.id"),
    public_then="stories.id IN (SELECT story_id FROM claims WHERE stage = 'published')",
)

CORRECTIONS = Listing(
    noun="corrections",
    columns={
        "claim": "corrections.claim_id",
        "kind": "corrections.kind",
        "from": "corrections.from_status",
        "to": "corrections.to_status",
        "at": "corrections.corrected_at",
    },
    conditions={
        "story": (
            "corrections.claim_id IN (SELECT id FROM claims "
            "WHERE story_id = (SELECT id FROM stories WHERE slug = :story))"
        ),
    },
    sorts={"id": "corrections.id", "at": "corrections.corrected_at"},
    # What was published is corrected in public, also after the claim was withdrawn.
    public="EXISTS (SELECT 1 FROM claims WHERE claims.id = corrections.claim_id AND claims.stage <> 'open')",
    public_then="corrections.claim_id IN (SELECT id FROM claims WHERE stage <> 'open')",
)

STATUSES = Listing(
    noun="statuses",
    columns={"retired": "statuses.retired", "rating": "statuses.rating"},
    sorts={"id": "statuses.id", "slug": "statuses.slug"},
)

REVIEWERS = Listing(
    noun="reviewers",
    columns={
        "role": "reviewers.role",
        "kind": "reviewers.kind",
        "active": "reviewers.active",
    },
    sorts={"id": "reviewers.id", "name": "reviewers.name_key"},
)


def page(db: Database, listing: Listing, want: Want) -> Iterator[Found]:
    """Give the rows that a caller wants, in order.

    Args:
        listing: which noun.
        want: filters, sort, place and limit; without a limit every row comes, streamed.
    """
    noun, values = listing.noun, dict(want.filters)
    tables, clauses = _tables_and_clauses(listing, want, values)
    if tables is None:
        return
    by_relevance = want.sort == RELEVANCE
    key = "claim_search.rank" if by_relevance else listing.sorts[want.sort]
    way = "DESC" if want.descending else "ASC"
    offset = ""
    if want.after is not None:
        clauses.append(_after(noun, key, want))
        values["after_key"], values["after_id"] = want.after
        # A rank moves as rows are added, so relevance counts rows among those of the first page.
        offset = "OFFSET :after_key" if by_relevance else ""
    order = "claim_search.rank" if by_relevance else f"{key} {way}, {noun}.id {way}"
    if key == f"{noun}.id":
        order = f"{key} {way}"
    snippet = "NULL"
    if by_relevance:
        snippet = "snippet(claim_search, -1, char(2), char(3), '…', 16)"
    values["limit"] = -1 if want.limit is None else want.limit
    rest = f"{_where(clauses)} ORDER BY {order} LIMIT :limit {offset}"
    sql = f"""
        SELECT {noun}.id, {key}, documents.body, {snippet}
        FROM {tables} JOIN documents ON documents.id = {noun}.document_id {rest}
        """
    if want.as_of is not None:
        # No index gives the order of the past, so the rows are put in order before their texts are
        # read; a cross join keeps the order of its left side.
        sql = f"""
            {_past(want, values)}
            SELECT found.id, found.sorted_by, documents.body, NULL
            FROM (SELECT {noun}.id, {key} AS sorted_by, {noun}.document_id FROM {tables} {rest}) AS found
            CROSS JOIN documents ON documents.id = found.document_id
            """
    for row in db.conn.execute(sql, values):
        yield Found(*row)


def snippets(db: Database, words: str, claim_ids: list[int]) -> dict[int, str]:
    """Give, for claims found by words but sorted otherwise, the places where the words stand."""
    expression = match_expression(words)
    if not expression or not claim_ids:
        return {}
    ids = ", ".join(str(int(claim_id)) for claim_id in claim_ids)
    return dict(
        db.conn.execute(
            f"""
            SELECT rowid, snippet(claim_search, -1, char(2), char(3), '…', 16)
            FROM claim_search WHERE claim_search MATCH :words AND rowid IN ({ids})
            """,
            {"words": expression},
        )
    )


def total(db: Database, listing: Listing, want: Want) -> int:
    """Count the rows that a caller's filters let through."""
    values = dict(want.filters)
    tables, clauses = _tables_and_clauses(listing, want, values)
    if tables is None:
        return 0
    found = db.conn.execute(
        f"{_past(want, values)} SELECT count(*) FROM {tables} {_where(clauses)}", values
    ).fetchone()
    return int(found[0])


def among(db: Database, listing: Listing, want: Want, row_ids: list[int]) -> set[int]:
    """Give those of some rows that a caller's filters let through."""
    values = {**want.filters, "row_ids": json.dumps(row_ids)}
    tables, clauses = _tables_and_clauses(listing, want, values)
    # A cross join keeps SQLite from going through all rows that pass a filter for the sake of a few.
    sql = f"""
        {_past(want, values)}
        SELECT {listing.noun}.id FROM json_each(:row_ids) AS given
        CROSS JOIN {tables} ON {listing.noun}.id = given.value {_where(clauses)}
        """
    return {row[0] for row in db.conn.execute(sql, values)}


def newest_ids(db: Database, listing: Listing, want: Want, most: int) -> list[int]:
    """Give the newest rows that a caller's filters let through, at most so many."""
    values = {**want.filters, "limit": most}
    tables, clauses = _tables_and_clauses(listing, want, values)
    sql = f"""
        {_past(want, values)}
        SELECT {listing.noun}.id FROM {tables} {_where(clauses)} ORDER BY {listing.noun}.id DESC LIMIT :limit
        """
    return [row[0] for row in db.conn.execute(sql, values)]


def facet(db: Database, listing: Listing, want: Want, name: str) -> list[tuple[Any, int]]:
    """Count the rows by the values of a facet, most frequent first, at most 30 values."""
    values = dict(want.filters)
    tables, clauses = _tables_and_clauses(listing, want, values)
    if tables is None:
        return []
    return list(
        db.conn.execute(
            f"""
            {_past(want, values)}
            SELECT {listing.facets[name]} AS value, count(*) AS rows_with_it
            FROM {tables} {_where(clauses)}
            GROUP BY value ORDER BY rows_with_it DESC, value LIMIT 30
            """,
            values,
        )
    )


def is_public(db: Database, listing: Listing, row_id: int, as_of: int | None = None) -> bool:
    """Say whether a caller without a token may know of this row, or might have after a line of the log."""
    values: dict[str, Any] = {"id": row_id}
    past = _past(Want({}, as_of=as_of), values)
    public = _public(listing, as_of)
    sql = f"{past} SELECT 1 FROM {listing.noun} WHERE {listing.noun}.id = :id AND ({public})"
    return db.conn.execute(sql, values).fetchone() is not None


def newest_id(db: Database, noun: str) -> int:
    """Give the largest id of a noun; rows added later lie above it."""
    return int(db.conn.execute(f"SELECT max(id) FROM {noun}").fetchone()[0] or 0)


def _public(listing: Listing, as_of: int | None) -> str:
    return listing.public if as_of is None else listing.public_then or listing.public


def _past(want: Want, values: dict[str, Any]) -> str:
    """Put the rows of the past in the place of today's, if the past is wanted."""
    if want.as_of is None:
        return ""
    values["as_of"] = want.as_of
    return AS_IT_WAS


def _tables_and_clauses(listing: Listing, want: Want, values: dict[str, Any]) -> tuple[str | None, list[str]]:
    tables, clauses = listing.noun, []
    if want.public_only and listing.public:
        clauses.append(_public(listing, want.as_of))
    for name, value in want.filters.items():
        clauses.append(_clause(listing, name, value, values))
    if want.words is not None:
        values["words"] = match_expression(want.words)
        if values["words"] is None:
            return None, []
        tables = f"{listing.searched} JOIN {listing.noun} ON {listing.noun}.id = {listing.searched}.rowid"
        clauses.append(f"{listing.searched} MATCH :words")
    return tables, clauses


def _clause(listing: Listing, name: str, value: Any, values: dict[str, Any]) -> str:
    if name in listing.conditions:
        return listing.conditions[name]
    column, _, comparison = name.partition("__")
    if comparison == "in":
        for index, member in enumerate(value):
            values[f"{name}_{index}"] = member
        return f"{listing.columns[column]} IN ({', '.join(f':{name}_{n}' for n in range(len(value)))})"
    operator = {"": "=", "gte": ">=", "lte": "<="}[comparison]
    return f"{listing.columns[column]} {operator} :{name}"


def _after(noun: str, key: str, want: Want) -> str:
    if want.sort == RELEVANCE:
        return f"{noun}.id <= :after_id"
    beyond = "<" if want.descending else ">"
    if key == f"{noun}.id":
        return f"{key} {beyond} :after_id"
    return f"({key}, {noun}.id) {beyond} (:after_key, :after_id)"


def _where(clauses: list[str]) -> str:
    return f"WHERE {' AND '.join(f'({clause})' for clause in clauses)}" if clauses else ""
