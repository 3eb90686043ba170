"""Opinions: what reviewers think of another's verdict."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import OPINIONS
from schemas.fields import Choice, ShownMoment, Text, Truth
from schemas.reference import WhoSchema


class NewOpinionSchema(Schema):
    """What you think of another's verdict (STIX 2.1, opinion), and why."""

    opinion = Choice(OPINIONS, required=True)
    reason = Text(most=5000, lines=True, required=True)


class ShownOpinionSchema(Schema):
    """A reviewer's opinion on another's verdict, as shown in the verdict."""

    id = fields.Integer(required=True)
    verdict = fields.Integer(required=True)
    opinion = Choice(OPINIONS, required=True)
    reason = fields.String(required=True)
    by = fields.Nested(WhoSchema, required=True)
    at = ShownMoment(required=True)
    stands = Truth(
        required=True, metadata={"description": "Whether it is the reviewer's newest on this verdict"}
    )


class OpinionSchema(ShownOpinionSchema):
    """A reviewer's opinion on another's verdict."""

    etag = fields.String(required=True)
