"""What the matching's weights are fitted on: pairs of a text and a claim of this desk, judged by people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from db import Database, claims
from factcheck.matching.asked import asked
from factcheck.matching.fitting import Judged, judged
from factcheck.workflow.matching import candidates


@dataclass(frozen=True)
class Pair:
    """A text, a claim by its number or its ref, and whether they say the same."""

    text: str
    claim: int | str
    same: bool


@dataclass
class Lesson:
    """What can be learned from pairs.

    Args:
        lists: for each text, its candidates with what is right among them.
        unknown: claims that this desk does not have.
        missed: texts none of whose right claims were among their candidates.
    """

    lists: list[Judged] = field(default_factory=list)
    unknown: list[int | str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def lesson(db: Database, pairs: Iterable[Pair]) -> Lesson:
    """Look for the claims of each text, and note which of them are the same."""
    found = Lesson()
    right: dict[str, set[int]] = defaultdict(set)
    for pair in pairs:
        claim_id = _claim_id(db, pair.claim)
        if claim_id is None:
            found.unknown.append(pair.claim)
        elif pair.same:
            right[pair.text].add(claim_id)
    for text, same in right.items():
        taken = asked(text)
        near = candidates(db, taken.terms)
        learned = judged(taken, near.candidates, near.frequencies, near.total, same)
        if any(learned.same):
            found.lists.append(learned)
        else:
            found.missed.append(text)
    return found


def _claim_id(db: Database, given: int | str) -> int | None:
    if isinstance(given, str):
        return claims.claim_id_of_ref(db, given)
    return given if claims.claim(db, given) else None
