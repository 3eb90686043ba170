"""When a claim is looked at again, by whom, and why it should be."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from factcheck.vocabulary import REVIEW_REASONS, STAGES
from schemas.fields import Choice, Day, Id, ShownMoment, Truth
from schemas.listing import PageQuery
from schemas.reference import WhoSchema
from schemas.story import StorySlug


class ReviewPlanSchema(Schema):
    """When a claim is to be looked at again, and who does it until when. Left out means none."""

    review_by = Day(
        allow_none=True,
        load_default=None,
        metadata={"description": "From this day on (UTC) it is stale, until somebody gives a verdict"},
    )
    assigned_to = Id(
        allow_none=True,
        load_default=None,
        metadata={"description": "The reviewer whose verdict is waited for"},
    )
    due_on = Day(
        allow_none=True, load_default=None, metadata={"description": "Until when he is to give it (UTC)"}
    )

    @validates_schema
    def a_deadline_is_somebodys(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a deadline that nobody has to keep."""
        if data.get("due_on") and not data.get("assigned_to"):
            raise ValidationError("Say in assigned_to who has to keep the deadline.", "due_on")


class ReviewReasonSchema(Schema):
    """Why a claim should be looked at again."""

    reason = Choice(REVIEW_REASONS, required=True)
    since = fields.String(required=True)
    source = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The source that was retracted"}
    )
    by_claim = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The claim whose figure took its place"}
    )


_OVERDUE = {"description": "Whether the deadline has passed and the verdict is still waited for"}


class ReviewSchema(Schema):
    """The desk's plan for a claim, and why it should be looked at again."""

    claim = fields.Integer(required=True)
    reasons = fields.List(fields.Nested(ReviewReasonSchema), required=True)
    assigned_to = fields.Nested(WhoSchema, required=True, allow_none=True)
    due_on = fields.String(required=True, allow_none=True)
    overdue = Truth(required=True, metadata=_OVERDUE)
    review_by = fields.String(required=True, allow_none=True)
    planned_at = ShownMoment(required=True, allow_none=True)
    planned_by = fields.Nested(WhoSchema, required=True, allow_none=True)
    etag = fields.String(required=True)


class ClaimInNeedSchema(Schema):
    """A claim that should be looked at again."""

    claim = fields.Integer(required=True)
    text = fields.String(required=True)
    story = fields.String(required=True, allow_none=True)
    stage = Choice(STAGES, required=True)
    status = fields.String(required=True)
    reasons = fields.List(fields.Nested(ReviewReasonSchema), required=True)
    assigned_to = fields.Nested(WhoSchema, required=True, allow_none=True)
    due_on = fields.String(required=True, allow_none=True)
    overdue = Truth(required=True, metadata=_OVERDUE)
    review_by = fields.String(required=True, allow_none=True)


class InNeedQuery(PageQuery):
    """How the list of claims in need of review may be narrowed."""

    reason = Choice(REVIEW_REASONS)
    assigned_to = Id(metadata={"description": "Claims that wait for this reviewer"})
    due_on__lte = Day()
    story = StorySlug()
