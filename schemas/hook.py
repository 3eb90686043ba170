"""Hooks: who is sent new lines of the log, how far each has come, and what became of each attempt."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from factcheck.vocabulary import HOOK_READS, HOOK_STATES, LOGGED_ACTS, OUTCOMES
from schemas.fields import Choice, Id, ShownMoment, Text, WebAddress
from schemas.listing import PageQuery
from schemas.reference import WhoSchema
from schemas.story import StorySlug

_PORT = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# In a network of one's own hosts may have one word for a name, or none.
HOOK_PATTERN = (
    rf"^[Hh][Tt][Tt][Pp][Ss]?://(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]{{2,45}}\])(?::(?:{_PORT}))?"
    r"(?:[/?][!$-;=?-\[\]^_a-z|~]*)?$"
)


class HookAddress(WebAddress):
    """An http or https address that can be called as it is written."""

    def __init__(self, **more: Any) -> None:
        explained = (
            "This must be an http or https address such as https://news.example.org/hooks/desk, without "
            "user name, blanks or #; in its path what is not ASCII is written with %."
        )
        Text.__init__(self, most=2048, pattern=HOOK_PATTERN, metadata={"explained": explained}, **more)


class Acts(fields.List[Any]):
    """Names of acts, as lines of the log carry them."""

    def __init__(self, **more: Any) -> None:
        about = {"description": "Only lines of these acts; an empty list stands for all"}
        super().__init__(
            Choice(LOGGED_ACTS), validate=validate.Length(max=len(LOGGED_ACTS)), metadata=about, **more
        )


class NewHookSchema(Schema):
    """A receiver that is to be sent new lines of the log."""

    url = HookAddress(required=True)
    label = Text(most=100, load_default="hook")
    acts = Acts(load_default=list)
    claim = Id(allow_none=True, load_default=None)
    story = StorySlug(allow_none=True, load_default=None)
    reads = Choice(HOOK_READS, load_default="published")


class HookChangesSchema(Schema):
    """What may be changed of a hook; pausing it takes a reason."""

    url = HookAddress()
    label = Text(most=100)
    acts = Acts()
    claim = Id(allow_none=True)
    story = StorySlug(allow_none=True)
    reads = Choice(HOOK_READS)
    state = Choice(HOOK_STATES)
    reason = Text(most=2000, lines=True)

    @validates_schema
    def pausing_has_a_reason(self, data: dict[str, Any], **_: Any) -> None:
        """Ask why, and only there."""
        if (data.get("state") == "paused") != ("reason" in data):
            raise ValidationError("Give a reason with the state paused, and only with that.", "reason")


class HookSchema(Schema):
    """A receiver that is sent new lines of the log, in order."""

    id = fields.Integer(required=True)
    url = fields.String(required=True)
    label = fields.String(required=True)
    acts = fields.List(fields.String(), required=True)
    claim = fields.Integer(required=True, allow_none=True)
    story = fields.String(required=True, allow_none=True)
    reads = Choice(HOOK_READS, required=True)
    state = Choice(HOOK_STATES, required=True)
    reason = fields.String(required=True, allow_none=True)
    created_at = ShownMoment(required=True)
    created_by = fields.Nested(WhoSchema, required=True)
    etag = fields.String(required=True)


class HookWithSecretSchema(HookSchema):
    """A hook whose secret was just made; `secret` is shown this once."""

    secret = fields.String(required=True, allow_none=True)


class HookQuery(PageQuery):
    """How the list of hooks may be narrowed."""

    state = Choice(HOOK_STATES)


class HookProgressSchema(Schema):
    """How far a hook has come and how its present attempt stands."""

    hook = fields.Integer(required=True)
    after = fields.Integer(
        required=True, metadata={"description": "The last line that was delivered, or was not for this hook"}
    )
    head = fields.Integer(required=True, metadata={"description": "The last line of the log"})
    attempts = fields.Integer(
        required=True, metadata={"description": "How often the next line was tried in vain"}
    )
    failing_since = ShownMoment(required=True, allow_none=True)
    next_try_at = ShownMoment(required=True, allow_none=True)
    etag = fields.String(required=True)


class NewRedeliverySchema(Schema):
    """From which line of the log on a hook is sent everything again."""

    from_seq = Id(required=True)


class DeliverySchema(Schema):
    """One attempt to deliver a line."""

    id = fields.Integer(required=True)
    seq = fields.Integer(required=True, metadata={"description": "The line of the log"})
    attempt = fields.Integer(required=True)
    at = ShownMoment(required=True)
    ms = fields.Integer(required=True, metadata={"description": "Milliseconds it took"})
    outcome = Choice(OUTCOMES, required=True)
    status = fields.Integer(
        required=True, allow_none=True, metadata={"description": "What the receiver answered"}
    )
    error = fields.String(required=True, allow_none=True)


class DeliveryQuery(PageQuery):
    """How the list of deliveries may be narrowed."""

    outcome = Choice(OUTCOMES)
