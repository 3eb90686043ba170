"""Outlets: who publishes sources."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import RELIABILITIES
from schemas.fields import Choice, Listed, Named, ShownMoment, Text, WebAddress
from schemas.listing import ListQuery

_RELIABILITY = {
    "description": "Admiralty code: "
    + "; ".join(f"{letter} {meaning}" for letter, meaning in RELIABILITIES.items())
}


class NewOutletSchema(Schema):
    """An outlet; the same name is the same outlet."""

    name = Text(most=300, required=True)
    url = WebAddress(allow_none=True, load_default=None)
    owner = Text(most=300, allow_none=True, load_default=None)
    reliability = Choice(RELIABILITIES, allow_none=True, load_default=None, metadata=_RELIABILITY)


class OutletChangesSchema(Schema):
    """What may be changed of an outlet."""

    name = Text(most=300)
    url = WebAddress(allow_none=True)
    owner = Text(most=300, allow_none=True)
    reliability = Choice(RELIABILITIES, allow_none=True, metadata=_RELIABILITY)


class ShownOutletSchema(Schema):
    """An outlet, as shown with a source."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)


class OutletSchema(Schema):
    """An outlet."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)
    owner = fields.String(required=True, allow_none=True)
    reliability = Choice(RELIABILITIES, required=True, allow_none=True)
    created_at = ShownMoment(required=True)
    etag = fields.String(required=True)


class OutletQuery(ListQuery):
    """How the list of outlets may be narrowed."""

    name = Named(most=300)
    reliability = Choice(RELIABILITIES)
    reliability__in = Listed(Choice(RELIABILITIES))
    sort = Choice(("id", "-id", "name", "-name"), load_default="id")
    facet = Listed(Choice(("reliability",)))
