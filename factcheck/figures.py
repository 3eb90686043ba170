"""Figures: what the quantities that claims state amount to beside one another.

A pure function of stated figures. They are put in series, one for each measure and scope, in order of
time; and it is said which of them agree, which a later one of the same origin supersedes, which conflict,
and which are parts of another. None is chosen and nothing is added up: that is for people.

What is derived from words, and shown beside them: "about" is 10 % to either side, "nearly" the last 10 %
before the value and not the value itself. "More than 40" leaves 40 out, so it conflicts with 40.

How much is listed is bounded, for among 5,000 figures there may be twelve million pairs, which nobody
reads. Agreements come as groups, each as large as it can be: bounds on one line that meet in pairs all
meet in one place, so a group says all that its pairs would, and there are no more groups than figures.
Conflicts can't be grouped so; there are pairs, the first MOST_PAIRS of a series all, and from there on for
each figure those nearest to it. How many there are is always told in full.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import chain, islice
from math import inf
from typing import Any, Final

from factcheck.dates import EARLIEST, LATEST, Span, span
from factcheck.wording import folded

# How far "about" and "nearly" reach, as a share of the value.
TOLERANCE: Final = Decimal("0.1")
MOST_PAIRS: Final = 1000
MOST_IN_A_GROUP: Final = 50

_ANY_TIME: Final = Span(EARLIEST, LATEST)
# An end of a quantity: its number, and on which side of it the end lies, so that ends compare.
End = tuple[float, int]


@dataclass(frozen=True)
class Bounds:
    """Between which numbers a quantity lies, None for no bound; an open one leaves its number out."""

    low: float | None
    high: float | None
    low_open: bool = False
    high_open: bool = False

    @property
    def least(self) -> End:
        """The lower end: below all numbers if there is no bound, just above its number if it is open."""
        return (-inf, 0) if self.low is None else (self.low, int(self.low_open))

    @property
    def most(self) -> End:
        """The upper end: above all numbers if there is no bound, just below its number if it is open."""
        return (inf, 0) if self.high is None else (self.high, -int(self.high_open))


@dataclass(frozen=True)
class Figure:
    """A quantity that a claim states, as it was given.

    Args:
        origin: the name of whom it comes from; see `origin_of`.
        as_of: when it held, EDTF; where nobody said, `claimed_on` stands for it.
    """

    claim: int
    measure: str
    origin: str
    qualifier: str = "exact"
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    scope: str | None = None
    within: str | None = None
    as_of: str | None = None
    claimed_on: str | None = None

    @cached_property
    def bounds(self) -> Bounds:
        """Between which numbers it lies."""
        return bounds_of(self.qualifier, self.value, self.low, self.high)

    @cached_property
    def when(self) -> Span:
        """The days that it may be of: any, if nobody said."""
        date = self.as_of or self.claimed_on
        return span(date) if date else _ANY_TIME

    @property
    def place(self) -> tuple[bool, str, str, int]:
        """Its place in a series: in order of time, those without one at the end."""
        return self.when is _ANY_TIME, self.when.earliest, self.when.latest, self.claim


@dataclass(frozen=True)
class Agreement:
    """Figures that can all hold, and where.

    `claims` are at most MOST_IN_A_GROUP of the `count` that belong to it; `same_time` says whether there
    is a day that all of them may be of, `origins` how many different ones they come from.
    """

    claims: tuple[int, ...]
    count: int
    bounds: Bounds
    same_time: bool
    origins: int


@dataclass(frozen=True)
class Supersession:
    """A figure and the next later one of the same origin; whether both can hold."""

    claim: int
    by: int
    agree: bool


@dataclass(frozen=True)
class Conflict:
    """Two figures of one time that can't both hold."""

    claims: tuple[int, int]
    same_origin: bool


@dataclass(frozen=True)
class Part:
    """A figure whose scope is a part of another's, and whether it is no larger than that one may be."""

    part: int
    whole: int
    fits: bool


@dataclass(frozen=True)
class Series:
    """All figures of one measure and scope in order of time, and how they stand to one another.

    Figures in different units are not compared; `unit_clash` says that there are such.
    """

    measure: str
    scope: str | None
    units: tuple[str | None, ...]
    unit_clash: bool
    figures: tuple[Figure, ...]
    agreements: tuple[Agreement, ...]
    supersessions: tuple[Supersession, ...]
    conflicts: tuple[Conflict, ...]
    conflicts_total: int


@dataclass(frozen=True)
class Comparison:
    """All figures of a story beside one another: the series, and the parts across them."""

    series: tuple[Series, ...]
    parts: tuple[Part, ...]
    parts_total: int


