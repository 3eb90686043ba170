"""What is asked: a text taken apart as claims are, so that it can be held against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from factcheck.matching.cleaning import cleaned
from factcheck.matching.negation import MOST_DENIED, Denied, denied
from factcheck.matching.numbers import Number, numbers_of
from factcheck.matching.seen import sentences
from factcheck.matching.words import MOST_WORDS, language_of, words_of

MOST_TERMS: Final = 64


@dataclass(frozen=True)
class Asked:
    """A text taken apart.

    Args:
        text: what it says, cleaned.
        stems: of the words that carry something, in their order.
        terms: the first MOST_TERMS different ones of them, by which claims are looked for.
        denied: what the text says is not so.
        numbers: what it counts.
        speakers: stems of the names of who said it.
        pairs: stems that are neighbours.
        forms: for each stem, how it is written in the text.
        date: when, EDTF or an ISO date.
    """

    text: str
    stems: tuple[str, ...]
    terms: tuple[str, ...]
    denied: tuple[Denied, ...] = ()
    numbers: tuple[Number, ...] = ()
    speakers: frozenset[str] = frozenset()
    date: str | None = None
    pairs: frozenset[tuple[str, str]] = frozenset()
    forms: Mapping[str, str] = field(default_factory=dict)


def asked(
    text: str, *, date: str | None = None, claimant: str | None = None, language: str | None = None
) -> Asked:
    """Take a text apart.

    Args:
        text: a post, a sentence, a headline, of any length; see cleaning.MOST_CHARACTERS.
        date: when it was said, if known.
        claimant: who said it, if known.
        language: a BCP 47 tag; None to go by the text.
    """
    given = cleaned(text)
    tongue = language or language_of(given.text)
    names = [*given.speakers, *([cleaned(claimant).text] if claimant else [])]
    stems: list[str] = []
    bare: list[str] = []
    not_so: dict[Denied, None] = {}
    numbers: list[Number] = []
    forms: dict[str, str] = {}
    for sentence in sentences(given.text):
        words = words_of(sentence, tongue)
        stems += [word.stem for word in words if word.carries]
        bare += [word.stem for word in words]
        forms.update((word.stem, word.form) for word in words)
        not_so |= dict.fromkeys(denied(sentence, words, tongue))
        numbers += numbers_of(sentence, words)
        if len(bare) > MOST_WORDS:
            break
    said = tuple(stems or bare)
    return Asked(
        text=given.text,
        stems=said,
        terms=tuple(dict.fromkeys(said))[:MOST_TERMS],
        denied=tuple(not_so)[:MOST_DENIED],
        numbers=tuple(numbers),
        speakers=frozenset(word.stem for name in names for word in words_of(name, tongue) if word.carries),
        date=date,
        pairs=frozenset(pairwise(said)),
        forms=forms,
    )
