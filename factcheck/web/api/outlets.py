"""The addresses under /v1/outlets: who publishes sources, and how reliable they were found to be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from db import lists
from factcheck.web.answers import answered
from factcheck.web.contract import DeskBlueprint, Work
from factcheck.web.known import text_of
from factcheck.web.lists import answer_parts
from factcheck.workflow import entities
from schemas.listing import AsOfQuery, PastPageQuery
from schemas.outlet import (
    AssessmentSchema,
    NewAssessmentSchema,
    NewOutletSchema,
    OutletChangesSchema,
    OutletQuery,
    OutletSchema,
)

blueprint = DeskBlueprint("outlets", __name__, url_prefix="/v1", description="Who publishes sources")

blueprint.collection("/outlets", lists.OUTLETS, OutletQuery, OutletSchema, "list_outlets")


@blueprint.read("/outlets/<id:outlet_id>", OutletSchema, "get_outlet", query=AsOfQuery)
def read_outlet(query: dict[str, Any], outlet_id: int) -> Response:
    """Read an outlet."""
    return answered(*text_of(lists.OUTLETS, outlet_id, outlet_id, query["as_of"]))


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
    content = json.loads(text_of(lists.OUTLETS, outlet_id, outlet_id, query["as_of"])[1])
    return answer_parts(content["assessments"], query)


@blueprint.write(
    "POST", "/outlets/<id:outlet_id>/assessments", NewAssessmentSchema, OutletSchema, "assess_outlet"
)
def assess_outlet(draft: Mapping[str, Any], outlet_id: int) -> Work:
    """Say how reliable an outlet is (Admiralty code), why, and as of which day.

    The assessment of the latest day is in force, in all claims that show the outlet.
    """
    return lambda act: entities.assess_outlet(act, outlet_id, draft)
