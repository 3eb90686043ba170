"""A claim as matching sees it: taken apart once, when it is shown anew, and kept so.

What it says (each sentence of its text) and what is said about it (its sources' titles, quotes and
verdicts' rationales) are its passages. Whoever asks may word it as any of them does.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

from factcheck.matching.cleaning import cleaned
from factcheck.matching.negation import Denied, denied
from factcheck.matching.numbers import Number, numbers_of
from factcheck.matching.words import language_of, words_of

# Raise it with every change after which a claim is taken apart otherwise: claims' words, stems or
# weights, or how they are kept. A desk that was indexed by another version is indexed anew.
VERSION: Final = 4
MOST_PASSAGES: Final = 24
MOST_IN_A_PASSAGE: Final = 80
# Of a sentence with fewer words than these nobody knows what it says without its neighbours.
_LEAST_OF_A_SENTENCE: Final = 3
_MOST_OF_A_PART: Final = 2_000

# BM25 with its customary constants. The length of an average claim is fixed, so that what is kept of a
# claim does not change as others come; and none is so well documented that it can't be found any more.
_SATURATION: Final = 1.2
_BY_LENGTH: Final = 0.75
_AVERAGE: Final = 18.0
_LONGEST: Final = 3.0
HEAVIEST: Final = 255

# From this share of their words on, two claims are taken to be one that was recorded twice.
_TWINS: Final = 0.8

_SENTENCE = re.compile(r"(?<=[.!?…])[\"')\]]{0,2}\s+|\s*[。！？]\s*")


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of a claim, or of what is said about it.

    Args:
        stems: of the words that carry something, in their order.
        denied: what the passage says is not so.
        stated: whether the claim itself says it.
    """

    stems: tuple[str, ...]
    denied: tuple[Denied, ...] = ()
    stated: bool = True


@dataclass(frozen=True)
class Seen:
    """A claim taken apart.

    Args:
        claimant: stems of who made it.
        around: stems of what surrounds it: who made it, through whom it came, where, its story. A question
            may name these, and the claim itself need not.
        date: when, EDTF.
    """

    passages: tuple[Passage, ...]
    numbers: tuple[Number, ...] = ()
    claimant: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()
    date: str | None = None

    @cached_property
    def weights(self) -> dict[str, int]:
        """How much each stem says in this claim, 1 to HEAVIEST: the part of BM25 that is not rarity."""
        counts = Counter(stem for passage in self.passages for stem in passage.stems)
        length = min(sum(counts.values()) / _AVERAGE, _LONGEST)
        damped = _SATURATION * (1 - _BY_LENGTH + _BY_LENGTH * length)
        return {stem: max(1, round(HEAVIEST * count / (count + damped))) for stem, count in counts.items()}

    @cached_property
    def said(self) -> frozenset[str]:
        """Every stem of what the claim itself says."""
        return frozenset(stem for each in self.passages if each.stated for stem in each.stems)

    @cached_property
    def text(self) -> str:
        """The claim taken apart, as it is kept; `read` reads it."""
        kept: dict[str, Any] = {
            "p": [
                [" ".join(each.stems), ",".join(map(" ".join, each.denied)), int(each.stated)]
                for each in self.passages
            ]
        }
        if self.numbers:
            kept["n"] = [
                [each.value, each.kind, each.qualifier, " ".join(sorted(each.counted))]
                for each in self.numbers
            ]
        if self.claimant:
            kept["c"] = " ".join(sorted(self.claimant))
        if others := self.around - self.claimant:
            kept["a"] = " ".join(sorted(others))
        if self.date:
            kept["d"] = self.date
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Seen:
        """Read what `text` wrote."""
        kept = json.loads(text)
        return cls(
            tuple(
                Passage(
                    tuple(stems.split()),
                    tuple(tuple(each.split()) for each in not_so.split(",") if each),
                    bool(stated),
                )
                for stems, not_so, stated in kept["p"]
            ),
            tuple(
                Number(value, kind, how, frozenset(of.split())) for value, kind, how, of in kept.get("n", ())
            ),
            claimant := frozenset(kept.get("c", "").split()),
            claimant | frozenset(kept.get("a", "").split()),
            kept.get("d"),
        )


