"""How two wordings are compared: what counts as the same text, name or slug."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

_NOT_WORD = re.compile(r"[\W_]+")
# A sign, a decimal point or a percent sign tells figures apart, so it stays.
_KEPT_MARKS = re.compile(r"(?<=\d)[.,](?=\d)|[-−](?=\d)|(?<=\d)\s*%")


def same_text_key(*parts: str) -> str:
    """Give one key to all texts that differ only in case, spacing or punctuation.

    Args:
        parts: texts that together identify a thing, such as a claim's text,
            claimant and date. Marks inside numbers are kept: 1.5 is not 15.

    Returns:
        64 hexadecimal characters (SHA-256).
    """
    return sha256("\x1f".join(map(folded, parts)).encode()).hexdigest()


def folded(text: str) -> str:
    """Reduce a text to its words in one case (Unicode NFKC, caseless matching D145)."""
    text = unicodedata.normalize("NFKC", text).casefold()
    marked = _KEPT_MARKS.sub(lambda mark: f"\x00{ord(mark[0].strip()[0]):x}\x00", text)
    return " ".join(
        word if index % 2 == 0 else f"\x00{word}\x00"
        for index, part in enumerate(marked.split("\x00"))
        if (word := _NOT_WORD.sub(" ", part).strip())
    )


def slugged(text: str) -> str:
    """Write a label as a slug in lower snake case: "Little evidence" → little_evidence."""
    return _NOT_WORD.sub("_", unicodedata.normalize("NFKC", text).casefold()).strip("_")
