"""What many answers hold: who did it, why it no longer counts, what to be warned of."""

from __future__ import annotations

from marshmallow import Schema, fields

from schemas.fields import Choice, ShownMoment, Text


class WhoSchema(Schema):
    """A reviewer, as shown beside what he did."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)


class ActorSchema(Schema):
    """Who acted: a reviewer, or whoever runs the desk (no id)."""

    id = fields.Integer(required=True, allow_none=True)
    name = fields.String(required=True)


class ReasonSchema(Schema):
    """Why something recorded no longer counts, since when, and who said so."""

    reason = fields.String(required=True)
    at = ShownMoment(required=True)
    by = fields.Nested(WhoSchema, required=True)


class NewReasonSchema(Schema):
    """The reason that every taking back needs."""

    reason = Text(most=2000, lines=True, required=True)


class WarningSchema(Schema):
    """That a source leads in a circle, or to what was retracted: it is kept, and counts for nothing."""

    leads_to = Choice(("our_verdict", "the_claim", "the_claimant", "retracted", "itself"), required=True)
    path = fields.List(
        fields.Integer(), required=True, metadata={"description": "From source to source, by their numbers"}
    )
    detail = fields.String(required=True, metadata={"description": "The same in words"})
