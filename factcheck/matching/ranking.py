"""Ranking: the claims that may say the same, the likeliest first, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from factcheck.dates import span
from factcheck.matching.asked import Asked
from factcheck.matching.contradiction import denial, other_figure
from factcheck.matching.doubt import may_be_likely, may_be_same
from factcheck.matching.features import Likeness, Question, rarity
from factcheck.matching.nearness import Nearness
from factcheck.matching.numbers import agreeing
from factcheck.matching.seen import Seen, are_twins
from factcheck.matching.weights import FAR, Model, Weights, besides, read_weights

__all__ = ["Candidate", "Match", "likenesses", "ranked", "rarity"]

# The features of the rest would cost more than they find: among the first 40 there are 99 in 100 of what
# is among the first hundred and right.
MOST_WEIGHED: Final = 40
# How many of the words that a claim shares with a question are named.
_MOST_NAMED: Final = 12
_DAYS_NEAR: Final = 30
# What leaves a doubt gets a score so far below the threshold at the most.
_BELOW: Final = 0.005
# So many of the best are looked through for claims that were recorded twice.
_TWINS_SOUGHT: Final = 12


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claim that shares words with what is asked, or that a model places near it.

    Args:
        score: the sum, over the words they share, of rarity times Seen.weights.
        seen: Seen.text as it is kept.
    """

    claim_id: int
    score: float
    seen: str


@dataclass(frozen=True)
class Match:
    """A claim that may say the same.

    Args:
        score: how likely it is the same claim, 0 to 1.
        same: "yes", "likely" or "related".
        why: what speaks for it and against it, each with its `kind` and in words, `said`.
        nearness: of its nearest passage in meaning, -1 to 1; None if words alone decided.
    """

    claim_id: int
    score: float
    same: str
    why: tuple[dict[str, Any], ...] = ()
    nearness: float | None = None


def ranked(
    asked: Asked,
    candidates: Sequence[Candidate],
    frequencies: Mapping[str, float],
    total: float,
    *,
    weights: Weights | None = None,
    nearness: Mapping[int, Nearness] | None = None,
    most: int | None = None,
) -> list[Match]:
    """Put the claims that may say the same in order, the likeliest first.

    Args:
        frequencies: for each term, how many claims have it.
        total: how many claims there are.
        weights: the packaged ones, if none are given.
        nearness: how near claims are in meaning, where a model has placed them.
        most: how many to give; all, if not said.
    """
    weights = weights or read_weights()
    model = weights.semantic if nearness is not None and weights.semantic else weights.lexical
    model = model.of_desk(total)
    question = Question(asked, frequencies, total)
    weighed, rest = _parted(candidates, nearness)
    seen = [Seen.read(candidate.seen) for candidate in weighed]
    alike = likenesses(question, weighed, seen)
    rows = [_row(model, candidate, each, nearness) for candidate, each in zip(weighed, alike, strict=True)]
    ranks = [model.rank(row) for row in rows]
    order = sorted(range(len(rows)), key=lambda at: -ranks[at])
    said = [each.said for each in seen]
    matches: list[Match] = []
    score = 1.0
    for at in order[:most]:
        # Nobody understands a list in which a lower place has the higher score.
        same_words = [other for other in order[:_TWINS_SOUGHT] if are_twins(said[at], said[other])]
        standing = besides(ranks, at, len(asked.terms), same_words)
        score = min(score, model.chance([*rows[at], *standing]))
        claim_id = weighed[at].claim_id
        near = nearness.get(claim_id) if nearness is not None else None
        matches.append(_match(claim_id, score, question, seen[at], alike[at], near, model))
    # A doubt may have put one behind the next.
    matches.sort(key=lambda each: -each.score)
    return (matches + _trailing(rest, min(score, matches[-1].score if matches else score)))[:most]


def likenesses(question: Question, candidates: Sequence[Candidate], seen: Sequence[Seen]) -> list[Likeness]:
    """Hold candidates against a question.

    Args:
        seen: the candidates', read.
    """
    best = max((candidate.score for candidate in candidates), default=0.0)
    return [
        question.likeness(each, candidate.score, best)
        for candidate, each in zip(candidates, seen, strict=True)
    ]


