"""The addresses of who relies on whom: citations, provenance, impact, and the retraction of sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from db import citations as kept
from db import history, lists
from factcheck.errors import NotFound
from factcheck.publishing import impact, provenance
from factcheck.web.answers import composed
from factcheck.web.api.claims import served
from factcheck.web.caller import sees_only_published
from factcheck.web.contract import DeskBlueprint, Work
from factcheck.web.lists import answer_parts
from factcheck.web.parts import parts
from factcheck.web.past import line_as_of
from factcheck.web.worked_out import WrittenForPeople
from factcheck.workflow import citing
from factcheck.workflow.rendering import cited
from factcheck.workflow.tracing import impact_content, provenance_content
from schemas.citation import CitationQuery, CitationSchema, NewCitationSchema, RecordedCitationSchema
from schemas.listing import AsOfQuery
from schemas.provenance import ImpactSchema, ProvenanceSchema
from schemas.reference import NewReasonSchema
from schemas.source import ShownCitationSchema, SourceSchema

blueprint = DeskBlueprint(
    "origins", __name__, url_prefix="/v1", description="Who relies on whom, and what stands behind a claim"
)


@blueprint.worked_out(
    "/claims/<id:claim_id>/provenance",
    ProvenanceSchema,
    "get_provenance",
    WrittenForPeople(provenance.rows, provenance.text),
    query=AsOfQuery,
    tag="origins",
)
def read_provenance(query: dict[str, Any], claim_id: int) -> dict[str, Any]:
    """Count the independent origins behind what supports and what refutes a claim, and name them."""
    db, public_only, seq = parts().desk.db, sees_only_published(), line_as_of(query["as_of"])
    if not history.may_be_read(db, claim_id, seq, public_only=public_only):
        # It is refused as the claim itself would be.
        served(claim_id, f"claim {claim_id}", query["as_of"])
    return provenance_content(db, claim_id, parts().settings.public_url, seq)


@blueprint.worked_out(
    "/sources/<id:source_id>/impact",
    ImpactSchema,
    "get_impact",
    WrittenForPeople(impact.rows, impact.text),
    query=AsOfQuery,
    tag="origins",
)
def read_impact(query: dict[str, Any], source_id: int) -> dict[str, Any]:
    """Tell which claims and standing verdicts rest on a source, directly or through citations."""
    db, public_only, seq = parts().desk.db, sees_only_published(), line_as_of(query["as_of"])
    found = None
    if history.is_there(db, "sources", source_id, seq):
        found = impact_content(db, source_id, seq, public_only=public_only)
    if found is None or (public_only and not found["claims"] and not _is_public(source_id, seq)):
        raise _unknown(source_id)
    return found


@blueprint.read(
    "/sources/<id:source_id>/citations", ShownCitationSchema, "list_citations", query=CitationQuery
)
def read_citations(query: dict[str, Any], source_id: int) -> Response:
    """List what a source relies on, or what relies on it."""
    public_only = _known(source_id)
    db = parts().desk.db
    if query["direction"] == "cites":
        rows = kept.citations_by(db, source_id)
    else:
        # By whom it is cited tells of those sources, too.
        rows = [
            row for row in kept.citations_of(db, source_id) if not public_only or _is_public(row["source_id"])
        ]
    return answer_parts([cited(row) for row in rows], query)


@blueprint.read("/sources/<id:source_id>/citations/<id:citation_id>", CitationSchema, "get_citation")
def read_citation(source_id: int, citation_id: int) -> Response:
    """Read that a source relies on another."""
    _known(source_id)
    row = kept.citation(parts().desk.db, citation_id)
    if row is None or row["source_id"] != source_id:
        raise NotFound(f"There is no citation {citation_id} of source {source_id}.")
    return composed(cited(row))


@blueprint.write(
    "POST", "/sources/<id:source_id>/citations", NewCitationSchema, RecordedCitationSchema, "add_citation"
)
def add_citation(draft: Mapping[str, Any], source_id: int) -> Work:
    """Record that a source quotes, republishes, cites or translates another; warns of circles.

    The same said again is the same citation: 200.
    """
    return lambda act: citing.add_citation(act, source_id, draft)


@blueprint.write(
    "POST",
    "/sources/<id:source_id>/citations/<id:citation_id>/withdrawal",
    NewReasonSchema,
    CitationSchema,
    "withdraw_citation",
)
def withdraw_citation(draft: Mapping[str, Any], source_id: int, citation_id: int) -> Work:
    """Take back that a source relies on another; it stays to be seen, with the reason."""
    return lambda act: citing.withdraw_citation(act, source_id, citation_id, draft["reason"])


@blueprint.write(
    "POST", "/sources/<id:source_id>/retraction", NewReasonSchema, SourceSchema, "retract_source"
)
def retract_source(draft: Mapping[str, Any], source_id: int) -> Work:
    """Say that a source was taken back or proved unfit; all that rests on it is to be looked at again."""
    return lambda act: citing.retract_source(act, source_id, draft["reason"])


def _known(source_id: int) -> bool:
    """Say whether this caller sees only what is published; raises NotFound if he can't see the source."""
    public_only = sees_only_published()
    there = history.is_there(parts().desk.db, "sources", source_id)
    if not there or (public_only and not _is_public(source_id)):
        raise _unknown(source_id)
    return public_only


def _is_public(source_id: int, as_of: int | None = None) -> bool:
    return lists.is_public(parts().desk.db, lists.SOURCES, source_id, as_of)


def _unknown(source_id: int) -> NotFound:
    return NotFound(f"There is no source {source_id}, or nothing published shows it and you sent no token.")
