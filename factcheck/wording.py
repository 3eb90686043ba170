"""Wordings: what counts as the same text, name or slug, and how names and numbers are said."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

_NOT_WORD = re.compile(r"[\W_]+")
# A sign, a decimal point or a percent sign tells figures apart, so it stays; the
# hyphen of covid-19 is no sign.
_KEPT_MARKS = re.compile(r"(?<=\d)[.,](?=\d)|(?<!\w)-(?=\d)|(?<=\d)\s*[%‰]")
# Currency, mathematical and other symbols are words of their own: $5 is not €5.
_SYMBOLS = ("Sc", "Sm", "So")


def same_text_key(*parts: str) -> str:
    """Give one key to all texts that differ only in case, spacing or punctuation.

    Args:
        parts: texts that together identify a thing, such as a claim's text,
            claimant and date. Marks inside numbers are kept: 1.5 is not 15. A text
            without any word stands for itself.

    Returns:
        64 hexadecimal characters (SHA-256).
    """
    return sha256("\x1f".join(folded(part) or part for part in parts).encode()).hexdigest()


def folded(text: str) -> str:
    """Reduce a text to its words in one case (Unicode NFKC, caseless matching D145)."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u2212", "-")
    marked = _KEPT_MARKS.sub(lambda mark: f"\x00{ord(mark[0].strip()[0]):x}\x00", text)
    return " ".join(
        word if index % 2 == 0 else f"\x00{word}\x00"
        for index, part in enumerate(marked.split("\x00"))
        if (word := " ".join(_words(part, _SYMBOLS)))
    )


def slugged(text: str) -> str:
    """Write a label as a slug in lower snake case: "Little evidence" → little_evidence."""
    return "_".join(_words(unicodedata.normalize("NFKC", text).casefold()))


def spoken(name: str) -> str:
    """Write a name in snake case as people say it: little_evidence → "little evidence"."""
    return name.replace("_", " ")


def counted(number: int, what: str) -> str:
    """Write how many there are of something: "1 source", "2 sources"."""
    return f"{number} {plural(number, what)}"


def plural(number: int, what: str) -> str:
    """Put a regular noun into the number that is spoken of."""
    return what if number == 1 else f"{what}s"


def _words(text: str, symbols: tuple[str, ...] = ()) -> list[str]:
    """Split a text into words, with symbols of these categories as words, too."""

    def between(found: re.Match[str]) -> str:
        return "".join(_between(sign, unicodedata.category(sign), symbols) for sign in found[0])

    return _NOT_WORD.sub(between, text).split()


def _between(sign: str, category: str, symbols: tuple[str, ...]) -> str:
    # To re a vowel sign is no part of a word, but without it दिन (day) and दान (gift) are one.
    if category.startswith("M"):
        return sign
    if category in symbols:
        return f" {sign} "
    # Soft hyphens and other unseen marks come along when text is copied, inside words.
    return "" if category == "Cf" else " "
