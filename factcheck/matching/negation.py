"""Negation: what a sentence says is not so."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

from factcheck.matching.stopwords import NEGATIONS
from factcheck.matching.words import Word

# How many of the words that carry something, after one that denies, it reaches.
_REACH: Final = 3
_DENYING: Final = frozenset(chain.from_iterable(NEGATIONS.values()))


def denied(words: Sequence[Word]) -> frozenset[str]:
    """Give the stems that a sentence's words deny.

    Args:
        words: the sentence's, as words.words_of gives them.
    """
    found: set[str] = set()
    reach = 0
    for word in words:
        if word.form in _DENYING:
            reach = _REACH
        elif reach and word.carries:
            found.add(word.stem)
            reach -= 1
    return frozenset(found)
