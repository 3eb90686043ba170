"""flask-smorest and marshmallow as their guides show them: a schema for each body, dumped per request."""

from typing import Any

from flask import Flask, request
from flask_smorest import Api, Blueprint, abort
from marshmallow import Schema, fields, validate

from bench.contenders import rows


class NamedSchema(Schema):
    id = fields.Integer()
    name = fields.String()


class ClaimantSchema(NamedSchema):
    kind = fields.String()
    same_as = fields.String(allow_none=True)


class LinkSchema(Schema):
    role = fields.String()
    name = fields.String()
    url = fields.String(allow_none=True)


class StorySchema(Schema):
    slug = fields.String()
    title = fields.String()


class FigureSchema(Schema):
    measure = fields.String()
    value = fields.Float(allow_none=True)
    low = fields.Float(allow_none=True)
    high = fields.Float(allow_none=True)
    qualifier = fields.String()
    unit = fields.String(allow_none=True)
    scope = fields.String(allow_none=True)
    as_of = fields.String(allow_none=True)


class StandingSchema(Schema):
    status = fields.String()
    rating = fields.Integer(allow_none=True)
    contested = fields.Boolean()


class SourceSchema(Schema):
    id = fields.Integer()
    url = fields.String(allow_none=True)
    title = fields.String(allow_none=True)
    outlet = fields.Nested(NamedSchema, allow_none=True)
    kind = fields.String()
    original = fields.String()
    published_on = fields.String(allow_none=True)
    archive_url = fields.String(allow_none=True)
    sha256 = fields.String(allow_none=True)


class QuoteSchema(Schema):
    exact = fields.String()
    prefix = fields.String(allow_none=True)
    suffix = fields.String(allow_none=True)


class EvidenceSchema(Schema):
    id = fields.Integer()
    stance = fields.String()
    source = fields.Nested(SourceSchema)
    quote = fields.Nested(QuoteSchema, allow_none=True)
    credibility = fields.Integer(allow_none=True)
    note = fields.String(allow_none=True)
    attached_at = fields.String()
    attached_by = fields.Nested(NamedSchema)


class NewVerdictSchema(Schema):
    status = fields.String(required=True)
    rationale = fields.String(required=True, validate=validate.Length(min=1, max=20000))
    confidence = fields.String(load_default=None, validate=validate.OneOf(["low", "moderate", "high"]))
    sources = fields.List(fields.Integer(), load_default=list)


class VerdictSchema(Schema):
    id = fields.Integer()
    kind = fields.String()
    status = fields.String()
    rating = fields.Integer(allow_none=True)
    rationale = fields.String()
    confidence = fields.String(allow_none=True)
    sources = fields.List(fields.Integer())
    by = fields.Nested(NamedSchema)
    at = fields.String()


class SummarySchema(Schema):
    id = fields.Integer()
    ref = fields.String(allow_none=True)
    text = fields.String()
    claimant = fields.Nested(ClaimantSchema)
    claimed_on = fields.String(allow_none=True)
    place = fields.String(allow_none=True)
    language = fields.String(allow_none=True)
    story = fields.Nested(StorySchema, allow_none=True)
    standing = fields.Nested(StandingSchema)
    stage = fields.String()
    created_at = fields.String()
    created_by = fields.Nested(NamedSchema)
    updated_at = fields.String()
    snippet = fields.String()


class ClaimSchema(SummarySchema):
    chain = fields.List(fields.Nested(LinkSchema))
    appearances = fields.List(fields.String())
    figure = fields.Nested(FigureSchema, allow_none=True)
    sources = fields.List(fields.Nested(EvidenceSchema))
    verdicts = fields.List(fields.Nested(VerdictSchema))


class QuerySchema(Schema):
    q = fields.String()
    status = fields.String()
    language = fields.String()
    sort = fields.String(validate=validate.OneOf(["-claimed_on"]))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class PageSchema(Schema):
    items = fields.List(fields.Nested(ClaimSchema))


class BriefPageSchema(Schema):
    items = fields.List(fields.Nested(SummarySchema))


blueprint = Blueprint("claims", __name__, url_prefix="/v1")


@blueprint.route("/claims/<int:claim_id>")
@blueprint.response(200, ClaimSchema)
def read_claim(claim_id: int) -> dict[str, Any]:
    found = rows.claim_ids("SELECT id FROM claims WHERE id = :id AND stage = 'published'", {"id": claim_id})
    if not found:
        abort(404)
    return rows.whole(found)[0]


@blueprint.route("/claims")
@blueprint.arguments(QuerySchema, location="query")
@blueprint.response(200, PageSchema)
def list_claims(query: dict[str, Any]) -> dict[str, Any]:
    if "q" in query:
        return {"items": rows.found(query["q"], query["limit"])}
    return {"items": rows.whole(rows.claim_ids(rows.LIST, query))}


@blueprint.route("/summaries")
@blueprint.arguments(QuerySchema, location="query")
@blueprint.response(200, BriefPageSchema)
def list_summaries(query: dict[str, Any]) -> dict[str, Any]:
    return {"items": rows.summaries(rows.claim_ids(rows.LIST, query))}


@blueprint.route("/claims/<int:claim_id>/verdicts", methods=["POST"])
@blueprint.arguments(NewVerdictSchema)
@blueprint.response(201, VerdictSchema)
def add_verdict(draft: dict[str, Any], claim_id: int) -> dict[str, Any]:
    try:
        reviewer = rows.reviewer_of(request.headers.get("Authorization", ""))
        return rows.add_verdict(claim_id, reviewer, draft)
    except rows.Refused as refused:
        abort(refused.status, message=str(refused))


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.update(API_TITLE="Claims", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    Api(app).register_blueprint(blueprint)
    return app
