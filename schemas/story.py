"""Stories: claims that belong together."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from schemas.fields import Choice, Moment, ShownMoment, Text
from schemas.listing import ListQuery

STORY_SLUG_PATTERN = "^[a-z0-9]+(?:-[a-z0-9]+)*$"


class StorySlug(Text):
    """The slug of a story, in lower case with hyphens."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            most=100,
            pattern=STORY_SLUG_PATTERN,
            metadata={
                "explained": "This must be lower case letters and digits with hyphens between, "
                "such as kazakhstan-2022."
            },
            **more,
        )


class NewStorySchema(Schema):
    """A story to be opened."""

    slug = StorySlug(required=True)
    title = Text(most=300, required=True)
    summary = Text(most=5000, lines=True, allow_none=True, load_default=None)


class StoryChangesSchema(Schema):
    """What may be changed of a story; its slug stays."""

    title = Text(most=300)
    summary = Text(most=5000, lines=True, allow_none=True)


class ShownStorySchema(Schema):
    """A story, as shown in a claim."""

    slug = fields.String(required=True)
    title = fields.String(required=True)


class StorySchema(Schema):
    """A story."""

    id = fields.Integer(required=True)
    slug = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True, allow_none=True)
    created_at = ShownMoment(required=True)
    etag = fields.String(required=True)


class StoryQuery(ListQuery):
    """How the list of stories may be narrowed."""

    created_at__gte = Moment(day_as="00:00:00")
    created_at__lte = Moment(day_as="23:59:59.999")
    sort = Choice(("id", "-id", "slug", "-slug", "created_at", "-created_at"), load_default="-created_at")
