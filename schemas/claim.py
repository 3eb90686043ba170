"""Claims: statements somebody made, and all that is known of them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from factcheck.vocabulary import CHAIN_ROLES, QUALIFIERS, REQUIREMENTS, SAMENESS, STAGES
from factcheck.wording import folded
from schemas.claimant import NewClaimantSchema, ShownClaimantSchema
from schemas.correction import ShownCorrectionSchema
from schemas.evidence import ShownEvidenceSchema
from schemas.fields import (
    PART_PATTERN,
    REF_PATTERN,
    Bound,
    Choice,
    Id,
    Listed,
    Moment,
    Named,
    Number,
    ShortOrFull,
    ShownMoment,
    Text,
    Truth,
    UncertainDate,
    WebAddress,
    Whole,
)
from schemas.link import LinkedClaimSchema
from schemas.listing import ListQuery
from schemas.reference import WhoSchema
from schemas.status import LANGUAGE_PATTERN, SLUG_PATTERN, StatusName
from schemas.story import ShownStorySchema, StorySlug
from schemas.verdict import ShownVerdictSchema, StandingSchema

_LANGUAGE = {"description": "BCP 47", "explained": "This must be a language tag such as en, kk or zh-Hant."}
MEASURE = {
    "description": "What is counted: deaths, injured, arrests …",
    "explained": "This must be lower snake case, such as deaths or vehicles_destroyed.",
}
_SCOPE = {"description": "Of what or where it is counted: Almaty"}
_WITHIN = {"description": "The scope that this scope is a part of: Kazakhstan"}
_AS_PUBLISHED = {"description": "The figure in the words in which it was published"}
# What each of these says is where the quantity ends.
_END_OF = {"at_least": "low", "more_than": "low", "up_to": "high", "nearly": "high"}
_REASON = {"description": "Why it changes; readers are told if the claim is published"}
OVERRIDE_REASON = {
    "description": "Why it is published though it does not meet what this desk asks for; readers are shown "
    "it with what was not met. It is not kept where all is met"
}
_REF = {
    "description": "The caller's own id, such as a CMS id",
    "explained": "This must be letters, digits and . _ : ~ / - and begin and end with a letter or digit.",
}


class ChainLinkSchema(Schema):
    """One station on a statement's way to us; without a role it has the one of its place."""

    role = Choice(CHAIN_ROLES)
    name = Text(most=300, required=True)
    url = WebAddress(allow_none=True, load_default=None)


