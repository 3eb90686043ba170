"""Acts as lines of a bulk file, and what each line is answered."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields

from schemas.claim import OVERRIDE_REASON, NewClaimSchema
from schemas.evidence import NewEvidenceSchema
from schemas.fields import Choice, ClaimName, Text, Truth
from schemas.link import NewClaimLinkSchema
from schemas.reference import WarningSchema
from schemas.verdict import NewVerdictSchema

# What is held beside the act's own fields; the rest is what its own address takes.
ENVELOPE: Final = ("act", "claim", "key")
_KEY: Final = {
    "description": "Makes a repeated line safe; if left out, it is worked out from the line itself",
    "explained": "This must be printable ASCII without blanks.",
}


class BulkLineSchema(Schema):
    """What every line may hold."""

    key = Text(most=200, pattern="^[!-~]+$", metadata=_KEY)


class ClaimLineSchema(NewClaimSchema, BulkLineSchema):
    """Record a claim, as POST /v1/claims does."""

    act = Choice(("claim",), required=True)


class SourceLineSchema(NewEvidenceSchema, BulkLineSchema):
    """Attach a source to a claim, as POST /v1/claims/{claim_id}/sources does."""

    act = Choice(("source",), required=True)
    claim = ClaimName(required=True)


class VerdictLineSchema(NewVerdictSchema, BulkLineSchema):
    """Give your verdict on a claim, as POST /v1/claims/{claim_id}/verdicts does."""

    act = Choice(("verdict",), required=True)
    claim = ClaimName(required=True)


class PublishLineSchema(BulkLineSchema):
    """Publish a claim, as POST /v1/claims/{claim_id}/stage does."""

    act = Choice(("publish",), required=True)
    claim = ClaimName(required=True)
    reason = Text(most=2000, lines=True, allow_none=True, load_default=None)
    override_reason = Text(
        most=2000, lines=True, allow_none=True, load_default=None, metadata=OVERRIDE_REASON
    )


class LinkLineSchema(NewClaimLinkSchema, BulkLineSchema):
    """Link a claim with another, as POST /v1/claims/{claim_id}/links does."""

    act = Choice(("link",), required=True)
    claim = ClaimName(required=True)


LINES: Final[dict[str, type[BulkLineSchema]]] = {
    "claim": ClaimLineSchema,
    "source": SourceLineSchema,
    "verdict": VerdictLineSchema,
    "publish": PublishLineSchema,
    "link": LinkLineSchema,
}


class LineProblemSchema(Schema):
    """Why a line was refused."""

    code = fields.String(required=True)
    detail = fields.String(required=True)
    errors = fields.List(
        fields.Dict(keys=fields.String(), values=fields.String()),
        required=True,
        metadata={"description": "Each fault with its `pointer` into the line"},
    )


class DoneLineSchema(Schema):
    """A line that was carried out: as the single act would be answered, in short."""

    line = fields.Integer(required=True, metadata={"description": "Its place in what was sent, from 1"})
    status = fields.Integer(required=True, metadata={"description": "201, or 200 if it was there already"})
    id = fields.Integer(required=True)
    location = fields.String(required=True, metadata={"format": "uri"})
    replayed = Truth(required=True, metadata={"description": "Whether this is the answer of the first time"})
    etag = fields.String(required=True)
    warnings = fields.List(
        fields.Nested(WarningSchema),
        required=True,
        metadata={"description": "Of sources that lead in a circle; told the first time only"},
    )


class RefusedLineSchema(Schema):
    """A line that was refused: why, and the line itself, to be mended and sent again."""

    line = fields.Integer(required=True, metadata={"description": "Its place in what was sent, from 1"})
    status = fields.Integer(required=True, metadata={"description": "As the single act would be refused"})
    problem = fields.Nested(LineProblemSchema, required=True)
    input = fields.Raw(
        required=True,
        metadata={"type": ["object", "string"], "description": "The line; a text if it is no object"},
    )


RESULTS: Final = (DoneLineSchema, RefusedLineSchema)
