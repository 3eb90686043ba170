"""The addresses of what should be looked at again: /v1/needs_review and /v1/claims/{id}/review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from db import reviews as kept
from db.claims import served_claim
from factcheck.dates import now
from factcheck.publishing import reviews as written
from factcheck.web.answers import composed
from factcheck.web.caller import permitted
from factcheck.web.contract import DeskBlueprint, Work
from factcheck.web.lists import newest_page
from factcheck.web.parts import parts
from factcheck.web.worked_out import WrittenForPeople
from factcheck.workflow import reviews
from factcheck.workflow.acting import missing
from schemas.listing import page_of
from schemas.review import ClaimInNeedSchema, InNeedQuery, ReviewPlanSchema, ReviewSchema

blueprint = DeskBlueprint(
    "reviews", __name__, url_prefix="/v1", description="What should be looked at again, and by whom"
)


@blueprint.worked_out(
    "/needs_review",
    page_of(ClaimInNeedSchema, InNeedQuery),
    "list_in_need",
    WrittenForPeople(written.rows, written.text),
    query=InNeedQuery,
    act="desk:read_unpublished",
    tag="reviews",
)
def read_in_need(query: Mapping[str, Any]) -> dict[str, Any]:
    """List claims that should be looked at again: assigned, stale, contested, or rest on what has changed."""
    db, today = parts().desk.db, now()[:10]
    filters = {
        name: query[name] for name in ("reason", "assigned_to", "due_on__lte", "story") if name in query
    }

    def fetch(before: int | None, limit: int) -> list[dict[str, Any]]:
        beyond = {} if before is None else {"before": before}
        return kept.in_need(db, {**filters, **beyond}, today, limit)

    page, following = newest_page(fetch, query)
    total = {"total": kept.count_in_need(db, filters, today)} if query["count"] else {}
    return {"items": [reviews.claim_in_need(row, today) for row in page], "next": following, **total}


@blueprint.read("/claims/<id:claim_id>/review", ReviewSchema, "get_review")
def read_review(claim_id: int) -> Response:
    """Read when a claim is looked at again and by whom, and why it should be."""
    permitted("desk:read_unpublished")
    with parts().desk.snapshot() as db:
        if served_claim(db, claim_id) is None:
            missing("claims", claim_id)
        return composed(reviews.review_content(db, claim_id, now()[:10]))


@blueprint.write(
    "PUT", "/claims/<id:claim_id>/review", ReviewPlanSchema, ReviewSchema, "plan_review", creates=False
)
def plan_review(draft: Mapping[str, Any], claim_id: int) -> Work:
    """Say when a claim is looked at again and who does it until when; what is left out is not planned."""
    return lambda act: reviews.plan_review(act, claim_id, draft)
