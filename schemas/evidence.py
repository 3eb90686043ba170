"""Evidence: what a source says of a claim, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from factcheck.vocabulary import CREDIBILITIES, STANCES
from schemas.fields import Choice, Id, ShownMoment, Text, Whole
from schemas.reference import ReasonSchema, WarningSchema, WhoSchema
from schemas.source import OF_A_SOURCE, ShownSourceSchema, SourceFieldsSchema


class QuoteSelectorSchema(Schema):
    """The words that bear on the claim (W3C Web Annotation, TextQuoteSelector)."""

    exact = Text(most=5000, lines=True, required=True)
    prefix = Text(most=500, lines=True, allow_none=True, load_default=None)
    suffix = Text(most=500, lines=True, allow_none=True, load_default=None)


class NewEvidenceSchema(SourceFieldsSchema):
    """A source and what it says of the claim. `source` names one that is already known."""

    source = Id(metadata={"description": "Id of a known source, instead of its fields"})
    stance = Choice(STANCES, required=True)
    quote = fields.Nested(QuoteSelectorSchema, allow_none=True, load_default=None)
    credibility = Whole(
        least=1,
        most=6,
        allow_none=True,
        load_default=None,
        metadata={
            "description": "Admiralty code: "
            + "; ".join(f"{number} {meaning}" for number, meaning in CREDIBILITIES.items())
        },
    )
    note = Text(most=5000, lines=True, allow_none=True, load_default=None)

    @validates_schema(pass_original=True)
    def names_a_source_once(self, data: dict[str, Any], original: Mapping[str, Any], **_: Any) -> None:
        """Refuse fields of a source beside its number: they would be told, and change nothing."""
        beside = [name for name in OF_A_SOURCE if original.get(name) not in (None, False)]
        if data.get("source") and beside:
            raise ValidationError(
                f"Leave {beside[0]} out beside source, which names a known one; what is known of that is "
                "changed by PATCH /v1/sources.",
                beside[0],
            )

    @validates_schema
    def names_a_source(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse evidence without a source."""
        if not any(data.get(name) for name in ("source", "url", "title")):
            raise ValidationError(
                "Give the source's address, its title if it has none, or as `source` its id.", "url"
            )


class ShownQuoteSchema(Schema):
    """The words quoted from a source."""

    exact = fields.String(required=True)
    prefix = fields.String(required=True, allow_none=True)
    suffix = fields.String(required=True, allow_none=True)
    link = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Where a browser shows these words: the address with a text directive"},
    )


class ShownEvidenceSchema(Schema):
    """A source attached to a claim, as shown in the claim."""

    id = fields.Integer(required=True)
    claim = fields.Integer(required=True)
    stance = Choice(STANCES, required=True)
    source = fields.Nested(ShownSourceSchema, required=True)
    quote = fields.Nested(ShownQuoteSchema, required=True, allow_none=True)
    credibility = fields.Integer(required=True, allow_none=True)
    credibility_meaning = Choice(CREDIBILITIES.values(), required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    attached_at = ShownMoment(required=True)
    attached_by = fields.Nested(WhoSchema, required=True)
    withdrawal = fields.Nested(ReasonSchema, required=True, allow_none=True)


class EvidenceSchema(ShownEvidenceSchema):
    """A source attached to a claim."""

    etag = fields.String(required=True)


class AttachedEvidenceSchema(EvidenceSchema):
    """A source that was attached to a claim just now, with what to be warned of."""

    warnings = fields.List(fields.Nested(WarningSchema), required=True)
