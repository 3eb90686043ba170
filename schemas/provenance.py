"""Where what is attached to a claim comes from, and what rests on a source."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import ORIGINALITIES, STAGES
from schemas.fields import Choice, Truth
from schemas.reference import WhoSchema


class ReachedSchema(Schema):
    """Which attached sources lead there: the first of them, and how many there are."""

    reached_by = fields.List(fields.Integer(), required=True)
    reached_by_total = fields.Integer(required=True)


class OriginSchema(ReachedSchema):
    """An origin: a source that nothing leads further back from, or the claimant's own statement."""

    source = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "null for what the claimant himself said"},
    )
    claimant = Truth(
        required=True, metadata={"description": "Whether it is the claimant's, or of an outlet in his hand"}
    )
    name = fields.String(required=True, allow_none=True, metadata={"description": "The claimant's name"})
    title = fields.String(required=True, allow_none=True)
    outlet = fields.String(required=True, allow_none=True)
    url = fields.String(required=True, allow_none=True)
    original = Choice(ORIGINALITIES, required=True, allow_none=True)
    protected = Truth(required=True)
    described_as = fields.String(required=True, allow_none=True)


class CircularSchema(ReachedSchema):
    """A source that is no evidence: a page of this desk, or a place where the claim itself was seen."""

    source = fields.Integer(required=True)
    leads_to = Choice(("our_verdict", "the_claim"), required=True)
    path = fields.List(fields.Integer(), required=True)
    detail = fields.String(required=True)


class SameOwnerSchema(Schema):
    """Origins in one hand, which count once."""

    owner = fields.String(required=True, allow_none=True)
    outlets = fields.List(fields.String(), required=True)
    origins = fields.List(
        fields.Integer(allow_none=True),
        required=True,
        metadata={"description": "Numbers of sources; null for what the claimant himself said"},
    )


class RetractedSourceSchema(ReachedSchema):
    """A source that was taken back, through which nothing is reached."""

    source = fields.Integer(required=True)
    title = fields.String(required=True, allow_none=True)
    outlet = fields.String(required=True, allow_none=True)


class BehindSchema(Schema):
    """What stands behind the sources that say one thing of a claim."""

    sources = fields.Integer(required=True)
    outlets = fields.Integer(required=True)
    independent_origins = fields.Integer(
        required=True, metadata={"description": "Origins; those in one hand count once"}
    )
    beyond_claimant = fields.Integer(
        required=True, metadata={"description": "Independent origins but for the claimant"}
    )
    unconfirmed = fields.Integer(
        required=True,
        metadata={"description": "Independent origins of which nobody has said that they are own reporting"},
    )
    origins = fields.List(
        fields.Nested(OriginSchema),
        required=True,
        metadata={"description": "The claimant first, then those to which most leads; at most 500"},
    )
    unknown_origin = fields.Integer(
        required=True,
        metadata={"description": "Sources that are no own reporting, and nobody has said whose it is"},
    )
    unknown_ = fields.List(
        fields.Integer(), required=True, data_key="unknown", metadata={"description": "Their numbers"}
    )
    circles = fields.List(
        fields.List(fields.Integer()),
        required=True,
        metadata={"description": "Sources that cite one another in a circle; none of them is an origin"},
    )
    circular = fields.List(fields.Nested(CircularSchema), required=True)
    same_owner = fields.List(fields.Nested(SameOwnerSchema), required=True)
    retracted = fields.List(fields.Nested(RetractedSourceSchema), required=True)


class ProvenanceSchema(Schema):
    """How many independent origins stand behind what is attached to a claim."""

    claim = fields.Integer(required=True)
    supports = fields.Nested(BehindSchema, required=True)
    refutes = fields.Nested(BehindSchema, required=True)
    context = fields.Nested(BehindSchema, required=True)


_WAY = {"description": "From the source it rests on by itself to this one"}


class TouchedClaimSchema(Schema):
    """A claim that rests on a source."""

    claim = fields.Integer(required=True)
    text = fields.String(required=True)
    stage = Choice(STAGES, required=True)
    status = fields.String(required=True)
    rating = fields.Integer(required=True, allow_none=True)
    contested = Truth(required=True)
    path = fields.List(fields.Integer(), required=True, metadata=_WAY)


class TouchedVerdictSchema(Schema):
    """A verdict that stands and rests on a source."""

    verdict = fields.Integer(required=True)
    claim = fields.Integer(required=True)
    kind = Choice(("verdict", "ruling"), required=True)
    status = fields.String(required=True)
    by = fields.Nested(WhoSchema, required=True)
    decides = Truth(required=True, metadata={"description": "Whether the claim's standing is by it"})
    published = Truth(required=True)
    path = fields.List(fields.Integer(), required=True, metadata=_WAY)


class ImpactSchema(Schema):
    """What rests on a source, directly or through citations."""

    source = fields.Integer(required=True)
    title = fields.String(required=True, allow_none=True)
    outlet = fields.String(required=True, allow_none=True)
    described_as = fields.String(required=True, allow_none=True)
    claims = fields.List(
        fields.Nested(TouchedClaimSchema), required=True, metadata={"description": "By number; at most 500"}
    )
    claims_total = fields.Integer(required=True)
    verdicts = fields.List(
        fields.Nested(TouchedVerdictSchema), required=True, metadata={"description": "By number; at most 500"}
    )
    verdicts_total = fields.Integer(required=True)
