"""A statement in, the claims that say the same out; asked by the web, and by whatever else wants to know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from db import Database, lists, matching, vectors
from db.lists import CLAIMS, Want
from factcheck.matching.asked import Asked
from factcheck.matching.commonness import IMAGINED, counted
from factcheck.matching.nearness import Meaning
from factcheck.matching.postings import Term, best, read
from factcheck.matching.ranking import Candidate, Match, ranked, rarity
from factcheck.matching.seen import Seen
from factcheck.matching.weights import Weights

CANDIDATES: Final = 100
# So many more are looked at for their meaning; nearly all claims that words alone miss are among them.
NEAREST: Final = 100
EVERYTHING: Final = Want({})
_PUBLIC: Final = Want({}, public_only=True)
# Terms are left out, the commonest first, of which more would have to be read, or more than there are
# claims. Of a million claims real posts come so far in one of twenty cases, and of fewer in none; their
# commonest word tells next to nothing.
MOST_POSTINGS: Final = 400_000
# Of a stem that no more claims have, those are counted that the caller may read.
_RARE: Final = 64
# So many times as many claims are found as are wanted, for some may not pass a filter. Should hardly any
# of them pass, and so few of all, those alone are looked at; at last, those of the newest that pass.
_TIMES: Final = (2, 6, 16)
_FEW: Final = 2_000
_NEWEST: Final = 20_000


@dataclass(frozen=True)
class Found:
    """The claims that share the most with what is asked.

    Args:
        frequencies: for each term, how many claims have it; see matching/commonness.py.
        total: how many claims there are.
    """

    candidates: Sequence[Candidate]
    frequencies: Mapping[str, float]
    total: float


def match(
    db: Database,
    asked: Asked,
    want: Want = EVERYTHING,
    *,
    meaning: Meaning | None = None,
    weights: Weights | None = None,
    most: int | None = None,
    looked_at: int = CANDIDATES,
) -> list[Match]:
    """Give the claims that may say what is asked, the likeliest first.

    Args:
        db: in one transaction, if several questions are to see the same moment.
        want: which claims may be named: filters as in lists, and whether only published ones.
        meaning: what a model takes the text to mean; found before, for it takes some milliseconds.
        weights: what the ranking weighs; the packaged ones, if none are given.
        most: how many to give; as many as were looked at, if not said.
        looked_at: how many of those that share words with it are held against it.
    """
    found = candidates(db, asked.terms, want, looked_at)
    among, nearness = found.candidates, None
    if meaning is not None:
        both = [*among, *_near_in_meaning(db, meaning, found, want)]
        kept = vectors.vectors_of(db, meaning.model, [each.claim_id for each in both])
        # One that was written just now is not placed; beside the others it would seem far from everything.
        if len(kept) == len(both):
            among, nearness = both, meaning.nearness(kept)
    return ranked(asked, among, found.frequencies, found.total, weights=weights, nearness=nearness, most=most)


def _near_in_meaning(db: Database, meaning: Meaning, found: Found, want: Want) -> list[Candidate]:
    """Give claims that are near in meaning, and share too few words to have been found by those."""
    known = {each.claim_id for each in found.candidates}
    near = [claim_id for claim_id in meaning.nearest(NEAREST) if claim_id not in known]
    wanted = near if want == EVERYTHING else lists.among(db, CLAIMS, want, near)
    rare = {stem: rarity(count, found.total) for stem, count in found.frequencies.items()}
    return [
        Candidate(claim_id, _score(seen, rare), seen)
        for claim_id, seen in sorted(matching.seen_of(db, wanted).items())
    ]


def _score(seen: str, rare: Mapping[str, float]) -> float:
    """Give the score that a claim has by its words, as the postings would."""
    weights = Seen.read(seen).weights
    return sum(tells * weights.get(stem, 0) for stem, tells in rare.items())


def candidates(
    db: Database, stems: Collection[str], want: Want = EVERYTHING, most: int = CANDIDATES
) -> Found:
    """Give the claims in which some stems say the most.

    Args:
        most: how many claims.
    """
    total, frequencies = matching.newest_kept(db), matching.frequencies(db, stems)
    if want.public_only:
        total = next(iter(lists.newest_ids(db, CLAIMS, _PUBLIC, 1)), 0)
        frequencies = _known_to_all(db, frequencies, total)
    total += IMAGINED
    common = counted(stems, frequencies)
    rare = {stem: rarity(common[stem], total) for stem in frequencies}
    chosen = _chosen(db, _terms(db, frequencies, rare, total), want, most)
    seen = matching.seen_of(db, [claim_id for claim_id, _ in chosen])
    return Found([Candidate(claim_id, score, seen[claim_id]) for claim_id, score in chosen], common, total)


def _known_to_all(db: Database, frequencies: Mapping[str, int], total: int) -> dict[str, int]:
    """Count the claims that have a rare stem among those that everybody may read.

    Else scores would tell whoever asks for a name whether a claim that he may not read has it. Of what
    is not rare only a great number is told.

    Args:
        total: how many claims everybody knows of.
    """
    rare = {
        stem: read(matching.postings_of(db, stem)).claims
        for stem, count in frequencies.items()
        if count <= _RARE
    }
    named = {claim_id for claim_ids in rare.values() for claim_id in claim_ids}
    public = lists.among(db, CLAIMS, _PUBLIC, list(named))
    known = {stem: len(public.intersection(claim_ids)) for stem, claim_ids in rare.items()}
    return {
        stem: min(count, total) for stem, all_of in frequencies.items() if (count := known.get(stem, all_of))
    }


def _terms(db: Database, frequencies: Mapping[str, int], rare: Mapping[str, float], total: int) -> list[Term]:
    """Read what is asked for, the rarest first, as far as there is room.

    Args:
        rare: how much each stem tells.
        total: how many claims there are.
    """
    terms: list[Term] = []
    left = min(MOST_POSTINGS, total)
    for stem, count in sorted(frequencies.items(), key=lambda each: (each[1], each[0])):
        left -= count
        if terms and left < 0:
            break
        terms.append(Term(rare[stem], read(matching.postings_of(db, stem))))
    return terms


def _chosen(db: Database, terms: list[Term], want: Want, most: int) -> list[tuple[int, float]]:
    """Give the best claims of those that are wanted, and their scores."""
    if not want.filters and not want.public_only:
        return best(terms, most)
    passed: list[tuple[int, float]] = []
    few: list[int] = []
    for times in _TIMES:
        found = best(terms, times * most)
        wanted = lists.among(db, CLAIMS, want, [claim_id for claim_id, _ in found])
        passed = [each for each in found if each[0] in wanted][:most]
        if len(passed) == most or len(found) < times * most:
            return passed
        # To look for all that pass is dear, and not worth it while finding more may do.
        if len(wanted) * _TIMES[-1] < len(found) and not few:
            few = lists.newest_ids(db, CLAIMS, want, _FEW + 1)
            if len(few) <= _FEW:
                return best(terms, most, only=few)
    newest = lists.newest_ids(db, CLAIMS, want, _NEWEST)
    return best(terms, most, only={*newest, *(claim_id for claim_id, _ in passed)})
