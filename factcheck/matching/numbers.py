"""Numbers: what a statement counts, so that 164 killed is told from 225 killed.

Only what counts something counts here. Years, days of a month, times, ordinals, and numbers that are part
of a name or of a list (COVID-19, 9/11, Day 11, "1.") say nothing about how many there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from factcheck.matching.stopwords import LABELS, MAGNITUDES, MONTHS, NUMERALS, QUALIFIED, QUALIFIED_BY_TWO
from factcheck.matching.words import Word

MOST_NUMBERS: Final = 40
# How many of the words that carry something, after a number, say what it counts.
_COUNTED_WITHIN: Final = 3
# How far numbers that are only said to be about right may lie apart, as a share of the larger.
_TOLERANCE: Final = 0.1
_ROUND: Final = 0.05
_ROUNDED_FROM: Final = 1000
_YEARS: Final = range(1500, 2101)
_CURRENCIES: Final = "$€£¥₹₽₴₺₦₩"
_MONEY: Final = frozenset(
    [
        "dollar",
        "dollars",
        "usd",
        "euro",
        "euros",
        "eur",
        "pound",
        "pounds",
        "gbp",
        "yen",
        "rupee",
        "rupees",
        "rubel",
        "ruble",
        "rubles",
        "bucks",
    ]
)
_PERCENT: Final = frozenset(["percent", "percentage", "percentages", "pct", "prozent"])
_DIGITS = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Number:
    """A number that counts something.

    Args:
        value: how many.
        kind: "count", "share" (of a hundred) or "money".
        qualifier: one of vocabulary.QUALIFIERS.
        counted: stems of what is counted, as far as the words after it say.
    """

    value: float
    kind: str = "count"
    qualifier: str = "exact"
    counted: frozenset[str] = frozenset()

    def agrees(self, other: Number) -> bool:
        """Say whether two numbers are the same one, allowing for how they are rounded."""
        if self.value == other.value:
            return True
        larger = max(abs(self.value), abs(other.value))
        apart = abs(self.value - other.value) / larger
        if {self.qualifier, other.qualifier} & {"about", "nearly"}:
            return apart <= _TOLERANCE
        return larger >= _ROUNDED_FROM and apart <= _ROUND and _rounder(self, other)

    def said(self) -> str:
        """Write the number as people read it."""
        text = f"{self.value:,.10g}"
        return {"share": f"{text} %", "money": f"{text} (money)"}.get(self.kind, text)


def numbers_of(text: str, words: Sequence[Word]) -> list[Number]:
    """Give the numbers that count something, in their order, at most MOST_NUMBERS.

    Args:
        text: as cleaned.cleaned gives it.
        words: the text's, as words.words_of gives them.
    """
    found: list[Number] = []
    index = 0
    while index < len(words) and len(found) < MOST_NUMBERS:
        number, index = _number_at(text, words, index)
        if number:
            found.append(number)
    return found


def _number_at(text: str, words: Sequence[Word], at: int) -> tuple[Number | None, int]:
    """Read the number that begins at a word, if one does; and say where to read on."""
    word = words[at]
    value = _value(text, words, at)
    if value is None:
        return None, at + 1
    end = at + 1
    scaled = False
    while end < len(words) and words[end].form in MAGNITUDES:
        value *= MAGNITUDES[words[end].form]
        scaled = True
        end += 1
    following = words[end].form if end < len(words) else ""
    if "%" in word.form or following in _PERCENT:
        kind = "share"
    elif following in _MONEY or text[max(word.start - 1, 0)] in _CURRENCIES:
        kind = "money"
    else:
        kind = "count"
    year = value in _YEARS and word.form.isdigit() and len(word.form) == 4 and not scaled
    if year and kind == "count" and not _qualifier(words, at):
        return None, end
    return Number(value, kind, _qualifier(words, at) or "exact", _counted(words, end)), end


def _value(text: str, words: Sequence[Word], at: int) -> float | None:
    word = words[at]
    if word.form in NUMERALS:
        return float(NUMERALS[word.form])
    if not word.form[0].isdigit() or not _DIGITS.fullmatch(word.stem):
        return None
    if word.form[-1] in "shdt" or _of_a_date_or_name(text, words, at):
        return None
    return float(word.stem[:18])


def _of_a_date_or_name(text: str, words: Sequence[Word], at: int) -> bool:
    word = words[at]
    before = text[word.start - 1] if word.start else ""
    end = word.start + len(word.form)
    after = text[end : end + 2]
    # COVID-19, 9/11, 10:30, and what stands at the head of a list's line.
    if before in ("/", ":", "#") or (before == "-" and word.start > 1 and text[word.start - 2].isalnum()):
        return True
    if after[:1] in ("/", ":") or (at == 0 and after[:1] in (".", ")")):
        return True
    last = words[at - 1].form if at else ""
    following = words[at + 1].form if at + 1 < len(words) else ""
    small = len(word.stem) <= 2
    # "Of May 4" and "4 May"; but 150 may be.
    return (small and (last in MONTHS or following in MONTHS)) or (last in LABELS and word.form.isdigit())


def _qualifier(words: Sequence[Word], at: int) -> str | None:
    last = words[at - 1].form if at else ""
    before = words[at - 2].form if at > 1 else ""
    if two := QUALIFIED_BY_TWO.get((before, last)):
        return two
    return next((qualifier for qualifier, said in QUALIFIED.items() if last in said), None)


def _counted(words: Sequence[Word], start: int) -> frozenset[str]:
    carrying = [word.stem for word in words[start : start + 2 * _COUNTED_WITHIN] if word.carries]
    return frozenset(stem for stem in carrying[:_COUNTED_WITHIN] if not stem[0].isdigit())


def _rounder(first: Number, second: Number) -> bool:
    """Say whether one is the other with its last figures rounded off: 2.3 million of 2,340,000."""
    less, more = sorted((first.value, second.value), key=lambda value: len(f"{value:.0f}".rstrip("0")))
    unit = 10.0 ** (len(f"{less:.0f}") - len(f"{less:.0f}".rstrip("0")))
    return unit > 1 and abs(more - less) <= unit / 2


def agreeing(asked: Iterable[Number], stated: Sequence[Number]) -> list[Number]:
    """Give those of the numbers asked about that are stated, too."""
    return [number for number in asked if any(number.agrees(each) for each in stated)]
