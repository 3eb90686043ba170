"""Fitting: what the features should weigh, learned from pairs that people have judged.

The ranking is fitted as a choice: of each question's candidates, the one that is the same should be chosen
(a soft-max over the list). The probability is fitted on what is then ranked first, with the right claim
on the desk and, for as many questions, with it taken away: so it learns to say no. Both are convex and
have few weights, so Newton's method finds the one best answer, and there is little to overfit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from factcheck.matching.asked import Asked
from factcheck.matching.features import Question
from factcheck.matching.ranking import MOST_WEIGHED, Candidate, likenesses
from factcheck.matching.seen import Seen, are_twins
from factcheck.matching.weights import BESIDES, Model, besides, size_of

# The wrong claims of a question that are learned from: those that share most with it.
MOST_OF_A_QUESTION: Final = 30
# How many of the claims ranked first the probability is learned from.
_FIRST: Final = 3
FOLDS: Final = 5
# The share of yeses that must be right, with some room to the 95 in a hundred that are promised.
RIGHT_YESES: Final = 0.96
# What is as likely right as wrong.
LIKELY: Final = 0.5
_ROUNDS: Final = 15
_ENOUGH: Final = 1e-5
# Draws weights to zero, so that features that say the same share what they weigh.
_SHRINKING: Final = 1e-3

_OF_BEST: Final = "lexical_of_best"

Row = list[float]


@dataclass(frozen=True, slots=True)
class Judged:
    """A question's candidates, the one with the highest score first.

    Args:
        rows: each candidate's features.
        same: whether it is the same claim.
        terms: how many different words the question has.
        total: how many claims there are, the imagined ones among them.
    """

    rows: list[Row]
    same: list[bool]
    terms: int
    total: float

    def without(self, names: Sequence[str]) -> Judged:
        """Give what would have been found if what is the same were not on the desk."""
        rows = [list(row) for row, same in zip(self.rows, self.same, strict=True) if not same]
        if _OF_BEST in names:
            # Another one has the best score then.
            at = names.index(_OF_BEST)
            best = max((row[at] for row in rows), default=0.0) or 1.0
            for row in rows:
                row[at] /= best
        return Judged(rows, [False] * len(rows), self.terms, self.total)


def judged(
    asked: Asked,
    candidates: Sequence[Candidate],
    frequencies: Mapping[str, float],
    total: float,
    right: Collection[int],
) -> Judged:
    """Hold a question's candidates against it.

    A claim that says the same as a right one in nearly the same words is right, too: nobody judges all.

    Args:
        right: the claims that are the same.
    """
    weighed = sorted(candidates, key=lambda each: -each.score)[:MOST_WEIGHED]
    seen = [Seen.read(each.seen) for each in weighed]
    alike = likenesses(Question(asked, frequencies, total), weighed, seen)
    wanted = [each.said for candidate, each in zip(weighed, seen, strict=True) if candidate.claim_id in right]
    return Judged(
        [each.values for each in alike],
        [any(are_twins(each.said, other) for other in wanted) for each in seen],
        len(asked.terms),
        total,
    )


def cross_validated(names: Sequence[str], lists: Sequence[Judged]) -> tuple[list[float], list[bool]]:
    """Score what is ranked first by weights that were fitted without its question; and say if it is right."""
    scores: list[float] = []
    right: list[bool] = []
    for fold in range(FOLDS):
        others = [each for at, each in enumerate(lists) if at % FOLDS != fold]
        if not any(any(each.same) and not all(each.same) for each in others):
            continue
        model = fit(names, others)
        for each in lists[fold::FOLDS]:
            rows, good = firsts(model, [each], most=1)
            scores += map(model.of_desk(each.total).chance, rows)
            right += good
    return scores, right


def fitted(names: Sequence[str], lists: Sequence[Judged]) -> Model:
    """Fit both models, and from which scores on a claim is called what.

    Raises:
        ValueError: there is no text with a right claim among its candidates.
    """
    model = fit(names, lists)
    yes = threshold(*cross_validated(names, lists), RIGHT_YESES)
    return replace(model, yes=max(yes, LIKELY), likely=LIKELY)


def fit(names: Sequence[str], judged: Sequence[Judged]) -> Model:
    """Fit both models.

    Args:
        names: of the features, in the order of the rows.

    Raises:
        ValueError: there is no question with a right claim among its candidates.
    """
    lists = [_shortened(each) for each in judged]
    learnable = [each for each in lists if any(each.same) and not all(each.same)]
    if not learnable:
        raise ValueError(
            "no text has a claim that is the same among its candidates, so nothing can be learned"
        )
    spread = _spread([row for each in learnable for row in each.rows])
    scaled = [
        (each, [[value / by for value, by in zip(row, spread, strict=True)] for row in each.rows])
        for each in learnable
    ]
    ranking = _newton(len(names), lambda weights: _choosing(scaled, weights))
    ranking = [weight / by for weight, by in zip(ranking, spread, strict=True)]
    model = Model(tuple(names), tuple(ranking), ())
    rows: list[Row] = []
    right: list[bool] = []
    # Of desks of one size nothing is learned about others.
    grows = len({size_of(each.total) for each in lists}) > 1
    for each in lists:
        found, good = firsts(model, [each])
        size = size_of(each.total)
        rows += [[*row, *(size * value for value in row)] for row in found] if grows else found
        right += good
    weights = _probability(rows, right, len(names))
    width = len(names) + len(BESIDES)
    growth = weights[width:] or [0.0] * width
    return Model(tuple(names), tuple(ranking), tuple(weights[:width]), tuple(growth))


def _probability(rows: Sequence[Row], right: Sequence[bool], always: int) -> Row:
    """Fit what tells right from wrong.

    Args:
        always: in which column there is a 1 in every row.
    """
    spread = _spread(rows)
    middle = [math.fsum(column) / len(column) for column in zip(*rows, strict=True)]
    middle[always] = 0.0
    # About the middle, no weight has to make up for another that was shrunk.
    centred = [
        [(value - mean) / by for value, mean, by in zip(row, middle, spread, strict=True)] for row in rows
    ]
    found = _newton(len(spread), lambda weights: _telling(centred, right, weights))
    weights = [weight / by for weight, by in zip(found, spread, strict=True)]
    weights[always] -= sum(map(float.__mul__, weights, middle))
    return weights


def firsts(model: Model, judged: Sequence[Judged], most: int = _FIRST) -> tuple[list[Row], list[bool]]:
    """Give what is ranked first, with the right claims there and with them taken away, and if it is right."""
    rows: list[Row] = []
    right: list[bool] = []
    for each in judged:
        for there in (True, False):
            asked = each if there else each.without(model.names)
            ranks = [model.rank(row) for row in asked.rows]
            twins = [at for at, same in enumerate(asked.same) if same]
            order = sorted(range(len(ranks)), key=lambda at: -ranks[at])
            for at in order[:most]:
                others = twins if asked.same[at] else ()
                rows.append([*asked.rows[at], *besides(ranks, at, asked.terms, others)])
                right.append(asked.same[at])
    return rows, right


def threshold(scores: Sequence[float], right: Sequence[bool], least: float) -> float:
    """Give the lowest score from which on at least this share is right.

    Args:
        least: the share, 0 to 1.
    """
    found, correct = 1.0, 0
    for count, (score, good) in enumerate(sorted(zip(scores, right, strict=True), reverse=True), 1):
        correct += good
        if correct / count >= least:
            found = score
    return found


def _shortened(judged: Judged) -> Judged:
    wrong = [at for at, same in enumerate(judged.same) if not same][:MOST_OF_A_QUESTION]
    kept = sorted([*wrong, *(at for at, same in enumerate(judged.same) if same)])
    return Judged(
        [judged.rows[at] for at in kept], [judged.same[at] for at in kept], judged.terms, judged.total
    )


def _spread(rows: Sequence[Row]) -> list[float]:
    """Give each feature's standard deviation, so that shrinking treats all alike."""
    spread = []
    for column in zip(*rows, strict=True):
        mean = math.fsum(column) / len(column)
        spread.append(math.sqrt(math.fsum((value - mean) ** 2 for value in column) / len(column)) or 1.0)
    return spread


