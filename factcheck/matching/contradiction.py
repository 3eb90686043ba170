"""Contradiction: where two statements about one thing can't be the same, however like they are in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from factcheck.matching.asked import Asked
from factcheck.matching.features import Likeness
from factcheck.matching.numbers import Number, agreeing
from factcheck.matching.seen import Passage, Seen

# From this share on, a question's words say a passage's, so that its numbers count the same.
_SAID: Final = 0.5
# So many of the words after one that denies must be the other's, too, for it to be about the same.
_LEAST_DENIED: Final = 2


def other_figure(asked: Asked, seen: Seen, alike: Likeness) -> str | None:
    """Say which figures differ, if a question and a claim count the same and come to another number."""
    if agreeing(asked.numbers, seen.numbers):
        return None
    for number in asked.numbers:
        for stated in seen.numbers:
            if number.kind == stated.kind and _same_subject(number, stated, asked, alike):
                return f"another figure: {number.said()} here, {stated.said()} in the claim"
    return None


def denial(asked: Asked, seen: Seen) -> str | None:
    """Say what is denied, if either of a question and a claim says that something is and the other not."""
    stems = frozenset(asked.stems)
    for passage in seen.passages:
        if not passage.stated:
            continue
        common = stems.intersection(passage.stems)
        differ = [stem for stem in passage.stems if stem in common and _denied_once(stem, asked, passage)]
        agreed = asked.denied & passage.denied
        if not agreed and len(common) > len(differ) and _about_it(differ, asked.denied | passage.denied):
            which = asked.forms.get(differ[0], differ[0])
            return f"one denies it, the other does not: {which}"
    return None


def _same_subject(number: Number, stated: Number, asked: Asked, alike: Likeness) -> bool:
    if number.counted and stated.counted:
        return not number.counted.isdisjoint(stated.counted)
    return _covers(asked.stems, alike.best)


def _covers(stems: Sequence[str], passage: Passage | None) -> bool:
    """Say whether a question has most of a passage's words."""
    if passage is None:
        return False
    words = {stem for stem in passage.stems if not stem[0].isdigit()}
    return len(words.intersection(stems)) > _SAID * len(words)


def _denied_once(stem: str, asked: Asked, passage: Passage) -> bool:
    return (stem in asked.denied) != (stem in passage.denied)


def _about_it(differ: Sequence[str], denied: frozenset[str]) -> bool:
    """Say whether what is denied is what both are about, and not one word among many."""
    return bool(differ) and len(differ) >= min(_LEAST_DENIED, len(denied))
