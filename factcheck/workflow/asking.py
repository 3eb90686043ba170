"""Has this been checked? What is answered to a text, and what may be the same as a claim that comes."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from db import Database, Desk, claims
from db.lists import Want
from factcheck.matching.asked import Asked, asked
from factcheck.matching.nearness import Meaning
from factcheck.matching.weights import Weights
from factcheck.vocabulary import UNREVIEWED
from factcheck.workflow.acting import Outcome
from factcheck.workflow.matching import match
from factcheck.workflow.placing import Places
from factcheck.workflow.rendering import as_json
from schemas.claim import SimilarClaimSchema
from schemas.match import CheckedSchema
from schemas.shown import picker

MOST_SIMILAR: Final = 5
_ALL: Final = Want({})
# The same claim may stand behind some that only speak of the same: those with another figure, say.
_LEAST_GIVEN: Final = 10
# What says the same in so many of the same words is found among the first.
_LOOKED_AT_FOR_SIMILAR: Final = 20
_checked = picker(CheckedSchema)
_similar = picker(SimilarClaimSchema)


@dataclass(frozen=True)
class Question:
    """A text, what is known of it, and how much is to be answered."""

    text: str
    date: str | None = None
    claimant: str | None = None
    language: str | None = None
    limit: int = 5
    minimum: float = 0.0


@dataclass(frozen=True)
class Understood:
    """A question whose text was taken apart, and placed by its meaning where there is a model."""

    question: Question
    asked: Asked
    meaning: Meaning | None


def understood(question: Question, places: Places | None) -> Understood:
    """Take a question's text apart; it takes a model some milliseconds, so not in a transaction."""
    taken = asked(question.text, date=question.date, claimant=question.claimant, language=question.language)
    # What says nothing is near to nothing.
    meaning = places.meaning(taken.text) if places and taken.terms else None
    return Understood(question, taken, meaning)


@dataclass(frozen=True)
class Answers:
    """Answers questions of one moment of the desk, each claim being read once.

    Args:
        want: which claims may be named.
        weights: what the ranking weighs.
        keys: of each claim, those that are told; all, if none are named.
    """

    db: Database
    want: Want
    weights: Weights
    keys: Collection[str] | None = None
    _read: dict[int, dict[str, Any]] = field(default_factory=dict)

    def to(self, understood: Understood) -> dict[str, Any]:
        """Name the claims that may say what a text says, the likeliest first."""
        question = understood.question
        most = max(question.limit, _LEAST_GIVEN)
        found = match(
            self.db, understood.asked, self.want, meaning=understood.meaning, weights=self.weights, most=most
        )
        named = [each for each in found if each.score >= question.minimum][: question.limit]
        same = [each.claim_id for each in found if each.same == "yes"]
        contents = self._contents({*(each.claim_id for each in named), *same})
        items = [
            {
                "claim": self._picked(contents[each.claim_id]),
                "score": round(each.score, 4),
                "same": each.same,
                "why": each.why,
            }
            for each in named
        ]
        # The same may have been recorded twice, and found out once.
        checked = next(filter(None, (_finding(contents[claim_id]) for claim_id in same)), None)
        # Words alone decide while one of the claims is not placed yet.
        semantic = understood.meaning is not None and all(each.nearness is not None for each in found[:1])
        return {"text": question.text, "items": items, "checked": checked, "semantic": semantic}

    def _contents(self, claim_ids: set[int]) -> Mapping[int, dict[str, Any]]:
        for claim_id, body in claims.texts_of(self.db, claim_ids - self._read.keys()).items():
            self._read[claim_id] = json.loads(body)
        return self._read

    def _picked(self, content: dict[str, Any]) -> dict[str, Any]:
        if self.keys is None:
            return content
        return {key: value for key, value in content.items() if key in self.keys}


def similar_to(desk: Desk, draft: Mapping[str, Any], weights: Weights) -> list[dict[str, Any]]:
    """Name the claims that may say the same as one that is to be recorded, at most one more than is told.

    It is asked before the act, so that no writer waits for it, and by words alone, which are quick.
    """
    question = Question(
        draft["text"], draft.get("claimed_on"), draft["claimant"]["name"], draft.get("language")
    )
    taken = understood(question, None).asked
    with desk.snapshot() as db:
        found = match(db, taken, _ALL, weights=weights, most=_LEAST_GIVEN, looked_at=_LOOKED_AT_FOR_SIMILAR)
        found = [each for each in found if each.same != "related"]
        texts = claims.texts_of(db, [each.claim_id for each in found[: MOST_SIMILAR + 1]])
    return [
        _similar(
            {
                "id": each.claim_id,
                "text": json.loads(texts[each.claim_id])["text"],
                "score": round(each.score, 4),
                "same": each.same,
                "why": [why["said"] for why in each.why],
            }
        )
        for each in found
        if each.claim_id in texts
    ]


def with_similar(outcome: Outcome, similar: Sequence[Mapping[str, Any]]) -> Outcome:
    """Add to what a claim's recording answers which claims may say the same; the etag is without that."""
    claim_id = int(outcome.location.rpartition("/")[2])
    others = [each for each in similar if each["id"] != claim_id][:MOST_SIMILAR]
    content, etag, of_it = outcome.body.rpartition(',"etag":')
    return replace(outcome, body=f'{content},"similar":{as_json(others)}{etag}{of_it}')


def _finding(content: Mapping[str, Any]) -> dict[str, Any] | None:
    standing = content["standing"]
    if standing["status"] == UNREVIEWED or content["stage"] == "withdrawn":
        return None
    return _checked({**standing, "claim": content["id"]})
