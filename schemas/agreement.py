"""Agreement between reviewers, and what is asked of it."""

from __future__ import annotations

from marshmallow import Schema, fields

from schemas.fields import Moment, Number, ShownMoment
from schemas.listing import AsOfQuery
from schemas.reference import WhoSchema
from schemas.story import StorySlug

_ALPHA = {
    "description": "Krippendorff's alpha for nominal data, to three places: 1 is perfect agreement, 0 what "
    "chance would give; null where it is not defined, and `note` says why"
}
_NOTE = {"description": "Why there is no alpha, or that it rests on few claims; null where neither is so"}


class OverallSchema(Schema):
    """How far all reviewers agree."""

    reviewers = fields.Integer(required=True, metadata={"description": "Who judged a claim that others did"})
    claims = fields.Integer(required=True, metadata={"description": "Judged by two reviewers at least"})
    n = fields.Integer(required=True, metadata={"description": "Verdicts that stand on those claims"})
    alpha = Number(required=True, allow_none=True, metadata=_ALPHA)
    note = fields.String(required=True, allow_none=True, metadata=_NOTE)


class PairSchema(Schema):
    """How far two reviewers agree."""

    reviewers = fields.List(fields.Nested(WhoSchema), required=True, metadata={"description": "The two"})
    claims = fields.Integer(required=True, metadata={"description": "That both have judged"})
    alike = fields.Integer(required=True, metadata={"description": "To how many they gave the same status"})
    alpha = Number(required=True, allow_none=True, metadata=_ALPHA)
    note = fields.String(required=True, allow_none=True, metadata=_NOTE)


class AgreementSchema(Schema):
    """How far reviewers agree on the status of claims that several of them have judged."""

    story = fields.String(required=True, allow_none=True, metadata={"description": "As it was asked"})
    since = ShownMoment(required=True, allow_none=True, metadata={"description": "As it was asked"})
    overall = fields.Nested(OverallSchema, required=True)
    pairs = fields.List(
        fields.Nested(PairSchema),
        required=True,
        metadata={"description": "Those who judged the same claim at least once, with the most claims first"},
    )


class AgreementQuery(AsOfQuery):
    """Which verdicts are compared."""

    story = StorySlug(load_default=None)
    since = Moment(
        day_as="00:00:00",
        load_default=None,
        metadata={"description": "Only verdicts that were given from here on"},
    )
