"""Made-up words that occur as often as words of a language do (Zipf's law)."""

from __future__ import annotations

import random
from itertools import accumulate

VOCABULARY = 4000
_ONSETS = (*"bcdfghklmnprstvw", "br", "cl", "dr", "fr", "gr", "pl", "pr", "sh", "sl", "st", "th", "tr")
_VOWELS = (*"aeiou", "ai", "ea", "ou")
# Many syllables end in their vowel.
_CODAS = ("", "", "", *"nrstlm", "nd", "st", "rk", "ng")


class Writer:
    """Writes sentences and names from one seed, so that every run makes the same file."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.words = self._invented()
        # Zipf's law with the offset that Mandelbrot found to fit running text.
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(1, VOCABULARY + 1)))

    def _invented(self) -> list[str]:
        known: dict[str, None] = {}
        while len(known) < VOCABULARY:
            # Frequent words are short, as in every language.
            syllables = 1 + (len(known) > 300) + (len(known) > 2000 and self.random.random() < 0.5)
            known["".join(self._syllable() for _ in range(syllables))] = None
        return list(known)

    def _syllable(self) -> str:
        return "".join(self.random.choice(parts) for parts in (_ONSETS, _VOWELS, _CODAS))

    def sentence(self, least: int, most: int) -> str:
        """Write between `least` and `most` words."""
        count = self.random.randint(least, most)
        words = self.random.choices(self.words, cum_weights=self._weights, k=count)
        return f"{' '.join(words).capitalize()}."

    def name(self, last: str) -> str:
        """Write a name of two rare words and a number that keeps it apart from others."""
        rare = self.random.choices(self.words[500:], k=2)
        return f"{rare[0].capitalize()} {rare[1].capitalize()} {last}"
