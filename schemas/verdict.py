"""Verdicts, rulings and their retraction, and the standing they amount to."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from factcheck.vocabulary import CONFIDENCES, CORRECTION_KINDS
from schemas.fields import Choice, Id, ShortOrFull, ShownMoment, Text, Truth
from schemas.reference import ReasonSchema, WhoSchema
from schemas.source import NewEvidenceSchema
from schemas.status import StatusName


class NewVerdictSchema(Schema):
    """A reviewer's finding."""

    status = StatusName(required=True)
    rationale = Text(most=20000, lines=True, required=True)
    confidence = Choice(
        CONFIDENCES,
        allow_none=True,
        load_default=None,
        metadata={"description": "How sure the reviewer is (ICD 203), apart from the status"},
    )
    correction = Choice(
        CORRECTION_KINDS[:3],
        metadata={
            "description": "Why readers of a published claim were told otherwise, if this changes that; "
            "left out, new_evidence if it rests on a source that no verdict did before, else error"
        },
    )
    sources = fields.List(
        ShortOrFull(Id(), NewEvidenceSchema),
        load_default=list,
        metadata={"description": "The sources it rests on: ids, or new ones in full"},
        validate=validate.Length(max=100, error="Give at most 100 sources."),
    )


class ShownVerdictSchema(Schema):
    """A verdict, as shown in its claim."""

    id = fields.Integer(required=True)
    claim = fields.Integer(required=True)
    kind = Choice(("verdict", "ruling"), required=True)
    status = fields.String(required=True)
    rating = fields.Integer(required=True, allow_none=True)
    rationale = fields.String(required=True)
    confidence = Choice(CONFIDENCES, required=True, allow_none=True)
    sources = fields.List(fields.Integer(), required=True)
    by = fields.Nested(WhoSchema, required=True)
    at = ShownMoment(required=True)
    stands = Truth(required=True)
    superseded_by = fields.Integer(required=True, allow_none=True)
    retraction = fields.Nested(ReasonSchema, required=True, allow_none=True)


class VerdictSchema(ShownVerdictSchema):
    """A verdict."""

    etag = fields.String(required=True)


class StandingSchema(Schema):
    """What the verdicts on a claim amount to, and why."""

    status = fields.String(required=True)
    rating = fields.Integer(required=True, allow_none=True)
    since = ShownMoment(required=True, allow_none=True)
    rule = Choice(("none", "ruling", "newest", "majority"), required=True)
    decided_by = fields.Integer(required=True, allow_none=True)
    contested = Truth(required=True)
    agree = fields.Integer(required=True)
    differ = fields.Integer(required=True)
    dissent = fields.List(fields.Integer(), required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
