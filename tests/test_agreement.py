"""Krippendorff's alpha: published examples with the results that were printed, and what must always hold."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factcheck.agreement import Coincidences

# One row an observer, one column a unit; a point where nothing was said.
#
# K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011),
# https://repository.upenn.edu/asc_papers/43: A, binary data of two observers; B, nominal data of two;
# C, nominal data of four with values missing.
TWO_BINARY = ("0100000010", "1110010000")
TWO_NOMINAL = ("aabbdcccedda", "babbbccceddd")
FOUR = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
# The computational example of Wikipedia's article on Krippendorff's alpha.
THREE = (".....34121133.3", "1.213343.......", "..21344.21133.4")


def units(table: Sequence[str]) -> list[list[str]]:
    """Give the values of each unit."""
    return [[value for value in column if value != "."] for column in zip(*table, strict=True)]


def counted(those: Sequence[Sequence[object]]) -> Coincidences:
    found = Coincidences()
    for values in those:
        found.add(values)
    return found


@pytest.mark.parametrize(
    ("table", "alpha", "n", "margins"),
    [
        (TWO_BINARY, 0.095, 20, {"0": 14, "1": 6}),
        (TWO_NOMINAL, 0.692, 24, {"a": 4, "b": 6, "c": 6, "d": 6, "e": 2}),
        (FOUR, 0.743, 40, {"1": 9, "2": 13, "3": 10, "4": 5, "5": 3}),
        (THREE, 0.691, 26, {"1": 7, "2": 4, "3": 10, "4": 5}),
    ],
    ids=("two_binary", "two_nominal", "four_with_missing", "three_with_missing"),
)
def test_it_works(table: Sequence[str], alpha: float, n: int, margins: dict[str, int]) -> None:
    found = counted(units(table))
    assert (found.n, found.values, found.undefined) == (n, margins, None)
    assert round(found.alpha() or 0, 3) == alpha


TABLES = st.lists(st.lists(st.sampled_from("abcd"), max_size=5), max_size=12)
FEW = settings(max_examples=60, deadline=None)


@FEW
@given(TABLES, st.randoms(use_true_random=False))
def test_neither_the_order_of_units_nor_that_of_observers_matters(
    table: list[list[str]], chance: random.Random
) -> None:
    mixed = [chance.sample(values, len(values)) for values in chance.sample(table, len(table))]
    assert counted(mixed).alpha() == counted(table).alpha()


@FEW
@given(TABLES, st.permutations("abcd"))
def test_what_the_values_are_called_does_not_matter(table: list[list[str]], names: list[str]) -> None:
    other = dict(zip("abcd", names, strict=True))
    assert counted([[other[value] for value in values] for values in table]).alpha() == counted(table).alpha()


@FEW
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(2, 5)), min_size=1, max_size=12))
def test_perfect_agreement_is_one(table: list[tuple[str, int]]) -> None:
    found = counted([[value] * count for value, count in table])
    if len({value for value, _ in table}) == 1:
        assert (found.alpha(), found.undefined) == (None, "no_variation")
    else:
        assert (found.alpha(), found.undefined) == (1.0, None)


@FEW
@given(TABLES)
def test_units_that_only_one_has_judged_change_nothing(table: list[list[str]]) -> None:
    assert counted([*table, ["a"], []]).alpha() == counted(table).alpha()
    assert counted([*table, ["a"], []]).units == counted(table).units


@FEW
@given(TABLES)
def test_it_is_one_less_the_ratio_of_observed_to_expected_disagreement(table: list[list[str]]) -> None:
    """Hold it against the definition, pair by pair."""
    pairable = [values for values in table if len(values) > 1]
    every = [value for values in pairable for value in values]
    expected = sum(one != other for one in every for other in every)
    found = counted(table)
    if not expected:
        assert found.alpha() is None
        return
    observed = sum(
        Fraction(sum(one != other for one in values for other in values), len(values) - 1)
        for values in pairable
    )
    assert found.alpha() == float(1 - Fraction(len(every) - 1, expected) * observed)


def test_nothing_to_pair_has_no_alpha() -> None:
    for table in ([], [["a"]], [["a"], ["b"], []]):
        found = counted(table)
        assert (found.alpha(), found.undefined, found.n) == (None, "no_pairs", 0)