# A loss with its gradient and its matrix of second derivatives.
Slope = tuple[float, Row, list[Row]]


def _choosing(lists: Sequence[tuple[Judged, list[Row]]], weights: Row) -> Slope:
    """Say how badly these weights choose the right one of each list."""
    size = len(weights)
    loss, gradient, second = _shrinking(weights)
    share = 1 / len(lists)
    for judged, rows in lists:
        sums = [sum(map(float.__mul__, weights, row)) for row in rows]
        highest = max(sums)
        raised = [math.exp(each - highest) for each in sums]
        total = sum(raised)
        chances = [each / total for each in raised]
        mean = [sum(map(float.__mul__, chances, column)) for column in zip(*rows, strict=True)]
        right = [at for at, same in enumerate(judged.same) if same]
        loss += share * (highest + math.log(total) - sum(sums[at] for at in right) / len(right))
        for index in range(size):
            wanted = sum(rows[at][index] for at in right) / len(right)
            gradient[index] += share * (mean[index] - wanted)
        for chance, row in zip(chances, rows, strict=True):
            # What is hardly ever chosen bends the loss hardly at all.
            if chance > 1e-3:
                apart = [value - middle for value, middle in zip(row, mean, strict=True)]
                _add_square(second, apart, share * chance)
    return loss, gradient, second


