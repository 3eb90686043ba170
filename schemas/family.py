"""A claim's family: the claims that say the same, more, less, otherwise, or the same later."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import LINK_INVERSES, STAGES
from schemas.fields import Choice, Truth
from schemas.link import ShownClaimLinkSchema


class LinkStepSchema(Schema):
    """One link on the way from a claim to the one that was asked for."""

    link = fields.Integer(required=True)
    claim = fields.Integer(required=True)
    kind = Choice(LINK_INVERSES, required=True)
    other = fields.Integer(required=True)


class RelativeSchema(Schema):
    """A claim of the family, and by which links it belongs to it."""

    id = fields.Integer(required=True)
    text = fields.String(required=True)
    claimant = fields.String(required=True)
    claimed_on = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    rating = fields.Integer(required=True, allow_none=True)
    stage = Choice(STAGES, required=True)
    path = fields.List(
        fields.Nested(LinkStepSchema),
        required=True,
        metadata={"description": "From this claim to the one asked for; read as: claim … is … other"},
    )


class RelativesSchema(Schema):
    """The claims that are related in one way: the nearest ones, and how many there are."""

    items = fields.List(
        fields.Nested(RelativeSchema), required=True, metadata={"description": "Nearest first; at most 200"}
    )
    count = fields.Integer(required=True)


class FamilySchema(Schema):
    """All claims that hang together with one by confirmed links, by what they are to it."""

    claim = fields.Integer(required=True)
    same = fields.Nested(RelativesSchema, required=True)
    narrower = fields.Nested(RelativesSchema, required=True)
    broader = fields.Nested(RelativesSchema, required=True)
    contradicts = fields.Nested(RelativesSchema, required=True)
    newer = fields.Nested(RelativesSchema, required=True)
    older = fields.Nested(RelativesSchema, required=True)
    suggested = fields.List(
        fields.Nested(ShownClaimLinkSchema),
        required=True,
        metadata={"description": "Links of this claim that wait for a decision; empty without a token"},
    )
    whole = Truth(
        required=True,
        metadata={"description": "Whether all links were followed, which ends at 20,000 claims"},
    )
