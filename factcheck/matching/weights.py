"""Weights: what the features weigh, kept in a file that people can read, and that a desk may replace.

There are two models. One ranks: the sum of its weights times a claim's features. The other says how likely
the claim is the same, from the features, that sum, and how far it leads the next best. Each exists twice,
without nearness of meaning and with it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from factcheck.matching.features import NAMES
from factcheck.matching.nearness import Nearness

PACKAGED: Final = Path(__file__).with_name("weights.json")
NEARNESS: Final = tuple(f"nearness_{name}" for name in Nearness._fields)
# Where a model has not placed a claim, it is near nothing.
FAR: Final = Nearness(0.0, 0.0, 0.0)
# What the second model weighs besides the features.
BESIDES: Final = ("always", "ranking", "lead", "length")
# So far ahead, a claim can't be further ahead in any way that matters.
_FURTHEST: Final = 5.0


class BadWeights(ValueError):
    """A file of weights that can't be used; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of both models, in the order of the features' names."""

    names: tuple[str, ...]
    ranking: tuple[float, ...]
    probability: tuple[float, ...]

    def rank(self, values: Sequence[float]) -> float:
        """Give the sum by which claims are ranked."""
        return sum(map(float.__mul__, self.ranking, values))

    def likely(self, values: Sequence[float]) -> float:
        """Give how likely a claim is the same, 0 to 1, by its features and what stands `besides`."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, sum(map(float.__mul__, self.probability, values))))))


@dataclass(frozen=True, slots=True)
class Weights:
    """What a desk ranks by.

    Args:
        yes, likely: from which score on a claim is called so.
    """

    lexical: Model
    semantic: Model | None
    yes: float
    likely: float


def besides(ranks: Sequence[float], at: int, terms: int) -> list[float]:
    """Give what the second model weighs besides the features.

    Args:
        ranks: the ranking's sums, of all claims.
        at: which claim it is about.
        terms: how many different words the question has.
    """
    others = max((rank for index, rank in enumerate(ranks) if index != at), default=ranks[at] - _FURTHEST)
    lead = max(-_FURTHEST, min(_FURTHEST, ranks[at] - others))
    return [1.0, ranks[at], lead, math.log1p(terms)]


@lru_cache(maxsize=4)
def read_weights(path: str | None = None) -> Weights:
    """Read a file of weights, the packaged one if none is named.

    Raises:
        BadWeights: it can't be read, or lacks something.
    """
    where = Path(path) if path else PACKAGED
    try:
        given = json.loads(where.read_text(encoding="utf-8"))
        thresholds = given["thresholds"]
        semantic = given.get("semantic")
        return Weights(
            _model(given["lexical"], NAMES),
            _model(semantic, (*NAMES, *NEARNESS)) if semantic else None,
            float(thresholds["yes"]),
            float(thresholds["likely"]),
        )
    except (OSError, ValueError, TypeError, AttributeError) as fault:
        raise BadWeights(f"The weights in {where} can't be read: {fault}") from None
    except KeyError as missing:
        raise BadWeights(
            f"The weights in {where} lack {missing}; `flask fit-matching` writes them."
        ) from None


def as_data(model: Model) -> dict[str, dict[str, float]]:
    """Write a model as it stands in a file of weights."""
    return {
        "ranking": {name: round(weight, 4) for name, weight in zip(model.names, model.ranking, strict=True)},
        "probability": {
            name: round(weight, 4)
            for name, weight in zip((*model.names, *BESIDES), model.probability, strict=True)
        },
    }


def _model(given: Mapping[str, Any], names: tuple[str, ...]) -> Model:
    return Model(
        names,
        tuple(float(given["ranking"][name]) for name in names),
        tuple(float(given["probability"][name]) for name in (*names, *BESIDES)),
    )
