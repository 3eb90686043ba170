"""Features: in what a claim is like a question, each a number that means the same on every desk.

None of them depends on how large the desk is or how long the texts are; most are shares, 0 to 1. What they
weigh stands in weights.json.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import Final

from factcheck.matching.asked import Asked
from factcheck.matching.numbers import agreeing
from factcheck.matching.seen import HEAVIEST, Passage, Seen

# What the ranking weighs.
NAMES: Final = (
    "lexical",  # the index's score, as a share of what the question's words could reach
    "lexical_of_best",  # … and as a share of the best candidate's
    "passage",  # how much of its best passage the question says, by rarity
    "whole",  # how much of all its passages the question says, by rarity
    "question",  # how much of the question the claim and what surrounds it say, by rarity
    "question_at_once",  # … and how much of it a single passage says
    "pairs",  # how many neighbouring words of its best passage are neighbours in the question
    "beginning",  # how much of the question's first words the claim says, by rarity
    "letters",  # how many pieces of four letters, of those that either has, both have
    "numbers",  # whether a number that counts something is the same
    "rarest",  # how rare the rarest word is that they share
    "shared",  # how many words they share, by its logarithm
)

# A passage of two words is soon covered; this much rarity is added to what any passage says.
_DOUBT: Final = 4.0
_LETTERS: Final = 4
# What a post is about, it mostly says first.
_FIRST: Final = 12


def rarity(count: float, total: float) -> float:
    """Say how much a word tells that `count` of `total` claims have (BM25's idf, never negative)."""
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


@dataclass(frozen=True, slots=True)
class Likeness:
    """In what a claim is like a question.

    Args:
        values: in the order of NAMES.
        shared: stems that both have.
        best: the passage that the question says most of.
    """

    values: list[float]
    shared: frozenset[str]
    best: Passage | None


class Question:
    """A question with what is worked out of it once for all claims it is held against."""

    def __init__(self, asked: Asked, frequencies: Mapping[str, float], total: float) -> None:
        self.asked = asked
        self._total = max(total, 1)
        self._frequencies = frequencies
        self._terms = frozenset(asked.terms)
        self.rare = {term: rarity(frequencies.get(term, 0), self._total) for term in asked.terms}
        self.most = sum(self.rare.values()) or 1.0
        self._rarest = rarity(0, self._total)
        # What a word tells that the question does not have and of which nothing is known.
        self._usual = 0.7 * self._rarest
        self._known = dict(self.rare)
        self._first = asked.terms[:_FIRST]
        self._most_first = sum(self.rare[term] for term in self._first) or 1.0
        self._pieces = frozenset(chain.from_iterable(map(_pieces, asked.terms)))

    def likeness(self, seen: Seen, score: float, best_score: float) -> Likeness:
        """Hold a claim against the question.

        Args:
            score: the index's, of this claim.
            best_score: the index's, of the claim that has the highest.
        """
        terms, tells = self._terms, self._tells
        best, covering, at_once = None, 0.0, 0.0
        shared: set[str] = set()
        all_of_it: set[str] = set()
        for passage in seen.passages:
            stems = set(passage.stems)
            common = stems & terms
            all_of_it |= stems
            if not common:
                continue
            shared |= common
            told = sum(map(tells, common))
            covers = told / (sum(map(tells, stems)) + _DOUBT)
            at_once = max(at_once, told)
            if covers > covering:
                best, covering = passage, covers
        told = sum(map(tells, shared))
        asked = self.asked
        values = [
            score / (HEAVIEST * self.most),
            score / best_score if best_score else 0.0,
            covering,
            told / (sum(map(tells, all_of_it)) + _DOUBT),
            sum(map(tells, shared | (seen.around & terms))) / self.most,
            at_once / self.most,
            self._pairs(best) if best else 0.0,
            sum(self.rare[term] for term in self._first if term in shared) / self._most_first,
            self._letters(all_of_it),
            float(bool(asked.numbers and seen.numbers and agreeing(asked.numbers, seen.numbers))),
            max(map(tells, shared), default=0.0) / self._rarest,
            math.log1p(len(shared)),
        ]
        return Likeness(values, frozenset(shared), best)

    def _tells(self, stem: str) -> float:
        known = self._known.get(stem)
        if known is None:
            count = self._frequencies.get(stem)
            known = self._known[stem] = self._usual if count is None else rarity(count, self._total)
        return known

    def _pairs(self, passage: Passage) -> float:
        pairs = set(pairwise(passage.stems))
        return len(pairs & self.asked.pairs) / (len(pairs) + 1)

    def _letters(self, stems: Iterable[str]) -> float:
        pieces = set().union(*map(_pieces, stems))
        both = len(pieces & self._pieces)
        return both / (len(pieces) + len(self._pieces) - both or 1)


@lru_cache(maxsize=50_000)
def _pieces(stem: str) -> frozenset[str]:
    padded = f" {stem} "
    return frozenset(padded[at : at + _LETTERS] for at in range(max(1, len(padded) - _LETTERS + 1)))
