"""The addresses under /v1/sources, outlets, claimants, stories and statuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from db import entities as kept
from db import lists, log
from db import sources as kept_sources
from db.lists import Listing
from factcheck.addresses import address_key
from factcheck.errors import Invalid, NotFound
from factcheck.web.answers import answered, attached, composed
from factcheck.web.caller import permitted, sees_only_published
from factcheck.web.contract import DeskBlueprint, Work
from factcheck.web.lists import answer_parts
from factcheck.web.parts import parts
from factcheck.web.past import line_as_of, resource_as_of
from factcheck.workflow import entities, keeping, sources, statuses
from factcheck.workflow.acting import SINGULAR
from factcheck.workflow.keeping import copy_of
from schemas.claimant import ClaimantChangesSchema, ClaimantQuery, ClaimantSchema
from schemas.correction import CorrectionQuery, CorrectionSchema
from schemas.listing import AsOfQuery, PastPageQuery
from schemas.outlet import (
    AssessmentSchema,
    NewAssessmentSchema,
    NewOutletSchema,
    OutletChangesSchema,
    OutletQuery,
    OutletSchema,
)
from schemas.source import (
    CopyQuery,
    NewSourceSchema,
    SealedIdentitySchema,
    SourceChangesSchema,
    SourceQuery,
    SourceSchema,
)
from schemas.status import NewStatusSchema, StatusChangesSchema, StatusQuery, StatusSchema
from schemas.story import NewStorySchema, StoryChangesSchema, StoryQuery, StorySchema

blueprint = DeskBlueprint(
    "entities",
    __name__,
    url_prefix="/v1",
    description="What claims refer to: sources, people, stories, statuses",
)


_ENDINGS = {
    "application/warc": ".warc.gz",
    "application/pdf": ".pdf",
    "text/html": ".html",
    "text/plain": ".txt",
    "image/jpeg": ".jpg",
    "image/png": ".png",
}


def _served(listing: Listing, row_id: int | None, given: object, query: Mapping[str, Any]) -> Response:
    """Answer with something that this caller may know of, or might have known of then."""
    return answered(*_text(listing, row_id, given, query))


def _text(listing: Listing, row_id: int | None, given: object, query: Mapping[str, Any]) -> tuple[str, str]:
    """Give the etag and the text of something that this caller may know of, or might have known of then."""
    db, public_only = parts().desk.db, sees_only_published()
    noun = SINGULAR.get(listing.noun, listing.noun[:-1])
    seq = line_as_of(query["as_of"])
    hidden = public_only and listing.public and not lists.is_public(db, listing, row_id or 0, seq)
    found = log.document(db, listing.noun, row_id) if row_id is not None else None
    if row_id is None or found is None or hidden:
        raise NotFound(f"There is no {noun} {given}, or nothing published shows it and you sent no token.")
    if seq is None:
        return found
    then = resource_as_of(listing.noun, row_id, seq, f"{noun} {given}")
    return then.etag, then.body


def _by_address(query: dict[str, Any]) -> dict[str, Any]:
    """Look for an address under its key."""
    query = dict(query)
    if "url" in query:
        try:
            query["identity"] = address_key(query.pop("url"))
        except ValueError as fault:
            raise Invalid(str(fault), errors=[{"parameter": "url", "detail": str(fault)}]) from None
    return query


def _by_status(query: dict[str, Any]) -> dict[str, Any]:
    """Put slugs where labels were given."""
    named = [name for name in ("from", "to") if name in query]
    db = parts().desk.db
    return {
        **query,
        **{name: statuses.resolve_status(db, query[name], {"parameter": name})["slug"] for name in named},
    }


blueprint.collection(
    "/sources", lists.SOURCES, SourceQuery, SourceSchema, "list_sources", prepare=_by_address
)
blueprint.collection("/outlets", lists.OUTLETS, OutletQuery, OutletSchema, "list_outlets")
blueprint.collection("/claimants", lists.CLAIMANTS, ClaimantQuery, ClaimantSchema, "list_claimants")
blueprint.collection("/stories", lists.STORIES, StoryQuery, StorySchema, "list_stories")
blueprint.collection(
    "/corrections",
    lists.CORRECTIONS,
    CorrectionQuery,
    CorrectionSchema,
    "list_corrections",
    prepare=_by_status,
)
blueprint.collection("/statuses", lists.STATUSES, StatusQuery, StatusSchema, "list_statuses")


@blueprint.read("/sources/<id:source_id>", SourceSchema, "get_source", query=AsOfQuery)
def read_source(query: dict[str, Any], source_id: int) -> Response:
    """Read a source."""
    return _served(lists.SOURCES, source_id, source_id, query)


@blueprint.read("/sources/<id:source_id>/identity", SealedIdentitySchema, "get_sealed_identity")
def read_identity(source_id: int) -> Response:
    """Read who a protected source is, as an editor, with what proves that it was sealed so."""
    permitted("source:read_sealed")
    row = kept_sources.sealed_identity(parts().desk.db, source_id)
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
    row = kept_sources.copied_bytes(parts().desk.db, source_id, copy_id)
    if row is None:
        raise NotFound(f"There is no copy {copy_id} of source {source_id}.")
    name = f"source-{source_id}-copy-{copy_id}{_ENDINGS.get(row['media_type'], '')}"
    return attached(row["sha256"], row["content"], row["media_type"], name)


@blueprint.read("/outlets/<id:outlet_id>", OutletSchema, "get_outlet", query=AsOfQuery)
def read_outlet(query: dict[str, Any], outlet_id: int) -> Response:
    """Read an outlet."""
    return _served(lists.OUTLETS, outlet_id, outlet_id, query)


@blueprint.write("POST", "/outlets", NewOutletSchema, OutletSchema, "create_outlet", conditional=False)
def add_outlet(draft: Mapping[str, Any]) -> Work:
    """Record an outlet; the same name is the same outlet: 200."""
    return lambda act: entities.add_outlet(act, draft)


@blueprint.write(
    "PATCH", "/outlets/<id:outlet_id>", OutletChangesSchema, OutletSchema, "revise_outlet", creates=False
)
def revise_outlet(draft: Mapping[str, Any], outlet_id: int) -> Work:
    """Change an outlet, and its name wherever it is shown."""
    return lambda act: entities.revise_outlet(act, outlet_id, draft)


@blueprint.read(
    "/outlets/<id:outlet_id>/assessments", AssessmentSchema, "list_assessments", query=PastPageQuery
)
def read_assessments(query: dict[str, Any], outlet_id: int) -> Response:
    """List how reliable an outlet was found to be, when and why; the last is in force."""
    content = json.loads(_text(lists.OUTLETS, outlet_id, outlet_id, query)[1])
    return answer_parts(content["assessments"], query)


@blueprint.write(
    "POST", "/outlets/<id:outlet_id>/assessments", NewAssessmentSchema, OutletSchema, "assess_outlet"
)
def assess_outlet(draft: Mapping[str, Any], outlet_id: int) -> Work:
    """Say how reliable an outlet is (Admiralty code), why, and as of which day.

    The assessment of the latest day is in force, in all claims that show the outlet.
    """
    return lambda act: entities.assess_outlet(act, outlet_id, draft)


@blueprint.read("/claimants/<id:claimant_id>", ClaimantSchema, "get_claimant", query=AsOfQuery)
def read_claimant(query: dict[str, Any], claimant_id: int) -> Response:
    """Read a claimant."""
    return _served(lists.CLAIMANTS, claimant_id, claimant_id, query)


@blueprint.write(
    "PATCH",
    "/claimants/<id:claimant_id>",
    ClaimantChangesSchema,
    ClaimantSchema,
    "revise_claimant",
    creates=False,
)
def revise_claimant(draft: Mapping[str, Any], claimant_id: int) -> Work:
    """Change a claimant, in all claims that show him."""
    return lambda act: entities.revise_claimant(act, claimant_id, draft)


@blueprint.read("/stories/<slug:slug>", StorySchema, "get_story", query=AsOfQuery)
def read_story(query: dict[str, Any], slug: str) -> Response:
    """Read a story."""
    row = kept.story(parts().desk.db, slug)
    return _served(lists.STORIES, row["id"] if row else None, slug, query)


@blueprint.write("POST", "/stories", NewStorySchema, StorySchema, "create_story", conditional=False)
def add_story(draft: Mapping[str, Any]) -> Work:
    """Open a story."""
    return lambda act: entities.add_story(act, draft)


@blueprint.write(
    "PATCH", "/stories/<slug:slug>", StoryChangesSchema, StorySchema, "revise_story", creates=False
)
def revise_story(draft: Mapping[str, Any], slug: str) -> Work:
    """Change a story's title or summary."""
    return lambda act: entities.revise_story(act, slug, draft)


@blueprint.read("/corrections/<id:correction_id>", CorrectionSchema, "get_correction", query=AsOfQuery)
def read_correction(query: dict[str, Any], correction_id: int) -> Response:
    """Read a correction of a published claim."""
    return _served(lists.CORRECTIONS, correction_id, correction_id, query)


@blueprint.read("/statuses/<slug:slug>", StatusSchema, "get_status", query=AsOfQuery)
def read_status(query: dict[str, Any], slug: str) -> Response:
    """Read a status of the vocabulary."""
    row = kept.status(parts().desk.db, slug)
    return _served(lists.STATUSES, row["id"] if row else None, slug, query)


@blueprint.write("POST", "/statuses", NewStatusSchema, StatusSchema, "create_status", conditional=False)
def add_status(draft: Mapping[str, Any]) -> Work:
    """Add a status to the vocabulary; its slug and rating stay as they are given."""
    return lambda act: statuses.add_status(act, draft)


@blueprint.write(
    "PATCH", "/statuses/<slug:slug>", StatusChangesSchema, StatusSchema, "revise_status", creates=False
)
def revise_status(draft: Mapping[str, Any], slug: str) -> Work:
    """Relabel, translate or retire a status."""
    return lambda act: statuses.revise_status(act, slug, draft)
