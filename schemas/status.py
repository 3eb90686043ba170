"""Verification statuses: the vocabulary."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from factcheck.vocabulary import INITIAL_STATUSES
from schemas.fields import Choice, Text, Truth, Whole
from schemas.listing import ListQuery

SLUG_PATTERN = "^[a-z][a-z0-9_]{1,63}$"
LANGUAGE_PATTERN = "^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$"

_SLUG = {
    "explained": "This must be lower snake case, such as little_evidence: a letter, then letters, "
    "digits and underscores."
}


class StatusName(Text):
    """A status, by its slug or by its label in any case, with blanks or hyphens."""

    def __init__(self, **more: Any) -> None:
        more["metadata"] = {
            "description": "Slug or label of a status; GET /v1/statuses lists them",
            "examples": [status.slug for status in INITIAL_STATUSES],
            **more.get("metadata", {}),
        }
        super().__init__(most=100, **more)


class NewStatusSchema(Schema):
    """A status to be added to the vocabulary; slug and rating stay as they are given."""

    slug = Text(most=64, pattern=SLUG_PATTERN, required=True, metadata=_SLUG)
    label = Text(most=100, required=True)
    meaning = Text(most=500, required=True)
    rating = Whole(
        least=1,
        most=5,
        allow_none=True,
        load_default=None,
        metadata={"description": "Place on the truth scale, or null where the truth can't be told"},
    )
    needs_source = Truth(load_default=True)
    translations = fields.Dict(
        keys=Text(most=35, pattern=LANGUAGE_PATTERN, metadata={"explained": "This must be a language tag."}),
        values=Text(most=100),
        load_default=dict,
        metadata={"description": "Labels by language tag (BCP 47)"},
    )


class StatusChangesSchema(Schema):
    """What may be changed of a status."""

    label = Text(most=100)
    meaning = Text(most=500)
    needs_source = Truth()
    translations = fields.Dict(
        keys=Text(most=35, pattern=LANGUAGE_PATTERN, metadata={"explained": "This must be a language tag."}),
        values=Text(most=100),
    )
    retired = Truth()


class StatusSchema(Schema):
    """A verification status."""

    id = fields.Integer(required=True)
    slug = fields.String(required=True)
    label = fields.String(required=True)
    meaning = fields.String(required=True)
    rating = fields.Integer(required=True, allow_none=True)
    needs_source = Truth(required=True)
    assignable = Truth(required=True)
    retired = Truth(required=True)
    translations = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    etag = fields.String(required=True)


class StatusQuery(ListQuery):
    """How the vocabulary may be narrowed."""

    retired = Truth()
    rating = Whole(least=1, most=5)
    sort = Choice(("id", "-id", "slug", "-slug"), load_default="id")
