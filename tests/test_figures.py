"""Figures beside one another: a pure rule, held against one that asks number by number and pair by pair."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factcheck.dates import span
from factcheck.figures import (
    MOST_IN_A_GROUP,
    MOST_PAIRS,
    Bounds,
    Comparison,
    Conflict,
    Figure,
    Part,
    Supersession,
    agree,
    bounds_of,
    compare_figures,
)
from factcheck.vocabulary import QUALIFIERS

MINISTRY, PROSECUTOR = "Health Ministry", "Prosecutor"
TENTH = Fraction(1, 10)


def figure(claim: int, value: float | None = None, qualifier: str = "exact", **more: object) -> Figure:
    given = {"measure": "deaths", "origin": MINISTRY, "scope": "Country", "as_of": "2022-01-09", **more}
    return Figure(claim=claim, value=value, qualifier=qualifier, **given)  # type: ignore[arg-type]


def may_be(one: Figure, number: Fraction) -> bool:
    """Say in words whether what was stated leaves room for a number."""
    value = None if one.value is None else Fraction(str(one.value))
    low, high = (None if end is None else Fraction(str(end)) for end in (one.low, one.high))
    if value is None:
        above = low is None or (number > low if one.qualifier == "more_than" else number >= low)
        under = high is None or (number < high if one.qualifier == "nearly" else number <= high)
        if one.qualifier == "nearly" and low is None and high is not None:
            return under and number >= high * (1 - TENTH) if high > 0 else False
        return above and under
    return {
        "exact": number == value,
        "about": abs(number - value) <= abs(value) * TENTH,
        "nearly": abs(value) * (1 - TENTH) <= number * (1 if value > 0 else -1) < abs(value),
        "at_least": number >= value,
        "more_than": number > value,
        "up_to": number <= value,
    }[one.qualifier]


def numbers_of(*figures: Figure) -> list[Fraction]:
    """Give enough numbers to try: all that are named, what is derived of them, between, and beyond."""
    named = {
        Fraction(str(end)) * share
        for each in figures
        for end in (each.value, each.low, each.high)
        if end is not None
        for share in (1, 1 - TENTH, 1 + TENTH)
    }
    ends = sorted(named)
    between = [(one + other) / 2 for one, other in pairwise(ends)]
    return [ends[0] - 1, *ends, *between, ends[-1] + 1]


def can_both_hold(one: Figure, other: Figure) -> bool:
    return any(may_be(one, number) and may_be(other, number) for number in numbers_of(one, other))


def days(one: Figure) -> tuple[str, str]:
    date = one.as_of or one.claimed_on
    return (span(date).earliest, span(date).latest) if date else ("0000-01-01", "9999-12-31")


def at_one_time(one: Figure, other: Figure) -> bool:
    return max(days(one)[0], days(other)[0]) <= min(days(one)[1], days(other)[1])


def comparable(one: Figure, other: Figure) -> bool:
    return (one.measure, one.scope, one.unit) == (other.measure, other.scope, other.unit)


def superseding(one: Figure, those: list[Figure]) -> int | None:
    """Name the next later figure of the same origin, by the book."""
    dated = (one.as_of or one.claimed_on) is not None
    later = [
        (*days(each), each.claim)
        for each in those
        if dated
        and (each.as_of or each.claimed_on)
        and comparable(one, each)
        and each.origin == one.origin
        and days(each)[0] > days(one)[1]
    ]
    return min(later)[2] if later else None


NUMBERS = st.sampled_from((-10, -2, 1, 2.5, 10, 11, 40, 44, 164))
DATES = st.sampled_from(
    (None, "2022-01-08~", "2022-01-09", "2022-01", "2022-01-08/2022-01-10", "2022-02", "..")
)


@st.composite
def stories(draw: st.DrawFn) -> list[Figure]:
    """Give what a story could hold: every kind of bound, of two measures, three scopes, three origins."""
    made = []
    for claim in range(1, draw(st.integers(0, 12)) + 1):
        scope, within = draw(
            st.sampled_from((("Country", None), ("City", "Country"), ("City", None), ("Market", "City")))
        )
        when = draw(DATES)
        more = {
            "measure": draw(st.sampled_from(("deaths", "deaths", "injured"))),
            "origin": draw(st.sampled_from((MINISTRY, PROSECUTOR, "Hospital"))),
            "unit": draw(st.sampled_from(("people", "people", "families", None))),
            "scope": scope,
            "within": within,
            "as_of": None if when == ".." else when,
            "claimed_on": "2022-01-09/.." if when == ".." else None,
        }
        kind, one = draw(st.sampled_from(QUALIFIERS)), draw(NUMBERS)
        if draw(st.booleans()):
            made.append(figure(claim, one, kind, **more))
        elif kind in ("at_least", "more_than"):
            made.append(figure(claim, None, kind, low=one, **more))
        elif kind == "up_to":
            made.append(figure(claim, None, kind, high=one, **more))
        else:
            made.append(figure(claim, None, kind, low=one, high=one + 5, **more))
    return made


def compared(*those: Figure) -> Comparison:
    return compare_figures(those)


def together(found: Comparison) -> set[frozenset[int]]:
    """Give all pairs of claims that stand in one agreement."""
    return {
        frozenset(pair)
        for series in found.series
        for group in series.agreements
        for pair in combinations(group.claims, 2)
    }


def against(found: Comparison) -> set[frozenset[int]]:
    return {frozenset(pair.claims) for series in found.series for pair in series.conflicts}


def test_it_works() -> None:
    found = compared(
        figure(1, 164, origin=MINISTRY),
        figure(2, 103, scope="City", within="Country"),
        figure(3, 40, "more_than", origin=MINISTRY, as_of="2022-01-08~"),
        figure(4, 225, origin=PROSECUTOR, as_of="2022-01-09"),
    )
    city, country = found.series
    assert (city.scope, country.scope) == ("City", "Country")
    assert [each.claim for each in country.figures] == [3, 1, 4]
    assert country.supersessions == (Supersession(3, by=1, agree=True),)
    assert country.conflicts == (Conflict((1, 4), same_origin=False),)
    first, second = country.agreements
    assert (first.claims, first.bounds, first.same_time, first.origins) == (
        (3, 1),
        Bounds(164, 164),
        False,
        1,
    )
    assert (second.claims, second.origins) == ((3, 4), 2)
    assert found.parts == (Part(2, 1, fits=True), Part(2, 4, fits=True))


@pytest.mark.parametrize(
    ("qualifier", "value", "low", "high", "bounds"),
    [
        ("exact", 164, None, None, Bounds(164, 164)),
        ("exact", 0, None, None, Bounds(0, 0)),
        ("about", 400, None, None, Bounds(360, 440)),
        ("about", -400, None, None, Bounds(-440, -360)),
        ("about", 1.1, None, None, Bounds(0.99, 1.21)),
        ("about", 0, None, None, Bounds(0, 0)),
        ("nearly", 6000, None, None, Bounds(5400, 6000, high_open=True)),
        ("nearly", -10, None, None, Bounds(-10, -9, low_open=True)),
        ("at_least", 16, None, None, Bounds(16, None)),
        ("more_than", 40, None, None, Bounds(40, None, low_open=True)),
        ("more_than", -3, None, None, Bounds(-3, None, low_open=True)),
        ("up_to", 50, None, None, Bounds(None, 50)),
        ("exact", None, 40, 50, Bounds(40, 50)),
        ("exact", None, 40, None, Bounds(40, None)),
        ("about", None, 40, 50, Bounds(40, 50)),
        ("at_least", None, 16, None, Bounds(16, None)),
        ("more_than", None, 40, None, Bounds(40, None, low_open=True)),
        ("more_than", None, 40, 50, Bounds(40, 50, low_open=True)),
        ("up_to", None, None, 50, Bounds(None, 50)),
        ("nearly", None, None, 50, Bounds(45, 50, high_open=True)),
        ("nearly", None, 40, 50, Bounds(40, 50, high_open=True)),
        # What desks once took, though it leaves no number.
        ("nearly", 0, None, None, Bounds(0, 0)),
        ("more_than", None, 5, 5, Bounds(5, 5)),
        ("at_least", None, None, 16, Bounds(None, 16)),
    ],
)
def test_bounds_follow_from_words(
    qualifier: str, value: float | None, low: float | None, high: float | None, bounds: Bounds
) -> None:
    assert bounds_of(qualifier, value, low, high) == bounds


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (figure(1, 40, "more_than"), figure(2, 164), True),
        (figure(1, None, "more_than", low=40), figure(2, 164), True),
        (figure(1, 16, "at_least"), figure(2, 16), True),
        (figure(1, 40, "more_than"), figure(2, 40), False),
        (figure(1, 40, "more_than"), figure(2, 40, "up_to"), False),
        (figure(1, 6000, "nearly"), figure(2, 6000), False),
        (figure(1, 6000, "nearly"), figure(2, 5900), True),
        (figure(1, 400, "about"), figure(2, 440), True),
        (figure(1, 400, "about"), figure(2, 441), False),
        (figure(1, 164), figure(2, 225), False),
    ],
)
def test_agreement_asks_only_whether_both_can_hold(one: Figure, other: Figure, both: bool) -> None:
    assert agree(one.bounds, other.bounds) == agree(other.bounds, one.bounds) == both
    found = compared(one, replace(other, origin=PROSECUTOR))
    assert together(found) == ({frozenset((1, 2))} if both else set())
    assert against(found) == (set() if both else {frozenset((1, 2))})


def test_a_chain_of_one_origin_names_each_next_figure_only() -> None:
    said = [
        figure(5, 40, "more_than", as_of="2022-01-07"),
        figure(3, 164, as_of="2022-01-09"),
        figure(4, 225, as_of="2022-01-15"),
        figure(6, 164, as_of="2022-01-09", origin="health  MINISTRY"),
        figure(9, 200, as_of="2022-01-12", origin=PROSECUTOR),
        figure(7, 300, as_of=None),
        figure(8, 300, as_of=None, claimed_on="2022-01-10/.."),
    ]
    (series,) = compared(*said).series
    assert set(series.supersessions) == {
        Supersession(5, 3, agree=True),
        Supersession(3, 8, agree=False),
        Supersession(6, 8, agree=False),
    }
    # Nobody said of when 300 was, so it may be of any day; and it is at the end.
    assert series.figures[-1].claim == 7
    assert Conflict((7, 4), same_origin=True) in series.conflicts


def test_one_origin_that_contradicts_itself_at_one_time_is_a_conflict() -> None:
    (series,) = compared(figure(1, 164), figure(2, 225)).series
    assert series.conflicts == (Conflict((1, 2), same_origin=True),)
    assert not series.supersessions


def test_a_part_is_held_against_wholes_of_its_time_or_later() -> None:
    part = figure(1, 103, scope="CITY", within="country", as_of="2022-01-09")
    found = compared(
        part,
        figure(2, 40, as_of="2022-01-08"),
        figure(3, 100, as_of="2022-01-09"),
        figure(4, 164, as_of="2022-01-10"),
        figure(5, 103, "nearly", as_of="2022-01-11"),
        figure(6, 164, as_of="2022-01-10", measure="injured"),
        figure(8, 103, as_of="2022-01-12"),
        figure(7, 500, scope="City", within="City", as_of="2022-01-09"),
    )
    assert found.parts == (
        Part(1, 3, fits=False),
        Part(1, 4, fits=True),
        Part(1, 5, fits=False),
        Part(1, 8, fits=True),
    )


def test_units_that_slipped_in_are_told_and_not_compared() -> None:
    (clash,) = compared(
        figure(1, 164, unit="people"), figure(2, 3, unit="families", origin=PROSECUTOR)
    ).series
    assert (clash.unit_clash, clash.units) == (True, ("families", "people"))
    assert (clash.conflicts, clash.agreements) == ((), ())
    (same,) = compared(figure(1, 164, unit="People"), figure(2, 3, unit="people", origin=PROSECUTOR)).series
    assert (same.unit_clash, len(same.conflicts)) == (False, 1)
    # What 5 means beside 1 % nobody can tell.
    (bare,) = compared(figure(1, 5), figure(2, 1, unit="%"), figure(3, 6)).series
    assert (bare.unit_clash, bare.units) == (True, (None, "%"))
    assert [conflict.claims for conflict in bare.conflicts] == [(1, 3)]
    (three,) = compared(
        figure(1, 164, unit="people"), figure(2, 3, origin=PROSECUTOR), figure(3, 3, unit="%")
    ).series
    assert (three.unit_clash, three.units, three.conflicts) == (True, (None, "%", "people"), ())


@settings(max_examples=150, deadline=None)
@given(said=stories())
def test_pairs_are_those_that_the_book_names(said: list[Figure]) -> None:
    found = compare_figures(said)
    agreed, opposed = together(found), against(found)
    for one, other in combinations(said, 2):
        pair, alike = frozenset((one.claim, other.claim)), comparable(one, other)
        assert (pair in agreed) == (alike and can_both_hold(one, other))
        assert (pair in opposed) == (alike and at_one_time(one, other) and not can_both_hold(one, other))
    assert not agreed & opposed
    for series in found.series:
        assert series.conflicts_total == len(series.conflicts)
        for conflict in series.conflicts:
            one, other = (said[claim - 1] for claim in conflict.claims)
            assert conflict.same_origin == (one.origin == other.origin)


@settings(max_examples=100, deadline=None)
@given(said=stories())
def test_groups_are_as_large_as_can_be_and_say_where_they_meet(said: list[Figure]) -> None:
    for series in compare_figures(said).series:
        groups = [set(group.claims) for group in series.agreements]
        assert not [one for one in groups for other in groups if one < other]
        assert len(groups) <= len(series.figures)
        for group in series.agreements:
            those = [said[claim - 1] for claim in group.claims]
            meeting = figure(99, None, low=group.bounds.low, high=group.bounds.high)
            for number in numbers_of(
                *those, *([meeting] if (meeting.low, meeting.high) != (None, None) else [])
            ):
                inside = (group.bounds.low is None or number >= Fraction(str(group.bounds.low))) and (
                    group.bounds.high is None or number <= Fraction(str(group.bounds.high))
                )
                at_an_open_end = (number == group.bounds.low and group.bounds.low_open) or (
                    number == group.bounds.high and group.bounds.high_open
                )
                assert all(may_be(each, number) for each in those) == (inside and not at_an_open_end)
            assert group.same_time == (
                max(days(each)[0] for each in those) <= min(days(each)[1] for each in those)
            )
            assert (group.count, group.origins) == (len(those), len({each.origin for each in those}))


@settings(max_examples=100, deadline=None)
@given(said=stories(), seed=st.integers(0, 10))
def test_the_order_does_not_matter_and_nothing_is_dropped(said: list[Figure], seed: int) -> None:
    found = compare_figures(said)
    shuffled = list(said)
    random.Random(seed).shuffle(shuffled)
    assert compare_figures(shuffled) == found
    shown = Counter(each.claim for series in found.series for each in series.figures)
    assert shown == Counter(each.claim for each in said)
    steps = [step for series in found.series for step in series.supersessions]
    assert {step.claim: step.by for step in steps} == {
        each.claim: by for each in said if (by := superseding(each, said)) is not None
    }
    for step in steps:
        earlier, later = said[step.claim - 1], said[step.by - 1]
        # Each step leads to a later day, so no walk along them comes back.
        assert days(earlier)[1] < days(later)[0]
        assert step.agree == can_both_hold(earlier, later)


@settings(max_examples=100, deadline=None)
@given(said=stories())
def test_parts_are_those_that_the_book_names(said: list[Figure]) -> None:
    found = compare_figures(said)
    least = {each.claim: min(n for n in numbers_of(*said) if may_be(each, n)) for each in said if each}
    wanted = {
        (part.claim, whole.claim)
        for part in said
        for whole in said
        if (part.measure, part.within, part.unit) == (whole.measure, whole.scope, whole.unit)
        and days(whole)[1] >= days(part)[0]
    }
    assert {(part.part, part.whole) for part in found.parts} == wanted
    for part in found.parts:
        whole = said[part.whole - 1]
        if said[part.part - 1].bounds.low is not None and not said[part.part - 1].bounds.low_open:
            fits = any(may_be(whole, n) for n in numbers_of(*said) if n >= least[part.part])
            assert part.fits == fits


def crowd(kind: str, count: int = 5000) -> list[Figure]:
    """Give a story that is hard in one way: whatever can be quadratic is."""
    rng = random.Random(7)
    days_apart = [f"20{n // 336:02}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}" for n in range(count)]
    made = {
        "all of one day differ": lambda n: figure(n, n, origin=f"Office {n}"),
        "all are the same": lambda n: figure(n, 164, origin=f"Office {n % 7}"),
        "half are open": lambda n: figure(n, n, "more_than" if n % 2 else "exact", origin=f"Office {n % 9}"),
        "each of another day": lambda n: figure(n, n, as_of=days_apart[n - 1]),
        "all are parts of all": lambda n: figure(
            n, n, scope="City" if n % 2 else "Country", within="Country"
        ),
        "at random": lambda n: figure(
            n,
            rng.randrange(2000),
            rng.choice(QUALIFIERS),
            measure=rng.choice(("deaths", "injured", "arrests")),
            scope=rng.choice(("Country", "City", "Market")),
            origin=f"Office {rng.randrange(40)}",
            as_of=rng.choice(days_apart),
            within=rng.choice((None, "Country")),
        ),
    }[kind]
    return [made(number) for number in range(1, count + 1)]


@pytest.mark.parametrize(
    "kind",
    [
        "all of one day differ",
        "all are the same",
        "half are open",
        "each of another day",
        "all are parts of all",
        "at random",
    ],
)
def test_a_crowd_is_answered_quickly_and_in_bounds(kind: str) -> None:
    said = crowd(kind)
    taken = []
    for _ in range(2):
        begun = time.process_time()
        found = compare_figures(said)
        taken.append(time.process_time() - begun)
    assert min(taken) < 0.9, f"{min(taken):.3f} s"
    assert sum(len(series.figures) for series in found.series) == len(said)
    for series in found.series:
        assert len(series.conflicts) <= MOST_PAIRS + 2 * len(series.figures)
        assert all(len(group.claims) <= MOST_IN_A_GROUP for group in series.agreements)
    assert len(found.parts) <= MOST_PAIRS + len(said)
    if kind == "all of one day differ":
        assert found.series[0].conflicts_total == 5000 * 4999 // 2
        assert set().union(*against(found)) == set(range(1, 5001))
    if kind == "all are the same":
        assert [(group.count, group.origins) for group in found.series[0].agreements] == [(5000, 7)]
