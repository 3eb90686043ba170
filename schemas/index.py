"""The index of the API, and problems."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import REQUIREMENTS
from schemas.fields import Choice
from schemas.health import ChecksSchema


class IndexSchema(Schema):
    """What there is, with addresses."""

    resources = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    documents = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    etag = fields.String(required=True)


class FaultSchema(Schema):
    """One fault in the input: where, and what to do."""

    pointer = fields.String(metadata={"description": "JSON Pointer (RFC 6901) into the body"})
    parameter = fields.String(metadata={"description": "Name in the query or of a header"})
    detail = fields.String(required=True)


class UnmetSchema(Schema):
    """Something that this desk asks for and a claim does not meet."""

    name = Choice(REQUIREMENTS, required=True)
    why = fields.String(required=True, metadata={"description": "What to do"})


class ProblemSchema(Schema):
    """A problem document (RFC 9457)."""

    type = fields.String(required=True, metadata={"description": "Address of a help page"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Stable name of the problem"})
    errors = fields.List(fields.Nested(FaultSchema))
    current_etag = fields.String(metadata={"description": "With 412 and 428: the current version"})
    differs = fields.Dict(metadata={"description": "With 412: what changed, from and to"})
    act = fields.String(metadata={"description": "With 403: what was tried"})
    needs = fields.String(metadata={"description": "With 403: the role it needs"})
    retry_after = fields.Integer(metadata={"description": "With 429: seconds to wait"})
    unmet = fields.List(
        fields.Nested(UnmetSchema), metadata={"description": "With 409: what a claim lacks to be published"}
    )
    checks = fields.Nested(ChecksSchema, metadata={"description": "Where the desk is not ready: what is not"})
    request_id = fields.String(required=True)
