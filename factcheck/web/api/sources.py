"""The addresses under /v1/sources: sources, their copies, who they rely on, and what rests on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from db import citations as kept_citations
from db import history, lists
from db import sources as kept
from factcheck.addresses import address_key
from factcheck.errors import Invalid, NotFound
from factcheck.publishing import impact
from factcheck.web.answers import answered, attached, composed
from factcheck.web.caller import permitted, sees_only_published
from factcheck.web.contract import DeskBlueprint, Work
from factcheck.web.known import may_know, text_of, unknown
from factcheck.web.lists import answer_parts
from factcheck.web.parts import parts
from factcheck.web.past import line_as_of
from factcheck.web.worked_out import WrittenForPeople
from factcheck.workflow import citing, keeping, sources
from factcheck.workflow.keeping import copy_of
from factcheck.workflow.rendering import cited
from factcheck.workflow.tracing import impact_content
from schemas.citation import CitationQuery, CitationSchema, NewCitationSchema, RecordedCitationSchema
from schemas.listing import AsOfQuery
from schemas.provenance import ImpactSchema
from schemas.reference import NewReasonSchema
from schemas.source import (
    CopyQuery,
    NewSourceSchema,
    SealedIdentitySchema,
    ShownCitationSchema,
    SourceChangesSchema,
    SourceQuery,
    SourceSchema,
)

blueprint = DeskBlueprint(
    "sources", __name__, url_prefix="/v1", description="Citable items, and who of them relies on whom"
)

_ENDINGS = {
    "application/warc": ".warc.gz",
    "application/pdf": ".pdf",
    "text/html": ".html",
    "text/plain": ".txt",
    "image/jpeg": ".jpg",
    "image/png": ".png",
}


def _by_address(query: dict[str, Any]) -> dict[str, Any]:
    """Look for an address under its key."""
    query = dict(query)
    if "url" in query:
        try:
            query["identity"] = address_key(query.pop("url"))
        except ValueError as fault:
            raise Invalid(str(fault), errors=[{"parameter": "url", "detail": str(fault)}]) from None
    return query


blueprint.collection(
    "/sources", lists.SOURCES, SourceQuery, SourceSchema, "list_sources", prepare=_by_address
)


@blueprint.read("/sources/<id:source_id>", SourceSchema, "get_source", query=AsOfQuery)
def read_source(query: dict[str, Any], source_id: int) -> Response:
    """Read a source."""
    return answered(*text_of(lists.SOURCES, source_id, source_id, query["as_of"]))


@blueprint.read("/sources/<id:source_id>/identity", SealedIdentitySchema, "get_sealed_identity")
def read_identity(source_id: int) -> Response:
    """Read who a protected source is, as an editor, with what proves that it was sealed so."""
    permitted("source:read_sealed")
    row = kept.sealed_identity(parts().desk.db, source_id)
    if row is None:
        raise NotFound(f"There is no protected source {source_id}.")
    who = {"id": row["sealed_by"], "name": row["sealed_by_name"]}
    told = {name: row[name] for name in ("salt", "content", "sealed")}
    identity = json.loads(row["content"])
    response = composed({"source": source_id, "identity": identity, "sealed_by": who, **told})
    # Not even the browser of an editor keeps it.
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.write("POST", "/sources", NewSourceSchema, SourceSchema, "create_source", conditional=False)
def add_source(draft: Mapping[str, Any]) -> Work:
    """Record a source; the same address is the same source: 200."""
    return lambda act: sources.add_source(act, draft)


@blueprint.write(
    "PATCH", "/sources/<id:source_id>", SourceChangesSchema, SourceSchema, "revise_source", creates=False
)
def revise_source(draft: Mapping[str, Any], source_id: int) -> Work:
    """Change what is known of a source, in all claims that show it."""
    return lambda act: sources.revise_source(act, source_id, draft)


@blueprint.upload("/sources/<id:source_id>/copies", CopyQuery, SourceSchema, "keep_copy")
def keep_copy(query: Mapping[str, Any], content: bytes, media_type: str, source_id: int) -> Work:
    """Keep a copy of a source: its bytes, under their own media type.

    The same bytes are the same copy: 200. From then on the source's sha256 is that of its newest copy.
    """
    copy = copy_of(content, media_type)
    return lambda act: keeping.keep_copy(act, source_id, copy, query.get("accessed_at"))


@blueprint.download("/sources/<id:source_id>/copies/<id:copy_id>", "get_copy")
def read_copy(source_id: int, copy_id: int) -> Response:
    """Read the bytes of a copy, to be saved."""
    # Whoever may quote a page may not publish all of it, so copies are for the desk's people only.
    permitted("desk:read_unpublished")
    row = kept.copied_bytes(parts().desk.db, source_id, copy_id)
    if row is None:
        raise NotFound(f"There is no copy {copy_id} of source {source_id}.")
    name = f"source-{source_id}-copy-{copy_id}{_ENDINGS.get(row['media_type'], '')}"
    return attached(row["sha256"], row["content"], row["media_type"], name)


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
    if found is None or (not found["claims"] and not may_know(lists.SOURCES, source_id, seq)):
        raise unknown(lists.SOURCES, source_id)
    return found


@blueprint.read(
    "/sources/<id:source_id>/citations", ShownCitationSchema, "list_citations", query=CitationQuery
)
def read_citations(query: dict[str, Any], source_id: int) -> Response:
    """List what a source relies on, or what relies on it."""
    # They are refused as the source itself would be.
    text_of(lists.SOURCES, source_id, source_id)
    db = parts().desk.db
    if query["direction"] == "cites":
        rows = kept_citations.citations_by(db, source_id)
    else:
        # By whom it is cited tells of those sources, too.
        citing_it = kept_citations.citations_of(db, source_id)
        rows = [row for row in citing_it if may_know(lists.SOURCES, row["source_id"])]
    return answer_parts([cited(row) for row in rows], query)


@blueprint.read("/sources/<id:source_id>/citations/<id:citation_id>", CitationSchema, "get_citation")
def read_citation(source_id: int, citation_id: int) -> Response:
    """Read that a source relies on another."""
    # It is refused as the source itself would be.
    text_of(lists.SOURCES, source_id, source_id)
    row = kept_citations.citation(parts().desk.db, citation_id)
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
