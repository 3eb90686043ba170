"""The figures of a story beside one another, and what is asked of them."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import QUALIFIERS, STAGES
from schemas.claim import MEASURE, ShownFigureSchema
from schemas.claimant import ShownClaimantSchema
from schemas.fields import Choice, Number, Text, Truth
from schemas.listing import AsOfQuery
from schemas.status import SLUG_PATTERN
from schemas.story import ShownStorySchema

_AS_PUBLISHED = {"description": "In the words in which it was published; where nobody gave them, the claim's"}
_AS_OF = {"description": "When it held, EDTF; where nobody said, when it was claimed; null where neither is"}
_SOME = {"description": "Numbers of claims, in order of time; at most 50 of `count`"}
_LISTED = {"description": "The first 1,000, and for each further figure those nearest to it"}
_CLAIM = {"description": "Number of the claim that states it"}


class BoundsSchema(Schema):
    """Between which numbers a quantity lies."""

    low = Number(required=True, allow_none=True, metadata={"description": "null for no lower bound"})
    high = Number(required=True, allow_none=True, metadata={"description": "null for no upper bound"})
    low_open = Truth(required=True, metadata={"description": "Whether `low` itself is left out"})
    high_open = Truth(required=True, metadata={"description": "Whether `high` itself is left out"})


class FigureInSeriesSchema(Schema):
    """A figure as a claim states it, what follows from its words, and how the claim stands."""

    claim = fields.Integer(required=True, metadata=_CLAIM)
    as_published = fields.String(required=True, metadata=_AS_PUBLISHED)
    stated = fields.Nested(ShownFigureSchema, required=True)
    bounds = fields.Nested(BoundsSchema, required=True, metadata={"description": "Derived from its words"})
    qualifier = Choice(QUALIFIERS, required=True)
    unit = fields.String(required=True, allow_none=True)
    as_of = fields.String(required=True, allow_none=True, metadata=_AS_OF)
    claimant = fields.Nested(ShownClaimantSchema, required=True)
    chain = fields.List(fields.String(), required=True, metadata={"description": "Names, the origin first"})
    status = fields.String(required=True)
    rating = fields.Integer(required=True, allow_none=True)
    stage = Choice(STAGES, required=True)
    superseded_by = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Number of the claim with the next later figure of the same origin"},
    )


class FigureAgreementSchema(Schema):
    """Figures that can all hold, as many as can, and where."""

    claims = fields.List(fields.Integer(), required=True, metadata=_SOME)
    count = fields.Integer(required=True)
    bounds = fields.Nested(BoundsSchema, required=True, metadata={"description": "Where all of them hold"})
    same_time = Truth(required=True, metadata={"description": "Whether all of them may be of one day"})
    origins = fields.Integer(required=True, metadata={"description": "How many they come from"})


class SupersessionSchema(Schema):
    """A figure and the next later one of the same origin."""

    claim = fields.Integer(required=True)
    by = fields.Integer(required=True)
    agree = Truth(required=True, metadata={"description": "Whether both can hold"})


class FigureConflictSchema(Schema):
    """Two figures of one time that can't both hold."""

    claims = fields.List(fields.Integer(), required=True)
    same_origin = Truth(required=True, metadata={"description": "Whether one origin contradicts itself"})


class SeriesSchema(Schema):
    """All figures of one measure and scope in order of time, and how they stand to one another."""

    measure = fields.String(required=True)
    scope = fields.String(required=True, allow_none=True)
    units = fields.List(fields.String(allow_none=True), required=True)
    unit_clash = Truth(
        required=True, metadata={"description": "Whether some are in units that are not compared"}
    )
    figures = fields.List(fields.Nested(FigureInSeriesSchema), required=True)
    agreements = fields.List(fields.Nested(FigureAgreementSchema), required=True)
    supersessions = fields.List(fields.Nested(SupersessionSchema), required=True)
    conflicts = fields.List(fields.Nested(FigureConflictSchema), required=True, metadata=_LISTED)
    conflicts_total = fields.Integer(required=True)


class PartSchema(Schema):
    """A figure whose scope is a part of another's; whole and part may be of one time, or the whole later."""

    part = fields.Integer(required=True, metadata=_CLAIM)
    whole = fields.Integer(required=True, metadata=_CLAIM)
    fits = Truth(required=True, metadata={"description": "Whether the part may be no larger than the whole"})


class FiguresSchema(Schema):
    """The figures of a story. None is chosen, and none are added up."""

    story = fields.Nested(ShownStorySchema, required=True)
    seq = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The line of the log after which it was so; null for now"},
    )
    note = fields.String(required=True, metadata={"description": "How bounds are derived"})
    withdrawn = fields.Integer(
        required=True, metadata={"description": "Claims that were withdrawn and are left out"}
    )
    series = fields.List(fields.Nested(SeriesSchema), required=True)
    parts = fields.List(fields.Nested(PartSchema), required=True, metadata=_LISTED)
    parts_total = fields.Integer(required=True)


class FiguresQuery(AsOfQuery):
    """Which figures are wanted."""

    measure = Text(most=64, pattern=SLUG_PATTERN, load_default=None, metadata=MEASURE)
    scope = Text(most=300, load_default=None, metadata={"description": "Only this scope, such as Almaty"})
