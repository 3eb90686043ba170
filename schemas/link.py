"""Links: what a claim is to another, who says so, and what was decided of it."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import LINK_DECISIONS, LINK_INVERSES, LINK_STATES
from schemas.fields import Choice, ClaimName, ShownMoment, Text
from schemas.reference import WhoSchema

_KIND = {"description": "What the claim is to the other one, read as: the claim is … the other"}
_STATE = {"description": "What was said of it last; only confirmed links stand in claims and their families"}


class NewClaimLinkSchema(Schema):
    """What a claim is to another one."""

    other = ClaimName(required=True)
    kind = Choice(LINK_INVERSES, required=True, metadata=_KIND)
    note = Text(most=5000, lines=True, allow_none=True, load_default=None)
    state = Choice(
        LINK_STATES[:2],
        load_default="confirmed",
        metadata={"description": "Whether it holds from now on, or is left for a reviewer to decide"},
    )


class NewConfirmationSchema(Schema):
    """That a link holds."""

    reason = Text(most=2000, lines=True, allow_none=True, load_default=None)


class LinkedClaimSchema(Schema):
    """A link as it stands in a claim: what that is to the other one."""

    id = fields.Integer(required=True)
    kind = Choice(LINK_INVERSES, required=True, metadata=_KIND)
    other = fields.Integer(required=True, metadata={"description": "Number of the other claim"})


class LinkDecisionSchema(Schema):
    """What somebody decided of a link."""

    decision = Choice(LINK_DECISIONS, required=True)
    reason = fields.String(required=True, allow_none=True)
    at = ShownMoment(required=True)
    by = fields.Nested(WhoSchema, required=True)


class ShownClaimLinkSchema(Schema):
    """A link with its history, as it is read from one of its two claims."""

    id = fields.Integer(required=True)
    claim = fields.Integer(required=True)
    kind = Choice(LINK_INVERSES, required=True, metadata=_KIND)
    other = fields.Integer(required=True)
    state = Choice(LINK_STATES, required=True, metadata=_STATE)
    note = fields.String(required=True, allow_none=True)
    linked_at = ShownMoment(required=True)
    linked_by = fields.Nested(WhoSchema, required=True)
    decisions = fields.List(fields.Nested(LinkDecisionSchema), required=True)


class ClaimLinkSchema(ShownClaimLinkSchema):
    """What a claim is to another, and what was decided of it."""

    etag = fields.String(required=True)
