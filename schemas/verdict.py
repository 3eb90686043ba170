"""Verdicts, rulings and their retraction, and the standing they amount to."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields

from factcheck.vocabulary import CONFIDENCES
from schemas.fields import Choice, Id, ShownMoment, Text, Truth
from schemas.reference import ReasonSchema, WhoSchema
from schemas.source import NewEvidenceSchema
from schemas.status import StatusName

_EVIDENCE = NewEvidenceSchema()


class SourceOrId(fields.Field[Any]):
    """A source that a verdict rests on: the id of one attached to the claim, or a new one in full."""

    _id = Id()
    from_text = staticmethod(Id.from_text)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict):
            return _EVIDENCE.load(value)
        if isinstance(value, int | float):
            return self._id.deserialize(value)
        raise ValidationError("Give the id of a source attached to the claim, or a source as an object.")


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
    sources = fields.List(
        SourceOrId(),
        load_default=list,
        metadata={"description": "The sources it rests on: ids, or new ones in full", "maxItems": 100},
        validate=lambda value: len(value) <= 100 or _refuse("Give at most 100 sources."),
    )


def _refuse(message: str) -> bool:
    raise ValidationError(message)


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
