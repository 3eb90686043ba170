"""What every list takes, and the envelope in which it comes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from marshmallow import Schema, fields

from schemas.fields import AsOf, Listed, Text, Truth, Whole

SchemaClass = type[Schema]

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 200
# A dot in front says that it was compressed.
CURSOR_PATTERN = r"^\.?[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+$"


class AsOfQuery(Schema):
    """An address that also answers as it did in the past."""

    as_of = AsOf(load_default=None)


class ListQuery(AsOfQuery):
    """Paging, counting and picking of keys, and the past."""

    limit = Whole(
        least=1,
        most=LARGEST_LIMIT,
        load_default=DEFAULT_LIMIT,
        metadata={"description": "Items a page"},
    )
    cursor = Text(
        most=4096,
        pattern=CURSOR_PATTERN,
        metadata={
            "description": "From the `next` address of the page before",
            "explained": "Follow the `next` address of the page before as it is.",
        },
    )
    count = Truth(load_default=False, metadata={"description": "Whether to add `total`"})
    picked = Listed(
        Text(most=40, metadata={"pattern": "^[a-z_]+$"}),
        data_key="fields",
        metadata={"description": "Keys to keep of each item, with commas between"},
    )
    all = Truth(
        load_default=False,
        metadata={"description": "As CSV or NDJSON: every row, streamed, instead of a page"},
    )


class FacetValueSchema(Schema):
    """One value of a facet, how many items have it, and the list with it toggled."""

    value = fields.Raw(required=True, allow_none=True, metadata={"type": ["string", "integer", "boolean"]})
    count = fields.Integer(required=True)
    selected = fields.Boolean(required=True)
    toggle_url = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "format": "uri",
            "description": "The list with this value chosen, or let go of; null for the value null",
        },
    )


class PageQuery(Schema):
    """Paging only, for the parts of a claim."""

    limit = Whole(least=1, most=LARGEST_LIMIT, load_default=DEFAULT_LIMIT)
    cursor = Text(
        most=4096,
        pattern=CURSOR_PATTERN,
        metadata={"explained": "Follow the `next` address of the page before as it is."},
    )
    count = Truth(load_default=False)


class PastPageQuery(PageQuery, AsOfQuery):
    """Paging for the parts of a claim, which may be asked for as they were."""


class WriteQuery(Schema):
    """What every write takes in its query."""

    dry_run = Truth(
        load_default=False,
        metadata={"description": "Give the answer of the real call and store nothing"},
    )


class NoQuery(Schema):
    """An address that takes nothing in its query."""


class NoBody(Schema):
    """An act that takes nothing in its body; {} may be sent."""


@lru_cache(maxsize=64)
def page_of(item: SchemaClass, query: SchemaClass) -> SchemaClass:
    """Make the schema of a list's envelope."""
    members: dict[str, Any] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(
            required=True, allow_none=True, metadata={"description": "The next page; null at the end"}
        ),
        "total": fields.Integer(metadata={"description": "Only with count=true"}),
    }
    if "facet" in query().load_fields:
        members["facets"] = fields.Dict(
            keys=fields.String(),
            values=fields.List(fields.Nested(FacetValueSchema)),
            metadata={"description": "Only with facet"},
        )
    name = f"{item.__name__.removesuffix('Schema')}Page"
    made: SchemaClass = Schema.from_dict(members, name=name)
    return made


@lru_cache(maxsize=64)
def picking(query: SchemaClass, names: tuple[str, ...]) -> SchemaClass:
    """Give a list's query with the names that `fields` may hold, for the document."""
    inner = Text(most=40, metadata={"enum": list(names)})
    description = {"description": "Keys to keep of each item, with commas between"}
    picked = Listed(inner, data_key="fields", metadata=description)
    return type(query.__name__, (query,), {"picked": picked})