def are_twins(first: frozenset[str], second: frozenset[str]) -> bool:
    """Say whether two claims are taken to be one that was recorded twice, by the stems they say."""
    return len(first & second) >= _TWINS * len(first | second)


def seen(content: Mapping[str, Any]) -> Seen:
    """Take a claim apart.

    Args:
        content: the claim's representation, as it is stored and served.
    """
    language = content.get("language")
    said, numbers = _passages([content["text"]], language, stated=True)
    about, _ = _passages(said_about(content), language, stated=False)
    figure = content.get("figure") or {}
    stated = [figure[name] for name in ("value", "low", "high") if figure.get(name) is not None]
    return Seen(
        tuple((said + about)[:MOST_PASSAGES]),
        tuple(numbers) + tuple(Number(float(value), qualifier=figure["qualifier"]) for value in stated),
        _stems([content["claimant"]["name"]], language),
        _stems(_around(content), language),
        content.get("claimed_on"),
    )


def _around(content: Mapping[str, Any]) -> list[str]:
    figure, story = content.get("figure") or {}, content.get("story") or {}
    names = [content["claimant"]["name"], *(link["name"] for link in content.get("chain", ()))]
    return [text for text in (*names, content.get("place"), story.get("title"), figure.get("scope")) if text]


def _stems(texts: Iterable[str], language: str | None) -> frozenset[str]:
    return frozenset(word.stem for text in texts for word in words_of(cleaned(text).text, language))


def sentences(text: str) -> list[str]:
    """Part a text into its sentences; a very short one stays with the next."""
    parts: list[str] = []
    for each in _SENTENCE.split(text):
        if parts and parts[-1].count(" ") + 1 < _LEAST_OF_A_SENTENCE:
            parts[-1] += f" {each}"
        elif each:
            parts.append(each)
    return parts


def said_about(content: Mapping[str, Any]) -> list[str]:
    """Give what is said about a claim: titles of its sources, what is quoted of them, rationales.

    What was taken back of it says nothing any more.
    """
    given = [
        text
        for evidence in content["sources"]
        if not evidence.get("withdrawal")
        for text in (evidence["source"]["title"], (evidence["quote"] or {}).get("exact"))
    ]
    given += [verdict["rationale"] for verdict in content["verdicts"] if not verdict.get("retraction")]
    return list(dict.fromkeys(text for text in given if text))[:MOST_PASSAGES]


def _passages(
    texts: Iterable[str], language: str | None, *, stated: bool
) -> tuple[list[Passage], list[Number]]:
    passages: list[Passage] = []
    numbers: list[Number] = []
    for text in texts:
        found, counted = _taken_apart(text[:_MOST_OF_A_PART], language, stated)
        passages += found[: MOST_PASSAGES - len(passages)]
        numbers += counted
    return passages, numbers


# A claim is shown anew with each verdict and source, mostly with the texts that it had.
@lru_cache(maxsize=1_000)
def _taken_apart(
    text: str, language: str | None, stated: bool
) -> tuple[tuple[Passage, ...], tuple[Number, ...]]:
    plain = cleaned(text).text
    tongue = language or language_of(plain)
    passages: list[Passage] = []
    numbers: list[Number] = []
    for sentence in sentences(plain)[:MOST_PASSAGES]:
        words = words_of(sentence, tongue)[:MOST_IN_A_PASSAGE]
        if words:
            carrying = [word.stem for word in words if word.carries] or [word.stem for word in words]
            not_so = denied(sentence, words, tongue) if stated else ()
            passages.append(Passage(tuple(carrying), not_so, stated))
            numbers += numbers_of(sentence, words) if stated else ()
    return tuple(passages), tuple(numbers)
