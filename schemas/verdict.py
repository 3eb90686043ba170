"""Verdicts, rulings and their retraction, and the standing they amount to."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from factcheck.vocabulary import CONFIDENCES, CORRECTION_KINDS, OPINIONS, STANCES
from schemas.evidence import NewEvidenceSchema
from schemas.fields import Choice, Id, ShortOrFull, ShownMoment, Text, Truth
from schemas.opinion import ShownOpinionSchema
from schemas.reference import ReasonSchema, WhoSchema
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
    looked_for = fields.List(
        Choice(STANCES),
        load_default=list,
        metadata={"description": "What evidence was looked for, found or not"},
        validate=validate.Length(max=len(STANCES), error="Name each stance once."),
    )

    @post_load
    def order_stances(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Name each stance once and in its order, so that the same verdict is told to be the same."""
        named = data["looked_for"]
        return {**data, "looked_for": [stance for stance in STANCES if stance in named]}


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
    looked_for = fields.List(Choice(STANCES), required=True)
    by = fields.Nested(WhoSchema, required=True)
    at = ShownMoment(required=True)
    stands = Truth(required=True)
    superseded_by = fields.Integer(required=True, allow_none=True)
    retraction = fields.Nested(ReasonSchema, required=True, allow_none=True)
    opinions = fields.List(fields.Nested(ShownOpinionSchema), required=True)


class VerdictSchema(ShownVerdictSchema):
    """A verdict."""

    etag = fields.String(required=True)


class DissenterSchema(Schema):
    """A reviewer who does not agree with the verdict that decides, and by what he says so."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    by = Choice(("verdict", "opinion"), required=True)
    status = fields.String(required=True, allow_none=True, metadata={"description": "That his verdict gives"})
    opinion = Choice(OPINIONS, required=True, allow_none=True)
    reason = fields.String(required=True)


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
    dissenters = fields.List(
        fields.Nested(DissenterSchema),
        required=True,
        metadata={
            "description": "Whose verdict differs, and who disagrees with the one that decides without a "
            "differing verdict of his own; each once"
        },
    )
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
