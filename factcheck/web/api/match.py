"""The address /v1/match."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from db.lists import Want
from factcheck.publishing import matches
from factcheck.web.answers import composed
from factcheck.web.api.claims import with_statuses
from factcheck.web.caller import sees_only_published
from factcheck.web.contract import DeskBlueprint
from factcheck.web.parts import parts
from factcheck.web.worked_out import WrittenForPeople
from factcheck.workflow.asking import Answers, Question, understood
from schemas.match import ManyMatchedSchema, MatchedSchema, MatchQuery, NewMatchSchema, OneTextSchema

blueprint = DeskBlueprint("match", __name__, url_prefix="/v1", description="Has this been checked?")

# What is said of a text; the rest, but for the keys to keep, says which claims may be named.
_OF_A_TEXT = tuple(OneTextSchema().load_fields)
_NO_FILTERS = (*_OF_A_TEXT, "texts", "picked")


@blueprint.worked_out(
    "/match", MatchedSchema, "match_text", WrittenForPeople(matches.rows, matches.text), query=MatchQuery
)
def match_text(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """Name the claims that may say what a text says, the likeliest first, and say why.

    `score` is how likely a claim is the same. `date`, `claimant` and `language` tell of the text; what is
    left of the query narrows the claims as in their list.
    """
    answers = Answers(parts().desk.db, _want(query, "parameter"), parts().weights, query.get("picked"))
    return answers.to(understood(_question(query), parts().places))


@blueprint.question("/match", NewMatchSchema, ManyMatchedSchema, "match_texts")
def match_texts(body: Mapping[str, Any]) -> Response:
    """Name for each of many texts, or for a long one, the claims that may say the same.

    It only reads, and answers as GET does, without an Idempotency-Key.
    """
    want = _want(body, "pointer")
    asked = body.get("texts", [{"text": body.get("text")}])
    questions = [understood(_question(body, each), parts().places) for each in asked]
    with parts().desk.snapshot() as db:
        answers = Answers(db, want, parts().weights, body.get("picked"))
        return composed({"items": [answers.to(each) for each in questions]})


def _question(common: Mapping[str, Any], of_it: str | Mapping[str, Any] | None = None) -> Question:
    """Put together what is said of a text, and of all."""
    own = {"text": of_it} if isinstance(of_it, str) else of_it or {}
    given: dict[str, Any] = {name: own.get(name, common.get(name)) for name in _OF_A_TEXT}
    return Question(**given)


def _want(given: Mapping[str, Any], where: str) -> Want:
    narrowed = {name: value for name, value in given.items() if name not in _NO_FILTERS}
    return Want(with_statuses(narrowed, where), public_only=sees_only_published())
