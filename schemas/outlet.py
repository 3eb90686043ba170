"""Outlets: who publishes sources."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import OUTLET_KINDS, RELIABILITIES
from schemas.fields import Choice, Country, Day, Listed, Named, ShownMoment, Text, WebAddress
from schemas.listing import ListQuery
from schemas.reference import WhoSchema

_RELIABILITY = {
    "description": "Admiralty code: "
    + "; ".join(f"{letter} {meaning}" for letter, meaning in RELIABILITIES.items())
}
_COUNTRY = {"description": "ISO 3166-1 alpha-2"}


class NewOutletSchema(Schema):
    """An outlet; the same name is the same outlet."""

    name = Text(most=300, required=True)
    url = WebAddress(allow_none=True, load_default=None)
    kind = Choice(OUTLET_KINDS, allow_none=True, load_default=None)
    country = Country(allow_none=True, load_default=None, metadata=_COUNTRY)
    owner = Text(most=300, allow_none=True, load_default=None)


class OutletChangesSchema(Schema):
    """What may be changed of an outlet; how reliable it is follows from its assessments."""

    name = Text(most=300)
    url = WebAddress(allow_none=True)
    kind = Choice(OUTLET_KINDS, allow_none=True)
    country = Country(allow_none=True, metadata=_COUNTRY)
    owner = Text(most=300, allow_none=True)


class NewAssessmentSchema(Schema):
    """How reliable an outlet is, why, and as of which day."""

    reliability = Choice(RELIABILITIES, required=True, metadata=_RELIABILITY)
    reason = Text(most=2000, lines=True, required=True)
    assessed_on = Day(allow_none=True, load_default=None, metadata={"description": "Today (UTC) if left out"})


class ShownOutletSchema(Schema):
    """An outlet, as shown with a source."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    kind = Choice(OUTLET_KINDS, required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)
    owner = fields.String(required=True, allow_none=True)
    reliability = Choice(RELIABILITIES, required=True, allow_none=True)


class AssessmentSchema(Schema):
    """How reliable an outlet was found to be. The one of the latest day is in force."""

    id = fields.Integer(required=True)
    reliability = Choice(RELIABILITIES, required=True)
    reliability_meaning = Choice(RELIABILITIES.values(), required=True)
    reason = fields.String(required=True)
    assessed_on = fields.String(required=True, metadata={"format": "date"})
    at = ShownMoment(required=True)
    by = fields.Nested(WhoSchema, required=True)


class OutletSchema(Schema):
    """An outlet."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)
    kind = Choice(OUTLET_KINDS, required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)
    owner = fields.String(required=True, allow_none=True)
    reliability = Choice(RELIABILITIES, required=True, allow_none=True)
    reliability_meaning = Choice(RELIABILITIES.values(), required=True, allow_none=True)
    assessments = fields.List(fields.Nested(AssessmentSchema), required=True)
    created_at = ShownMoment(required=True)
    etag = fields.String(required=True)


class OutletQuery(ListQuery):
    """How the list of outlets may be narrowed."""

    name = Named(most=300)
    kind = Choice(OUTLET_KINDS)
    kind__in = Listed(Choice(OUTLET_KINDS))
    country = Country()
    country__in = Listed(Country())
    owner = Text(most=300)
    reliability = Choice(RELIABILITIES)
    reliability__in = Listed(Choice(RELIABILITIES))
    sort = Choice(("id", "-id", "name", "-name"), load_default="id")
    facet = Listed(Choice(("reliability", "kind", "country", "owner")))