def _parted(
    candidates: Sequence[Candidate], nearness: Mapping[int, Nearness] | None
) -> tuple[list[Candidate], list[Candidate]]:
    """Give the candidates that are worth a closer look, and the others, the best first."""
    near = nearness or {}
    order = sorted(candidates, key=lambda each: -each.score)
    if len(order) <= MOST_WEIGHED:
        return order, []
    chosen = {each.claim_id for each in order[:MOST_WEIGHED]}
    nearest = sorted(order, key=lambda each: -near.get(each.claim_id, FAR).whole)
    if near:
        chosen |= {each.claim_id for each in nearest[:MOST_WEIGHED]}
    return (
        [each for each in order if each.claim_id in chosen],
        [each for each in order if each.claim_id not in chosen],
    )


def _row(
    model: Model, candidate: Candidate, alike: Likeness, nearness: Mapping[int, Nearness] | None
) -> list[float]:
    if len(model.names) == len(alike.values):
        return alike.values
    return [*alike.values, *(nearness or {}).get(candidate.claim_id, FAR)]


def _trailing(rest: Sequence[Candidate], score: float) -> list[Match]:
    """Give what was not looked at closely, behind all that was."""
    best = rest[0].score if rest else 0.0
    return [Match(each.claim_id, score * each.score / best if best else 0.0, "related") for each in rest]


def _match(
    claim_id: int,
    score: float,
    question: Question,
    seen: Seen,
    alike: Likeness,
    near: Nearness | None,
    model: Model,
) -> Match:
    asked = question.asked
    why = _shared(question, alike)
    why += [
        {"kind": "same_figure", "said": f"both say {number.said()}"}
        for number in agreeing(asked.numbers, seen.numbers)[:_MOST_NAMED]
    ]
    if not asked.speakers.isdisjoint(seen.claimant):
        why.append({"kind": "same_claimant", "said": "who says it is the claimant"})
    if days := _days_apart(asked.date, seen.date):
        why.append({"kind": "dates_near", "said": f"said within {days} days of each other"})
    if near is not None:
        why.append(
            {
                "kind": "meaning",
                "said": f"their meanings are near: {near.best:.2f}",
                "nearness": round(near.best, 3),
            }
        )
    ceiling = _ceiling(may_be_likely(alike, near), may_be_same(asked, seen, alike, near), model)
    if score > ceiling:
        why.insert(0, {"kind": "too_little", "said": "not enough agrees to say more"})
        score = ceiling
    same = "yes" if score >= model.yes else "likely" if score >= model.likely else "related"
    against = [
        {"kind": kind, "said": said}
        for kind, said in (
            ("other_figure", other_figure(asked, seen, alike)),
            ("one_denies_it", denial(asked, seen)),
        )
        if said
    ]
    near_best = None if near is None else near.best
    return Match(claim_id, score, "related" if against else same, tuple(against + why), near_best)


def _ceiling(may_be_likely: bool, may_be_same: bool, model: Model) -> float:
    if may_be_likely:
        return 1.0 if may_be_same else model.yes - _BELOW
    return model.likely - _BELOW


def _shared(question: Question, alike: Likeness) -> list[dict[str, Any]]:
    if not alike.shared:
        return []
    shares = {stem: question.rare[stem] / question.most for stem in alike.shared}
    named = sorted(alike.shared, key=lambda stem: (-shares[stem], stem))[:_MOST_NAMED]
    forms = question.asked.forms
    words = [{"word": forms.get(stem, stem), "weight": round(shares[stem], 3)} for stem in named]
    said = f"both say {', '.join(str(each['word']) for each in words)}"
    return [{"kind": "shared_words", "said": said, "words": words}]


def _days_apart(first: str | None, second: str | None) -> int | None:
    """Say within how many days two dates lie, if they lie near."""
    if not first or not second:
        return None
    one, other = span(first), span(second)
    try:
        apart = max(
            (date.fromisoformat(one.earliest) - date.fromisoformat(other.latest)).days,
            (date.fromisoformat(other.earliest) - date.fromisoformat(one.latest)).days,
        )
    except ValueError:
        # Days are counted from the year 1 on, and EDTF knows the year 0.
        return None
    return max(apart, 1) if apart <= _DAYS_NEAR else None
