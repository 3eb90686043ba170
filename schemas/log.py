"""The log of all acts."""

from __future__ import annotations

from marshmallow import Schema, fields

from schemas.fields import ShownMoment


class HeadSchema(Schema):
    """The newest line of the log."""

    seq = fields.Integer(required=True, metadata={"description": "Its place; the first line has 1"})
    at = ShownMoment(required=True)
    hash = fields.String(
        required=True,
        metadata={"description": "SHA-256 of it and of the hash before it, so of all lines up to it"},
    )
    etag = fields.String(required=True)
