"""What a desk asks of a claim before it publishes it."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import REQUIREMENTS
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
    ready = Truth(required=True, metadata={"description": "Whether all that this desk asks for is met"})
    requirements = fields.List(fields.Nested(RequirementSchema), required=True)
