"""Agreement between reviewers: Krippendorff's alpha for nominal data.

After K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011). A unit is what is judged, a
value what one observer says of it. Each pair of values within a unit is counted, so that units with
many values don't outweigh those with few, and a value that stands alone in its unit is left out. Alpha
is 1 where all agree, 0 where they agree as often as chance would have it, and below 0 where less often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable
from fractions import Fraction
from typing import Literal

# Why there is no alpha: nothing was judged by two, or everything that was got the same value, so that
# nobody can tell whether they agree or can't say anything else.
Undefined = Literal["no_pairs", "no_variation"]


class Coincidences:
    """What pairs of values coincide, counted unit by unit.

    Of the matrix of coincidences nominal data need the margins (how often each value is among those
    that can be paired) and the sum of the diagonal (how many pairs are of equal values); only these
    are kept. They are whole numbers, so that no order of units or observers makes a difference.
    """

    def __init__(self) -> None:
        self.units = 0
        # How often each value occurs in units with at least two.
        self.values: Counter[Hashable] = Counter()
        # Pairs of equal values, by how many values their unit has.
        self._alike: Counter[int] = Counter()

    def add(self, values: Collection[Hashable]) -> None:
        """Count a unit.

        Args:
            values: what each observer said of it who said anything; in any order.
        """
        if len(values) < 2:
            return
        self.units += 1
        self.values.update(values)
        self._alike[len(values)] += sum(map(list(values).count, values)) - len(values)

    @property
    def alike(self) -> Fraction:
        """How many pairs are of equal values, both ways, each weighed so that a value counts once."""
        return sum((Fraction(pairs, m - 1) for m, pairs in self._alike.items()), Fraction(0))

    @property
    def n(self) -> int:
        """How many values can be paired."""
        return self.values.total()

    @property
    def undefined(self) -> Undefined | None:
        """Why there is no alpha, or None where there is one."""
        if not self.units:
            return "no_pairs"
        return "no_variation" if len(self.values) == 1 else None

    def alpha(self) -> float | None:
        """Give alpha, or None where it is not defined; `undefined` says why."""
        if self.undefined:
            return None
        n = self.n
        expected = sum(count * (count - 1) for count in self.values.values())
        return float(((n - 1) * self.alike - expected) / (n * (n - 1) - expected))
