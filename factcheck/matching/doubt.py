"""Doubt: where two statements share too little to be called the same, whatever else is on the desk.

How likely a claim is the same also depends on how far it leads the others. On a desk that speaks of other
things even one word in common leads by far, and proves nothing.
"""

from __future__ import annotations

from typing import Final

from factcheck.matching.asked import Asked
from factcheck.matching.features import NAMES, Likeness
from factcheck.matching.nearness import Nearness
from factcheck.matching.numbers import agreeing
from factcheck.matching.seen import Seen

# What 99 in 100 of the right yeses have: so many words in common, and so much of a passage said.
_WORDS_OF_THE_SAME: Final = 3
_WORDS_OF_THE_CLAIM: Final = 2
_OF_A_PASSAGE: Final = 0.2
# What the likely ones have.
_WORDS_OF_THE_LIKELY: Final = 2
# Whoever says the whole passage, and so much besides at the most, says the same in however few words.
_OF_THE_QUESTION: Final = 0.5
# From here on a model finds a meaning near enough for words to matter no more.
_NEAR: Final = 0.6

_PASSAGE, _QUESTION = NAMES.index("passage"), NAMES.index("question_at_once")


def may_be_same(asked: Asked, seen: Seen, alike: Likeness, near: Nearness | None) -> bool:
    """Say whether enough is shared for a yes; figures that do not meet leave a doubt, too."""
    kinds = {number.kind for number in asked.numbers} & {number.kind for number in seen.numbers}
    if kinds and not agreeing(asked.numbers, seen.numbers):
        return False
    if _is_near(near) or _says_it_all(alike):
        return True
    # What was found out about a claim speaks of much that the claim does not say.
    stated = len(alike.shared & seen.said) >= _WORDS_OF_THE_CLAIM
    return stated and len(alike.shared) >= _WORDS_OF_THE_SAME and alike.values[_PASSAGE] >= _OF_A_PASSAGE


def may_be_likely(alike: Likeness, near: Nearness | None) -> bool:
    """Say whether enough is shared for a claim to be called likely the same; a number alone is not."""
    words = [stem for stem in alike.shared if not stem[0].isdigit()]
    return (
        _is_near(near) or _says_it_all(alike) or (bool(words) and len(alike.shared) >= _WORDS_OF_THE_LIKELY)
    )


def _is_near(near: Nearness | None) -> bool:
    return near is not None and near.best >= _NEAR


def _says_it_all(alike: Likeness) -> bool:
    said = alike.best is not None and alike.shared.issuperset(alike.best.stems)
    return said and alike.values[_QUESTION] >= _OF_THE_QUESTION and len(alike.shared) >= _WORDS_OF_THE_LIKELY