def compare_figures(stated: Iterable[Figure]) -> Comparison:
    """Put figures beside one another.

    Args:
        stated: one a claim, in any order.

    Returns:
        Series by measure and scope, in alphabetical order; each figure stands in exactly one.
    """
    given = sorted(stated, key=lambda figure: figure.place)
    together: dict[tuple[str, str], dict[str, list[Figure]]] = defaultdict(lambda: defaultdict(list))
    for figure in given:
        together[figure.measure, name_key(figure.scope)][name_key(figure.unit)].append(figure)
    series = tuple(_series(alike) for _, alike in sorted(together.items()))
    parts, parts_total = _parts(given)
    return Comparison(series, tuple(parts), parts_total)


def bounds_of(qualifier: str, value: float | None, low: float | None, high: float | None) -> Bounds:
    """Derive from how a quantity was stated between which numbers it lies.

    Args:
        qualifier: one of vocabulary.QUALIFIERS.
        value, low, high: either the first, or one or both of the others.

    Returns:
        Bounds that at least one number lies between.
    """
    if value is None:
        bounds = _of_a_range(qualifier, low, high)
    elif qualifier == "about":
        bounds = Bounds(_moved(value, -1 if value > 0 else 1), _moved(value, 1 if value > 0 else -1))
    elif qualifier == "nearly":
        bounds = _nearly(value)
    elif qualifier in ("at_least", "more_than"):
        bounds = Bounds(value, None, low_open=qualifier == "more_than")
    elif qualifier == "up_to":
        bounds = Bounds(None, value)
    else:
        bounds = Bounds(value, value)
    # What leaves nothing out of one number would leave nothing; desks once took "nearly 0".
    return bounds if bounds.least <= bounds.most else Bounds(bounds.low, bounds.high)


def agree(one: Bounds, other: Bounds) -> bool:
    """Say whether two quantities can be the same number."""
    return one.least <= other.most and other.least <= one.most


@lru_cache(maxsize=16384)
def name_key(words: str | None) -> str:
    """Give one key to all spellings of a scope, a unit or an origin.

    A sign without words, such as %, stands for itself; and none is one of its own, so that 5 without a
    unit is not held against 5 %.
    """
    return "" if words is None else folded(words) or words


def origin_of(claim: Mapping[str, Any]) -> str:
    """Name whom a claim's figure comes from: its claimant, unless its chain begins with an origin."""
    first = claim["chain"][0] if claim["chain"] else None
    return str((first if first and first["role"] == "origin" else claim["claimant"])["name"])


def same_name(one: str | None, other: str | None) -> bool:
    """Say whether two scopes, units or origins are one, however they are written."""
    return name_key(one) == name_key(other)


def supersessions(alike: Iterable[Figure]) -> Iterator[Supersession]:
    """Name, for each figure that a later one of its origin supersedes, the next such.

    Later is what is surely later: its first day comes after the last day of the earlier one.

    Args:
        alike: figures of one series, in any order.
    """
    by_origin: dict[str, list[Figure]] = defaultdict(list)
    for figure in alike:
        by_origin[name_key(figure.origin)].append(figure)
    for said in by_origin.values():
        # What may be of any day, for nobody said of which, is surely later than nothing.
        said.sort(key=_first_day)
        first_days = [figure.when.earliest for figure in said]
        for figure in said:
            following = bisect_right(first_days, figure.when.latest)
            if following < len(said):
                by = said[following]
                yield Supersession(figure.claim, by.claim, agree(figure.bounds, by.bounds))


def _of_a_range(qualifier: str, low: float | None, high: float | None) -> Bounds:
    if qualifier == "nearly" and high is not None and low is None:
        return _nearly(high)
    return Bounds(
        low,
        high,
        low_open=qualifier == "more_than" and low is not None,
        high_open=qualifier == "nearly" and high is not None,
    )


def _nearly(value: float) -> Bounds:
    # Nearly -10 has not got as far down as -10.
    if value < 0:
        return Bounds(value, _moved(value, -1), low_open=True)
    return Bounds(_moved(value, -1), value, high_open=True)


def _moved(value: float, way: int) -> float:
    """Move a number away from zero, or towards it, by the tolerance; in decimals, so that 400 gives 440."""
    return float(Decimal(repr(value)) * (1 + way * TOLERANCE))


def _series(alike: Mapping[str, Sequence[Figure]]) -> Series:
    """Compare the figures of one measure and scope, unit by unit."""
    those = sorted((figure for figures in alike.values() for figure in figures), key=lambda each: each.place)
    oldest = min(those, key=lambda figure: figure.claim)
    conflicts = [_conflicts(figures) for figures in alike.values()]
    spelled = {name_key(figure.unit): figure.unit for figure in reversed(those)}
    return Series(
        measure=oldest.measure,
        scope=oldest.scope,
        units=tuple(unit for _, unit in sorted(spelled.items())),
        unit_clash=len(alike) > 1,
        figures=tuple(those),
        agreements=tuple(group for figures in alike.values() for group in _agreements(figures)),
        supersessions=tuple(step for figures in alike.values() for step in supersessions(figures)),
        conflicts=tuple(pair for pairs, _ in conflicts for pair in pairs),
        conflicts_total=sum(total for _, total in conflicts),
    )


