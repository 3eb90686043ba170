"""How far reviewers agree: the verdicts that stand on claims that several have judged."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, groupby
from typing import Any

from db import Database, reviewers, verdicts
from factcheck.agreement import Coincidences

# Below so many claims one more may move alpha a good deal, which the answer says. The line is ours:
# how many are needed depends on how many statuses are in use and on how sure one wants to be.
FEW_CLAIMS = 30

_UNDEFINED = {
    "no_pairs": "No claim was judged by two reviewers, so there is nothing to compare.",
    "no_variation": "All verdicts that can be compared give the same status, so nobody can tell agreement "
    "from a habit.",
}


def agreement(db: Database, story: str | None, since: str | None, as_of: int | None) -> dict[str, Any]:
    """Work out how far reviewers agree, all of them and each two.

    Args:
        story: only claims of this story, if one is named.
        since: only verdicts that were given from this moment on.
        as_of: a line of the log, if it is asked how it was then.
    """
    overall = Coincidences()
    pairs: dict[tuple[int, int], Coincidences] = {}
    judges: set[int] = set()
    for said in _judged(db, story, since, as_of):
        overall.add(list(said.values()))
        judges |= said.keys()
        # They come by their numbers, so that each two are one pair.
        for (one, found), (other, also) in combinations(said.items(), 2):
            pairs.setdefault((one, other), Coincidences()).add((found, also))
    names = {row["id"]: row["name"] for row in reviewers.reviewers(db)}
    return {
        "story": story,
        "since": since,
        "overall": {"reviewers": len(judges), "claims": overall.units, "n": overall.n, **_alpha(overall)},
        "pairs": [
            {
                "reviewers": [{"id": reviewer, "name": names[reviewer]} for reviewer in pair],
                "claims": found.units,
                # Two values that are alike make two pairs, one each way.
                "alike": int(found.alike) // 2,
                **_alpha(found),
            }
            for pair, found in sorted(pairs.items(), key=lambda each: (-each[1].units, each[0]))
        ],
    }


def _judged(
    db: Database, story: str | None, since: str | None, as_of: int | None
) -> Iterator[dict[int, str]]:
    """Walk the claims that several have judged: the status that each reviewer gives."""
    rows = verdicts.standing_beside_others(db, story, since, as_of)
    for _, said in groupby(rows, key=lambda row: row[0]):
        yield {reviewer: status for _, reviewer, status in said}


def _alpha(found: Coincidences) -> dict[str, Any]:
    alpha = found.alpha()
    if found.undefined:
        note: str | None = _UNDEFINED[found.undefined]
    elif found.units < FEW_CLAIMS:
        claims = "one claim" if found.units == 1 else f"{found.units} claims"
        note = f"It rests on {claims} only; a few more could move it a good deal."
    else:
        note = None
    return {"alpha": None if alpha is None else round(alpha, 3), "note": note}
