"""Negation: what a sentence says is not so."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from factcheck.matching.stopwords import NEGATIONS
from factcheck.matching.words import Word

# What a word denies: the next ones that carry something, in their order.
Denied = tuple[str, ...]

# How many of the words that carry something, after one that denies, it reaches.
_REACH: Final = 3
MOST_DENIED: Final = 20
# The clause ends here, and with it what is denied.
_END = re.compile(r"[.!?;:,—–()\"…]")
# "Not only" says that it is so; of "never forget" the opposite is meant.
_NOT_DENIED: Final = frozenset(["only", "just", "forget", "forgot", "doubt"])
# So much of what is denied must be said for it to be said.
_MOSTLY: Final = 2 / 3


def denied(text: str, words: Sequence[Word], language: str) -> tuple[Denied, ...]:
    """Give what a sentence denies, at most MOST_DENIED times.

    Args:
        words: the sentence's, as words.words_of gives them.
        language: a BCP 47 tag.
    """
    denying = NEGATIONS.get(language.partition("-")[0].lower(), frozenset())
    found: list[Denied] = []
    for at, word in enumerate(words):
        if word.form in denying and (reached := _reached(text, words, at)):
            found.append(reached)
    return tuple(dict.fromkeys(found))[:MOST_DENIED]


def said(denial: Denied, stems: Collection[str]) -> bool:
    """Say whether words say what is denied: the first of it and most of the rest."""
    return denial[0] in stems and sum(stem in stems for stem in denial) >= _MOSTLY * len(denial)


def _reached(text: str, words: Sequence[Word], at: int) -> Denied:
    reached: list[str] = []
    # "Don't" is two words here, of one place.
    place = words[at].start + len(words[at].form)
    for word in words[at + 1 : at + 1 + 3 * _REACH]:
        if word.start <= words[at].start:
            continue
        if _END.search(text, place, word.start) or (not reached and word.form in _NOT_DENIED):
            break
        if word.carries:
            reached.append(word.stem)
        place = word.start + len(word.form)
        if len(reached) == _REACH:
            break
    return tuple(reached)