class _Together:
    """The figures whose bounds hold at the place where a sweep along the numbers is."""

    def __init__(self) -> None:
        self._figures: dict[int, Figure] = {}
        self._first_days: list[str] = []
        self._last_days: list[str] = []
        self._origins: Counter[str] = Counter()

    def add(self, figure: Figure) -> None:
        self._figures[figure.claim] = figure
        insort(self._first_days, figure.when.earliest)
        insort(self._last_days, figure.when.latest)
        self._origins[name_key(figure.origin)] += 1

    def remove(self, figure: Figure) -> None:
        del self._figures[figure.claim]
        del self._first_days[bisect_left(self._first_days, figure.when.earliest)]
        del self._last_days[bisect_left(self._last_days, figure.when.latest)]
        origin = name_key(figure.origin)
        self._origins[origin] -= 1
        if not self._origins[origin]:
            del self._origins[origin]

    def group(self, least: Bounds, most: Bounds) -> Agreement | None:
        """Give all of them as a group, whose bounds are the highest low and the lowest high among them."""
        if len(self._figures) < 2:
            return None
        # Those that came last are the narrowest; the ones that hold nearly everywhere can be left out.
        shown = sorted(
            islice(reversed(self._figures.values()), MOST_IN_A_GROUP), key=lambda figure: figure.place
        )
        return Agreement(
            claims=tuple(figure.claim for figure in shown),
            count=len(self._figures),
            bounds=Bounds(least.low, most.high, least.low_open, most.high_open),
            same_time=self._first_days[-1] <= self._last_days[0],
            origins=len(self._origins),
        )


def _agreements(alike: Sequence[Figure]) -> Iterator[Agreement]:
    """Sweep along the numbers, and give a group wherever the next figure to come finds one gone."""
    together, grown = _Together(), False
    begin = sorted(alike, key=lambda figure: figure.bounds.least)
    end = sorted(alike, key=lambda figure: figure.bounds.most)
    gone, newest = 0, Bounds(None, None)
    for figure in begin:
        while end[gone].bounds.most < figure.bounds.least:
            group = together.group(newest, end[gone].bounds) if grown else None
            if group:
                yield group
            grown = False
            together.remove(end[gone])
            gone += 1
        together.add(figure)
        grown, newest = True, figure.bounds
    group = together.group(newest, end[gone].bounds)
    if group:
        yield group


def _conflicts(alike: Sequence[Figure]) -> tuple[list[Conflict], int]:
    """Sweep along time, and hold each figure against those of its time that lie below or above it.

    Returns:
        The pairs to be listed, and how many there are.
    """
    found: list[Conflict] = []
    total = 0
    # The figures of the present day, by their upper and by their lower ends, and by when they go.
    below: list[tuple[End, int]] = []
    above: list[tuple[End, int]] = []
    going: list[tuple[str, int]] = []
    order = sorted(alike, key=_first_day)
    for number, figure in enumerate(order):
        least, most, when = figure.bounds.least, figure.bounds.most, figure.when
        while going and going[0][0] < when.earliest:
            _, gone = heapq.heappop(going)
            del below[bisect_left(below, (order[gone].bounds.most, gone))]
            del above[bisect_left(above, (order[gone].bounds.least, gone))]
        under = bisect_left(below, (least, -1))
        over = bisect_left(above, (most, len(order)))
        total += under + len(above) - over
        room = max(1, MOST_PAIRS - len(found))
        for _, other in chain(below[max(0, under - room) : under], above[over : over + room]):
            claims = (order[other].claim, figure.claim)
            found.append(Conflict(claims, same_name(order[other].origin, figure.origin)))
        insort(below, (most, number))
        insort(above, (least, number))
        heapq.heappush(going, (when.latest, number))
    return found, total


def _parts(given: Iterable[Figure]) -> tuple[list[Part], int]:
    """Hold each part against the wholes of its time or later, nearest first: a count may only grow.

    Returns:
        The pairs to be listed, and how many there are.
    """
    found: list[Part] = []
    total = 0
    wholes: dict[tuple[str, str, str], list[Figure]] = defaultdict(list)
    for figure in sorted(given, key=_last_day):
        wholes[figure.measure, name_key(figure.scope), name_key(figure.unit)].append(figure)
    for part in given:
        if part.within is None or name_key(part.within) == name_key(part.scope):
            continue
        those = wholes.get((part.measure, name_key(part.within), name_key(part.unit)), [])
        first = bisect_left(those, part.when.earliest, key=_last_day)
        total += len(those) - first
        room = max(1, MOST_PAIRS - len(found))
        found += [
            Part(part.claim, whole.claim, fits=part.bounds.least <= whole.bounds.most)
            for whole in those[first : first + room]
        ]
    return found, total


def _first_day(figure: Figure) -> tuple[str, str, int]:
    return figure.when.earliest, figure.when.latest, figure.claim


def _last_day(figure: Figure) -> str:
    return figure.when.latest
