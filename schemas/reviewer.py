"""Reviewers, their tokens, and what a caller may know of himself."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import REVIEWER_KINDS, ROLES
from schemas.fields import Choice, Id, Moment, ShownMoment, Text, Truth
from schemas.listing import ListQuery, PageQuery
from schemas.reference import WhoSchema


class NewReviewerSchema(Schema):
    """A person or a script that is to have tokens."""

    name = Text(most=100, required=True)
    kind = Choice(REVIEWER_KINDS, load_default="person")
    role = Choice(ROLES, required=True)


class ReviewerChangesSchema(Schema):
    """What may be changed of a reviewer; the name stands in what he has said and stays."""

    role = Choice(ROLES)
    active = Truth()


class ReviewerSchema(Schema):
    """A person or a script with a role."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    kind = Choice(REVIEWER_KINDS, required=True)
    role = Choice(ROLES, required=True)
    active = Truth(required=True)
    created_at = ShownMoment(required=True)
    etag = fields.String(required=True)


class ReviewerQuery(ListQuery):
    """How the list of reviewers may be narrowed."""

    role = Choice(ROLES)
    kind = Choice(REVIEWER_KINDS)
    active = Truth()
    sort = Choice(("id", "-id", "name", "-name"), load_default="id")


class NewTokenSchema(Schema):
    """A token to be issued; its role can be less than its reviewer's."""

    reviewer = Id(required=True)
    label = Text(most=100, load_default="token")
    role = Choice(ROLES, allow_none=True, load_default=None)
    expires_at = Moment(allow_none=True, load_default=None)


class TokenSchema(Schema):
    """A token, without anything that could be used to log in."""

    id = fields.Integer(required=True)
    reviewer = fields.Nested(WhoSchema, required=True)
    label = fields.String(required=True)
    role = Choice(ROLES, required=True)
    created_at = ShownMoment(required=True)
    expires_at = ShownMoment(required=True, allow_none=True)
    revoked_at = ShownMoment(required=True, allow_none=True)
    last_used_at = ShownMoment(required=True, allow_none=True)
    etag = fields.String(required=True)


class IssuedTokenSchema(TokenSchema):
    """A token just issued; `token` is shown this once."""

    token = fields.String(required=True, allow_none=True)


class RevocationSchema(Schema):
    """Which tokens of a reviewer were ended just now; those ended before are not named again."""

    reviewer = fields.Nested(WhoSchema, required=True)
    revoked = fields.List(fields.Integer(), required=True, metadata={"description": "Numbers of the tokens"})
    etag = fields.String(required=True)


class TokenQuery(PageQuery):
    """How the list of tokens may be narrowed."""

    reviewer = Id()


class MeTokenSchema(Schema):
    """The token a caller came with."""

    id = fields.Integer(required=True)
    label = fields.String(required=True)
    expires_at = ShownMoment(required=True, allow_none=True)


class MeSchema(Schema):
    """Who is calling, and what he may do."""

    reviewer = fields.Nested(WhoSchema, required=True, allow_none=True)
    role = Choice(ROLES, required=True, allow_none=True)
    may = fields.List(fields.String(), required=True)
    token = fields.Nested(MeTokenSchema, required=True, allow_none=True)
    etag = fields.String(required=True)
