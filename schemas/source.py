"""Sources: what is cited, the copies that are kept of it, and what is sealed of it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from factcheck.vocabulary import CITATION_KINDS, ORIGINALITIES, SOURCE_KINDS
from schemas.fields import (
    Choice,
    Listed,
    Moment,
    Named,
    ShownMoment,
    Text,
    Truth,
    UncertainDate,
    WebAddress,
)
from schemas.listing import ListQuery, WriteQuery
from schemas.outlet import ShownOutletSchema
from schemas.reference import ActorSchema, ReasonSchema, WhoSchema

SHA256_PATTERN = "^[0-9a-f]{64}$"
_ACCESSED = {"description": "When somebody last saw it there"}
_SHA256 = {"explained": "This must be a SHA-256 as 64 lower-case hexadecimal digits."}


class SourceFieldsSchema(Schema):
    """What is said of a source when it is first named."""

    url = WebAddress(allow_none=True, load_default=None)
    title = Text(most=500, allow_none=True, load_default=None)
    outlet = Text(
        most=300,
        allow_none=True,
        load_default=None,
        metadata={"description": "Name of the outlet; made if it is new"},
    )
    kind = Choice(SOURCE_KINDS, load_default="page")
    original = Choice(
        ORIGINALITIES,
        load_default="unknown",
        metadata={"description": "Whether it is the outlet's own reporting"},
    )
    published_on = UncertainDate(allow_none=True, load_default=None)
    accessed_at = Moment(allow_none=True, load_default=None, metadata=_ACCESSED)
    archive_url = WebAddress(allow_none=True, load_default=None)
    sha256 = Text(most=64, pattern=SHA256_PATTERN, allow_none=True, load_default=None, metadata=_SHA256)
    protected = Truth(
        load_default=False,
        metadata={
            "description": "Whether its identity is sealed: address, title, outlet, date, archive and hash "
            "are then told to editors only, and it is shown as `described_as`"
        },
    )
    described_as = Text(
        most=300,
        allow_none=True,
        load_default=None,
        metadata={"description": "How readers are told of a protected source, such as: a nurse on duty"},
    )

    @validates_schema
    def only_what_is_protected_is_described(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a description that would stand beside the name, and hide nothing."""
        if data.get("described_as") and not data.get("protected"):
            raise ValidationError(
                "Only a protected source is described; add protected: true, or leave this out.",
                "described_as",
            )


# What can be said of a source, by name.
OF_A_SOURCE = tuple(SourceFieldsSchema().fields)


class NewSourceSchema(SourceFieldsSchema):
    """A source; the same address is the same source. Without address it needs a title."""

    @validates_schema
    def has_address_or_title(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a source that nobody could find."""
        if not data.get("url") and not data.get("title"):
            raise ValidationError("Give the source's address, or its title if it has none.", "url")


class SourceChangesSchema(Schema):
    """What may be changed of a source; its address and what is sealed stay as they are."""

    title = Text(most=500)
    described_as = Text(most=300, allow_none=True)
    outlet = Text(most=300, allow_none=True)
    kind = Choice(SOURCE_KINDS)
    original = Choice(ORIGINALITIES)
    published_on = UncertainDate(allow_none=True)
    accessed_at = Moment(allow_none=True, metadata=_ACCESSED)
    archive_url = WebAddress(allow_none=True)
    sha256 = Text(most=64, pattern=SHA256_PATTERN, allow_none=True, metadata=_SHA256)


class ShownSourceSchema(Schema):
    """A source, as shown in evidence."""

    id = fields.Integer(required=True)
    url = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    outlet = fields.Nested(ShownOutletSchema, required=True, allow_none=True)
    kind = Choice(SOURCE_KINDS, required=True)
    original = Choice(ORIGINALITIES, required=True)
    published_on = fields.String(required=True, allow_none=True)
    accessed_at = ShownMoment(required=True, allow_none=True)
    archive_url = fields.String(required=True, allow_none=True)
    sha256 = fields.String(required=True, allow_none=True)
    protected = Truth(required=True)
    described_as = fields.String(required=True, allow_none=True)
    retraction = fields.Nested(
        ReasonSchema,
        required=True,
        allow_none=True,
        metadata={"description": "If whoever published it took it back, or it proved unfit"},
    )


class ShownCitationSchema(Schema):
    """That a source relies on another, as shown with the source."""

    id = fields.Integer(required=True)
    source = fields.Integer(required=True, metadata={"description": "The source that relies on another"})
    cites = fields.Integer(required=True, metadata={"description": "The source that it relies on"})
    kind = Choice(CITATION_KINDS, required=True)
    note = fields.String(required=True, allow_none=True)
    recorded_at = ShownMoment(required=True)
    recorded_by = fields.Nested(WhoSchema, required=True)
    withdrawal = fields.Nested(ReasonSchema, required=True, allow_none=True)


class CopySchema(Schema):
    """A copy of a source that the desk keeps; its bytes have an address of their own."""

    id = fields.Integer(required=True)
    sha256 = fields.String(required=True, metadata={"description": "Of the bytes that are kept"})
    payload_sha256 = fields.String(
        required=True,
        metadata={"description": "Of what the source sent: of an archive the page within, else the same"},
    )
    media_type = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "Bytes"})
    kept_at = ShownMoment(required=True)
    kept_by = fields.Nested(ActorSchema, required=True)


class CopyQuery(WriteQuery):
    """What is said of a copy beside its bytes."""

    accessed_at = Moment(metadata=_ACCESSED)


class SourceSchema(ShownSourceSchema):
    """A source."""

    cites = fields.List(fields.Nested(ShownCitationSchema), required=True)
    address_key = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The address as all its spellings are written; one key is one source"},
    )
    copies = fields.List(fields.Nested(CopySchema), required=True)
    sealed = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "SHA-256 of what is sealed, by which it can be proved later"},
    )
    created_at = ShownMoment(required=True)
    etag = fields.String(required=True)


class SealedContentSchema(Schema):
    """What is sealed of a protected source."""

    url = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    outlet = fields.String(required=True, allow_none=True)
    published_on = fields.String(required=True, allow_none=True)
    accessed_at = ShownMoment(required=True, allow_none=True)
    archive_url = fields.String(required=True, allow_none=True)
    sha256 = fields.String(required=True, allow_none=True)


class SealedIdentitySchema(Schema):
    """Who a protected source is, and what proves that nobody else was put in its place."""

    source = fields.Integer(required=True)
    identity = fields.Nested(SealedContentSchema, required=True)
    sealed_by = fields.Nested(WhoSchema, required=True)
    salt = fields.String(required=True)
    content = fields.String(
        required=True, metadata={"description": "The bytes that were sealed: the identity as JSON"}
    )
    sealed = fields.String(
        required=True, metadata={"description": "SHA-256 of salt and content, one after the other"}
    )
    etag = fields.String(required=True)


class SourceQuery(ListQuery):
    """How the list of sources may be narrowed."""

    url = WebAddress()
    outlet = Named(most=300)
    kind = Choice(SOURCE_KINDS)
    kind__in = Listed(Choice(SOURCE_KINDS))
    original = Choice(ORIGINALITIES)
    protected = Truth()
    sha256 = Text(most=64, pattern=SHA256_PATTERN, metadata=_SHA256)
    created_at__gte = Moment(day_as="00:00:00")
    created_at__lte = Moment(day_as="23:59:59.999")
    sort = Choice(("id", "-id", "created_at", "-created_at"), load_default="-created_at")
    facet = Listed(Choice(("kind", "original")))
