"""The addresses under /v1/claimants, stories, corrections and statuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from db import entities as kept
from db import lists
from factcheck.web.answers import answered
from factcheck.web.contract import DeskBlueprint, Work
from factcheck.web.known import text_of
from factcheck.web.parts import parts
from factcheck.workflow import entities, statuses
from schemas.claimant import ClaimantChangesSchema, ClaimantQuery, ClaimantSchema
from schemas.correction import CorrectionQuery, CorrectionSchema
from schemas.listing import AsOfQuery
from schemas.status import NewStatusSchema, StatusChangesSchema, StatusQuery, StatusSchema
from schemas.story import NewStorySchema, StoryChangesSchema, StoryQuery, StorySchema

blueprint = DeskBlueprint(
    "entities",
    __name__,
    url_prefix="/v1",
    description="What claims refer to and lead to: people, stories, statuses, corrections",
)


def _by_status(query: dict[str, Any]) -> dict[str, Any]:
    """Put slugs where labels were given."""
    named = [name for name in ("from", "to") if name in query]
    db = parts().desk.db
    return {
        **query,
        **{name: statuses.resolve_status(db, query[name], {"parameter": name})["slug"] for name in named},
    }


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


@blueprint.read("/claimants/<id:claimant_id>", ClaimantSchema, "get_claimant", query=AsOfQuery)
def read_claimant(query: dict[str, Any], claimant_id: int) -> Response:
    """Read a claimant."""
    return answered(*text_of(lists.CLAIMANTS, claimant_id, claimant_id, query["as_of"]))


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
    return answered(*text_of(lists.STORIES, row["id"] if row else None, slug, query["as_of"]))


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
    return answered(*text_of(lists.CORRECTIONS, correction_id, correction_id, query["as_of"]))


@blueprint.read("/statuses/<slug:slug>", StatusSchema, "get_status", query=AsOfQuery)
def read_status(query: dict[str, Any], slug: str) -> Response:
    """Read a status of the vocabulary."""
    row = kept.status(parts().desk.db, slug)
    return answered(*text_of(lists.STATUSES, row["id"] if row else None, slug, query["as_of"]))


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