def _telling(rows: Sequence[Row], right: Sequence[bool], weights: Row) -> Slope:
    """Say how badly these weights tell what is right from what is not."""
    loss, gradient, second = _shrinking(weights)
    share = 1 / len(rows)
    for row, good in zip(rows, right, strict=True):
        total = max(-30.0, min(30.0, sum(map(float.__mul__, weights, row))))
        chance = 1 / (1 + math.exp(-total))
        loss -= share * math.log(chance if good else 1 - chance)
        for index, value in enumerate(row):
            gradient[index] += share * (chance - good) * value
        _add_square(second, row, share * chance * (1 - chance))
    return loss, gradient, second


def _shrinking(weights: Row) -> Slope:
    size = len(weights)
    return (
        _SHRINKING / 2 * sum(weight * weight for weight in weights),
        [_SHRINKING * weight for weight in weights],
        [[_SHRINKING * (row == column) for column in range(size)] for row in range(size)],
    )


def _add_square(matrix: list[Row], row: Row, weight: float) -> None:
    """Add a row's outer square to the lower half of a matrix."""
    for index, value in enumerate(row):
        scaled = weight * value
        if scaled:
            line = matrix[index]
            for other in range(index + 1):
                line[other] += scaled * row[other]


def _newton(size: int, slope: Callable[[Row], Slope]) -> Row:
    """Find the weights of least loss; the step is halved until it is one downhill."""
    weights = [0.0] * size
    loss, gradient, second = slope(weights)
    for _ in range(_ROUNDS):
        step = _solved(second, gradient)
        scale = 1.0
        while scale > 1e-3:
            tried = [weight - scale * by for weight, by in zip(weights, step, strict=True)]
            there = slope(tried)
            if there[0] <= loss:
                break
            scale /= 2
        else:
            break
        gained = loss - there[0]
        weights, (loss, gradient, second) = tried, there
        if gained < _ENOUGH:
            break
    return weights


def _solved(lower: list[Row], right: Row) -> Row:
    """Solve a symmetric positive system of equations by Cholesky's method.

    Args:
        lower: the lower half of its matrix.
    """
    size = len(right)
    root = [[0.0] * size for _ in range(size)]
    for row in range(size):
        for column in range(row + 1):
            rest = lower[row][column] - sum(root[row][at] * root[column][at] for at in range(column))
            root[row][column] = math.sqrt(max(rest, 1e-12)) if row == column else rest / root[column][column]
    forward: Row = []
    for row in range(size):
        forward.append((right[row] - sum(root[row][at] * forward[at] for at in range(row))) / root[row][row])
    found = [0.0] * size
    for row in reversed(range(size)):
        rest = forward[row] - sum(root[at][row] * found[at] for at in range(row + 1, size))
        found[row] = rest / root[row][row]
    return found
