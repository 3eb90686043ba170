"""Reviews: when a claim is looked at again, by whom, and why it should be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from db import Database, entities, reviews
from db.rows import Row, insert
from factcheck.errors import Invalid
from factcheck.policy import may
from factcheck.workflow.acting import Act, Actor, Outcome
from factcheck.workflow.shown import live_claim
from schemas.review import ClaimInNeedSchema, ReviewSchema
from schemas.shown import picker

_PLANNED = ("review_by", "assigned_to", "due_on")
_review = picker(ReviewSchema)
_in_need = picker(ClaimInNeedSchema)


def plan_review(act: Act, claim_id: int, draft: Mapping[str, Any]) -> Outcome:
    """Say when a claim is to be looked at again and who does it until when, in place of what was planned."""
    act.permit("review:plan")
    before = review_content(act.db, claim_id, act.at[:10])
    live_claim(act, claim_id, before)
    location = f"/v1/claims/{claim_id}/review"
    in_force = reviews.plan(act.db, claim_id) or dict.fromkeys(_PLANNED)
    if all(in_force[name] == draft[name] for name in _PLANNED):
        return act.outcome(False, location, before)
    _refuse_who_can_give_no_verdict(act, draft["assigned_to"])
    row = {name: draft[name] for name in _PLANNED}
    plan_id = insert(act.db, "review_plans", {"claim_id": claim_id, **row, **act.stamps("planned")})
    act.record("review:plan", "review_plans", plan_id, row, claim_id)
    return act.outcome(False, location, review_content(act.db, claim_id, act.at[:10]))


def mark_for_review(act: Act, claim_id: int, reason: str, **because: int) -> None:
    """Mark a claim to be looked at again.

    Args:
        because: of which source or of which claim's figure, by the column that names it.
    """
    mark = {"claim_id": claim_id, "reason": reason, **because, "seq": act.seq, "marked_at": act.at}
    insert(act.db, "review_marks", mark)


def review_content(db: Database, claim_id: int, today: str) -> dict[str, Any]:
    """Compose what is planned for a claim, and why it should be looked at again."""
    plan = reviews.plan(db, claim_id) or {}
    reasons = [
        {**row, "source": row["source_id"], "by_claim": row["by_claim_id"]}
        for row in reviews.reasons_of(db, claim_id, today)
    ]
    return _review(
        {
            **_shown_plan(plan, reasons, today),
            "claim": claim_id,
            "planned_at": plan.get("planned_at"),
            "planned_by": _who(plan, "planned_by"),
            "reasons": reasons,
        }
    )


def claim_in_need(row: Row, today: str) -> dict[str, Any]:
    """Compose one claim of the list of those that should be looked at again."""
    reasons = json.loads(row["reasons"])
    plan = _shown_plan(row, reasons, today)
    told = {"claim": row["id"], "story": row["story_slug"], "reasons": reasons}
    return _in_need({**row, **plan, **told})


def _shown_plan(plan: Row, reasons: list[dict[str, Any]], today: str) -> dict[str, Any]:
    waited_for = any(each["reason"] == "assigned" for each in reasons)
    due_on = plan.get("due_on")
    return {
        "review_by": plan.get("review_by"),
        "assigned_to": _who(plan, "assigned_to"),
        "due_on": due_on,
        "overdue": bool(waited_for and due_on and due_on < today),
    }


def _who(plan: Row, role: str) -> dict[str, Any] | None:
    return {"id": plan[role], "name": plan[f"{role}_name"]} if plan.get(role) else None


def _refuse_who_can_give_no_verdict(act: Act, reviewer_id: int | None) -> None:
    if reviewer_id is None:
        return
    row = entities.by_id(act.db, "reviewers", reviewer_id)
    if row and row["active"] and may(Actor(row["id"], row["name"], row["role"]), "verdict:issue"):
        return
    detail = f"Reviewer {reviewer_id} can give no verdict here; name an active one with the role reviewer."
    raise Invalid(detail, errors=[{"pointer": "/assigned_to", "detail": detail}])
