"""Whether the desk lives and can work."""

from __future__ import annotations

from marshmallow import Schema, fields


class HealthSchema(Schema):
    """That the server answers."""

    status = fields.String(required=True)
    etag = fields.String(required=True)


class ChecksSchema(Schema):
    """What was looked at: ok, or what has to be done."""

    database = fields.String(required=True, metadata={"description": "Whether it can be written"})
    disk = fields.String(required=True, metadata={"description": "Whether there is room"})
    migrations = fields.String(required=True, metadata={"description": "Whether the file is of this version"})
    clock = fields.String(required=True, metadata={"description": "Whether it is not behind the log"})


class ReadinessSchema(Schema):
    """That the desk can do its work."""

    status = fields.String(required=True)
    checks = fields.Nested(ChecksSchema, required=True)
    etag = fields.String(required=True)
