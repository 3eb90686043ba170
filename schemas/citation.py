"""Citations: that a source relies on another."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import CITATION_KINDS
from schemas.fields import Choice, Id, ShortOrFull, Text
from schemas.listing import PageQuery
from schemas.reference import WarningSchema
from schemas.source import NewSourceSchema, ShownCitationSchema


class NewCitationSchema(Schema):
    """That a source relies on another, which is named by its number or given in full."""

    cites = ShortOrFull(Id(), NewSourceSchema, required=True)
    kind = Choice(CITATION_KINDS, required=True)
    note = Text(most=5000, lines=True, allow_none=True, load_default=None)


class CitationSchema(ShownCitationSchema):
    """That a source relies on another."""

    etag = fields.String(required=True)


class RecordedCitationSchema(CitationSchema):
    """A citation that was recorded just now, with what to be warned of."""

    warnings = fields.List(fields.Nested(WarningSchema), required=True)


class CitationQuery(PageQuery):
    """Which way to look from a source."""

    direction = Choice(
        ("cites", "cited_by"),
        load_default="cites",
        metadata={"description": "What the source relies on, or what relies on it"},
    )
