"""What a desk asks of a claim before it publishes it."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import REQUIREMENTS, STAGES
from schemas.fields import Choice, Truth


class RequirementSchema(Schema):
    """Something that a desk may ask for."""

    name = Choice(REQUIREMENTS, required=True)
    asked = Truth(required=True, metadata={"description": "Whether this desk asks for it"})
    met = Truth(required=True)
    why = fields.String(required=True, metadata={"description": "Why it is met, or what to do"})


class ClaimReadinessSchema(Schema):
    """Whether a claim is ready to be published, whoever does it."""

    claim = fields.Integer(required=True)
    text = fields.String(required=True)
    stage = Choice(STAGES, required=True)
    override_reason = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why it was published below the gate, if it was"},
    )
    ready = Truth(required=True, metadata={"description": "Whether all that this desk asks for is met"})
    requirements = fields.List(fields.Nested(RequirementSchema), required=True)
