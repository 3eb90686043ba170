"""Clean-up: what a text says, without what only surrounds it where it was posted.

Links go, hashtags and handles come apart into their words, and the signature that a quoted post
carries ("— Name (@handle) May 4, 2021") loses its handle; the name in it often is the claimant.

Whatever comes, it costs little: a text is cut before anything reads it, and no pattern looks twice at
the same place more than a bounded number of times.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

# About 1,500 words: a long article's beginning. A claim fits in many times.
MOST_CHARACTERS: Final = 10_000
# A signature stands in the last part of a text, however long that is.
_SIGNATURE_WITHIN: Final = 200

_LINK = re.compile(
    r"(?:https?://|www\.|pic\.twitter\.com/)\S*"
    r"|\b[\w-]{1,63}\.(?:com|org|net|gov|tv|me|it|ly|co|gl|be|uk|de|fr)/\S*",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"\s*[—–-]{1,2}\s*(?P<name>[^—–\n(]{0,80})\((?P<handle>@\w{1,40})\)\s{0,4}"
    r"(?P<date>[A-Za-z]{3,12}\.?\s{1,4}\d{1,2},?\s{1,4}\d{4}|\d{1,2}\.?\s{1,4}[A-Za-z]{3,12}\.?\s{1,4}\d{4})?\s*$"
)
_PASSED_ON = re.compile(r"\s*RT\s+(?P<handle>@\w{1,40})\s*:?\s*")
_NAMED = re.compile(r"[#@](\w+)")
# Where words meet that were written together: electionFraud, UNReport, COVID19.
_SEAM = re.compile(
    r"_|(?<=[a-zà-öø-ÿ0-9])(?=[A-ZÀ-ÖØ-Þ])|(?<=[A-ZÀ-ÖØ-Þ])(?=[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ])"
    r"|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])"
)
# One sign for what is typed in several ways; what is invisible inside words goes.
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("’‘‛ʼ´`′", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        "\u2212": "-",
        **dict.fromkeys(
            "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        ),
    }
)


@dataclass(frozen=True)
class Cleaned:
    """What a text says, and the names of who said it as far as its form tells."""

    text: str
    speakers: tuple[str, ...] = ()


def cleaned(text: str) -> Cleaned:
    """Free a text from links, signs of its medium and its signature.

    Args:
        text: any text; what is beyond MOST_CHARACTERS is left out.
    """
    text = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS])[:MOST_CHARACTERS]
    # Some exports put a backslash before an underscore.
    text = text.translate(_SIGNS).replace("\\_", "_")
    speakers = []
    if passed_on := _PASSED_ON.match(text):
        speakers.append(_apart(passed_on["handle"][1:]))
        text = text[passed_on.end() :]
    end = len(text) - _SIGNATURE_WITHIN
    if signature := _SIGNATURE.search(text, max(end, 0)):
        name, handle = signature["name"].strip(), _apart(signature["handle"][1:])
        speakers += [each for each in (name, handle) if each]
        text = f"{text[: signature.start()]} {name or handle} {signature['date'] or ''}"
    text = _LINK.sub(" ", text)
    text = _NAMED.sub(lambda found: f" {_apart(found[1])} ", text)
    return Cleaned(" ".join(text.split()), tuple(speakers))


def _apart(name: str) -> str:
    """Part a hashtag's or a handle's words: RealDonaldTrump, world_health."""
    return " ".join(_SEAM.sub(" ", name).split())
