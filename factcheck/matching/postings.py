"""Which claims have a stem, and how much it says in each: kept as rows of bytes, and added up.

A stem's postings lie in rows, in the order of the claims' numbers: in each row first the numbers,
four bytes each, then the weights, a byte each. A row's name is a number that none of its claims
lies below; the first is called 0. Rows are small, so that a new claim changes little of the file
for each of its stems, however common.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import nlargest
from itertools import accumulate, compress
from math import ceil
from typing import Final

# What fits beside three others into a page of the file, so that no row spills into pages of its own.
MOST_A_ROW: Final = 180
HEAVIEST: Final = 255
# Claims looked through at a time: few enough that their scores stay in the processor's cache.
RANGE: Final = 1 << 16
_NUMBER, _POSTING = 4, 5
# Sums of the same numbers in another order differ by less than this.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class Postings:
    """The claims that have a stem, by rising number, and the weight of the stem in each, 1 to 255."""

    claims: Sequence[int] = ()
    weights: bytes = b""

    def __len__(self) -> int:
        return len(self.weights)

    @cached_property
    def heaviest(self) -> int:
        """The greatest weight."""
        # Asking whether a byte is there is quicker by far than looking at each.
        return next((weight for weight in range(HEAVIEST, 0, -1) if weight in self.weights), 0)

    def between(self, first: int, end: int) -> tuple[Sequence[int], bytes]:
        """Give those from a claim's number to before another."""
        begin = bisect_left(self.claims, first)
        until = bisect_left(self.claims, end, begin)
        return self.claims[begin:until], self.weights[begin:until]


def read(rows: Iterable[bytes]) -> Postings:
    """Read a stem's rows, in their order."""
    claims, weights = array("I"), []
    for row in rows:
        numbers = _numbers(row)
        claims.frombytes(row[:numbers])
        weights.append(row[numbers:])
    if sys.byteorder == "big":
        claims.byteswap()
    return Postings(claims, b"".join(weights))


def changed(name: int, row: bytes, changes: Mapping[int, int | None]) -> list[tuple[int, bytes]]:
    """Change the postings of a row.

    Args:
        name: the row's; no claim lies below it.
        changes: weights by claim; None takes the claim out.

    Returns:
        The rows that take its place, with their names, of which the first is its own; none if
        nothing is left.
    """
    new = sorted((claim, weight) for claim, weight in changes.items() if weight is not None)
    numbers = _numbers(row)
    is_appended = not row or min(changes) > int.from_bytes(row[numbers - _NUMBER : numbers], "little")
    if is_appended and new and len(row) // _POSTING + len(new) <= MOST_A_ROW:
        # What nearly every change is: a new claim, behind all others.
        claims, weights = _written(new)
        return [(name, row[:numbers] + claims + row[numbers:] + weights)]
    found = read([row])
    kept = sorted(
        [each for each in zip(found.claims, found.weights, strict=True) if each[0] not in changes] + new
    )
    rows = ceil(len(kept) / MOST_A_ROW)
    # Where claims come one after the other, the rows behind stay full.
    size = MOST_A_ROW if is_appended or rows < 2 else ceil(len(kept) / rows)
    cut = [kept[first : first + size] for first in range(0, len(kept), size)]
    return [(each[0][0] if place else name, b"".join(_written(each))) for place, each in enumerate(cut)]


def _numbers(row: bytes) -> int:
    """Give how many bytes of a row are the claims' numbers."""
    return len(row) // _POSTING * _NUMBER


def _written(postings: Sequence[tuple[int, int]]) -> tuple[bytes, bytes]:
    claims = array("I", [claim for claim, _ in postings])
    if sys.byteorder == "big":
        claims.byteswap()
    return claims.tobytes(), bytes([weight for _, weight in postings])


@dataclass(frozen=True)
class Term:
    """A stem that is asked for, and what it is worth: the rarer the stem, the more."""

    worth: float
    postings: Postings = field(repr=False)

    @cached_property
    def most(self) -> float:
        """What it can add to a claim's score at most."""
        return self.worth * self.postings.heaviest


def best(terms: Iterable[Term], most: int, only: Collection[int] | None = None) -> list[tuple[int, float]]:
    """Give the claims in which the terms say the most, and their scores; the best first.

    Claims are looked through range by range. In each the terms worth the most, which are the
    rarest, are added up for every claim that has them; as soon as those left over can no longer
    bring another claim among the best, they are only looked up for the claims that can still be
    among them (Turtle & Flood 1995, "MaxScore"). The outcome is that of adding up everything.

    Args:
        most: how many claims.
        only: the claims among which to choose, if not all.
    """
    ordered = sorted((term for term in terms if term.postings), key=lambda term: -term.most)
    end = 1 + max((term.postings.claims[-1] for term in ordered), default=-1)
    left = list(accumulate((term.most for term in reversed(ordered)), initial=0.0))[::-1]
    among = None if only is None else sorted(only)
    found: list[tuple[float, int]] = []
    for first in range(0, end, RANGE):
        parts = [(term.worth, *term.postings.between(first, first + RANGE)) for term in ordered]
        within = among and among[bisect_left(among, first) : bisect_left(among, first + RANGE)]
        least = found[-1][0] if len(found) == most else 0.0
        scores = _added_up(parts, left, most, least, within)
        if len(scores) > most:
            # So that few claims are put in order.
            least = max(least, nlargest(most, scores.values())[-1])
        better = [(score, -claim) for claim, score in scores.items() if score and score >= least]
        found = nlargest(most, found + better)
    return [(-claim, score) for score, claim in found]


_Part = tuple[float, Sequence[int], bytes]


def _added_up(
    parts: Sequence[_Part], left: Sequence[float], most: int, least: float, only: Collection[int] | None
) -> dict[int, float]:
    """Add up what terms say in the claims of a range, at least for those that score `least` or more."""
    scores: dict[int, float] = {} if only is None else dict.fromkeys(only, 0.0)
    is_open = only is None
    for place, (worth, claims, weights) in enumerate(parts):
        # Looking for the least score is dear, and so is adding up what is common: one saves the other.
        if is_open and len(scores) >= most and len(claims) * 2 > len(scores):
            least = max(least, nlargest(most, scores.values())[-1])
        is_open = is_open and left[place] + _ROUNDING >= least
        if is_open:
            score_of = scores.get
            for claim, weight in zip(claims, weights, strict=True):
                scores[claim] = score_of(claim, 0.0) + worth * weight
        else:
            bound = least - left[place] - _ROUNDING
            if bound > 0:
                scores = {claim: score for claim, score in scores.items() if score >= bound}
            _look_up(worth, claims, weights, scores)
    return scores


def _look_up(worth: float, claims: Sequence[int], weights: bytes, scores: dict[int, float]) -> None:
    """Add what a term says in the claims that have a score."""
    if len(claims) < 8 * len(scores):
        both = zip(claims, weights, strict=True)
        for claim, weight in compress(both, map(scores.__contains__, claims)):
            scores[claim] += worth * weight
        return
    place = 0
    for claim in sorted(scores):
        place = bisect_left(claims, claim, place)
        if place == len(claims):
            return
        if claims[place] == claim:
            scores[claim] += worth * weights[place]
