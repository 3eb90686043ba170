"""Claimants: who said it."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import CLAIMANT_KINDS
from schemas.fields import Choice, Listed, Named, ShownMoment, Text, WebAddress
from schemas.listing import ListQuery


class NewClaimantSchema(Schema):
    """A claimant as named in a claim; the same name and kind is the same claimant."""

    name = Text(most=300, required=True)
    kind = Choice(CLAIMANT_KINDS, required=True)
    same_as = WebAddress(
        allow_none=True,
        metadata={"description": "Who this is elsewhere, such as a Wikidata address (schema.org sameAs)"},
    )


class ClaimantChangesSchema(Schema):
    """What may be changed of a claimant."""

    name = Text(most=300)
    same_as = WebAddress(allow_none=True)


class ShownClaimantSchema(Schema):
    """A claimant, as shown in a claim."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    kind = Choice(CLAIMANT_KINDS, required=True)
    same_as = fields.String(required=True, allow_none=True)


class ClaimantSchema(ShownClaimantSchema):
    """A claimant."""

    created_at = ShownMoment(required=True)
    etag = fields.String(required=True)


class ClaimantQuery(ListQuery):
    """How the list of claimants may be narrowed."""

    name = Named(most=300)
    kind = Choice(CLAIMANT_KINDS)
    kind__in = Listed(Choice(CLAIMANT_KINDS))
    sort = Choice(("id", "-id", "name", "-name"), load_default="id")
    facet = Listed(Choice(("kind",)))