class FigureSchema(Schema):
    """A quantity that a claim states, exactly or as bounds."""

    measure = Text(most=64, pattern=SLUG_PATTERN, required=True, metadata=MEASURE)
    value = Number(allow_none=True, load_default=None, metadata={"minimum": -1e15, "maximum": 1e15})
    low = Number(allow_none=True, load_default=None, metadata={"minimum": -1e15, "maximum": 1e15})
    high = Number(allow_none=True, load_default=None, metadata={"minimum": -1e15, "maximum": 1e15})
    qualifier = Choice(QUALIFIERS, load_default="exact")
    unit = Text(most=64, allow_none=True, load_default=None)
    scope = Text(most=300, allow_none=True, load_default=None, metadata=_SCOPE)
    within = Text(most=300, allow_none=True, load_default=None, metadata=_WITHIN)
    as_of = UncertainDate(allow_none=True, load_default=None)
    as_published = Text(most=1000, lines=True, allow_none=True, load_default=None, metadata=_AS_PUBLISHED)

    @validates_schema
    def states_something(self, data: dict[str, Any], **_: Any) -> None:
        """Take either a value or bounds in their order."""
        value, low, high = data.get("value"), data.get("low"), data.get("high")
        if (value is None) == (low is None and high is None):
            raise ValidationError(
                "Give either value, or low and high (one of them may be left out).", "value"
            )
        if low is not None and high is not None and low > high:
            raise ValidationError("low is above high; give the smaller bound as low.", "low")

    @validates_schema
    def qualifier_fits(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a word that speaks of an end which is not given, or that leaves no number."""
        qualifier, value, low, high = (data[name] for name in ("qualifier", "value", "low", "high"))
        end = _END_OF.get(qualifier)
        if value is None and end and data[end] is None:
            raise ValidationError(
                f"{qualifier} speaks of the {end} end; give {end}, or another qualifier.", "qualifier"
            )
        nearly_zero = qualifier == "nearly" and 0 in (value, None if low is not None else high)
        if nearly_zero or (qualifier in ("nearly", "more_than") and value is None and low == high):
            raise ValidationError(
                f"{qualifier} leaves no number here; give other bounds, or another qualifier.", "qualifier"
            )

    @validates_schema
    def is_part_of_something_else(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse what would be a part of itself, or of which nobody says what it counts."""
        scope, within = data["scope"], data["within"]
        if within is not None and scope is None:
            raise ValidationError("Say in scope what is counted; within is what that is a part of.", "within")
        if within is not None and folded(within) == folded(scope):
            raise ValidationError("This is the scope itself; give what that is a part of.", "within")


class ClaimFieldsSchema(Schema):
    """What a claim says and how it reached us."""

    claimed_on = UncertainDate(allow_none=True)
    place = Text(most=300, allow_none=True)
    language = Text(most=35, pattern=LANGUAGE_PATTERN, allow_none=True, metadata=_LANGUAGE)
    story = StorySlug(allow_none=True)
    chain = fields.List(
        ShortOrFull(Text(most=300), ChainLinkSchema),
        validate=validate.Length(max=32),
        metadata={"description": "Through whom it reached us, from origin to publisher; names will do"},
    )
    appearances = fields.List(
        WebAddress(),
        validate=validate.Length(max=100),
        metadata={"description": "Addresses where it was seen"},
    )
    figure = fields.Nested(FigureSchema, allow_none=True)

    @post_load
    def give_links_their_roles(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Complete the chain, and refuse one that runs backwards."""
        if "chain" not in data:
            return data
        links = [_link(given, place, len(data["chain"])) for place, given in enumerate(data["chain"])]
        places = [CHAIN_ROLES.index(link["role"]) for link in links]
        if places != sorted(places):
            raise ValidationError(f"Put the chain in the order {', '.join(CHAIN_ROLES)}.", "chain")
        return {**data, "chain": links}


def _link(given: str | dict[str, Any], place: int, length: int) -> dict[str, Any]:
    """Write a station in full: the first is the origin, the last the publisher, others relay."""
    link = {"name": given, "url": None} if isinstance(given, str) else given
    role = "origin" if place == 0 else "publisher" if place == length - 1 else "relay"
    return {"role": role, **link}


class NewClaimSchema(ClaimFieldsSchema):
    """A claim to be recorded."""

    text = Text(most=10000, lines=True, required=True)
    claimant = fields.Nested(NewClaimantSchema, required=True)
    ref = Text(most=200, pattern=REF_PATTERN, allow_none=True, metadata=_REF)


class ClaimUnderRefSchema(ClaimFieldsSchema):
    """A claim to be recorded or changed under the caller's own id, which stands in the address."""

    text = Text(most=10000, lines=True, required=True)
    claimant = fields.Nested(NewClaimantSchema, required=True)
    reason = Text(most=2000, lines=True, metadata=_REASON)


class ClaimChangesSchema(ClaimFieldsSchema):
    """What may be changed of a claim; what is left out stays."""

    text = Text(most=10000, lines=True)
    claimant = fields.Nested(NewClaimantSchema)
    ref = Text(most=200, pattern=REF_PATTERN, allow_none=True, metadata=_REF)
    reason = Text(most=2000, lines=True, metadata=_REASON)


class NewStageSchema(Schema):
    """A step in the desk's work on a claim."""

    stage = Choice(STAGES, required=True)
    reason = Text(most=2000, lines=True, allow_none=True, load_default=None)
    override_reason = Text(
        most=2000, lines=True, allow_none=True, load_default=None, metadata=OVERRIDE_REASON
    )

    @validates_schema
    def only_publishing_is_overridden(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse an override of nothing."""
        if data.get("override_reason") and data.get("stage") != "published":
            raise ValidationError("Only publishing can be overridden; leave this out.", "override_reason")

    @validates_schema
    def taking_back_has_a_reason(self, data: dict[str, Any], **_: Any) -> None:
        """Ask why, where readers will."""
        if data.get("stage") != "published" and not data.get("reason"):
            raise ValidationError("Say why, in reason.", "reason")


class ShownLinkSchema(Schema):
    """One station on a statement's way to us, as shown."""

    role = Choice(CHAIN_ROLES, required=True)
    name = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)


class ShownFigureSchema(Schema):
    """A quantity, as shown."""

    measure = fields.String(required=True)
    value = Number(required=True, allow_none=True)
    low = Number(required=True, allow_none=True)
    high = Number(required=True, allow_none=True)
    qualifier = Choice(QUALIFIERS, required=True)
    unit = fields.String(required=True, allow_none=True)
    scope = fields.String(required=True, allow_none=True)
    within = fields.String(required=True, allow_none=True)
    as_of = fields.String(required=True, allow_none=True)
    as_published = fields.String(required=True, allow_none=True)


class StageChangeSchema(Schema):
    """A step that was taken, by whom and why."""

    stage = Choice(STAGES, required=True)
    reason = fields.String(required=True, allow_none=True)
    override_reason = fields.String(required=True, allow_none=True)
    unmet = fields.List(
        Choice(REQUIREMENTS),
        required=True,
        metadata={"description": "What it did not meet when it was published all the same"},
    )
    at = ShownMoment(required=True)
    by = fields.Nested(WhoSchema, required=True)


class ClaimSchema(Schema):
    """A claim with everything that stands on it."""

    id = fields.Integer(required=True)
    ref = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)
    claimant = fields.Nested(ShownClaimantSchema, required=True)
    chain = fields.List(fields.Nested(ShownLinkSchema), required=True)
    claimed_on = fields.String(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)
    story = fields.Nested(ShownStorySchema, required=True, allow_none=True)
    appearances = fields.List(fields.String(), required=True)
    figure = fields.Nested(ShownFigureSchema, required=True, allow_none=True)
    standing = fields.Nested(StandingSchema, required=True)
    sources = fields.List(fields.Nested(ShownEvidenceSchema), required=True)
    verdicts = fields.List(fields.Nested(ShownVerdictSchema), required=True)
    corrections = fields.List(fields.Nested(ShownCorrectionSchema), required=True)
    links = fields.List(
        fields.Nested(LinkedClaimSchema),
        required=True,
        metadata={"description": "Confirmed links; once it was published, only those with published claims"},
    )
    stage = Choice(STAGES, required=True)
    stages = fields.List(fields.Nested(StageChangeSchema), required=True)
    created_at = ShownMoment(required=True)
    created_by = fields.Nested(WhoSchema, required=True)
    updated_at = ShownMoment(required=True)
    etag = fields.String(required=True)


class SimilarClaimSchema(Schema):
    """A claim that may say the same as one that was recorded; nothing follows from it by itself."""

    id = fields.Integer(required=True)
    text = fields.String(required=True)
    score = Number(required=True, metadata={"description": "How likely it is the same claim, 0 to 1"})
    same = Choice(SAMENESS, required=True)
    why = fields.List(fields.String(), required=True)


class RecordedClaimSchema(ClaimSchema):
    """A claim that was recorded just now, with those that may say the same."""

    similar = fields.List(
        fields.Nested(SimilarClaimSchema),
        required=True,
        metadata={"description": "Likely duplicates, at most 5; link them if they are"},
    )


class FoundClaimSchema(ClaimSchema):
    """A claim in a list; with `q` it says where the words were found."""

    snippet = fields.String(
        metadata={"description": "Only with `q`: HTML, escaped, the words found in <mark>"}
    )


class ClaimFilters(Schema):
    """How claims may be narrowed."""

    status = StatusName()
    status__in = Listed(StatusName(metadata={"pattern": PART_PATTERN}))
    rating = Whole(least=1, most=5)
    rating__gte = Whole(least=1, most=5)
    rating__lte = Whole(least=1, most=5)
    contested = Truth()
    stage = Choice(STAGES)
    stage__in = Listed(Choice(STAGES))
    claimant = Named(most=300, metadata={"description": "Name of the claimant"})
    claimant_id = Id()
    language = Text(most=35, pattern=LANGUAGE_PATTERN, metadata=_LANGUAGE)
    language__in = Listed(Text(most=35, pattern=LANGUAGE_PATTERN, metadata=_LANGUAGE))
    place = Text(most=300)
    story = StorySlug()
    ref = Text(most=200, pattern=REF_PATTERN, metadata=_REF)
    reviewer = Id(metadata={"description": "Who gave a verdict on it"})
    source = Id(metadata={"description": "Source attached to it"})
    measure = Text(most=64, pattern=SLUG_PATTERN, metadata=MEASURE)
    claimed_on = UncertainDate()
    claimed_on__gte = Bound("earliest")
    claimed_on__lte = Bound("latest")
    created_at__gte = Moment(day_as="00:00:00")
    created_at__lte = Moment(day_as="23:59:59.999")
    updated_at__gte = Moment(day_as="00:00:00")
    updated_at__lte = Moment(day_as="23:59:59.999")


class ClaimQuery(ClaimFilters, ListQuery):
    """How the list of claims may be narrowed, searched, sorted and counted."""

    q = Text(most=400, metadata={"description": "Words to look for in the claim and all that stands on it"})
    sort = Choice(
        (
            "created_at",
            "-created_at",
            "updated_at",
            "-updated_at",
            "claimed_on",
            "-claimed_on",
            "id",
            "-id",
            "relevance",
        ),
        metadata={"description": "Newest first, or with `q` the most relevant first, if left out"},
    )
    facet = Listed(Choice(("status", "language", "stage", "place", "contested", "story", "claimant")))
