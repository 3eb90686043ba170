"""Weights: what the features weigh, kept in a file that people can read, and that a desk may replace.

There are two models. One ranks: the sum of its weights times a claim's features. The other says how likely
the claim is the same, from the features, that sum, and how far it leads the next best. Each exists twice,
without nearness of meaning and with it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from factcheck.matching.commonness import IMAGINED
from factcheck.matching.features import NAMES
from factcheck.matching.nearness import Nearness
from factcheck.settings import BadSetting

PACKAGED: Final = Path(__file__).with_name("weights.json")
NEARNESS: Final = tuple(f"nearness_{name}" for name in Nearness._fields)
# Where a model has not placed a claim, it is near nothing.
FAR: Final = Nearness(0.0, 0.0, 0.0)
# What the second model weighs besides the features: the ranking's sum, how far it is ahead of the
# next best and of the field, and how many words the question has.
BESIDES: Final = ("always", "ranking", "lead", "ahead", "length")
# So far ahead, a claim can't be further ahead in any way that matters.
_FURTHEST: Final = 10.0
# So many of the best other claims are the field.
_FIELD: Final = 9


class BadWeights(ValueError):
    """A file of weights that can't be used; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of both models, in the order of the features' names.

    Args:
        growth: what each weight of the probability gains on a larger desk: where there is more to be taken
            for the same claim, the same likeness says less.
        yes, likely: from which score on a claim is called so.
    """

    names: tuple[str, ...]
    ranking: tuple[float, ...]
    probability: tuple[float, ...]
    growth: tuple[float, ...] = ()
    yes: float = 1.0
    likely: float = 0.5

    def rank(self, values: Sequence[float]) -> float:
        """Give the sum by which claims are ranked."""
        return sum(map(float.__mul__, self.ranking, values))

    def of_desk(self, total: float) -> Model:
        """Give what tells right from wrong on a desk of so many claims."""
        size = size_of(total)
        weights = [weight + size * more for weight, more in zip(self.probability, self.growth, strict=True)]
        return replace(self, probability=tuple(weights), growth=(0.0,) * len(weights))

    def chance(self, values: Sequence[float]) -> float:
        """Give how likely a claim is the same, 0 to 1, by its features and what stands `besides`."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, sum(map(float.__mul__, self.probability, values))))))


@dataclass(frozen=True, slots=True)
class Weights:
    """What a desk ranks by: words alone, or words and nearness of meaning."""

    lexical: Model
    semantic: Model | None


def size_of(total: float) -> float:
    """Say how large a desk is: 0 where it is small, and 1 for ten thousand claims and more.

    Nothing is known of larger desks but that they are no easier.

    Args:
        total: its claims, the imagined ones among them.
    """
    return max(0.0, min(1.0, math.log10(total / IMAGINED)))


def besides(ranks: Sequence[float], at: int, terms: int, twins: Collection[int] = ()) -> list[float]:
    """Give what the second model weighs besides the features.

    Args:
        ranks: the ranking's sums, of all claims.
        at: which claim it is about.
        terms: how many different words the question has.
        twins: which of the claims say the same as that one in nearly the same words; a claim that was
            recorded twice is no less the same.
    """
    rank = ranks[at]
    others = [other for index, other in enumerate(ranks) if index != at and index not in twins]
    field = sorted(others, reverse=True)[:_FIELD] or [rank - _FURTHEST]
    leads = (_capped(rank - field[0]), _capped(rank - sum(field) / len(field)))
    return [1.0, rank, *leads, math.log1p(terms)]


def _capped(lead: float) -> float:
    return max(-_FURTHEST, min(_FURTHEST, lead))


@lru_cache(maxsize=4)
def read_weights(path: str | None = None) -> Weights:
    """Read a file of weights, the packaged one if none is named.

    Raises:
        BadWeights: it can't be read, or lacks something.
    """
    where = Path(path) if path else PACKAGED
    try:
        given = json.loads(where.read_text(encoding="utf-8"))
        semantic = given.get("semantic")
        return Weights(
            _model(given["lexical"], NAMES),
            _model(semantic, (*NAMES, *NEARNESS)) if semantic else None,
        )
    except (OSError, ValueError, TypeError, AttributeError) as fault:
        raise BadWeights(f"The weights in {where} can't be read: {fault}") from None
    except KeyError as missing:
        raise BadWeights(
            f"The weights in {where} lack {missing}; `flask fit-matching` writes them."
        ) from None


def chosen_weights(setting: str) -> Weights:
    """Read the weights that a setting names, the packaged ones if it is empty.

    Raises:
        BadSetting: they can't be read.
    """
    try:
        return read_weights(setting or None)
    except BadWeights as fault:
        raise BadSetting(f"FACTCHECK_MATCHING_WEIGHTS={setting!r}: {fault}") from None


def as_data(model: Model) -> dict[str, dict[str, float]]:
    """Write a model as it stands in a file of weights."""
    return {
        "thresholds": {"yes": round(model.yes, 3), "likely": round(model.likely, 3)},
        "ranking": {name: round(weight, 4) for name, weight in zip(model.names, model.ranking, strict=True)},
        "probability": {
            name: round(weight, 4)
            for name, weight in zip((*model.names, *BESIDES), model.probability, strict=True)
        },
        "growth": {
            name: round(weight, 4)
            for name, weight in zip((*model.names, *BESIDES), model.growth, strict=True)
        },
    }


def _model(given: Mapping[str, Any], names: tuple[str, ...]) -> Model:
    return Model(
        names,
        tuple(float(given["ranking"][name]) for name in names),
        tuple(float(given["probability"][name]) for name in (*names, *BESIDES)),
        tuple(float(given["growth"][name]) for name in (*names, *BESIDES)),
        float(given["thresholds"]["yes"]),
        float(given["thresholds"]["likely"]),
    )
