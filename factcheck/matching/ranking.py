"""Ranking: the claims that may say the same, the likeliest first, and why."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factcheck.matching.asked import Asked
from factcheck.matching.nearness import Nearness
from factcheck.matching.numbers import agreeing
from factcheck.matching.seen import HEAVIEST, Seen, all_stems


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claim that shares words with what is asked.

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
        why: what speaks for it and against it, each with its `kind` and in words.
    """

    claim_id: int
    score: float
    same: str
    why: tuple[dict[str, Any], ...] = ()


def rarity(count: int, total: int) -> float:
    """Say how much a word tells that `count` of `total` claims have (BM25's idf, never negative)."""
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


def ranked(
    asked: Asked,
    candidates: Sequence[Candidate],
    frequencies: Mapping[str, int],
    total: int,
    *,
    nearness: Mapping[int, Nearness] | None = None,  # noqa: ARG001
) -> list[Match]:
    """Put the claims that may say the same in order, the likeliest first.

    Args:
        frequencies: for each term, how many claims have it.
        total: how many claims there are.
        nearness: how near claims are in meaning, where a model has placed them.
    """
    rare = {term: rarity(frequencies.get(term, 0), total) for term in asked.terms}
    most = sum(rare.values()) or 1.0
    matches = []
    for candidate in candidates:
        seen = Seen.read(candidate.seen)
        shared = [term for term in asked.terms if term in all_stems(seen.passages)]
        covered = sum(rare[term] for term in shared) / most
        lexical = candidate.score / (HEAVIEST * most)
        score = 1 / (1 + math.exp(-(8 * (lexical + covered) - 4)))
        differ = bool(asked.numbers and seen.numbers and not agreeing(asked.numbers, seen.numbers))
        same = "related" if differ or score < 0.5 else "yes" if score >= 0.8 else "likely"
        why = [{"kind": "words", "words": {term: round(rare[term] / most, 3) for term in shared}}]
        matches.append(Match(candidate.claim_id, score, same, tuple(why)))
    return sorted(matches, key=lambda match: -match.score)
