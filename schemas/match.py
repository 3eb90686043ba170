"""Has this been checked? A text in, the claims that say the same out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from factcheck.vocabulary import SAMENESS
from schemas.claim import ClaimFilters, ClaimSchema
from schemas.fields import Choice, Listed, Number, ShortOrFull, ShownMoment, Text, Truth, UncertainDate, Whole
from schemas.status import LANGUAGE_PATTERN

DEFAULT_MATCHES, MOST_MATCHES, MOST_TEXTS = 5, 100, 500
# So many claims one answer may hold.
MOST_CLAIMS = 5_000
LONGEST_TEXT = 1_000_000
# What fits into an address, whatever its signs; longer ones go by POST.
LONGEST_IN_AN_ADDRESS = 5_000

_TEXT = {"description": "A post, a sentence, a headline: whatever may have been said before"}
_DATE = {"description": "When it was said, EDTF (ISO 8601-2), level 1"}
_CLAIMANT = {"description": "Who said it; a name or a handle. No filter: claimant_id is"}
_LANGUAGE = {"description": "In which language it is said, BCP 47. No filter: language__in is"}
_MINIMUM = {"description": "Leave out claims with a lower score"}


class Share(Number):
    """A number between 0 and 1."""

    def __init__(self, **more: Any) -> None:
        more["metadata"] = {"minimum": 0, "maximum": 1, **more.get("metadata", {})}
        super().__init__(**more)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        number = super()._deserialize(value, attr, data, **kwargs)
        if not 0 <= number <= 1:
            raise ValidationError("This must lie between 0 and 1.")
        return number


class MatchQuery(ClaimFilters):
    """A text, what is known of it, and which claims may be named."""

    text = Text(most=LONGEST_IN_AN_ADDRESS, lines=True, required=True, metadata=_TEXT)
    date = UncertainDate(load_default=None, metadata=_DATE)
    claimant = Text(most=300, load_default=None, metadata=_CLAIMANT)  # type: ignore[assignment]
    language = Text(most=35, pattern=LANGUAGE_PATTERN, load_default=None, metadata=_LANGUAGE)
    limit = Whole(
        least=1,
        most=MOST_MATCHES,
        load_default=DEFAULT_MATCHES,
        metadata={"description": "How many claims at the most"},
    )
    minimum = Share(load_default=0, metadata=_MINIMUM)
    picked = Listed(
        Choice(ClaimSchema().dump_fields),
        data_key="fields",
        metadata={"description": "Keys to keep of each claim, with commas between"},
    )


class OneTextSchema(Schema):
    """A text, and what is known of it; what is left out is as is said for all."""

    text = Text(most=LONGEST_TEXT, lines=True, required=True, metadata=_TEXT)
    date = UncertainDate(metadata=_DATE)
    claimant = Text(most=300, metadata=_CLAIMANT)
    language = Text(most=35, pattern=LANGUAGE_PATTERN, metadata=_LANGUAGE)
    limit = Whole(least=1, most=MOST_MATCHES)
    minimum = Share(metadata=_MINIMUM)


class NewMatchSchema(MatchQuery):
    """Many texts or a long one, what is known of all of them, and which claims may be named."""

    text = Text(most=LONGEST_TEXT, lines=True, metadata=_TEXT)
    texts = fields.List(
        ShortOrFull(Text(most=LONGEST_TEXT, lines=True), OneTextSchema),
        validate=validate.Length(min=1, max=MOST_TEXTS, error="Give 1 to 500 texts at once."),
        metadata={"description": "Texts, or objects that say something else of one; at most 500"},
    )

    @validates_schema
    def asks_once(self, data: dict[str, Any], **_: Any) -> None:
        """Take either one text or a list, and no more than an answer can hold."""
        if ("text" in data) == ("texts" in data):
            raise ValidationError("Give either texts, a list, or text, a single one.", "texts")
        limits = [
            each.get("limit", data["limit"]) if isinstance(each, dict) else data["limit"]
            for each in data.get("texts", ())
        ]
        if sum(limits) > MOST_CLAIMS:
            raise ValidationError(
                f"So many texts with so many claims each would be {sum(limits)}; at most {MOST_CLAIMS} are "
                "answered at once. Give a smaller limit, or fewer texts.",
                "limit",
            )


class WordSchema(Schema):
    """A word that both have, and its part in all that was asked for."""

    word = fields.String(required=True)
    weight = Number(required=True)


class WhySchema(Schema):
    """Something that speaks for or against a claim's saying the same."""

    kind = fields.String(required=True)
    said = fields.String(required=True, metadata={"description": "The same in words"})
    words = fields.List(
        fields.Nested(WordSchema), metadata={"description": "Only with the kind shared_words"}
    )
    nearness = Number(metadata={"description": "Only with the kind meaning: -1 to 1"})


class MatchSchema(Schema):
    """A claim that may say the same."""

    claim = fields.Raw(
        required=True,
        metadata={
            "description": "As in the list of claims; if `fields` names keys, with these only",
            "anyOf": [{"$ref": "#/components/schemas/Claim"}, {"type": "object"}],
        },
    )
    score = Number(required=True, metadata={"description": "How likely it is the same claim, 0 to 1"})
    same = Choice(SAMENESS, required=True)
    why = fields.List(fields.Nested(WhySchema), required=True)


class CheckedSchema(Schema):
    """What was found of the claim that says the same."""

    claim = fields.Integer(required=True)
    status = fields.String(required=True)
    rating = fields.Integer(required=True, allow_none=True)
    contested = Truth(required=True)
    since = ShownMoment(required=True, allow_none=True)


class MatchedSchema(Schema):
    """The claims that may say what a text says, the likeliest first."""

    text = fields.String(required=True)
    items = fields.List(fields.Nested(MatchSchema), required=True)
    checked = fields.Nested(
        CheckedSchema,
        required=True,
        allow_none=True,
        metadata={"description": "What was found of the likeliest claim that is the same and has a verdict"},
    )
    semantic = Truth(required=True, metadata={"description": "Whether meaning counted, and not words alone"})


class ManyMatchedSchema(Schema):
    """An answer for each text, in the order in which they were asked."""

    items = fields.List(fields.Nested(MatchedSchema), required=True)
    etag = fields.String(required=True)
