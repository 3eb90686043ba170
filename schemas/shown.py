"""Rows → answers, by the keys of a schema.

marshmallow's dump looks every value up in several ways, for objects and dictionaries of all
kinds, and silently leaves out what is missing. What the desk shows comes from dictionaries
only, is composed while the write lock is held, and must have all its keys; so a schema's
keys are read once, and composing is then a matter of picking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, fields

from schemas.fields import Number, Truth

Picker = Callable[[Mapping[str, Any]], dict[str, Any]]


def picker(schema: type[Schema], *, leaving_out: str = "etag") -> Picker:
    """Make a function that composes an answer from a row.

    Args:
        schema: whose fields give the keys, in their order.
        leaving_out: a key that is added later, from the text itself.

    Returns:
        A function that raises KeyError where the row lacks a key.
    """
    named = ((field.data_key or name, field) for name, field in schema().dump_fields.items())
    steps = [(name, _step(field)) for name, field in named if name != leaving_out]

    def pick(row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: row[name] if step is None else step(row[name]) for name, step in steps}

    return pick


def _step(field: fields.Field[Any]) -> Callable[[Any], Any] | None:
    if isinstance(field, fields.Nested):
        one = picker(type(field.schema), leaving_out="")
        return lambda value: None if value is None else one(value)
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
        each = picker(type(field.inner.schema), leaving_out="")
        return lambda values: [each(value) for value in values]
    if isinstance(field, fields.List):
        return list
    if isinstance(field, Truth):
        return lambda value: None if value is None else bool(value)
    return plain_number if isinstance(field, Number) else None


def plain_number(value: float | None) -> float | None:
    """Write a whole number without a point: figures are mostly counts."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
