"""Nearness in meaning, as a model judges it: what of a claim is placed, and what is asked of a model.

Nothing here needs the semantic extra; a desk without it has no model, and goes by words alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from factcheck.matching.cleaning import cleaned
from factcheck.matching.seen import said_about, sentences

# Whoever asks words it as the claim does, or as one of the first that wrote about it.
MOST_TEXTS: Final = 12


class Nearness(NamedTuple):
    """How near a claim is in meaning to what is asked, each -1 to 1 (cosines).

    Args:
        statement: the claim's own text.
        best: the nearest of its own text, its sentences and what is said about it.
        whole: the middle of what it says and what is said about it.
    """

    statement: float
    best: float
    whole: float


class Kept(NamedTuple):
    """Where a model placed a claim, as it is kept.

    Args:
        vectors: how many texts there are, and for each its direction.
        signs: on which side of each dimension the claim lies as a whole, a bit each.
    """

    vectors: bytes
    signs: bytes


class Meaning(Protocol):
    """What a text means to a model."""

    @property
    def model(self) -> str:
        """The model's name, which tells its vectors from all others'."""

    def nearness(self, kept: Mapping[int, bytes]) -> dict[int, Nearness]:
        """Say how near claims are.

        Args:
            kept: the vectors of each; see Kept.
        """

    def nearest(self, most: int) -> list[int]:
        """Give the claims that seem nearest, of those that were put beside the model."""


class Model(Protocol):
    """What places texts by their meaning."""

    @property
    def name(self) -> str:
        """The name that tells this model's vectors from all others'."""

    def meaning(self, text: str) -> Meaning:
        """Place what is asked; takes some milliseconds, so do it outside of any transaction."""

    def kept(self, texts: Sequence[str]) -> Kept:
        """Place what `texts_of` gives of a claim."""

    def put(self, signs: Mapping[int, bytes]) -> None:
        """Put claims beside the model, to be found by Meaning.nearest.

        Args:
            signs: of each; see Kept.
        """


def texts_of(content: Mapping[str, Any]) -> list[str]:
    """Give what of a claim is placed: its text, its sentences if there are several, what is said about it.

    Args:
        content: the claim's representation, as it is stored and served.
    """
    text = cleaned(content["text"]).text
    about = [cleaned(each).text for each in said_about(content)]
    apart = sentences(text)
    found = dict.fromkeys([text, *(apart if len(apart) > 1 else ()), *about])
    return [each for each in found if each][:MOST_TEXTS] or [text]
