"""Words: a text as a row of stems, in which every form of a word is the same.

Stems are Snowball's, by the language that the text is in: the one that is stated; else that whose
commonest words it uses, or whose script; else English. Chinese, Japanese, Thai and others write no spaces
between words: there each pair of neighbouring signs stands for a word.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import Stemmer

from factcheck.matching.stopwords import STOP_WORDS

MOST_WORDS: Final = 1_000
_LONGEST: Final = 40
_DEFAULT: Final = "en"
# How many more of another language's commonest words there must be than of the default's.
_MARGIN: Final = 2

_ALGORITHMS: Final = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "cs": "czech", "da": "danish",
    "nl": "dutch", "en": "english", "eo": "esperanto", "et": "estonian", "fi": "finnish", "fr": "french",
    "de": "german", "el": "greek", "hi": "hindi", "hu": "hungarian", "id": "indonesian", "ga": "irish",
    "it": "italian", "lt": "lithuanian", "ne": "nepali", "no": "norwegian", "nb": "norwegian",
    "nn": "norwegian", "fa": "persian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "es": "spanish", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "yi": "yiddish",
}  # fmt: skip
# The language by whose rules a script's words are stemmed where nobody says which it is.
_SCRIPTS: Final = tuple(
    (re.compile(signs), language)
    for signs, language in (
        ("[\u0400-\u04ff]", "ru"),
        ("[\u0370-\u03ff]", "el"),
        ("[\u0600-\u06ff]", "ar"),
        ("[\u0900-\u097f]", "hi"),
        ("[\u0b80-\u0bff]", "ta"),
        ("[\u0530-\u058f]", "hy"),
    )
)
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_SPACELESS_RUN = re.compile(f"[{_SPACELESS}]")
# Vowel signs, which re takes for no part of a word, and without which दिन (day) and दान (gift) are one.
_MARKS = "\u0900-\u0dff\u0f71-\u0f84"
_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)*(?:\s?%|(?:st|nd|rd|th|s)\b)?"
    rf"|[{_SPACELESS}]+"
    rf"|(?:(?![{_SPACELESS}])(?:[^\W_]|[{_MARKS}]))+(?:'[^\W_]+)*",
    re.IGNORECASE,
)
# They come and go as people type; so do Arabic and Hebrew points.
_ACCENTS = re.compile("[\u0300-\u036f\u064b-\u0652\u0591-\u05c7]")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,3}(?:\.\d{3}){2,}")
_STEMMERS = threading.local()


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text.

    Args:
        stem: what all its forms have in common.
        form: the word as it stands there, in small letters.
        start: where in the text it begins.
        carries: whether it says anything by itself.
    """

    stem: str
    form: str
    start: int
    carries: bool


def words_of(text: str, language: str | None = None) -> list[Word]:
    """Give a text's words in their order, at most MOST_WORDS.

    Args:
        text: as cleaned.cleaned gives it.
        language: a BCP 47 tag; None to go by the text.
    """
    tokens = []
    for found in _TOKEN.finditer(text):
        tokens.append((found[0].casefold(), found.start()))
        if len(tokens) == MOST_WORDS:
            break
    tongue = (language or _language(text, tokens)).partition("-")[0].lower()
    stop = STOP_WORDS.get(tongue, frozenset())
    stem = _stemmer(tongue)
    given: list[Word] = []
    for token, start in tokens:
        if token[0].isdigit():
            given.append(Word(_number(token), token, start, carries=True))
        elif _SPACELESS_RUN.match(token):
            given += [Word(pair, pair, start, carries=True) for pair in _pairs(token)]
        else:
            given += [
                Word(_plain(stem(part[:_LONGEST])), token, start, len(part) > 1 and part not in stop)
                for part in _parts(token)
            ]
    return given[:MOST_WORDS]


def language_of(text: str) -> str:
    """Guess the language of a text by the words and the script that it uses."""
    return _language(text, [(found[0].casefold(), 0) for found in _TOKEN.finditer(text)])


def _language(text: str, tokens: list[tuple[str, int]]) -> str:
    if not text.isascii():
        for script, language in _SCRIPTS:
            if script.search(text):
                return language
    forms = [token for token, _ in tokens]
    counts = {tongue: sum(form in words for form in forms) for tongue, words in STOP_WORDS.items()}
    best = max(counts, key=lambda tongue: counts[tongue])
    return best if counts[best] >= counts[_DEFAULT] + _MARGIN else _DEFAULT


def _parts(token: str) -> list[str]:
    # "Trump's" is Trump; of "don't" nothing is left but that it denies. L'homme is homme.
    return token.split("'") if "'" in token else [token]


def _number(token: str) -> str:
    """Write a number in one way: 1,200 and 1200 are the same word."""
    digits = token.rstrip("% \u00a0sthndr")
    if "." not in digits and "," not in digits:
        return digits
    if _THOUSANDS.fullmatch(digits):
        return digits.replace(",", "").replace(".", "")
    return digits.replace(",", ".")


def _pairs(run: str) -> list[str]:
    return [first + second for first, second in pairwise(run)] or [run]


def _plain(stem: str) -> str:
    if stem.isascii():
        return stem
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", stem)) or stem


def _stemmer(language: str) -> Callable[[str], str]:
    """Give the function that stems words of a language; one a thread, for they may not be shared."""
    known = _STEMMERS.__dict__
    if language not in known:
        algorithm = _ALGORITHMS.get(language)
        known[language] = Stemmer.Stemmer(algorithm).stemWord if algorithm else str
    stem: Callable[[str], str] = known[language]
    return stem
