"""Lines of the log: what was done, by whom, when and why."""

from __future__ import annotations

from marshmallow import Schema, fields

from factcheck.vocabulary import LOGGED_ACTS
from schemas.fields import AsOf, Choice, Id, Listed, ShownMoment, Truth, Whole
from schemas.listing import DEFAULT_LIMIT, LARGEST_LIMIT
from schemas.reference import ActorSchema
from schemas.story import StorySlug

LONGEST_WAIT = 30


class LineSchema(Schema):
    """A line of the log: one act.

    A line on what the reader may not see is withheld: its place and its hashes are told, all else
    is null. So nobody finds a gap, and the chain can be followed by all.
    """

    seq = fields.Integer(required=True, metadata={"description": "Its place; no number is left out"})
    at = ShownMoment(required=True, allow_none=True)
    act = Choice(LOGGED_ACTS, required=True, allow_none=True)
    summary = fields.String(required=True, allow_none=True, metadata={"description": "In words"})
    why = fields.String(required=True, allow_none=True, metadata={"description": "The reason given"})
    by = fields.Nested(ActorSchema, required=True, allow_none=True)
    noun = fields.String(required=True, allow_none=True, metadata={"description": "What the act was on"})
    subject = fields.Integer(required=True, allow_none=True, metadata={"description": "Its number"})
    claim = fields.Integer(required=True, allow_none=True)
    changes = fields.Dict(
        required=True, allow_none=True, metadata={"description": "What was said, or from what to what"}
    )
    documents = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        allow_none=True,
        metadata={"description": "SHA-256 of each text that the act wrote; null without a token"},
    )
    request_id = fields.String(required=True, allow_none=True)
    withheld = Truth(required=True)
    previous_hash = fields.String(required=True)
    hash = fields.String(required=True)


class ShownHeadSchema(Schema):
    """The newest line of the log, as shown beside others."""

    seq = fields.Integer(required=True)
    hash = fields.String(required=True)


class ChangesSchema(Schema):
    """A piece of the log, and where to go on."""

    items = fields.List(fields.Nested(LineSchema), required=True)
    next = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The next lines, if there are any now; null at the end"},
    )
    after = fields.Integer(
        required=True, metadata={"description": "Give this as `after`, later, to go on from here"}
    )
    head = fields.Nested(ShownHeadSchema, required=True)


class ChangesQuery(Schema):
    """Where in the log to begin, how long to wait, and which lines."""

    after = Whole(least=0, load_default=0, metadata={"description": "Lines beyond this one"})
    wait = Whole(
        least=0,
        most=LONGEST_WAIT,
        load_default=0,
        metadata={"description": "Seconds to wait for a line, if there is none yet"},
    )
    limit = Whole(least=1, most=LARGEST_LIMIT, load_default=DEFAULT_LIMIT)
    act = Listed(Choice(LOGGED_ACTS), load_default=list)
    claim = Id(load_default=None)
    story = StorySlug(load_default=None)
    withheld = Truth(
        load_default=True,
        metadata={"description": "Whether lines that may not be shown are told of; a filter leaves them out"},
    )


class VersionSchema(Schema):
    """A version of a claim: since which line of the log it was served, and under which etag."""

    seq = fields.Integer(required=True)
    at = ShownMoment(required=True)
    etag = fields.String(required=True)


class ChangeSchema(Schema):
    """One value that differs between two versions."""

    pointer = fields.String(
        required=True,
        metadata={"description": "RFC 6901, into the later version, or the earlier if it was removed"},
    )
    change = Choice(("added", "removed", "changed"), required=True)
    from_ = fields.Raw(required=True, allow_none=True, data_key="from")
    to = fields.Raw(required=True, allow_none=True)


class DiffSchema(Schema):
    """What differs between two versions of a claim."""

    claim = fields.Integer(required=True)
    from_ = fields.Nested(VersionSchema, required=True, data_key="from")
    to = fields.Nested(VersionSchema, required=True)
    changes = fields.List(fields.Nested(ChangeSchema), required=True)
    etag = fields.String(required=True)


class DiffQuery(Schema):
    """Which two versions to compare."""

    from_ = AsOf(required=True, data_key="from", attribute="from")
    to = AsOf(load_default=None, metadata={"description": "Now, if left out"})
