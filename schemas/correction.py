"""Corrections: what readers of a published claim are told otherwise now, and why."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import CORRECTION_KINDS
from schemas.fields import Choice, Id, Listed, Moment, ShownMoment
from schemas.listing import ListQuery
from schemas.reference import ActorSchema
from schemas.status import StatusName
from schemas.story import StorySlug


class ShownCorrectionSchema(Schema):
    """A correction, as shown in its claim."""

    id = fields.Integer(required=True)
    kind = Choice(
        CORRECTION_KINDS,
        required=True,
        metadata={
            "description": "error: the desk was wrong; new_evidence: it learnt more; claim_changed: the "
            "statement is another now; rule_changed: the desk decides by another rule"
        },
    )
    from_ = fields.String(
        required=True, data_key="from", metadata={"description": "The status that readers were told"}
    )
    to = fields.String(required=True, metadata={"description": "The status since; the same if words changed"})
    reason = fields.String(required=True)
    at = ShownMoment(required=True)
    by = fields.Nested(ActorSchema, required=True)


class CorrectionSchema(Schema):
    """A correction of a published claim."""

    id = fields.Integer(required=True)
    claim = fields.Integer(required=True)
    text = fields.String(required=True, metadata={"description": "What the claim said when it was corrected"})
    kind = Choice(CORRECTION_KINDS, required=True)
    from_ = fields.String(required=True, data_key="from")
    to = fields.String(required=True)
    reason = fields.String(required=True)
    at = ShownMoment(required=True)
    by = fields.Nested(ActorSchema, required=True)
    etag = fields.String(required=True)


class CorrectionQuery(ListQuery):
    """How the list of corrections may be narrowed and sorted."""

    claim = Id()
    story = StorySlug()
    kind = Choice(CORRECTION_KINDS)
    kind__in = Listed(Choice(CORRECTION_KINDS))
    from_ = StatusName(data_key="from", attribute="from")
    to = StatusName()
    at__gte = Moment(day_as="00:00:00")
    at__lte = Moment(day_as="23:59:59.999")
    sort = Choice(("at", "-at", "id", "-id"), load_default="-at")
