"""Contradiction: where two statements about one thing can't be the same, however like they are in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from factcheck.matching.asked import Asked
from factcheck.matching.features import Likeness
from factcheck.matching.negation import Denied, said
from factcheck.matching.numbers import Number, agreeing
from factcheck.matching.seen import Passage, Seen

# From this share on, a question's words say a passage's, so that its numbers count the same.
_SAID: Final = 0.5


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
        one_sided = [
            *_one_sided(asked.stems, asked.denied, passage.stems, passage.denied),
            *_one_sided(passage.stems, passage.denied, asked.stems, asked.denied),
        ]
        common = stems.intersection(passage.stems)
        if one_sided and not common.issubset(one_sided[0]):
            which = " ".join(asked.forms.get(stem, stem) for stem in one_sided[0] if stem in common)
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


def _one_sided(
    stems: Sequence[str], denied: Sequence[Denied], others: Collection[str], others_deny: Sequence[Denied]
) -> list[Denied]:
    """Give what one of two denies and never says without denying it, and the other says and does not deny."""
    also = {stem for each in others_deny for stem in each}
    return [
        each
        for each in denied
        if said(each, others)
        and also.isdisjoint(each)
        and stems.count(each[0]) <= sum(each[0] in other for other in denied)
    ]
